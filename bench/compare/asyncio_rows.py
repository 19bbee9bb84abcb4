#!/usr/bin/env python3
# bench/compare/asyncio_rows.py [ID...] - what CPython's asyncio does, row by
# row of bench/compare/rows: `ID ok|not ok|n/a [detail]`. Standard library only.
#
# Each row runs in a process of its own, in an empty directory, with a time
# limit: a hang is a result, too.
import asyncio
import contextlib
import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

# Nothing is left in the source tree.
sys.dont_write_bytecode = True

import asyncio_children  # noqa: E402,F401
import asyncio_pipes  # noqa: E402,F401
import asyncio_signals  # noqa: E402,F401
import asyncio_sockets  # noqa: E402,F401
import asyncio_streams  # noqa: E402,F401
import asyncio_world  # noqa: E402,F401
from asyncio_ear import LIMIT_S, ROWS, Absent, Failed  # noqa: E402

SELF = os.path.abspath(__file__)


def run_row(name):
    """In the process of the row: the verdict on standard output."""
    function = ROWS[name]
    word, detail = "ok", ""
    try:
        if inspect.iscoroutinefunction(function):
            asyncio.run(function())
        else:
            function()
    except Failed as failure:
        word, detail = "not ok", str(failure)
    except Absent as absence:
        word, detail = "n/a", str(absence)
    except Exception as error:
        word, detail = "not ok", "%s: %s" % (type(error).__name__, error)
    detail = re.sub(r"\s+", " ", detail)
    os.write(1, ("%s %s %s" % (name, word, detail)).strip().encode() + b"\n")
    os._exit(0)


def judge(name):
    """What the row's process says, or that it says nothing."""
    place = tempfile.mkdtemp(prefix="buskin-compare-")
    process = subprocess.Popen(
        [sys.executable, SELF, "--row", name], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        text = process.communicate(timeout=LIMIT_S)[0].decode()
        verdict = next((line for line in text.splitlines()
                        if line.startswith(name + " ")), None)
        verdict = verdict or "%s not ok (ends with %d)" % (
            name, process.returncode)
    except subprocess.TimeoutExpired:
        verdict = "%s not ok (hangs)" % name
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    shutil.rmtree(place, ignore_errors=True)
    return verdict


def main(words):
    if words[:1] == ["--row"]:
        run_row(words[1])
    if words[:1] == ["--version"]:
        print("CPython %s" % sys.version.split()[0])
        return
    for name in words or sorted(ROWS):
        print(judge(name), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
