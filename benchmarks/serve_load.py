#!/usr/bin/env python3
"""Many clients at once on a server that this starts: what they get, how long it takes, what it costs.

  benchmarks/serve_load.py                             64 clients for 20 minutes, all dialects; a table, and load.svg
  benchmarks/serve_load.py --minutes 2 --clients 16    shorter
  benchmarks/serve_load.py --figures                   throughput of 16 clients and of one; a small request behind large ones
  benchmarks/serve_load.py --endings                   SIGTERM with requests on their way; kill -9 and another start

Every picture is compared with the same request drawn alone. A tenth of the requests leave before the answer, a tenth of the
jobs are cancelled. Needs nothing but Python 3.11 and the build. Nothing else should run meanwhile.
"""

import argparse
import base64
import http.client
import json
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROMPTS = ["a red cube on grass", "two green balls on a table", "a photo of a yellow cone", "un cubo rosso sul prato"]
SIZES = [64, 256]
TOLERANCE = 6  # of 255, at any pixel: rows that are evaluated together are rounded differently
MEAN_TOLERANCE = 0.5


class Server:
    def __init__(self, arguments, options):
        program = ROOT / "build" / "release" / "bin" / "imagine"
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--metrics", *options, *arguments], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip().removeprefix("http://")

    def ask(self, method, path, body=None, timeout=600):
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers

    def json(self, method, path, body=None):
        status, content, _ = self.ask(method, path, body)
        return status, json.loads(content)

    def memory(self):
        """In MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 2**20

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(60)


def pixels_of(png):
    """The bytes of an RGB picture's pixels, without a library."""
    at, data, width, height = 8, b"", 0, 0
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", png[at + 8:at + 16])
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    raw, stride, above, rows = zlib.decompress(data), 3 * width, bytes(3 * width), []
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left, up = row[x - 3] if x >= 3 else 0, above[x]
            corner = above[x - 3] if x >= 3 else 0
            if kind == 4:
                guess = left + up - corner
                by = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            else:
                by = (0, left, up, (left + up) // 2)[kind]
            row[x] = (row[x] + by) & 255
        rows.append(bytes(row))
        above = row
    return b"".join(rows)


def difference(a, b):
    """The largest and the mean of two pictures' pixels."""
    if a == b:
        return 0, 0
    a, b = pixels_of(a), pixels_of(b)
    if len(a) != len(b):
        return 255, 255
    gaps = [abs(x - y) for x, y in zip(a, b)]
    return max(gaps), sum(gaps) / len(gaps)


# --- the same request in each dialect ---------------------------------------------------------------------------------------------


def openai(server, recipe):
    model, prompt, size, seed = recipe
    status, content, headers = server.ask("POST", "/v1/images/generations",
                                          {"model": model, "prompt": prompt, "size": f"{size}x{size}", "seed": seed})
    return status, content if status != 200 else base64.b64decode(json.loads(content)["data"][0]["b64_json"]), headers


def openai_stream(server, recipe):
    model, prompt, size, seed = recipe
    status, content, headers = server.ask(
        "POST", "/v1/images/generations",
        {"model": model, "prompt": prompt, "size": f"{size}x{size}", "seed": seed, "stream": True, "partial_images": 2})
    if status != 200:
        return status, content, headers
    events = [json.loads(line[6:]) for line in content.decode().split("\n") if line.startswith("data: ")]
    if "error" in events[-1]:
        return 500, content, headers
    return status, base64.b64decode(events[-1]["b64_json"]), headers


def google(server, recipe):
    model, prompt, size, seed = recipe
    # Google's sizes begin at 512: the model's default is asked for by no size at all.
    parameters = {"seed": seed, "sampleCount": 1}
    status, content, headers = server.ask("POST", f"/v1beta/models/{model}:predict",
                                          {"instances": [{"prompt": prompt}], "parameters": parameters})
    if status != 200:
        return status, content, headers
    return status, base64.b64decode(json.loads(content)["predictions"][0]["bytesBase64Encoded"]), headers


def a1111(server, recipe):
    model, prompt, size, seed = recipe
    body = {"prompt": prompt, "width": size, "height": size, "seed": seed, "override_settings": {"sd_model_checkpoint": model}}
    status, content, headers = server.ask("POST", "/sdapi/v1/txt2img", body)
    return status, content if status != 200 else base64.b64decode(json.loads(content)["images"][0]), headers


def job(server, recipe):
    model, prompt, size, seed = recipe
    status, content, headers = server.ask("POST", "/imagine/v1/jobs",
                                          {"model": model, "prompt": prompt, "size": size, "seed": seed})
    if status != 202:
        return status, content, headers
    job = json.loads(content)
    while job["status"] not in ("succeeded", "failed", "canceled"):
        time.sleep(0.2)
        _, job = server.json("GET", job["urls"]["self"])
    if job["status"] != "succeeded":
        return 500, json.dumps(job).encode(), headers
    return server.ask("GET", job["outputs"][0]["url"])


DIALECTS = [openai, openai_stream, google, a1111, job]


def leave(server, recipe):
    """Asks and goes before the answer."""
    model, prompt, size, seed = recipe
    connection = http.client.HTTPConnection(server.address, timeout=60)
    connection.request("POST", "/v1/images/generations",
                       json.dumps({"model": model, "prompt": prompt, "size": f"{size}x{size}", "seed": seed}))
    time.sleep(random.random())
    connection.close()


def cancel(server, recipe):
    model, prompt, size, seed = recipe
    status, job = server.json("POST", "/imagine/v1/jobs", {"model": model, "prompt": prompt, "size": size, "seed": seed, "count": 4})
    if status != 202:
        return status
    time.sleep(random.random())
    server.json("POST", job["urls"]["cancel"], {})
    for _ in range(300):
        _, job = server.json("GET", job["urls"]["self"])
        if job["status"] in ("canceled", "succeeded"):
            return 200
        time.sleep(0.1)
    return 500


# --- the load ---------------------------------------------------------------------------------------------------------------------


class Load:
    """What all clients share."""

    def __init__(self, server, expected, end):
        self.server, self.expected, self.end = server, expected, end
        self.lock = threading.Lock()
        self.counts, self.gaps, self.faults, self.seconds = {}, [], [], []
        self.refused = self.largest_queue = 0
        self.quick = []  # seconds that health and progress took

    def note(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def one(self, chance):
        recipe = chance.choice(list(self.expected))
        kind = chance.random()
        if kind < 0.1:
            leave(self.server, recipe)
            return self.note("left early")
        if kind < 0.2:
            status = cancel(self.server, recipe)
            if status == 500:
                self.faults.append("a cancelled job did not end")
            return self.note("cancelled" if status == 200 else "refused")
        dialect = chance.choice(DIALECTS)
        if dialect is google:
            recipe = max(other for other in self.expected if other[:2] == recipe[:2])  # of the default size
        begun = time.monotonic()
        status, content, headers = dialect(self.server, recipe)
        if status == 429:
            self.note("refused")
            return time.sleep(min(5, int(headers["Retry-After"])))
        if status not in (200, 202):
            self.faults.append(f"{dialect.__name__}: {status}: {content[:200]!r}")
            return None
        largest, mean = difference(content, self.expected[recipe])
        with self.lock:
            self.seconds.append(time.monotonic() - begun)
            self.gaps.append(largest)
        if largest > TOLERANCE or mean > MEAN_TOLERANCE:
            self.faults.append(f"{dialect.__name__} {recipe}: differs by up to {largest}, {mean:.2f} on average")
        return self.note(dialect.__name__)

    def client(self, number):
        chance = random.Random(number)
        while time.monotonic() < self.end:
            try:
                self.one(chance)
            except Exception as error:  # pylint: disable=broad-except
                self.faults.append(f"client {number}: {error!r}")

    def watch(self, samples):
        while time.monotonic() < self.end:
            for path in ("/health", "/sdapi/v1/progress?skip_current_image=true"):
                begun = time.monotonic()
                self.server.ask("GET", path)
                self.quick.append(time.monotonic() - begun)
            figures = self.server.ask("GET", "/metrics")[1].decode()
            queued = next(int(float(line.split()[-1])) for line in figures.split("\n") if 'imagine_jobs{state="queued"}' in line)
            self.largest_queue = max(self.largest_queue, queued)
            samples.append((time.monotonic(), self.server.memory(), queued))
            time.sleep(1)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def plot(samples, file):
    """Memory over time."""
    begun, most = samples[0][0], max(memory for _, memory, _ in samples)
    points = " ".join(f"{60 + 720 * (at - begun) / max(1, samples[-1][0] - begun):.1f},{230 - 200 * memory / most:.1f}"
                      for at, memory, _ in samples)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 260" font-family="sans-serif" font-size="13">'
        f'<rect width="800" height="260" fill="white"/><polyline points="{points}" fill="none" stroke="#2a6" stroke-width="2"/>'
        f'<text x="5" y="34">{most:.0f} MB</text><text x="40" y="234">0</text>'
        f'<text x="60" y="250">0</text><text x="720" y="250">{(samples[-1][0] - begun) / 60:.0f} min</text>'
        f'<text x="300" y="20">memory of the server</text></svg>\n')


def expected_of(server, models):
    """recipe -> its picture, drawn with nothing beside it; of each model two sizes, the default one last."""
    expected = {}
    known = {model["name"]: model for model in server.json("GET", "/imagine/v1/capabilities")[1]["models"]}
    for model in models:
        usual = known[model]["default_size"]
        for number, prompt in enumerate(PROMPTS):
            for size in (known[model]["sizes"][0], usual):
                recipe = (model, prompt, size, 100 + number)
                status, content, _ = openai(server, recipe)
                assert status == 200, content
                expected[recipe] = content
    return expected


def run_load(args):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "two"):  # which share weights
            (Path(folder) / name).symlink_to(args.model)
        (Path(folder) / "tiny").symlink_to(ROOT / "tests" / "data" / "tiny-if-3-levels")
        server = Server(["--models-dir", folder, "--queue", "48", "--dtype", args.dtype], [])
        expected = expected_of(server, ["one", "two", "tiny"])
        load = Load(server, expected, time.monotonic() + 60 * args.minutes)
        samples = []
        threads = [threading.Thread(target=load.client, args=(number,)) for number in range(args.clients)]
        threads.append(threading.Thread(target=load.watch, args=(samples,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while server.json("GET", "/imagine/v1/jobs")[1]["queue"]["running"]:
            time.sleep(0.1)
        status = server.stop()
    plot(samples, args.plot)
    quarter = len(samples) // 4
    early, late = (statistics.median(memory for _, memory, _ in part) for part in (samples[quarter:2 * quarter], samples[-quarter:]))
    print(f"{args.clients} clients, {args.minutes:g} minutes, {args.dtype}")
    print("  ".join(f"{name}: {count}" for name, count in sorted(load.counts.items())))
    print(f"pictures {len(load.gaps)}, largest difference from its single run {max(load.gaps, default=0)} of 255; "
          f"equal bit for bit {sum(gap == 0 for gap in load.gaps)}")
    print(f"seconds to a picture: median {statistics.median(load.seconds):.1f}, p95 {percentile(load.seconds, 0.95):.1f}")
    print(f"health and progress: median {1000 * statistics.median(load.quick):.1f} ms, p95 {1000 * percentile(load.quick, 0.95):.1f} ms, "
          f"worst {1000 * max(load.quick):.1f} ms")
    print(f"longest queue {load.largest_queue}; memory: second quarter {early:.0f} MB, last quarter {late:.0f} MB, most {max(m for _, m, _ in samples):.0f} MB")
    print(f"exit status {status}; faults {len(load.faults)}")
    for fault in load.faults[:20]:
        print(" ", fault)
    return 1 if load.faults or status != 0 else 0


def rate(server, clients, seconds, size):
    """Pictures a second of so many clients, each one request after the other."""
    end, counts = time.monotonic() + seconds, [0] * clients

    def client(number):
        while time.monotonic() < end:
            status, _, _ = openai(server, ("", PROMPTS[number % len(PROMPTS)], size, number))
            counts[number] += status == 200

    begun = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - begun)


def batch_rate(server, size, rounds):
    """Pictures a second of requests of 16 pictures: the engine's own batch, with the server's answer."""
    begun = time.monotonic()
    for number in range(rounds):
        status, _, _ = server.ask("POST", "/v1/images/generations",
                                  {"prompt": PROMPTS[0], "size": f"{size}x{size}", "seed": number, "n": 16})
        assert status == 200
    return 16 * rounds / (time.monotonic() - begun)


def seconds_of(server, size, number):
    begun = time.monotonic()
    status, content, _ = openai(server, ("", PROMPTS[0], size, number))
    assert status == 200, content
    return time.monotonic() - begun


def run_figures(args):
    server = Server(["--queue", "256", "--max-count", "16", "--dtype", args.dtype], [])
    for size in (64, 256, 1024):
        seconds_of(server, size, 0)
    for size in SIZES:
        pairs = [(rate(server, 1, args.seconds, size), rate(server, 16, args.seconds, size), batch_rate(server, size, 2)) for _ in range(3)]
        one, many, batch = (statistics.median(column) for column in zip(*pairs))
        print(f"{size} pixels: one client {one:.2f}, 16 clients {many:.2f}, batches of 16 {batch:.2f} pictures/s: "
              f"{many / one:.2f}x one at a time, {many / batch:.2f}x the batch")
    idle = [seconds_of(server, 64, number) for number in range(20)]
    stop = threading.Event()

    def keep_busy(number):
        while not stop.is_set():
            openai(server, ("", PROMPTS[1], 1024, number))

    busy = [threading.Thread(target=keep_busy, args=(number,)) for number in range(4)]
    for thread in busy:
        thread.start()
    time.sleep(10)
    behind = []
    for number in range(40):
        behind.append(seconds_of(server, 64, number))
        time.sleep(random.random())
    stop.set()
    for thread in busy:
        thread.join()
    print(f"64 pixels: idle p95 {percentile(idle, 0.95):.2f} s; behind four clients of 1024 pixels median {statistics.median(behind):.2f} s, "
          f"p95 {percentile(behind, 0.95):.2f} s: {percentile(behind, 0.95) / percentile(idle, 0.95):.2f}x")
    return server.stop()


def run_endings(args):
    """What is on its way at SIGTERM is answered; what comes then is refused; kill -9 leaves nothing half-written."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").mkdir()
        (Path(folder) / "models" / "one").symlink_to(args.model)
        options = ["--models-dir", str(Path(folder) / "models"), "--exit-timeout", "60"]
        server = Server(options, [])
        results = []
        threads = [threading.Thread(target=lambda number=number: results.append(openai(server, ("", PROMPTS[0], 256, number))[0]))
                   for number in range(12)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        late = openai(server, ("", PROMPTS[0], 64, 99))[0]
        for thread in threads:
            thread.join()
        status = server.process.wait(60)
        print(f"SIGTERM: {results.count(200)} of 12 answered, one that came later {late}, exit status {status}")
        fine = results.count(200) == 12 and late == 503 and status == 0
        before = sorted(str(path) for path in Path(folder).rglob("*"))
        server = Server(options, [])
        threading.Thread(target=lambda: swallow(lambda: openai(server, ("", PROMPTS[0], 1024, 1))), daemon=True).start()
        time.sleep(1)
        server.stop(signal.SIGKILL)
        left = [path for path in sorted(str(path) for path in Path(folder).rglob("*")) if path not in before]
        server = Server(options, [])
        again = openai(server, ("", PROMPTS[0], 64, 1))[0]
        server.stop()
        print(f"kill -9: {len(left)} files left, another start answers {again}")
        return 0 if fine and not left and again == 200 else 1


def swallow(call):
    try:
        call()
    except Exception:  # pylint: disable=broad-except
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=20, help="of each rate of --figures")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "imagine-small")
    parser.add_argument("--plot", type=Path, default=ROOT / "build" / "load.svg")
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--endings", action="store_true")
    args = parser.parse_args()
    return run_figures(args) if args.figures else run_endings(args) if args.endings else run_load(args)


if __name__ == "__main__":
    sys.exit(main())
