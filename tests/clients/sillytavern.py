"""Calls `imagine serve` as SillyTavern's image generation does. Standard library alone.

usage: sillytavern.py BASE_URL [--locked URL --key KEY] (see place.py)

The requests are those of src/endpoints/stable-diffusion.js at 02903fd, sent by node-fetch, with the fields that
public/scripts/extensions/stable-diffusion/index.js fills in: sources "Stable Diffusion Web UI (AUTOMATIC1111)" and "DrawThings".
"""

import base64
import concurrent.futures
import http.client
import json
import sys
import time
import urllib.parse

import place as places
from place import PROMPT, SIDE, check_picture

CLIENT = "sillytavern"
AGENT = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "node-fetch"}
SETTINGS = {"steps": 20, "cfg_scale": 7, "width": SIDE, "height": SIDE, "sampler_name": "DDIM", "scheduler": "normal"}


class Tavern:
    """Its settings: an address, and what Basic authentication sends, which may be empty."""

    def __init__(self, address, password=""):
        self.address, self.password = address, password
        self.authorization = "Basic " + base64.b64encode(password.encode()).decode()

    def asked(self, route, body=None, method=None, **headers):
        url = urllib.parse.urljoin(self.address, route)
        status, _, answer = places.fetch(url, body, {**AGENT, "Authorization": self.authorization, **headers}, method)
        assert status == 200, f"{route}: expected 200, got {status} {answer[:200]}"
        return answer

    def read(self, name):
        return json.loads(self.asked("/sdapi/v1/" + name))

    def post(self, name, value):
        return json.loads(self.asked("/sdapi/v1/" + name, json.dumps(value).encode(), **{"Content-Type": "application/json"}))

    def interrupt(self):
        """A POST without a body or a type."""
        return self.asked("/sdapi/v1/interrupt", method="POST")

    def request(self, **settings):
        """Its whole body, the address and the password among it."""
        return {"url": self.address, "auth": self.password, "prompt": PROMPT, "negative_prompt": "a dog", **SETTINGS,
                "restore_faces": False, "enable_hr": False, "hr_upscaler": "Latent", "hr_scale": 2, "denoising_strength": 0.7,
                "hr_second_pass_steps": 0, "override_settings": {"CLIP_stop_at_last_layers": 1},
                "override_settings_restore_afterwards": True, "clip_skip": 1, "save_images": True, "send_images": True,
                "do_not_save_grid": False, "do_not_save_samples": False, **settings}


def connect(tavern):
    """What it asks when somebody presses "Connect": whatever fails leaves a list of the page empty."""
    model = tavern.read("options")["sd_model_checkpoint"]
    titles = [entry["title"] for entry in tavern.read("sd-models")]
    assert model in titles, f"expected {model} among {titles}"
    samplers = [entry["name"] for entry in tavern.read("samplers")]
    schedulers = [entry["name"] for entry in tavern.read("schedulers")]
    with concurrent.futures.ThreadPoolExecutor() as pool:  # it asks for two at once
        lists = list(pool.map(tavern.read, ("upscalers", "latent-upscale-modes", "sd-vae", "sd-modules")))
    upscalers, latent = ([entry["name"] for entry in entries] for entries in lists[:2])
    assert all(isinstance(entries, list) for entries in lists), lists
    return (f"{len(titles)} models, {len(samplers)} samplers, {len(schedulers)} schedulers, "
            f"{len(upscalers) + len(latent)} upscalers")


def choose_model(tavern):
    """It polls every two seconds, ten times at most, until nothing is drawn."""
    title = tavern.read("sd-models")[0]["title"]
    tavern.asked("/sdapi/v1/options", json.dumps({"sd_model_checkpoint": title}).encode(), **{"Content-Type": "application/json"})
    known = tavern.read("progress")
    assert known["progress"] == 0 and known["state"]["job_count"] == 0, known
    return "settled at the first look"


