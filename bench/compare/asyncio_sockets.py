# bench/compare/asyncio_sockets.py - rows E and F and what belongs to them.
import asyncio
import contextlib
import errno
import os
import resource
import socket
import sys

from asyncio_ear import (
    Ear, Failed, QUIET_S, Reports, answers, dial, ends, expect, fds, refused,
    row, serving, until,
)


async def connected(path):
    return await asyncio.get_running_loop().create_unix_connection(Ear, path)


@row
async def E05():
    name = b"\xff\xfe" + b"n" * 105
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(name)
    listening.listen()
    await connected(name)


@row
async def E06():
    with open("plain", "w"):
        pass
    dead = socket.socket(socket.AF_UNIX)
    dead.bind("dead")
    dead.close()
    before = fds()
    for path, code in (("none", errno.ENOENT), ("plain", errno.ECONNREFUSED),
                       ("dead", errno.ECONNREFUSED)):
        error = await refused(connected(path), OSError, "connected")
        expect(error.errno == code, "%s: %s" % (path, error))
    expect(fds() == before, "descriptors are left")


@row
async def E07():
    short = socket.socket(socket.AF_UNIX)
    short.bind("n" * 107)
    short.listen()
    await refused(connected("n" * 120), (OSError, ValueError),
                  "connected to another, shorter name")


@row
async def E08():
    await refused(connected(""), (OSError, ValueError), "connected")


@row
async def E09():
    name = "\0buskin-compare-%d" % os.getpid()
    server = await serving(name)
    await connected(name)
    expect(server.sockets and not os.listdir("."), "a file was made")


@row
async def E10():
    await full_queue()


async def full_queue():
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("s")
    listening.listen(1)
    waiting = []
    while True:
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        if sock.connect_ex("s") != 0:
            break
        waiting.append(sock)
    try:
        transport, ear = await asyncio.wait_for(connected("s"), QUIET_S)
    except (OSError, asyncio.TimeoutError):
        return
    await asyncio.sleep(QUIET_S)
    raise Failed("told connected, then %s" %
                 ("lost: %s" % ear.error if ear.lost else "nothing"))


@row
async def E13():
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("s")
    listening.listen()
    transport, _ = await connected("s")
    sock = transport.get_extra_info("socket")
    pid = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    expect(transport.get_extra_info("peername") == "s" and
           transport.get_extra_info("sockname") == "" and
           int.from_bytes(pid[:4], sys.byteorder) == os.getpid(), "not told")


def leave_dead(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path)
    sock.close()


@row
async def F02():
    leave_dead("s")
    await serving()
    with open("plain", "w"):
        pass
    await refused(serving("plain"), OSError, "served over a plain file")
    expect(os.path.isfile("plain"), "the plain file is gone")


@row
async def F03():
    first = []

    def made():
        first.append(1)
        return Ear()

    await serving(factory=made)
    error = await refused(serving(), OSError, "the second took the path, the "
                          "first goes on unseen")
    dial()
    await until(lambda: first, "the first is not reached any more")
    expect(error.errno == errno.EADDRINUSE, str(error))


@row
async def F05():
    leave_dead("target")
    os.symlink("target", "s")
    with contextlib.suppress(OSError):
        await serving()
    expect(os.path.islink("s"), "the link was removed")


@row
async def F06():
    os.mkdir("dir")
    before = fds()
    for path, code in (("dir", errno.EADDRINUSE), ("no/dir", errno.ENOENT)):
        error = await refused(serving(path), OSError, "bound")
        expect(error.errno == code, str(error))
    expect(fds() == before, "descriptors are left")


@row
async def F07():
    await refused_as_value(serving(""))


async def refused_as_value(awaitable):
    try:
        await awaitable
    except (OSError, ValueError):
        return
    except Exception as error:
        raise Failed("%s: %s" % (type(error).__name__, error)) from None
    raise Failed("bound")


@row
async def F08():
    name = "\0buskin-compare-%d" % os.getpid()
    await serving(name)
    error = await refused(serving(name), OSError, "bound twice")
    expect(error.errno == errno.EADDRINUSE and not os.listdir("."), str(error))


