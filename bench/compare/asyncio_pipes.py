# bench/compare/asyncio_pipes.py - rows I, J and K and what belongs to them.
import asyncio
import contextlib
import fcntl
import os
import socket
import tty

from asyncio_ear import (
    Failed, MUCH, QUIET_S, Reports, a_file, ends, expect, paired, pipe_files,
    raw_pair, reading, refused, row, take, until, writing,
)


@row
async def I06():
    ours, theirs = raw_pair()
    with a_file(576) as file:
        sent = await asyncio.get_running_loop().sock_sendfile(
            ours, file, 0, 5000)
    expect(sent == 576 == len(await take(theirs, 576)), "sent %d" % sent)


@row
async def I09():
    ours, theirs = raw_pair()
    with a_file(4 * MUCH) as file:
        sending = asyncio.ensure_future(
            asyncio.get_running_loop().sock_sendfile(ours, file))
        taken = await take(theirs, 4 * MUCH)
        expect(await sending == 4 * MUCH == len(taken), "cut short")


@row
async def I16():
    transport, _, peer = await paired()
    with a_file(MUCH) as file:
        transport.write(bytes(MUCH))
        sending = asyncio.ensure_future(
            asyncio.get_running_loop().sendfile(transport, file))
        taking = asyncio.ensure_future(take(peer, 2 * MUCH + 5))
        await ends(sending, "never sent")
        transport.write(b"after")
        taken = await taking
        file.seek(0)
        expect(taken == bytes(MUCH) + file.read() + b"after", "out of order")


@row
async def J01():
    with a_file(10) as file:
        await refused(reading(file), (ValueError, OSError), "it was taken")


@row
async def J03():
    ours, theirs = pipe_files()
    kept = os.dup(ours.fileno())
    transport, ear = await reading(ours)
    transport.close()
    await until(lambda: ear.lost, "no end")
    expect(theirs and os.get_blocking(kept), "O_NONBLOCK is left")


@row
async def J08():
    ours, theirs = pipe_files()
    _, ear = await reading(ours)
    theirs.write(bytes(50000))
    theirs.close()
    await until(lambda: ear.lost, "no end")
    expect(ear.told == ["made", "eof", "lost"] and len(ear.data) == 50000,
           str(ear.told))


@row
async def J15():
    ours, theirs = pipe_files()
    transport, ear = await reading(ours)
    transport.pause_reading()
    transport.pause_reading()
    theirs.write(b"held")
    theirs.close()
    await asyncio.sleep(QUIET_S)
    expect(ear.told == ["made"] and not ear.data, "told while paused")
    transport.resume_reading()
    await until(lambda: ear.lost, "no end")
    expect(ear.data == b"held", "lost bytes")


@row
async def J17():
    ours, theirs = pipe_files()
    kept = os.dup(ours.fileno())
    transport, ear = await reading(ours)
    theirs.write(b"unread")
    transport.close()
    transport.close()
    await until(lambda: ear.lost, "no end")
    await asyncio.sleep(0.05)
    expect(ear.told.count("lost") == 1 and not ear.data and
           os.read(kept, 9) == b"unread", "read after the end")


@row
async def K01():
    with a_file(10) as file:
        await refused(writing(file), (ValueError, OSError), "it was taken")


@row
async def K02():
    theirs, ours = pipe_files()
    _, ear = await writing(ours)
    theirs.close()
    await until(lambda: ear.lost, "nobody notices")


@row
async def K05():
    theirs, ours = pipe_files()
    transport, _ = await writing(ours)
    for _ in range(10):
        transport.write(bytes(100000))
    expect(len(await take(theirs, MUCH - 48576)) == 1000000, "lost bytes")


@row
async def K11():
    theirs, ours = pipe_files()
    loop_reports = Reports()
    transport, ear = await writing(ours)
    theirs.close()
    transport.write(b"x")
    await until(lambda: ear.lost, "never told")
    expect(isinstance(ear.error, BrokenPipeError) and not loop_reports.seen,
           repr(ear.error))


