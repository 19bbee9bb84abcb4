# bench/compare/asyncio_signals.py - rows B and what belongs to them.
import asyncio
import os
import signal
import threading
import time

from asyncio_ear import (
    Failed, QUIET_S, SOON_S, caught, expect, fds, row, until,
)


@row
async def B02():
    for number in (0, -1, 65, 32, 33):
        try:
            caught(number, [])
        except ValueError:
            continue
        raise Failed("%d was taken" % number)


@row
async def B03():
    seen = []
    numbers = list(range(signal.SIGRTMIN, 65))
    for number in numbers:
        caught(number, seen)
    for number in numbers:
        os.kill(os.getpid(), number)
    await until(lambda: sorted(set(seen)) == numbers, "some never came")


@row
async def B06():
    async def inner():
        seen = []
        try:
            caught(signal.SIGUSR1, seen)
        except (ValueError, RuntimeError) as error:
            raise Failed("refused: %s" % error) from None
        os.kill(os.getpid(), signal.SIGUSR1)
        await until(lambda: seen, "never told")

    await asyncio.to_thread(lambda: asyncio.run(inner()))


@row
async def B07():
    before = fds()
    for number in (signal.SIGKILL, signal.SIGSTOP):
        try:
            caught(number, [])
        except RuntimeError:
            continue
        raise Failed("%d was taken" % number)
    expect(fds() == before, "descriptors are left")


@row
async def B10():
    seen = []
    caught(signal.SIGUSR1, seen)
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.05)
    expect(not seen, "told in the middle of another handler")
    await until(lambda: seen, "never told")


@row
async def B11():
    ours, theirs = os.pipe()
    seen, got = [], []
    caught(signal.SIGUSR1, seen)
    thread = threading.Thread(target=lambda: got.append(os.read(ours, 1)))
    thread.start()
    for _ in range(20):
        signal.pthread_kill(thread.ident, signal.SIGUSR1)
        await asyncio.sleep(0.005)
    os.write(theirs, b"x")
    thread.join(SOON_S)
    expect(got == [b"x"] and seen, "the read of another thread was broken off")


@row
async def B12():
    first, second = [], []
    caught(signal.SIGUSR1, first)
    caught(signal.SIGUSR1, second)
    os.kill(os.getpid(), signal.SIGUSR1)
    await until(lambda: first or second, "never told")
    await asyncio.sleep(QUIET_S)
    expect(first and second, "the second took the place of the first")


@row
async def B13():
    seen = []
    numbers = (signal.SIGUSR2, signal.SIGUSR1, signal.SIGRTMIN)
    for number in numbers:
        caught(number, seen)
    for number in numbers:
        for _ in range(3):
            os.kill(os.getpid(), number)
    await until(lambda: signal.SIGRTMIN in seen, "never told")
    await asyncio.sleep(QUIET_S)
    expect(seen.count(signal.SIGRTMIN) == 3, "real-time signals were lost")
    expect(set(seen) == set(numbers), "a number was lost")


@row
async def B15():
    seen = []
    caught(signal.SIGUSR1, seen)
    os.kill(os.getpid(), signal.SIGUSR1)
    asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)
    await asyncio.sleep(QUIET_S)
    expect(not seen, "told after the end")


@row
async def B18():
    loop = asyncio.get_running_loop()
    caught(signal.SIGUSR1, [])
    expect(loop.remove_signal_handler(signal.SIGUSR1) is True and
           loop.remove_signal_handler(signal.SIGUSR1) is False, "it lies")


@row
async def B21():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    caught(signal.SIGHUP, [])
    asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    expect(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN,
           "ignored before, default after")


@row
def B24():
    loop = asyncio.new_event_loop()
    for number in (signal.SIGUSR1, signal.SIGTERM):
        loop.add_signal_handler(number, print)
    loop.close()
    expect(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL ==
           signal.getsignal(signal.SIGTERM), "still caught")


async def flood(count, numbers):
    """All but the last come count times, the last once and at the end, while
    the loop is busy."""
    seen = []
    for number in numbers:
        caught(number, seen)
    with open(os.devnull, "w") as quiet:
        kept = os.dup(2)
        os.dup2(quiet.fileno(), 2)
        for turn in range(count):
            os.kill(os.getpid(), numbers[turn % (len(numbers) - 1)])
        os.kill(os.getpid(), numbers[-1])
        os.dup2(kept, 2)
    await asyncio.sleep(QUIET_S)
    missing = [n for n in numbers if n not in seen]
    expect(not missing, "of %d, %d were told and number %s never" %
           (count + 1, len(seen), missing))


@row
async def B26():
    await flood(3000, [signal.SIGUSR1, signal.SIGUSR2])


@row
async def X01():
    await flood(100000, [signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM,
                         signal.SIGRTMIN + 1, signal.SIGHUP])


@row
async def X02():
    seen = []
    caught(signal.SIGUSR1, seen)
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.1)
        os._exit(0)
    os.waitpid(pid, 0)
    await asyncio.sleep(QUIET_S)
    expect(not seen, "the parent was told of its child's signal")


@row
def X03():
    def mine(*_):
        pass

    loop = asyncio.new_event_loop()
    numbers = [n for n in signal.valid_signals()
               if n not in (signal.SIGKILL, signal.SIGSTOP)]
    for number in numbers:
        signal.signal(number, mine if number % 2 else signal.SIG_IGN)
    for number in numbers:
        loop.add_signal_handler(number, print)
    loop.close()
    lost = [n for n in numbers
            if signal.getsignal(n) != (mine if n % 2 else signal.SIG_IGN)]
    expect(not lost, "%d of %d are not as before" % (len(lost), len(numbers)))
