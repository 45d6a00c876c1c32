#!/usr/bin/env bash
# A file that is uploaded as the documentation shows goes out in chunks, without its length.
#
# openai 6.46.0, 6.49.0 and 7.59.0 (npm) on Node 20 and 22, seen 2026-11-30. The example of images.edit passes fs.createReadStream.
# Up to 6.46.0 the library read the file first and sent Content-Length, as with all else. Since 6.47.0, a minor release, the
# same line passes the stream on, with "Transfer-Encoding: chunked". A File has its length still, and so has what toFile makes
# of that same stream. A server that reads as many bytes as Content-Length says passes all tests but that of the example.
#
# Output seen:
#   openai 6.46.0: JSON: length, stream: length, File: length, toFile(stream): length
#   openai 6.49.0: JSON: length, stream: chunks, File: length, toFile(stream): length
#   openai 7.59.0: JSON: length, stream: chunks, File: length, toFile(stream): length
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
versions="6.46.0 6.49.0 7.59.0"
for version in $versions; do
  npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$folder/$version" "openai@$version"
done
cat >"$folder/client.cjs" <<'J'
const fs = require("node:fs");
const [, , folder, version, baseURL] = process.argv;
const { OpenAI, toFile } = require(`${folder}/${version}/node_modules/openai`);
const images = new OpenAI({ baseURL, apiKey: "key", maxRetries: 0 }).images;
const path = `${folder}/a.png`;
(async () => {
  await images.generate({ prompt: "a fox" });
  await images.edit({ image: fs.createReadStream(path), prompt: "a fox" });
  await images.edit({ image: new File([fs.readFileSync(path)], "a.png"), prompt: "a fox" });
  await images.edit({ image: await toFile(fs.createReadStream(path)), prompt: "a fox" });
})();
J
python3 - "$folder" $versions <<'P'
import base64
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

folder, *versions = sys.argv[1:]
picture = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
Path(folder, "a.png").write_bytes(picture)
seen = []

class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        how, body = [], b""
        if "Content-Length" in self.headers:
            how.append("length")
            body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Transfer-Encoding"] == "chunked":
            how.append("chunks")
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        assert (picture in body) == self.path.endswith("/edits")
        seen.append(" ".join(how))
        answer = b'{"created": 1, "data": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
for version in versions:
    seen.clear()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    subprocess.run(
        ["node", f"{folder}/client.cjs", folder, version, url], check=True, env={"PATH": os.environ["PATH"]}
    )
    names = ("JSON", "stream", "File", "toFile(stream)")
    print(f"openai {version}: " + ", ".join(f"{name}: {how}" for name, how in zip(names, seen, strict=True)))
    assert seen == ["length", "length" if version == "6.46.0" else "chunks", "length", "length"]
P