@row
async def K14():
    theirs, ours = pipe_files()
    transport, ear = await writing(ours)
    transport.write(bytes(MUCH))
    theirs.close()
    await until(lambda: ear.lost, "never told")
    expect(isinstance(ear.error, BrokenPipeError), repr(ear.error))


@row
async def K20():
    theirs, ours = pipe_files()
    transport, _ = await writing(ours)
    transport.write(bytes(100000))
    transport.close()
    seen = len(await take(theirs))
    expect(seen == 100000, "%d of 100000 arrived" % seen)


@row
async def K21():
    theirs, ours = pipe_files()
    transport, ear = await writing(ours)
    transport.write(bytes(100000))
    transport.abort()
    await until(lambda: ear.lost, "never told")
    expect(len(await take(theirs)) < 100000, "written all the same")


@row
async def K22():
    theirs, ours = pipe_files()
    transport, _ = await writing(ours)
    fcntl.fcntl(ours, 1031, 65536)
    transport.write(bytes(100000))
    expect(theirs and transport.get_write_buffer_size() == 100000 - 65536,
           "%d wait" % transport.get_write_buffer_size())


@row
async def X11():
    ours, theirs = raw_pair()
    with a_file(8 * MUCH) as file:
        sending = asyncio.ensure_future(
            asyncio.get_running_loop().sock_sendfile(ours, file))
        await asyncio.sleep(QUIET_S)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        ours.close()
        sent = len(await take(theirs))
        expect(sent and file.tell() == sent, "%d were sent, the position says "
               "%d" % (sent, file.tell()))


@row
async def X12():
    ours, theirs = raw_pair()
    theirs.close()
    with a_file(100) as file:
        try:
            await asyncio.get_running_loop().sock_sendfile(
                ours, file, fallback=False)
        except (BrokenPipeError, ConnectionError):
            return
        except Exception as error:
            raise Failed("a peer that is gone is told as %s" %
                         type(error).__name__) from None
    raise Failed("nothing was told")


@row
async def X13():
    ours, theirs = raw_pair()
    source, feeding = pipe_files()
    feeding.write(b"hello")
    feeding.close()
    try:
        sent = await asyncio.get_running_loop().sock_sendfile(ours, source)
    except (ValueError, OSError):
        return
    expect(theirs and sent == 5, "told %d sent of 5, without an error" % sent)


@row
async def X14():
    ours, theirs = socket.socketpair()
    transport, ear = await writing(ours)
    theirs.send(b"words")
    await asyncio.sleep(QUIET_S)
    expect(not ear.lost, "taken for one that leaves")
    transport.write(b"still")
    expect(await take(theirs, 5) == b"still", "not written")


@row
async def X15():
    os.mkfifo("fifo")
    ours = open(os.open("fifo", os.O_RDONLY | os.O_NONBLOCK), "rb", 0)
    kept = os.dup(ours.fileno())
    with open("fifo", "wb", 0) as first:
        _, ear = await reading(ours)
        first.write(b"one")
        await until(lambda: ear.data == b"one", "never read")
    await asyncio.sleep(0.1)
    with open("fifo", "wb", 0) as second:
        second.write(b"two")
        await asyncio.sleep(QUIET_S)
        expect(kept and ear.data == b"onetwo",
               "the second writer is not read: %s" % ear.told)


@row
async def X16():
    theirs, ours = pipe_files()
    shared = os.dup(ours.fileno())
    transport, ear = await writing(ours)
    transport.close()
    await until(lambda: ear.lost, "no end")
    expect(theirs and os.get_blocking(shared),
           "O_NONBLOCK is left on what others share")
    master, slave = os.openpty()
    tty.setraw(slave)
    transport, ear = await writing(os.fdopen(os.dup(slave), "wb", 0))
    expect(os.get_blocking(slave), "the terminal does not block any more")


@row
async def X17():
    reports = Reports()
    try:
        _, ear = await reading(open(os.devnull, "rb", 0))
    except OSError:
        return
    await asyncio.sleep(QUIET_S)
    expect(ear.lost, "looks alive; %d report to the loop, none to the protocol"
           % len(reports.seen))
