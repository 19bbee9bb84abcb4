# bench/compare/asyncio_ear.py - one end of bytes over asyncio that writes down
# what it is told, and what else the rows have in common.
#
# A row is the function that has its name; it returns when its claim holds.
import asyncio
import contextlib
import os
import socket
import subprocess
import time

LIMIT_S = float(os.environ.get("COMPARE_LIMIT", "120"))
SOON_S = 15.0      # what must happen has happened by then
QUIET_S = 0.5      # what must not happen would have happened by then
MUCH = 1 << 20
CHILDREN = 300
ROWS = {}


class Failed(Exception):
    """The row's claim does not hold; says what was seen."""


class Absent(Exception):
    """This version has no notion of it."""


def row(function):
    ROWS[function.__name__] = function
    return function


def expect(truth, text):
    if not truth:
        raise Failed(text)


async def until(claim, text):
    deadline = time.monotonic() + SOON_S
    while not claim():
        expect(time.monotonic() < deadline, text)
        await asyncio.sleep(0.002)


async def ends(awaitable, text):
    try:
        return await asyncio.wait_for(awaitable, SOON_S)
    except asyncio.TimeoutError:
        raise Failed(text) from None


async def refused(awaitable, kinds, text):
    try:
        await awaitable
    except kinds as error:
        return error
    raise Failed(text)


def fds():
    return sorted(os.listdir("/proc/self/fd"))


class Ear(asyncio.Protocol):
    """Writes down what it is told."""

    def __init__(self, keep=False):
        self.keep = keep
        self.transport = None
        self.data = bytearray()
        self.sizes = []
        self.told = []
        self.error = None

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")

    def data_received(self, data):
        self.data += data
        self.sizes.append(len(data))

    def eof_received(self):
        self.told.append("eof")
        return self.keep

    def connection_lost(self, error):
        self.told.append("lost")
        self.error = error

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")

    @property
    def lost(self):
        return "lost" in self.told


async def over(sock, **options):
    """A transport over a connected socket, and its protocol."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    return await loop.create_unix_connection(lambda: Ear(**options), sock=sock)


async def paired(**options):
    """A transport and the plain socket that is its peer."""
    ours, theirs = socket.socketpair()
    transport, ear = await over(ours, **options)
    return transport, ear, theirs


async def reading(file, **options):
    return await asyncio.get_running_loop().connect_read_pipe(
        lambda: Ear(**options), file)


async def writing(file):
    return await asyncio.get_running_loop().connect_write_pipe(Ear, file)


def pipe_files():
    ours, theirs = os.pipe()
    return os.fdopen(ours, "rb", 0), os.fdopen(theirs, "wb", 0)


async def serving(path="s", factory=Ear, **options):
    return await asyncio.get_running_loop().create_unix_server(
        factory, path, **options)


def dial(path="s"):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


async def take(sock, size=-1):
    """What a plain socket or pipe has to say: so many bytes, or all."""
    def all_of_it():
        seen = bytearray()
        while size < 0 or len(seen) < size:
            part = os.read(sock.fileno(), 65536)
            if not part:
                break
            seen += part
        return bytes(seen)
    os.set_blocking(sock.fileno(), True)
    return await ends(asyncio.to_thread(all_of_it), "the bytes never came")


class Reports:
    """The reports that the loop's exception handler was given."""

    def __init__(self):
        self.seen = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: self.seen.append(context))


def caught(number, seen):
    asyncio.get_running_loop().add_signal_handler(number, seen.append, number)


async def run(*words, **options):
    return await asyncio.create_subprocess_exec(*words, **options)


async def shell(script, **options):
    return await run("/bin/sh", "-c", script, **options)


async def ended(process):
    return await ends(process.wait(), "the end was never told")


async def says(script, **options):
    process = await shell(script, stdout=subprocess.PIPE, **options)
    text, _ = await ends(process.communicate(), "no end")
    return text.decode()


async def answers(path="s"):
    """Whether somebody accepts there."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    if sock.connect_ex(path) != 0:
        return False
    await asyncio.sleep(0.05)
    return True


@contextlib.contextmanager
def a_file(size):
    with open("file", "wb+") as file:
        file.write(os.urandom(size))
        file.flush()
        file.seek(0)
        yield file


def raw_pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs
