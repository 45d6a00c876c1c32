#!/usr/bin/env bash
# Google's client in Python spells the fields of one request in two ways: those of masks and of control as the API does, those of style and of
# subjects in snake case.
#
# google-genai 3.6.1 (PyPI), seen 2026-12-01: edit_image with one reference picture of each kind. A server that reads maskMode and
# controlType in the same list would look for styleDescription and subjectType and find style_description and subject_type.
#
# Output seen:
#   maskImageConfig: maskMode
#   controlImageConfig: computeControl, controlType
#   styleImageConfig: style_description
#   subjectImageConfig: subject_description, subject_type
. "$(dirname "$0")/python_with.bash"
python_with google-genai==3.6.1
cat >"$folder/client.py" <<'P'
import base64
import sys
from google import genai
from google.genai import types

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
picture = types.Image(image_bytes=PIXEL, mime_type="image/png")
client = genai.Client(vertexai=True, api_key="a-key", http_options={"base_url": sys.argv[1]})
client.models.edit_image(
    model="imagen-3.0-capability-001", prompt="a fox", config=types.EditImageConfig(edit_mode="EDIT_MODE_DEFAULT"),
    reference_images=[
        types.RawReferenceImage(reference_id=1, reference_image=picture),
        types.MaskReferenceImage(reference_id=2, reference_image=picture,
                                 config=types.MaskReferenceConfig(mask_mode="MASK_MODE_USER_PROVIDED")),
        types.ControlReferenceImage(reference_id=3, reference_image=picture,
                                    config=types.ControlReferenceConfig(control_type="CONTROL_TYPE_CANNY",
                                                                        enable_control_image_computation=True)),
        types.StyleReferenceImage(reference_id=4, reference_image=picture,
                                  config=types.StyleReferenceConfig(style_description="glass")),
        types.SubjectReferenceImage(reference_id=5, reference_image=picture,
                                    config=types.SubjectReferenceConfig(subject_type="SUBJECT_TYPE_PRODUCT",
                                                                        subject_description="mug"))])
P
"$python" - "$folder" "$python" <<'P'
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, python = sys.argv[1:]
bodies = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = b'{"predictions": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run([python, f"{folder}/client.py", f"http://127.0.0.1:{server.server_port}"], check=True)
references = bodies[0]["instances"][0]["referenceImages"]
seen = {name: sorted(config) for reference in references for name, config in reference.items() if name.endswith("Config")}
for name, fields in seen.items():
    print(f"{name}: {', '.join(fields)}")
assert seen["maskImageConfig"] == ["maskMode"], seen
assert seen["controlImageConfig"] == ["computeControl", "controlType"], seen
assert seen["styleImageConfig"] == ["style_description"], seen
assert seen["subjectImageConfig"] == ["subject_description", "subject_type"], seen
P
