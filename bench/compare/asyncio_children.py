# bench/compare/asyncio_children.py - rows C, D and L and what belongs to them.
import asyncio
import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
import warnings

from asyncio_ear import (
    Absent, CHILDREN, Failed, MUCH, QUIET_S, ROWS, ended, ends, expect, fds,
    refused, row, run, says, shell, until,
)


@row
async def C01():
    for code in (0, 1, 77, 127, 255):
        expect(await ended(await shell("exit %d" % code)) == code, "wrong code")


@row
async def C02():
    for number in (9, 15, 6):
        code = await ended(await shell("kill -%d $$" % number))
        expect(code == -number, "told %d" % code)


@row
async def C04():
    process = await shell("kill -STOP $$; exit 5")
    await asyncio.sleep(QUIET_S)
    expect(process.returncode is None, "a stop was told as an end")
    process.send_signal(signal.SIGCONT)
    expect(await ended(process) == 5, "wrong code")


@row
async def D02():
    for _ in range(100):
        expect(await ended(await run("true")) == 0, "wrong code")


@row
async def D03():
    await ended(await run("true"))
    before = fds()
    for words, options in ((["/nowhere"], {}), (["true"], {"cwd": "/nowhere"})):
        await refused(run(*words, stdin=-1, stdout=-1, stderr=-1, **options),
                      OSError, "it started")
    expect(fds() == before, "descriptors are left")
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    raise Failed("a zombie is left")


@row
async def D05():
    with open("text", "w"):
        pass
    for words, cwd, code, name in (
            ("/nowhere", None, errno.ENOENT, "/nowhere"),
            (os.path.abspath("text"), None, errno.EACCES, "text"),
            ("/bin/true", "/no/dir", errno.ENOENT, "/no/dir")):
        error = await refused(run(words, cwd=cwd), OSError, "it started")
        expect(error.errno == code, "wrong errno %s" % error)
        expect(name in str(error), "not told what was missing: %s" % error)


@row
async def D06():
    with open("given", "wb") as given:
        process = await shell("cat; echo out; echo err >&2",
                              stdin=subprocess.DEVNULL, stdout=given,
                              stderr=subprocess.STDOUT)
        expect(await ended(process) == 0, "failed")
    with open("given", "rb") as given:
        expect(given.read() == b"out\nerr\n", "a given descriptor, joined")
    process = await shell("cat; readlink /proc/$$/fd/2 >&2", stdin=-1,
                          stdout=-1, stderr=-1)
    out, err = await ends(process.communicate(b"in"), "no end")
    expect(out == b"in" and err, "pipes")
    text = await says("readlink /proc/$$/fd/0")
    expect(text.strip() == os.readlink("/proc/self/fd/0"), "inherited")


@row
async def D10():
    foreign = fcntl.fcntl(0, fcntl.F_DUPFD, 37)
    os.set_inheritable(foreign, True)
    text = await says("exec ls /proc/self/fd")
    # ls itself has the directory open
    expect(set(text.split()) <= {"0", "1", "2", "3"},
           "the child also got %s" % text.split())


class Listener(asyncio.SubprocessProtocol):
    def __init__(self):
        self.told = []
        self.data = bytearray()

    def pipe_data_received(self, fd, data):
        self.data += data

    def pipe_connection_lost(self, fd, error):
        self.told.append("pipe %d" % fd)

    def process_exited(self):
        self.told.append("exited")

    def connection_lost(self, error):
        self.told.append("lost")


async def listened(script, **options):
    return await asyncio.get_running_loop().subprocess_exec(
        Listener, "/bin/sh", "-c", script, **options)


@row
async def D11():
    transport, ear = await listened("echo x; exit 3")
    await until(lambda: "lost" in ear.told, "no end")
    expect(ear.told[-1] == "lost" and ear.told.count("exited") == 1 and
           transport.get_returncode() == 3, "order: %s" % ear.told)


@row
async def D13():
    transport, ear = await listened("sleep 1000 & exit 3",
                                    start_new_session=True)
    await until(lambda: "exited" in ear.told, "the exit was never told")
    seen = list(ear.told)
    os.killpg(transport.get_pid(), signal.SIGKILL)
    expect("pipe 1" not in seen, "the pipe ended before")
    await until(lambda: "lost" in ear.told, "no end")


@row
async def D14():
    process = await shell("sleep 1000 & read x; exit 3", stdin=-1, stdout=-1,
                          stderr=-1, start_new_session=True)
    waiting = asyncio.ensure_future(process.wait())
    await asyncio.sleep(0.05)
    process.stdin.write(b"\n")
    try:
        expect(await ends(waiting, "who waits sleeps on while a grandchild"
                          " holds the pipe") == 3, "wrong code")
    finally:
        os.killpg(process.pid, signal.SIGKILL)


@row
async def D17():
    process = await shell("sleep 1000")
    process.send_signal(signal.SIGTERM)
    expect(await ended(process) == -signal.SIGTERM, "wrong code")
    try:
        process.send_signal(signal.SIGTERM)
    except ProcessLookupError:
        return
    raise Failed("no error after the end")


@row
async def D18():
    transport, ear = await listened("exec sleep 1000")
    transport.close()
    transport.close()
    await until(lambda: "lost" in ear.told, "no end")
    expect(transport.get_returncode() == -9, "not killed")


