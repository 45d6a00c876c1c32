"""Runs `imagine pull` and `imagine models` against a hub on the loopback: exit codes, what is printed where, CTRL-C, https.

usage: pull_test.py SOURCE_DIR [PROGRAM] (with the program built)
"""
import hashlib
import http.server
import json
import os
import pathlib
import pty
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = sys.argv[2] if len(sys.argv) > 2 else SOURCE / "build/release/bin/imagine"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SMALL = b'{"a": 1}\n'
LARGE = bytes(i * i % 251 for i in range(400_000))


class Hub(http.server.BaseHTTPRequestHandler):
    """A model org/name of two files; other names ask for other faults."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.seen.append((path, self.headers.get("Range")))
        if path.startswith("/api/models/org/gated"):
            return self.answer(401, X_Error_Code="GatedRepo")
        if "/revision/" in path:
            return self.answer(200, json.dumps({"sha": COMMIT}).encode())
        if "/tree/" in path:
            wrong = "f" * 64 if "/wrong/" in path else hashlib.sha256(LARGE).hexdigest()
            git = hashlib.sha1(b"blob %d\0" % len(SMALL) + SMALL).hexdigest()
            files = [{"type": "file", "path": "a.json", "size": len(SMALL), "oid": git},
                     {"type": "file", "path": "b.gguf", "size": len(LARGE), "oid": git,
                      "lfs": {"oid": wrong, "size": len(LARGE)}}]
            return self.answer(200, json.dumps(files).encode())
        if path.endswith("/a.json"):
            return self.answer(200, SMALL, X_Repo_Commit=COMMIT)
        if "/resolve/" in path:
            return self.answer(302, X_Repo_Commit=COMMIT, X_Linked_Size=len(LARGE), Location=self.server.store + path.split("/")[2])
        return self.store(path)

    def store(self, path):
        first = 0
        if self.headers.get("Range"):
            first = int(self.headers["Range"].split("=")[1].split("-")[0])
        body = LARGE[first:]
        headers = {"Content_Range": f"bytes {first}-{len(LARGE) - 1}/{len(LARGE)}"} if first else {}
        if not path.endswith("/slow") or first:
            return self.answer(206 if first else 200, body, **headers)
        self.answer(200, length=len(LARGE))
        for begin in range(0, len(body), 40_000):
            self.wfile.write(body[begin : begin + 40_000])
            time.sleep(0.3)


def serve(certificate=None, store=None):
    """A server in the background; its `store` is where large files are, another origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads = True
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    server.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    server.store = f"{store.url if store else server.url}/store/"
    server.seen = []
    server.handle_error = lambda *_: None  # of clients that hang up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Place:
    def __init__(self, folder, url):
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_") and "proxy" not in name.lower()}
        self.environment.update(HF_ENDPOINT=url, HF_HOME=str(folder / "hf"), IMAGINE_MODELS=str(folder / "models"))

    def run(self, *arguments, code=0, **environment):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=self.folder,
                              env={**self.environment, **environment}, timeout=60)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout, done.stderr


def check_pull(place):
    out, told = place.run("pull", "org/name")
    folder = place.folder / "models/org/name"
    assert out == f"{folder}\n", out
    assert (folder / "b.gguf").read_bytes() == LARGE and (folder / "a.json").read_bytes() == SMALL
    assert "2 files, 400 kB from http://127.0.0.1" in told and "licence" in told and "\x1b" not in told, told
    out, told = place.run("pull", "org/name")
    assert "is here already" in told, told
    out, _ = place.run("models")
    assert "minit2i-b " in out and "Apache-2.0" in out and str(place.folder / "models") in out, out


def check_refusals(place):
    for arguments, code, words in (
        (["pull"], 2, "NAME"),
        (["pull", "minit2i"], 2, "did you mean minit2i-b"),
        (["pull", "org/gated", "--to", "gated"], 2, "set HF_TOKEN"),
        (["pull", "org/wrong", "--to", "wrong"], 3, "expected SHA-256 ffff"),
    ):
        _, told = place.run(*arguments, code=code)
        assert told.splitlines()[-1].startswith("imagine: ") and words in told, told
    _, told = place.run("pull", "org/name", "--to", "offline", code=2, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE forbids requests" in told, told
    _, told = place.run("pull", "org/name", "--to", "nobody", code=4, HF_ENDPOINT="http://127.0.0.1:1")
    assert "is this machine online?" in told, told
    assert not (place.folder / "gated").exists() and not (place.folder / "wrong/b.gguf").exists()


def check_interrupt(place, store):
    """CTRL-C leaves a part, and the next call goes on from it."""
    command = [PROGRAM, "pull", "org/slow", "--to", "slow"]
    process = subprocess.Popen(command, cwd=place.folder, env=place.environment, stderr=subprocess.PIPE, text=True)
    part = place.folder / "slow/.imagine-parts" / f"{hashlib.sha256(LARGE).hexdigest()}.part"
    while not (part.exists() and part.stat().st_size >= 80_000):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert process.returncode == 130 and "the same command goes on from there" in told, (process.returncode, told)
    size = part.stat().st_size
    assert 80_000 <= size < len(LARGE) and not (place.folder / "slow/b.gguf").exists()
    place.run("pull", "org/slow", "--to", "slow")
    assert (place.folder / "slow/b.gguf").read_bytes() == LARGE
    assert store.seen[-1] == ("/store/slow", f"bytes={size}-{len(LARGE) - 1}"), store.seen[-1]


def check_terminal(place):
    """On a terminal a line tells bytes, speed and the time left."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, "pull", "org/slow", "--to", "seen"], cwd=place.folder, env=place.environment,
                               stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # its end
            break
        told += piece
    assert process.wait() == 0, told
    assert b" of 400 kB" in told and b"kB/s" in told and b" s left" in told, told


def check_https(place, folder):
    """Certificates are checked, those of SSL_CERT_FILE too; nothing leads from https to http."""
    both = folder / "both.pem"
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                           "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                          capture_output=True)
    assert made.returncode == 0, made.stderr
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    server = serve(both, store=serve(both))
    _, told = place.run("pull", "org/name", "--to", "secure", code=4, HF_ENDPOINT=server.url)
    assert "certificate" in told and "online?" not in told, told
    secure = {"HF_ENDPOINT": server.url, "SSL_CERT_FILE": str(folder / "cert.pem")}
    place.run("pull", "org/name", "--to", "secure", **secure)
    assert (place.folder / "secure/b.gguf").read_bytes() == LARGE
    plain = serve()
    server.store = plain.url + "/store/"
    _, told = place.run("pull", "org/name", "--to", "plain", code=4, **secure)
    assert "expected a redirect to https" in told and not plain.seen, (told, plain.seen)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        store = serve()
        server = serve(store=store)
        place = Place(folder, server.url)
        check_pull(place)
        check_refusals(place)
        check_interrupt(place, store)
        check_terminal(place)
        check_https(place, folder)


main()
