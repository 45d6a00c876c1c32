"""Runs the programs that are compared."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


class Failed(SystemExit):
    """A command did not end with 0; ends the comparison where nobody expects it."""

    def __init__(self, command, code, said=""):
        super().__init__(f"compare: {' '.join(map(str, command))}: ended with code {code}{said and ': '}{said}")
        self.said = said


def run(command, threads):
    """The JSON objects that a command prints; its errors are shown as they come."""
    print("  " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        raise Failed(command[:1], done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def whole(command, **environment):
    """What a process prints, line by line, its seconds and its largest resident memory in MB."""
    command = list(map(str, command))
    with tempfile.TemporaryFile("w+") as told:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=told, stderr=told, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        lines = told.read().splitlines()
    if process.returncode != 0:
        raise Failed(command, process.returncode, " ".join(lines[-3:]))
    return lines, seconds, usage.ru_maxrss / 1024


def median(lines):
    """The middle of the medians of several rounds."""
    return statistics.median(line["median_ms"] for line in lines)