@row
async def D21():
    process = await shell("exec sleep 1000", stdin=-1)
    process.stdin.write(bytes(MUCH))
    try:
        await asyncio.wait_for(process.stdin.drain(), QUIET_S)
    except asyncio.TimeoutError:
        return
    finally:
        process.kill()
    raise Failed("the feeder went on")


@row
async def D22():
    process = await shell("exec <&-; echo x; exec sleep 1000", stdin=-1,
                          stdout=-1)
    await ends(process.stdout.readexactly(2), "no word")
    process.stdin.write(b"x")
    error = await refused(
        ends(drained(process.stdin), "never told"),
        (BrokenPipeError, ConnectionResetError), "nobody was told")
    process.kill()
    expect(error, "no error")


async def drained(writer):
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.002)


@row
async def D23():
    text = await says("dd if=/dev/zero bs=600000 count=1 2>/dev/null; exit 0")
    expect(len(text) == 600000, "%d came" % len(text))


WATCHERS = ("PidfdChildWatcher", "SafeChildWatcher", "FastChildWatcher",
            "MultiLoopChildWatcher", "ThreadedChildWatcher")


def watcher_of(name):
    warnings.simplefilter("ignore")
    kind = getattr(asyncio, name, None)
    if kind is None:
        raise Absent("this version has no %s" % name)
    watcher = kind()
    asyncio.set_child_watcher(watcher)
    watcher.attach_loop(asyncio.get_running_loop())
    return watcher


def forked(code=0):
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    return pid


def gone(pid):
    """Returns when the child has ended, and does not bury it."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@row
async def L02():
    for name in WATCHERS:
        with watcher_of(name) as watcher:
            seen = []
            pid = forked(7)
            gone(pid)
            watcher.add_child_handler(pid, lambda p, c: seen.append(c))
            await until(lambda: seen, "%s never told" % name)
            expect(seen == [7], "%s told %s" % (name, seen))


@row
async def L03():
    for name in WATCHERS:
        with watcher_of(name) as watcher:
            ours, theirs = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(theirs)
                os.read(ours, 1)
                os._exit(0)
            seen = []
            os.close(ours)
            watcher.add_child_handler(pid, lambda p, c: seen.append(c))
            first = watcher.remove_child_handler(pid)
            second = watcher.remove_child_handler(pid)
            os.close(theirs)
            await asyncio.sleep(QUIET_S)
            expect(first and not second and not seen,
                   "%s says %s, %s and %s" %
                   (name, first, second, "tells all the same" if seen else
                    "keeps silent"))


@row
async def L12():
    with watcher_of("PidfdChildWatcher"):
        process = await run("sleep", "1000")
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)
        await ended(process)


@row
async def L40():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    await ended(await shell("exit 0"))


@row
async def X04():
    for name in WATCHERS:
        with watcher_of(name) as watcher:
            wrong, told = [], []

            def ended_with(pid, code, wanted):
                told.append(pid)
                if code != wanted:
                    wrong.append(code)

            for number in range(CHILDREN):
                watcher.add_child_handler(forked(number % 100), ended_with,
                                          number % 100)
                await asyncio.sleep(0)
            await until(lambda: len(told) == CHILDREN,
                        "%s: some are never told" % name)
            expect(not wrong, "%s: %d of %d codes are wrong" %
                   (name, len(wrong), CHILDREN))


def choose_next(pid):
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(pid - 1))


def bystander(pid):
    """A child of ours that got this number."""
    for _ in range(100):
        choose_next(pid)
        new = os.fork()
        if new == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            while True:
                signal.pause()
        if new == pid:
            return
        os.kill(new, signal.SIGKILL)
        os.waitpid(new, 0)
    raise Absent("could not get the number again")


@row
async def X05():
    if os.getpid() > 2:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--pid",
                              "--fork", "--mount-proc", sys.executable,
                              sys.argv[0], "--row", "X05"])
    transport, _ = await listened("sleep 0.05")
    pid = transport.get_pid()
    # A handler that takes its time; the watcher's thread buries the child.
    deadline = time.monotonic() + QUIET_S
    while os.path.exists("/proc/%d" % pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    if os.path.exists("/proc/%d" % pid):
        return
    bystander(pid)
    with contextlib.suppress(ProcessLookupError):
        transport.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    got, status = os.waitpid(pid, os.WNOHANG)
    expect(got == 0, "the new owner of the number got the signal, before the "
           "loop was told of the end")


ROWS["X06"] = D14


@row
async def X09():
    for name in WATCHERS:
        with watcher_of(name) as watcher:
            seen = []
            pid = forked()
            os.waitpid(pid, 0)
            try:
                watcher.add_child_handler(pid, lambda p, c: seen.append(c))
            except ProcessLookupError:
                continue
            await until(lambda: seen, "%s never tells" % name)


@row
async def X10():
    await L03()


@row
async def X22():
    calls = 0
    real = os.waitpid

    def counting(*words):
        nonlocal calls
        calls += 1
        return real(*words)

    async def cost(live):
        nonlocal calls
        crowd = [await run("sleep", "1000") for _ in range(live)]
        await asyncio.sleep(0.1)
        calls = 0
        os.waitpid = counting
        for _ in range(20):
            await ended(await run("true"))
        seen = calls
        os.waitpid = real
        for process in crowd:
            process.kill()
            await ended(process)
        return seen

    few, many = await cost(10), await cost(300)
    expect(many <= 2 * few + 20, "20 exits cost %d waits with 10 live children"
           " and %d with 300" % (few, many))