def generate(tavern, **settings):
    tavern.read("options")  # whether it is Forge
    answer = tavern.post("txt2img", tavern.request(**settings))
    check_picture(base64.b64decode(answer["images"][0], validate=True))
    return json.loads(answer["info"])


def drawn(place):
    info = generate(Tavern(place.base))
    assert info["steps"] == 20 and info["cfg_scale"] == 7 and info["sampler_name"] == "DDIM", info
    return f"{info['sampler_name']}, scheduler normal, {info['steps']} steps"


def enlarged(place):
    tavern = Tavern(place.base)
    upscaler = tavern.read("latent-upscale-modes")[0]["name"]
    answer = tavern.post("txt2img", tavern.request(enable_hr=True, hr_scale=4, hr_upscaler=upscaler, seed=7))
    check_picture(base64.b64decode(answer["images"][0]), (4 * SIDE, 4 * SIDE))
    return f"enable_hr with {upscaler}"


def restored_faces(place):
    tavern = Tavern(place.base)
    body = json.dumps(tavern.request(restore_faces=True)).encode()
    url, headers = place.base + "/sdapi/v1/txt2img", {**AGENT, "Content-Type": "application/json"}
    status, _, answer = places.fetch(url, body, headers)
    assert status == 422 and "restore_faces" in json.loads(answer)["detail"], f"{status} {answer}"
    return f"refused: 422, {json.loads(answer)['detail']}"


def aborted(place):
    """Somebody presses "Stop": it sends an interrupt and closes the connection that waits for the picture."""
    tavern, host = Tavern(place.base), urllib.parse.urlsplit(place.base)
    before = place.count("imagine_jobs_total", status="canceled")
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
    connection.request("POST", "/sdapi/v1/txt2img", json.dumps(tavern.request(width=256, height=256, steps=150)),
                       {**AGENT, "Content-Type": "application/json", "Authorization": tavern.authorization})
    places.wait_until(lambda: tavern.read("progress")["progress"] > 0, "progress above 0")
    assert tavern.read("progress")["state"]["job_count"] == 1, "expected one job"
    pressed = time.monotonic()
    tavern.interrupt()
    connection.close()
    places.wait_until(lambda: tavern.read("progress")["state"]["job_count"] == 0, "nothing is drawn", seconds=10)
    seconds = time.monotonic() - pressed
    assert place.count("imagine_jobs_total", status="canceled") == before + 1, "expected one job to be cancelled"
    generate(tavern)
    return f"nothing is drawn {seconds:.1f} s later, and the next picture is"


def connect_open(place):
    return connect(Tavern(place.base))


def connect_locked(place):
    if not place.locked:
        return None
    tavern = Tavern(place.locked, f"user:{place.key}")
    said = connect(tavern)
    choose_model(tavern)
    generate(tavern)
    status, _, _ = places.fetch(place.locked + "/sdapi/v1/options", None, {**AGENT, "Authorization": "Basic "})
    assert status == 401, f"expected 401 for an empty password, got {status}"
    return said


def draw_things(place):
    """It looks for / alone, and leaves much out of the body."""
    assert Tavern(place.base).asked("/", method="HEAD") == b"", "expected no body"
    answer = Tavern(place.base).post("txt2img", {
        "prompt": PROMPT, "negative_prompt": "a dog", "sampler_name": "DDIM", "steps": 20, "cfg_scale": 7, "width": SIDE,
        "height": SIDE, "restore_faces": False, "enable_hr": False, "denoising_strength": 0.7, "clip_skip": 1,
        "upscaler_scale": 2})
    check_picture(base64.b64decode(answer["images"][0]))
    return "HEAD /, txt2img"


CALLS = {
    "connect": connect_open,
    "choose a model": lambda place: choose_model(Tavern(place.base)),
    "generate": drawn,
    "generate, enable_hr": enlarged,
    "generate, restore_faces": restored_faces,
    "stop": aborted,
    "password": connect_locked,
    "DrawThings": draw_things,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
