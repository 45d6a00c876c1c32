"""The servers that a script of this folder calls, and what it asks of them beside its client's calls. Standard library alone."""

import argparse
import base64
import concurrent.futures
import contextlib
import http.client
import json
import re
import sys
import time
import traceback
import urllib.parse

import pictures

PROMPT = "a red cube on grass"
SEED = 7
SIDE = 64  # the smallest size of the embedded model


def fetch(url, body=None, headers=None, method=None):
    """Status, headers and body of an answer, whatever the status. No headers are sent but these, Host and Content-Length."""
    parts = urllib.parse.urlsplit(url)
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)
    with contextlib.closing(connection):
        method = method or ("GET" if body is None else "POST")
        connection.request(method, target, body, {"Accept-Encoding": "identity", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def fetch_json(url, value=None, method=None, **headers):
    """Status and JSON of an answer. A value is posted."""
    body = None if value is None else json.dumps(value).encode()
    status, _, answer = fetch(url, body, {"Content-Type": "application/json", **headers}, method)
    return status, json.loads(answer)


def wait_until(condition, what, seconds=60):
    """What `condition()` returns, once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"expected within {seconds} s: {what}")


class Place:
    """Where to call: `base` asks for no key, `locked` for `key`, `full` takes one request at a time."""

    def __init__(self, base, locked=None, key=None, full=None):
        self.base, self.locked, self.key, self.full = base.rstrip("/"), locked, key, full
        self.known = {}

    def drawn(self, **fields):
        """The picture's file that OpenAI's route draws with these fields, asked for without a client's library."""
        fields = {"prompt": PROMPT, "seed": SEED, "size": f"{SIDE}x{SIDE}", **fields}
        asked = json.dumps(fields, sort_keys=True)
        if asked not in self.known:
            status, answer = fetch_json(self.base + "/v1/images/generations", fields)
            assert status == 200, f"{asked}: {status} {answer}"
            self.known[asked] = base64.b64decode(answer["data"][0]["b64_json"], validate=True)
        return self.known[asked]

    def model(self):
        """The usual model's name."""
        return fetch_json(self.base + "/v1/models")[1]["data"][0]["id"]

    def jobs(self, address=None):
        """What is being drawn for this caller, or waits."""
        listed = fetch_json((address or self.base) + "/imagine/v1/jobs")[1]["jobs"]
        return [job for job in listed if job["status"] in ("queued", "running", "canceling")]

    def cancel_all(self, address=None):
        for job in self.jobs(address):
            fetch_json(f"{address or self.base}/imagine/v1/jobs/{job['id']}/cancel", {})

    def wait_idle(self, address=None):
        wait_until(lambda: not self.jobs(address), "nothing is drawn")

    def count(self, name, address=None, **labels):
        """A figure of /metrics; 0 where there is none with these labels."""
        text = fetch((address or self.base) + "/metrics")[2].decode()
        for line in text.splitlines():
            found = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
            if found and labels == dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")):
                return float(found[2])
        return 0.0

    def refusals(self, dialect):
        """How often the small queue's server answered 429."""
        return self.count("imagine_requests_total", self.full, dialect=dialect, status="429")

    @contextlib.contextmanager
    def occupied(self):
        """Meanwhile the small queue has no room. A small picture before makes Retry-After short: it goes by the speed."""
        drawing = self.full + "/sdapi/v1/txt2img"
        status, answer = fetch_json(drawing, {"prompt": PROMPT, "width": SIDE, "height": SIDE, "steps": 2})
        assert status == 200, f"{status} {answer}"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pool.submit(fetch_json, drawing, {"prompt": PROMPT, "width": 256, "height": 256, "steps": 200})
            wait_until(lambda: self.jobs(self.full), "something is drawn")
            try:
                yield
            finally:
                self.cancel_all(self.full)
                self.wait_idle(self.full)


def place_of_command_line(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("base", metavar="BASE_URL", help="of a server that asks for no key, with --metrics")
    parser.add_argument("--locked", metavar="URL", help="of one that asks for a key; without it such calls are left out")
    parser.add_argument("--key", default="secret", help="that key")
    parser.add_argument("--full", metavar="URL", help="of one with --queue 1 --metrics; without it such calls are left out")
    arguments = parser.parse_args()
    return Place(arguments.base, arguments.locked, arguments.key, arguments.full)


def run_calls(client, calls, place):
    """Prints a line for each call of {name: function of the place}; returns the exit status.

    A function returns what it saw, "refused: ..." where the server refuses as its documents say, or None where the place
    has not the server that it needs.
    """
    failures = 0
    for name, call in calls.items():
        try:
            seen = call(place)
            if seen is not None:
                print(f"ok {client} {name}: {seen}", flush=True)
        except Exception as error:  # a client's library may raise anything
            failures += 1
            at = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in at if frame.filename == sys.argv[0]] or at
            said = " ".join(f"{type(error).__name__}: {error}".split())
            lines = ", ".join(str(frame.lineno) for frame in own)
            print(f"FAIL {client} {name}: at {lines}: {said[:500]}", flush=True)
            place.cancel_all()
    return 1 if failures else 0


def check_picture(file, size=(SIDE, SIDE)):
    """Of bytes of a PNG file."""
    found = pictures.size_of(file)
    assert found == size, f"expected a picture of {size}, got {found}"
    return file


def check_alike(file, expected):
    """That a picture is the one that is drawn alone. One that is evaluated together with others may be off by one level."""
    off = pictures.largest_difference(pictures.decoded(file), pictures.decoded(expected), lambda _x, _y: True)
    assert off <= 1, f"expected the picture of the seed, got values that are off by {off}"


def check_masked(before, after, inverted=False):
    """That what a mask of the right half keeps stays as it was to the bit, whatever its edge is, and that the rest does not."""
    before, after = pictures.decoded(before), pictures.decoded(after)
    half, edge = before.width // 2, before.width // 16

    def is_kept(x, _y):
        return x >= half + edge if inverted else x < half - edge

    def is_drawn(x, _y):
        return x < half if inverted else x >= half

    off = pictures.largest_difference(before, after, is_kept)
    assert off == 0, f"expected what the mask keeps as it was, got values that are off by {off}"
    assert pictures.largest_difference(before, after, is_drawn) > 0, "expected something new where the mask chooses, got the same"


def transparent_right(side=SIDE):
    """OpenAI's mask: transparent where something is drawn anew."""
    return pictures.encoded(pictures.painted(side, side, 4, lambda x, y: (0, 0, 0, 0 if x >= side // 2 else 255)))


def white_right(side=SIDE):
    """Google's and AUTOMATIC1111's mask: white where something is drawn anew."""
    return pictures.encoded(pictures.painted(side, side, 3, lambda x, y: (255,) * 3 if x >= side // 2 else (0,) * 3))
