"""Calls `imagine serve` as Open WebUI's image engines do. Standard library alone.

usage: open_webui.py BASE_URL [--locked URL --key KEY] [--full URL] (see place.py)

The requests are those of backend/open_webui/routers/images.py at 02530d5, sent by aiohttp: their paths, fields and headers.
"""

import base64
import json
import sys
import uuid

import pictures
import place as places
from place import PROMPT, SIDE, check_picture

CLIENT = "open-webui"
AGENT = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Python/3.11 aiohttp/3.14.5"}
SMALL = f"{SIDE}x{SIDE}"


def asked(url, body=None, **headers):
    """What the server answers; an error as Open WebUI's own raise_for_status() takes it."""
    headers = {name.replace("_", "-"): text for name, text in headers.items()}
    status, answered, answer = places.fetch(url, body, {**AGENT, **headers})
    assert status == 200, f"{url}: expected 200, got {status} {answer[:200]}"
    return answered, answer


def post(url, value, **headers):
    return json.loads(asked(url, json.dumps(value).encode(), Content_Type="application/json", **headers)[1])


def loaded(data):
    """A picture of an answer: base64, also with a data: prefix."""
    return base64.b64decode(data.split(",", 1)[-1], validate=True)


def form_of(fields, files):
    """A multipart form as aiohttp writes it: each text with a type of its own."""
    boundary = uuid.uuid4().hex
    parts = []
    for name, text in fields.items():
        parts.append(f'--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n'
                     f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode())
    for name, file in files:
        parts.append(f'--{boundary}\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name="{name}"; '
                     f'filename="{uuid.uuid4()}.png"\r\n\r\n'.encode() + file + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


# Engine openai


def openai(place, address, key, version="", **params):
    url = address + "/v1/images/generations" + (f"?api-version={version}" if version else "")
    value = {"model": "dall-e-2", "prompt": PROMPT, "n": 1, "size": SMALL, "response_format": "b64_json", **params}
    return post(url, value, Authorization=f"Bearer {key}")["data"]


def openai_generations(place):
    (entry,) = openai(place, place.base, "", seed=7)
    assert loaded(entry["b64_json"]) == place.drawn(), "expected the picture of the seed, got another"
    entries = openai(place, place.base, "any", n=2, version="2025-04-01-preview", steps=8, negative_prompt="a dog")
    for entry in entries:
        assert not entry.get("url"), entry
        check_picture(loaded(entry["b64_json"]))
    return "with and without api-version, with the administrator's own parameters"


def openai_address(place):
    """Models whose answers are addresses; those are fetched with the same key."""
    (entry,) = openai(place, place.base, "any", seed=7, response_format="url")
    headers, file = asked(entry["url"], Authorization="Bearer any")
    assert headers["Content-Type"].split("/")[0] == "image" and file == place.drawn(), headers["Content-Type"]
    return "the address is fetched with the key"


def openai_key(place):
    if not place.locked:
        return None
    (entry,) = openai(place, place.locked, place.key)
    check_picture(loaded(entry["b64_json"]))
    status, _, _ = places.fetch(place.locked + "/v1/images/generations", b"{}", {"Authorization": "Bearer "})
    assert status == 401, f"expected 401 for an empty key, got {status}"
    return "Authorization: Bearer"


def openai_edits(place):
    fields = {"model": "gpt-image-1", "prompt": "a blue ball", "n": 1, "size": SMALL, "response_format": "b64_json"}
    for name in ("image", "image[]"):
        body, kind = form_of(fields, [(name, place.drawn())])
        answer = json.loads(asked(place.base + "/v1/images/edits?api-version=2025-04-01-preview", body, Content_Type=kind,
                                  Authorization="Bearer any")[1])
        assert check_picture(loaded(answer["data"][0]["b64_json"])) != place.drawn(), "expected a new picture"
    return "image and image[], each text with a Content-Type"


def openai_edits_of_two(place):
    body, kind = form_of({"model": "gpt-image-1", "prompt": "a blue ball", "response_format": "b64_json"},
                         [("image[]", place.drawn())] * 2)
    status, _, answer = places.fetch(place.base + "/v1/images/edits", body, {**AGENT, "Content-Type": kind})
    error = json.loads(answer)["error"]
    assert (status, error["param"]) == (400, "image"), f"{status} {error}"
    return f"refused: 400, {error['message']}"


# Engine gemini


def gemini_url(place, verb, model="imagen-3.0-generate-002"):
    return f"{place.base}/v1beta/models/{model}:{verb}"


def gemini_predict(place):
    value = {"instances": {"prompt": PROMPT}, "parameters": {"sampleCount": 2, "outputOptions": {"mimeType": "image/png"}}}
    answer = post(gemini_url(place, "predict"), value, x_goog_api_key="any")
    assert len(answer["predictions"]) == 2, answer
    for prediction in answer["predictions"]:
        check_picture(loaded(prediction["bytesBase64Encoded"]), (256, 256))
    return "instances as an object; every prediction has bytes"


def gemini_pictures(answer):
    return [loaded(part["inlineData"]["data"]) for candidate in answer["candidates"] for part in candidate["content"]["parts"]
            if part.get("inlineData", {}).get("data")]


def gemini_content(place):
    value = {"contents": [{"parts": [{"text": PROMPT}]}]}
    (file,) = gemini_pictures(post(gemini_url(place, "generateContent"), value, x_goog_api_key="any"))
    check_picture(file, (256, 256))
    return "contents without a role"


def gemini_edit(place):
    blob = {"mime_type": "image/png", "data": base64.b64encode(place.drawn()).decode()}
    value = {"contents": [{"parts": [{"text": "make the cube blue"}, {"inline_data": blob}]}]}
    (file,) = gemini_pictures(post(gemini_url(place, "generateContent"), value, x_goog_api_key="any"))
    assert file != place.drawn() and pictures.size_of(file), "expected a new picture"
    return f"inline_data in snake case, {pictures.size_of(file)}"


def gemini_key(place):
    if not place.locked:
        return None
    value = {"instances": {"prompt": PROMPT}, "parameters": {"sampleCount": 1, "outputOptions": {"mimeType": "image/png"}}}
    answer = post(f"{place.locked}/v1beta/models/imagen-3.0-generate-002:predict", value, x_goog_api_key=place.key)
    check_picture(loaded(answer["predictions"][0]["bytesBase64Encoded"]), (256, 256))
    return "x-goog-api-key"


# Engine automatic1111


def automatic1111(place, address, authorization):
    """All that it asks: what is there, the choice of a model, a picture."""
    root = address + "/sdapi/v1/"
    options = json.loads(asked(root + "options", authorization=authorization)[1])
    models = json.loads(asked(root + "sd-models", authorization=authorization)[1])
    assert all(model["title"] and model["model_name"] for model in models), models
    options["sd_model_checkpoint"] = models[-1]["title"]
    post(root + "options", options, authorization=authorization)
    value = {"prompt": PROMPT, "batch_size": 2, "width": SIDE, "height": SIDE, "steps": 8, "negative_prompt": "a dog",
             "sampler_name": "Euler a", "scheduler": "Automatic", "cfg_scale": 7}
    answer = post(root + "txt2img", value, authorization=authorization)
    assert len(answer["images"]) == 2 and answer["info"], "expected two pictures and info"
    for image in answer["images"]:
        check_picture(loaded(image))


def automatic1111_open(place):
    automatic1111(place, place.base, "")
    automatic1111(place, place.base, "Basic ")
    return "an empty Authorization, and Basic without a password"


def automatic1111_locked(place):
    if not place.locked:
        return None
    automatic1111(place, place.locked, "Basic " + base64.b64encode(f"user:{place.key}".encode()).decode())
    return "Basic user:KEY"


def queue_full(place):
    if not place.full:
        return None
    with place.occupied():
        headers = {**AGENT, "Content-Type": "application/json"}
        status, _, answer = places.fetch(place.full + "/v1/images/generations", b'{"prompt": "a red cube"}', headers)
    assert status == 429, f"expected 429, got {status}"
    return json.loads(answer)["error"]["message"]


CALLS = {
    "openai, generations": openai_generations,
    "openai, addresses": openai_address,
    "openai, key": openai_key,
    "openai, edits": openai_edits,
    "openai, edits of two": openai_edits_of_two,
    "gemini, predict": gemini_predict,
    "gemini, generateContent": gemini_content,
    "gemini, generateContent, edit": gemini_edit,
    "gemini, key": gemini_key,
    "automatic1111, no password": automatic1111_open,
    "automatic1111, password": automatic1111_locked,
    "429": queue_full,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
