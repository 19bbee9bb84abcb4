# bench/compare/asyncio_world.py - rows A and N: the loop, and what a process
# owes its surroundings.
import asyncio
import fcntl
import gc
import os
import resource
import signal
import socket
import subprocess
import threading
import time
import warnings

from asyncio_ear import (
    Failed, MUCH, QUIET_S, caught, ended, expect, over, paired, row, says,
    serving, shell, take, until,
)


@row
async def A08():
    loop = asyncio.get_running_loop()
    seen = []

    def other():
        time.sleep(0.1)
        for number in range(1000):
            loop.call_soon_threadsafe(seen.append, number)

    thread = threading.Thread(target=other)
    thread.start()
    await until(lambda: len(seen) == 1000, "%d of 1000 came" % len(seen))
    thread.join()
    expect(seen == list(range(1000)), "out of order")


@row
async def A09():
    loop = asyncio.get_running_loop()
    fired = []
    due = loop.time() + 0.05
    for number in range(100):
        loop.call_at(due, lambda n=number: fired.append((n, loop.time())))
    await until(lambda: len(fired) == 100, "not all fired")
    expect(all(at >= due - 0.001 for _, at in fired), "one fired early")
    expect([n for n, _ in fired] == list(range(100)),
           "those of equal time fire out of order")


@row
async def A10():
    loop = asyncio.get_running_loop()
    fired = []
    loop.call_later(2 ** 32, fired.append, "long")
    for handle in [loop.call_later(0.01, fired.append, n) for n in range(1000)]:
        handle.cancel()
    await asyncio.sleep(QUIET_S)
    expect(not fired, "%d fired" % len(fired))


@row
async def A17():
    pairs = [socket.socketpair() for _ in range(2)]
    seen = []

    def inner():
        loop = asyncio.new_event_loop()
        for ours, theirs in pairs:
            loop.add_reader(ours, lambda s=ours: (
                s.recv(1), seen.append(1), loop.stop()))
            theirs.send(b"x")
        loop.run_forever()
        loop.close()

    await asyncio.to_thread(inner)
    expect(len(seen) == 2, "what was ready was left")


@row
async def A18():
    loop = asyncio.get_running_loop()
    try:
        loop.close()
    except RuntimeError:
        await asyncio.sleep(0)
        return
    raise Failed("a running loop let itself be closed")


@row
def A20():
    loop = asyncio.new_event_loop()
    loop.close()
    loop.close()
    for call in (lambda: loop.call_soon(print),
                 lambda: loop.add_signal_handler(signal.SIGUSR1, print)):
        try:
            call()
        except RuntimeError:
            continue
        raise Failed("a closed loop took it")


@row
async def A21():
    transport, _, _ = await paired()
    try:
        asyncio.get_running_loop().add_reader(
            transport.get_extra_info("socket").fileno(), print)
    except RuntimeError:
        return
    raise Failed("somebody else's descriptor was taken")


@row
async def A25():
    loop = asyncio.get_running_loop()
    pairs = [socket.socketpair() for _ in range(2)]
    seen = []

    def ready(number):
        seen.append(number)
        loop.remove_reader(pairs[0][0])
        loop.remove_reader(pairs[1][0])

    for number, (ours, theirs) in enumerate(pairs):
        theirs.send(b"x")
        loop.add_reader(ours, ready, number)
    await asyncio.sleep(QUIET_S)
    expect(len(seen) == 1, "%d were told" % len(seen))


@row
async def A26():
    for path in ("/dev/null", "plain"):
        with open(path, "wb+") as file:
            try:
                asyncio.get_running_loop().add_reader(file, print)
            except PermissionError:
                continue
            raise Failed("%s was watched" % path)


@row
def A27():
    async def forget():
        await paired()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop = asyncio.new_event_loop()
        loop.run_until_complete(forget())
        loop.close()
        gc.collect()
    expect(any("unclosed transport" in str(w.message) for w in seen),
           "nobody was told")


@row
async def N01():
    ours, theirs = socket.socketpair()
    transport, _ = await over(ours)
    theirs.close()
    for _ in range(3):
        transport.write(b"x")
        await asyncio.sleep(0.01)
    text = await says("grep SigIgn: /proc/self/status")
    ignored = int(text.split()[1], 16) & 1 << (signal.SIGPIPE - 1)
    expect(not ignored, "the child ignores: " + text)


@row
async def N02():
    transport, _, peer = await paired()
    server = await serving()
    caught(signal.SIGUSR1, [])
    process = await shell("read x", stdin=-1, stdout=-1)
    text = subprocess.run(["ls", "/proc/self/fd"], stdout=subprocess.PIPE,
                          close_fds=False, check=True).stdout.split()
    process.kill()
    expect(transport and peer and server and
           set(text) <= {b"0", b"1", b"2", b"3"}, "inherited: %s" % text)


@row
async def N03():
    transport, ear, peer = await paired()
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    transport.write(bytes(4 * MUCH))
    taken = await take(peer, 4 * MUCH)
    process = await shell("exit 3")
    code = await ended(process)
    signal.setitimer(signal.ITIMER_REAL, 0)
    expect(len(taken) == 4 * MUCH and code == 3 and not ear.lost, "broken off")


@row
async def N04():
    transport, ear, peer = await paired()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def echo():
        while part := peer.recv(1000):
            peer.sendall(part)

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    data = os.urandom(MUCH)
    transport.write(data)
    await until(lambda: len(ear.data) >= MUCH, "cut short")
    expect(ear.data == data, "not what was written")


@row
async def N05():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    caught(signal.SIGUSR1, [])
    text = await says("grep SigBlk: /proc/self/status")
    expect(int(text.split()[1], 16) == 0, "the child blocks: " + text.strip())


@row
async def N07():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    ours, theirs = socket.socketpair()
    high = socket.socket(fileno=fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, 2000))
    _, ear = await over(high)
    theirs.send(b"x")
    await until(lambda: ear.data == b"x", "never read")