@row
async def F09():
    os.umask(0o077)
    sock = socket.socket(socket.AF_UNIX)
    sock.bind("s")
    os.chmod("s", 0o660)
    await asyncio.get_running_loop().create_unix_server(Ear, sock=sock)
    expect(os.stat("s").st_mode & 0o777 == 0o660, "another mode")


@row
async def F10():
    await serving(backlog=3)
    count = 0
    kept = []
    while count < 50:
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        kept.append(sock)
        if sock.connect_ex("s") != 0:
            break
        count += 1
    expect(count == 4, "%d wait" % count)


@row
async def F11():
    server = await serving(start_serving=False)
    expect(os.path.exists("s"), "not bound")
    expect(not await answers(), "listens")
    await server.start_serving()
    expect(await answers(), "does not listen")


@row
async def F12():
    await serving()
    expect(await answers(), "told before")


@row
async def F13():
    made = []

    def factory():
        made.append(Ear())
        return made[-1]

    await serving(factory=factory, backlog=300)
    clients = [dial() for _ in range(200)]
    await until(lambda: len(made) == 200, "%d of 200 accepted" % len(made))
    await until(lambda: made[-1].transport, "never made")
    fd = made[-1].transport.get_extra_info("socket").fileno()
    expect(clients and not os.get_blocking(fd) and not os.get_inheritable(fd),
           "blocks, or is inherited")


async def exhausted():
    """Five clients wait while there are no descriptors, then there are."""
    made = []
    reports = Reports()

    def factory():
        made.append(Ear())
        return made[-1]

    await serving(factory=factory)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    clients = [dial() for _ in range(5)]
    hoard = []
    with contextlib.suppress(OSError):
        while True:
            hoard.append(os.dup(0))
    await asyncio.sleep(QUIET_S)
    count = len(reports.seen)
    for fd in hoard:
        os.close(fd)
    return count, made, clients


@row
async def F14():
    _, made, _ = await exhausted()
    await until(lambda: len(made) == 5, "%d of 5 are served" % len(made))


@row
async def F18():
    made = []

    def factory():
        made.append(Ear())
        return made[-1]

    server = await serving(factory=factory)
    client = dial()
    await until(lambda: made and made[0].transport, "not accepted")
    server.close()
    server.close()
    expect(not await answers(), "still serves")
    client.send(b"x")
    await until(lambda: made[0].data == b"x", "the connection is gone")


@row
async def F19():
    server = await serving()
    server.close()
    await server.wait_closed()
    await asyncio.sleep(QUIET_S)
    expect(not os.path.exists("s"), "the file is left behind")


async def drains(deadline_s):
    """Whether a stop waits, so long, for an open connection."""
    made = []

    def factory():
        made.append(Ear())
        return made[-1]

    server = await serving(factory=factory)
    client = dial()
    await until(lambda: made and made[0].transport, "not accepted")
    server.close()
    waiting = asyncio.ensure_future(server.wait_closed())
    done, _ = await asyncio.wait([waiting], timeout=deadline_s)
    expect(not done, "the stop was answered while a connection was open")
    client.close()
    await ends(waiting, "the stop was never answered")


@row
async def F20():
    await drains(QUIET_S)


@row
async def F23():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind("s")
    sock.listen()
    server = await asyncio.get_running_loop().create_unix_server(
        Ear, sock=sock)
    expect(await answers(), "does not serve")
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0.05)
    expect(os.path.exists("s"), "the file of another was removed")


@row
async def X07():
    await full_queue()


@row
async def X08():
    await F03()


@row
async def X18():
    count, made, _ = await exhausted()
    expect(count == 1, "%d reports for five clients" % count)
    await until(lambda: len(made) == 5, "%d of 5 are served" % len(made))


@row
async def X19():
    server = await serving()
    os.unlink("s")
    another = socket.socket(socket.AF_UNIX)
    another.bind("s")
    another.listen()
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0.05)
    expect(os.path.exists("s"), "the file of another was removed")
    os.unlink("s")
    await F19()


@row
async def X20():
    await drains(QUIET_S)
