# bench/compare/asyncio_streams.py - rows G and what belongs to them.
import asyncio
import contextlib
import gc
import os
import socket
import threading
import time

from asyncio_ear import (
    Ear, Failed, MUCH, QUIET_S, ends, expect, over, paired, row, take, until,
)


@row
async def G02():
    _, firehose, pouring = await paired()
    _, other, knock = await paired()
    stop = threading.Event()

    def pour():
        with contextlib.suppress(OSError):
            while not stop.is_set():
                pouring.send(bytes(65536))

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        await until(lambda: len(firehose.data) > MUCH, "nothing pours")
        knock.send(b"x")
        await until(lambda: other.data, "the other is never heard")
    finally:
        stop.set()
        pouring.shutdown(socket.SHUT_RDWR)
        thread.join()


@row
async def G04():
    transport, ear, peer = await paired(keep=True)
    peer.shutdown(socket.SHUT_WR)
    await until(lambda: "eof" in ear.told, "no end of file")
    transport.write(b"late")
    expect(await take(peer, 4) == b"late" and not ear.lost, "not kept")


@row
async def G06():
    transport, ear, peer = await paired()
    transport.write(b"unread")
    await asyncio.sleep(0.05)
    peer.close()
    await until(lambda: ear.lost, "never told")
    expect(isinstance(ear.error, ConnectionResetError), repr(ear.error))


@row
async def G07():
    transport, _, peer = await paired()
    whole = b"".join(b"%07d\n" % n for n in range(MUCH // 8))
    for start in range(0, MUCH, 1024):
        transport.write(whole[start:start + 1024])
    expect(await take(peer, MUCH) == whole, "not what was written")


@row
async def G08():
    transport, _, _ = await paired()
    transport.write_eof()
    try:
        transport.write(b"x")
    except RuntimeError:
        return
    raise Failed("a write after the end was taken")


@row
async def G09():
    transport, ear, peer = await paired()
    peer.close()
    await until(lambda: ear.lost, "never told")
    for _ in range(100):
        transport.write(b"x")


@row
async def G10():
    transport, ear, peer = await paired()
    transport.write(bytes(MUCH))
    expect("pause" in ear.told and "resume" not in ear.told, "no pressure")
    taken = await take(peer, MUCH)
    await until(lambda: "resume" in ear.told, "pressure for ever")
    expect(len(taken) == MUCH, "lost bytes")


@row
async def G11():
    transport, ear, peer = await paired()
    transport.pause_reading()
    transport.pause_reading()
    peer.send(b"x")
    await asyncio.sleep(QUIET_S)
    expect(not ear.data, "read while paused")
    transport.resume_reading()
    transport.resume_reading()
    await until(lambda: ear.data == b"x", "never read")


@row
async def G12():
    transport, _, peer = await paired()
    transport.write(bytes(MUCH))
    transport.close()
    expect(len(await take(peer)) == MUCH, "what waited was lost")


@row
async def G13():
    transport, ear, peer = await paired()
    transport.write(bytes(8 * MUCH))
    transport.abort()
    await until(lambda: ear.lost, "never told")
    expect(len(await take(peer)) < 8 * MUCH, "written all the same")


@row
async def G14():
    transport, ear, peer = await paired()
    transport.write(bytes(MUCH))
    transport.write_eof()
    expect(len(await take(peer)) == MUCH, "what waited was lost")
    peer.send(b"answer")
    await until(lambda: ear.data == b"answer", "reads no more")


@row
async def G15():
    for end in ("close", "abort", "peer", "both"):
        transport, ear, peer = await paired()
        if end in ("peer", "both"):
            peer.close()
        if end != "peer":
            getattr(transport, "abort" if end == "abort" else "close")()
        await until(lambda: ear.lost, "never told")
        await asyncio.sleep(0.05)
        expect(ear.told.count("lost") == 1, "told twice")


@row
async def G16():
    transport, first, peer = await paired()
    second = Ear()
    peer.send(b"one")
    await until(lambda: first.data == b"one", "never read")
    transport.set_protocol(second)
    peer.send(b"two")
    await until(lambda: second.data == b"two", "lost on the way")


@row
async def X21():
    accepted = []

    async def on_client(reader, writer):
        accepted.append((reader, writer))

    server = await asyncio.start_unix_server(on_client, "s")
    reader, writer = await asyncio.open_unix_connection("s")
    await until(lambda: accepted, "not accepted")
    del writer
    gc.collect()
    await asyncio.sleep(QUIET_S)
    accepted[0][1].write(b"x")
    try:
        seen = await ends(reader.readexactly(1), "never read")
    except asyncio.IncompleteReadError:
        raise Failed("who keeps only the reader loses the connection") from None
    expect(server and seen == b"x", "another byte")


@row
async def X23():
    def drink(ours, theirs, gate):
        pid = os.fork()
        if pid == 0:
            ours.close()
            os.read(gate, 1)
            while theirs.recv(MUCH):
                pass
            os._exit(0)
        return pid

    async def cost(blocks):
        ours, theirs = socket.socketpair()
        gate = os.pipe()
        pid = drink(ours, theirs, gate[0])
        theirs.close()
        transport, ear = await over(ours)
        block = bytes(65536)
        before = time.process_time()
        for _ in range(blocks):
            transport.write(block)
        os.write(gate[1], b"x")
        transport.close()
        while not ear.lost:
            await asyncio.sleep(0.05)
        used = time.process_time() - before
        os.waitpid(pid, 0)
        return used / blocks

    few, many = await cost(256), await cost(4096)
    expect(many < 4 * few, "a byte costs %.0f times as much with 256 MiB queued"
           " as with 16" % (many / few))
