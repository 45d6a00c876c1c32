"""Calls `imagine serve` with webuiapi, a client's library for AUTOMATIC1111's API.

usage: webuiapi_client.py BASE_URL [--locked URL --key KEY] (see place.py; with the package webuiapi)
"""

import importlib.metadata
import io
import sys
import threading
import urllib.parse

import webuiapi
from PIL import Image, ImageChops

import place as places
from place import PROMPT, SEED, SIDE

CLIENT = f"webuiapi-{importlib.metadata.version('webuiapi')}"
SMALL = {"prompt": PROMPT, "seed": SEED, "width": SIDE, "height": SIDE, "steps": 8, "cfg_scale": 3}


def api_of(address, **options):
    host = urllib.parse.urlsplit(address)
    return webuiapi.WebUIApi(host=host.hostname, port=host.port, **options)


def opened(file):
    return Image.open(io.BytesIO(file)).convert("RGB")


def text_to_image(place):
    result = api_of(place.base).txt2img(**SMALL, batch_size=2)
    assert [image.size for image in result.images] == [(SIDE, SIDE)] * 2, result.images
    assert result.info["all_seeds"] == [SEED, SEED + 1], result.info
    expected = opened(place.drawn(steps=8, cfg_scale=3))
    off = max(most for _, most in ImageChops.difference(result.image.convert("RGB"), expected).getextrema())
    assert off <= 1, f"expected the picture of OpenAI's route, got values that are off by {off}"
    return f"its default sampler, Euler a, came to {result.info['sampler_name']}"


def image_to_image(place):
    result = api_of(place.base).img2img(images=[opened(place.drawn())], denoising_strength=0.5, **SMALL)
    assert result.image.size == (SIDE, SIDE) and result.info["denoising_strength"] == 0.5, result.info
    return "denoising_strength=0.5"


def inpaint(place):
    before, mask = opened(place.drawn()), Image.new("RGB", (SIDE, SIDE), "black")
    mask.paste((255, 255, 255), (SIDE // 2, 0, SIDE, SIDE))
    result = api_of(place.base).img2img(images=[before], mask_image=mask, inpainting_fill=1, denoising_strength=1, **SMALL)
    left, right = (0, 0, SIDE // 2 - 4, SIDE), (SIDE // 2, 0, SIDE, SIDE)
    after = result.image.convert("RGB")
    assert after.crop(left).tobytes() == before.crop(left).tobytes(), "expected what is black as it was"
    assert after.crop(right).tobytes() != before.crop(right).tobytes(), "expected something new where it is white"
    return "what is black stays to the bit"


def control_net(place):
    """Two lines that are followed. The library fills in all members of a unit, writes "" for no picture, and puts units into
    the scripts that it is given, which would be those of later calls too."""
    lines = Image.new("RGB", (SIDE, SIDE), "white")
    for y in (SIDE // 4, SIDE // 2):
        lines.paste("black", (8, y, SIDE - 8, y + 2))
    model = "control_v11p_sd15_scribble [d4ba51ff]"
    units = [webuiapi.ControlNetUnit(enabled=False), webuiapi.ControlNetUnit(image=lines, model=model, weight=0.8)]
    result = api_of(place.base).txt2img(**SMALL, controlnet_units=units, alwayson_scripts={})
    assert ImageChops.difference(result.image.convert("RGB"), opened(place.drawn(steps=8, cfg_scale=3))).getbbox(), "expected another"
    units[1].weight = 3
    try:
        api_of(place.base).txt2img(**SMALL, controlnet_units=units, alwayson_scripts={})
    except RuntimeError as error:
        assert error.args[0] == 422 and "alwayson_scripts.ControlNet.args[1].weight: expected" in error.args[1], error
        return "another picture along lines; RuntimeError 422 for weight=3, by the unit's number"
    raise AssertionError("expected RuntimeError 422, got a picture")


def settings(place):
    api = api_of(place.base)
    name = api.util_get_current_model()
    assert name in api.util_get_model_names(), name
    api.set_options({"sd_model_checkpoint": name})
    api.refresh_checkpoints()
    return f"{name}, {len(api.util_get_sampler_names())} samplers, {len(api.util_get_scheduler_names())} schedulers"


def lists(place):
    api = api_of(place.base)
    found = {name: getattr(api, name)() for name in (
        "get_cmd_flags", "get_samplers", "get_sd_vae", "get_upscalers", "get_latent_upscale_modes", "get_loras", "get_sd_models",
        "get_hypernetworks", "get_face_restorers", "get_realesrgan_models", "get_prompt_styles", "get_scripts", "get_embeddings",
        "get_schedulers")}
    assert all("detail" not in answer for answer in found.values()), found
    return f"{len(found)} lists"


def picture_text(place):
    file = Image.open(io.BytesIO(place.drawn()))
    assert file.text["parameters"].startswith(PROMPT), file.text
    return f"Pillow reads the PNG's parameters: {file.text['parameters'].splitlines()[-1][:60]}"


def png_info(place):
    # It encodes the picture anew, with the texts that Pillow keeps.
    result = api_of(place.base).png_info(Image.open(io.BytesIO(place.drawn())))
    assert result.info.startswith(PROMPT) and result.parameters["Seed"] == str(SEED), result.info
    return "prompt and seed"


def progress_and_interrupt(place):
    api, results = api_of(place.base), []
    slow = {**SMALL, "width": 256, "height": 256, "steps": 150}
    thread = threading.Thread(target=lambda: results.append(api_of(place.base).txt2img(**slow)))
    thread.start()
    shown = places.wait_until(lambda: (lambda known: known["progress"] > 0 and known)(api.get_progress()), "progress above 0")
    assert shown["state"]["job_count"] == 1, shown["state"]
    assert api.interrupt() == {}, "expected {}"
    thread.join(10)
    assert results and not results[0].images, "expected an answer at once, without pictures"
    api.util_wait_for_ready(0.1)
    return "progress, interrupt, util_wait_for_ready"


def password(place):
    if not place.locked:
        return None
    api = api_of(place.locked, username="user", password=place.key)
    assert api.util_get_current_model() and api.txt2img(**SMALL).images, "expected a picture"
    try:
        api_of(place.locked).txt2img(**SMALL)
    except RuntimeError as error:
        assert error.args[0] == 401, error
        return "username and password; RuntimeError 401 without"
    raise AssertionError("expected RuntimeError 401, got a picture")


def refused(place):
    try:
        api_of(place.base).txt2img(**SMALL, restore_faces=True)
    except RuntimeError as error:
        assert error.args[0] == 422 and "restore_faces" in error.args[1], error
        return "refused: RuntimeError 422, restore_faces"
    raise AssertionError("expected RuntimeError 422, got a picture")


CALLS = {
    "txt2img": text_to_image,
    "img2img": image_to_image,
    "img2img, mask": inpaint,
    "txt2img, ControlNet": control_net,
    "options": settings,
    "lists": lists,
    "parameters in the PNG": picture_text,
    "png-info, infotext": png_info,
    "progress": progress_and_interrupt,
    "Basic authentication": password,
    "txt2img, restore_faces": refused,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
