#!/usr/bin/env bash
# With a base URL alone, Google's client in Python sends a request and the one in JavaScript none.
#
# google-genai 3.6.1 (PyPI) and @google/genai 3.3.0 (npm, Node 20 and 22), seen 2026-11-30. Both make a Vertex AI client of a base URL
# with neither key nor project, which is meant for gateways; JavaScript's message to a client with nothing at all names it as one of
# three ways. Python then posts to the base URL as it is, without the usual path and without credentials. JavaScript looks
# for the machine's Google credentials in each call, and where there are none it fails before the server hears of it.
#
# Output seen:
#   Python: POST /prefix, Authorization: none; answer: hello
#   JavaScript: no request; Could not load the default credentials
. "$(dirname "$0")/python_with.bash"
python_with google-genai==3.6.1
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$folder" @google/genai@3.3.0
cat >"$folder/client.py" <<'P'
import sys
from google import genai

client = genai.Client(vertexai=True, http_options={"base_url": sys.argv[1]})
print(client.models.generate_content(model="a-model", contents="a fox").text)
P
cat >"$folder/client.cjs" <<'J'
const { GoogleGenAI } = require("@google/genai");
const client = new GoogleGenAI({ vertexai: true, httpOptions: { baseUrl: process.argv[2] } });
client.models.generateContent({ model: "a-model", contents: "a fox" }).then(
  (answer) => console.log(answer.text),
  (error) => console.log(error.message.split(".")[0]),
);
J
python3 - "$folder" "$python" <<'P'
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, python = sys.argv[1:]
requests = []

class Recorder(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        requests.append(f"POST {self.path}, Authorization: {self.headers.get('Authorization', 'none')}")
        answer = {"candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}]}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
# An empty home, no variables and no look at the network: no credentials, on a machine of Google's as well.
environment = {
    "PATH": os.environ["PATH"],
    "HOME": f"{folder}/home",
    "METADATA_SERVER_DETECTION": "none",
    "NO_GCE_CHECK": "true",
}
said = []
for command in ([python, f"{folder}/client.py"], ["node", f"{folder}/client.cjs"]):
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{server.server_port}/prefix"],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    said.append((list(requests), run.stdout.strip()))
    requests.clear()
print(f"Python: {' '.join(said[0][0]) or 'no request'}; answer: {said[0][1]}")
print(f"JavaScript: {' '.join(said[1][0]) or 'no request'}; {said[1][1]}")
assert said[0] == (["POST /prefix, Authorization: none"], "hello")
assert said[1] == ([], "Could not load the default credentials")
P
