#!/usr/bin/env bash
# Told to come back in 20 seconds, Google's client comes back in one or two.
#
# google-genai 3.6.1 (PyPI), seen 2026-11-30. With retry_options it tries again after 429 and 503, but never reads Retry-After: it waits
# 1 second, then 2, 4 and 8, each with up to 1 more by chance. All of the usual five attempts so come within 19 seconds, before
# the time that the server named, and the caller gets the error for a server that would have had room.
#
# Output seen (the wait without parts of a second, which can be 2 as well):
#   429 with Retry-After: 20: 2 requests, the second 1 s after the first
#   503 with Retry-After: 20: 2 requests, the second 1 s after the first
. "$(dirname "$0")/python_with.bash"
python_with google-genai==3.6.1
env -i PATH="$PATH" HOME="$folder" "$python" - <<'P'
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google import genai
from google.genai import errors, types

times = []

class Full(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        times.append(time.monotonic())
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "20")
        self.end_headers()
        self.wfile.write(json.dumps({"error": {"code": status, "message": "full"}}).encode())

server = ThreadingHTTPServer(("127.0.0.1", 0), Full)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = genai.Client(
    api_key="key",
    http_options=types.HttpOptions(
        base_url=f"http://127.0.0.1:{server.server_port}", retry_options=types.HttpRetryOptions(attempts=2)
    ),
)
for status in (429, 503):
    times.clear()
    try:
        client.models.generate_content(model="a-model", contents="a fox")
    except errors.APIError as error:
        assert error.code == status
    wait = times[-1] - times[0]
    print(f"{status} with Retry-After: 20: {len(times)} requests, the second {int(wait)} s after the first")
    assert len(times) == 2 and wait < 10
P
