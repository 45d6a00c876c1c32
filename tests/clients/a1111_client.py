"""Calls `imagine serve` as programs do that are written for AUTOMATIC1111's API. Standard library alone.

usage: a1111_client.py BASE_URL [--locked URL --key KEY] [--full URL] (see place.py)
"""

import base64
import concurrent.futures
import json
import sys

import pictures
import place as places
from place import PROMPT, SEED, SIDE, check_picture, fetch_json

CLIENT = "automatic1111-api"

# What a client sends that fills in all that upstream documents.
ALL_FIELDS = {
    "prompt": PROMPT, "negative_prompt": "", "styles": [], "seed": SEED, "subseed": -1, "subseed_strength": 0,
    "seed_resize_from_h": 0, "seed_resize_from_w": 0, "sampler_name": "Euler a", "sampler_index": "Euler a",
    "scheduler": "automatic", "batch_size": 1, "n_iter": 1, "steps": 8, "cfg_scale": 3.0, "width": SIDE, "height": SIDE,
    "restore_faces": False, "tiling": False, "do_not_save_samples": False, "do_not_save_grid": False, "eta": 1.0, "s_churn": 0,
    "s_tmax": 0, "s_tmin": 0, "s_noise": 1, "denoising_strength": 0.7, "enable_hr": False, "hr_scale": 2, "hr_upscaler": "Latent",
    "hr_second_pass_steps": 0, "hr_resize_x": 0, "hr_resize_y": 0, "hr_checkpoint_name": None, "hr_sampler_name": None,
    "hr_scheduler": None, "hr_prompt": "", "hr_negative_prompt": "", "firstphase_width": 0, "firstphase_height": 0,
    "override_settings": {}, "override_settings_restore_afterwards": True, "script_name": None, "script_args": [],
    "send_images": True, "save_images": False, "alwayson_scripts": {}}


def text_of(file):
    return base64.b64encode(file).decode()


def ask(place, route, value=None, status=200, address=None, **headers):
    found, answer = fetch_json(f"{address or place.base}/sdapi/v1/{route}", value, **headers)
    assert found == status, f"{route}: expected {status}, got {found} {answer}"
    return answer


def draw(place, route="txt2img", **fields):
    """The pictures' files, and what "info" says."""
    answer = ask(place, route, {"prompt": PROMPT, "seed": SEED, "width": SIDE, "height": SIDE, **fields})
    info = json.loads(answer["info"])
    assert answer["parameters"]["width"] == info["width"], answer["parameters"]
    return [base64.b64decode(image, validate=True) for image in answer["images"]], info


def alter(place, **fields):
    return draw(place, "img2img", **{"init_images": [text_of(place.drawn())], **fields})


def basic(user, password):
    return "Basic " + text_of(f"{user}:{password}".encode())


def refusal(place, status, route="txt2img", **fields):
    answer = ask(place, route, {"prompt": PROMPT, **fields}, status=status)
    assert answer["error"] == "HTTPException" and answer["detail"], answer
    return f"{status}, {answer['detail']}"


# Drawing


def text_to_image(place):
    (file,), info = draw(place)
    assert file == place.drawn(), "expected the bytes of OpenAI's route, got others"
    assert (info["seed"], info["all_seeds"], info["width"], info["height"]) == (SEED, [SEED], SIDE, SIDE), info
    assert info["prompt"] == PROMPT and info["infotexts"][0].startswith(PROMPT), info
    return "the bytes of OpenAI's route; seed and text in info"


def text_to_image_all_fields(place):
    answer = ask(place, "txt2img", ALL_FIELDS)
    file = check_picture(base64.b64decode(answer["images"][0], validate=True))
    info = json.loads(answer["info"])
    assert (info["steps"], info["cfg_scale"]) == (8, 3), info
    assert info["sampler_name"] in [sampler["name"] for sampler in ask(place, "samplers")], info["sampler_name"]
    assert file == place.drawn(steps=8, cfg_scale=3), "expected the bytes of OpenAI's route with these steps, got others"
    return f"every field of upstream; Euler a came to {info['sampler_name']}"


def text_to_image_batch(place):
    files, info = draw(place, batch_size=2, n_iter=2)
    assert info["all_seeds"] == [SEED, SEED + 1, SEED + 2, SEED + 3] and len(info["infotexts"]) == 4, info
    for seed, file in zip(info["all_seeds"], files, strict=True):
        places.check_alike(file, place.drawn(seed=seed))
    return "batch_size=2, n_iter=2: 4 pictures, seeds one after the other"


def text_to_image_sampler(place):
    names = [sampler["name"] for sampler in ask(place, "samplers")]
    for name in names:
        _, info = draw(place, sampler_name=name, steps=4)
        assert info["sampler_name"] == name, f"expected {name}, got {info['sampler_name']}"
    return ", ".join(names)


def text_to_image_other_sampler(place):
    """Names that upstream has and the model has not: they are what clients' settings begin with."""
    names = [sampler["name"] for sampler in ask(place, "samplers")]
    for sampler, scheduler in (("Euler a", "Automatic"), ("DDIM", "normal"), ("DPM++ 2M Karras", ""), ("DPM++ 2M", "Karras"),
                               ("DPM++ SDE", "Exponential"), ("UniPC", "SGM Uniform")):
        _, info = draw(place, sampler_name=sampler, scheduler=scheduler, steps=4)
        assert info["sampler_name"] in names, f"{sampler}: expected one of {names}, got {info['sampler_name']}"
    return "the model's own, which info says"


def text_to_image_enlarged(place):
    (file,), info = draw(place, enable_hr=True, hr_scale=4, denoising_strength=0.7)
    check_picture(file, (4 * SIDE, 4 * SIDE))
    return f"enable_hr, hr_scale=4: {info['width']}x{info['height']}"


def text_to_image_random(place):
    seeds = {draw(place, seed=-1, steps=2)[1]["seed"] for _ in range(2)}
    assert len(seeds) == 2 and min(seeds) >= 0, seeds
    return "seed=-1: another one each time, which info says"


def text_to_image_without_images(place):
    files, info = draw(place, send_images=False)
    assert not files and info["seed"] == SEED, info
    return "send_images=false"


def control_net(place):
    side = 64
    lines = pictures.painted(side, side, 3, lambda x, y: (0,) * 3 if y in (20, 21, 40, 41) and 8 <= x < 56 else (255,) * 3)
    unit = {"image": text_of(pictures.encoded(lines)), "module": "none", "model": "control_v11p_sd15_scribble", "weight": 0.8}
    (file,), _ = draw(place, alwayson_scripts={"controlnet": {"args": [unit]}})
    assert check_picture(file) != place.drawn(), "expected another picture along lines"
    said = refusal(place, 422, alwayson_scripts={"controlnet": {"args": [unit, {**unit, "model": "depth", "weight": 3}]}})
    assert "alwayson_scripts.controlnet.args[1].weight: expected" in said, said
    return f"another picture along lines; refused: {said}"


def image_to_image(place):
    (file,), info = alter(place, denoising_strength=0.5)
    (prefixed,), _ = alter(place, denoising_strength=0.5, init_images=["data:image/png;base64," + text_of(place.drawn())])
    assert check_picture(file) == prefixed != place.drawn(), "expected the same new picture twice"
    assert info["denoising_strength"] == 0.5, info["denoising_strength"]
    return "with and without data:image/png;base64,"


def inpaint(place):
    fields = {"mask": text_of(places.white_right()), "mask_blur": 4, "inpainting_fill": 0, "inpaint_full_res": True,
              "denoising_strength": 1}
    (file,), _ = alter(place, **fields)
    places.check_masked(place.drawn(), check_picture(file))
    (file,), _ = alter(place, inpainting_mask_invert=1, **fields)
    places.check_masked(place.drawn(), file, inverted=True)
    return "what is black stays to the bit; inpainting_mask_invert=1: what is white"


def read_infotext(place):
    (file,), info = draw(place, steps=8)
    known = ask(place, "png-info", {"image": text_of(file)})
    assert known["info"] == info["infotexts"][0], f"{known['info']} {info['infotexts']}"
    said = known["parameters"]
    assert (said["Prompt"], said["Seed"], said["Steps"], said["Size-1"]) == (PROMPT, str(SEED), "8", str(SIDE)), said
    again = ask(place, "txt2img", {"infotext": known["info"], "width": SIDE, "height": SIDE})
    assert base64.b64decode(again["images"][0]) == file, "expected the same picture of its own text, got another"
    nothing = ask(place, "png-info", {"image": text_of(places.white_right())})
    assert nothing["info"] == "" and nothing["parameters"] == {}, nothing
    return "png-info says what was asked, and as infotext it draws the same bytes"


# Progress


def drawing(place, pool, **fields):
    """A long drawing, begun."""
    future = pool.submit(draw, place, **{"width": 256, "height": 256, "steps": 150, **fields})
    places.wait_until(lambda: ask(place, "progress")["progress"] > 0, "progress above 0")
    return future


def progress(place):
    idle = ask(place, "progress")
    assert idle["progress"] == 0 and idle["state"]["job_count"] == 0 and idle["current_image"] is None, idle
    with concurrent.futures.ThreadPoolExecutor() as pool:
        future = drawing(place, pool)
        shown = places.wait_until(lambda: (lambda known: known["current_image"] and known)(ask(place, "progress")), "a preview")
        check_picture(base64.b64decode(shown["current_image"]), pictures.size_of(base64.b64decode(shown["current_image"])))
        assert shown["state"]["job_count"] == 1 and shown["state"]["sampling_steps"] > 0, shown["state"]
        without = ask(place, "progress?skip_current_image=true")
        assert without["current_image"] is None and shown["progress"] <= without["progress"] < 1, without["progress"]
        assert without["eta_relative"] >= 0, without["eta_relative"]
        ask(place, "interrupt", {})
        future.result()
    places.wait_until(lambda: ask(place, "progress")["progress"] == 0, "progress of 0 afterwards")
    return "0, then rising with a preview, a count of steps and an ETA, then 0"


def interrupt(place):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        future = drawing(place, pool)
        assert ask(place, "interrupt", {}) == {}, "expected {}"
        files, info = future.result(timeout=10)
    assert not files and info["seed"] == SEED, f"expected an answer without pictures, got {len(files)}"
    assert ask(place, "interrupt", {}) == {}, "expected {} where nothing is drawn"
    return "200 at once, without pictures; {} where nothing is drawn"


def skip(place):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        future = drawing(place, pool)
        ask(place, "skip", {})
        future.result(timeout=10)
    return "ends the drawing"


# Settings and lists


def options(place):
    names = [model["title"] for model in ask(place, "sd-models")]
    known = ask(place, "options")
    assert known["sd_model_checkpoint"] in names, known
    ask(place, "options", known)
    ask(place, "options", {"sd_model_checkpoint": names[0], "CLIP_stop_at_last_layers": 2})
    assert ask(place, "options")["sd_model_checkpoint"] == names[0], "expected what was chosen"
    _, info = draw(place, override_settings={"sd_model_checkpoint": names[0]}, steps=2)
    assert info["sd_model_name"] == names[0], info["sd_model_name"]
    answer = ask(place, "options", {"sd_model_checkpoint": "no-such-model"}, status=404)
    assert "no-such-model" in answer["detail"], answer
    return "read, written back, a model chosen, 404 for an unknown one"


def lists(place):
    expected = {"samplers": ("name", "aliases", "options"), "schedulers": ("name", "label"), "upscalers": ("name", "scale"),
                "sd-models": ("title", "model_name", "hash", "sha256", "filename", "config"), "latent-upscale-modes": ("name",),
                "loras": (), "sd-vae": (), "hypernetworks": (), "face-restorers": (), "realesrgan-models": (),
                "prompt-styles": ()}
    for route, names in expected.items():
        entries = ask(place, route)
        assert isinstance(entries, list) and (entries or not names), f"{route}: {entries}"
        assert all(name in entry for entry in entries for name in names), f"{route}: expected {names}, got {entries}"
    assert set(ask(place, "embeddings")) == {"loaded", "skipped"} and set(ask(place, "scripts")) == {"txt2img", "img2img"}
    assert isinstance(ask(place, "cmd-flags"), dict) and ask(place, "refresh-checkpoints", {}) is None
    return f"{len(expected) + 4} lists"


# Access and errors


def password(place):
    if not place.locked:
        return None
    url = place.locked + "/sdapi/v1/options"
    status, headers, body = places.fetch(url)
    assert status == 401 and headers["WWW-Authenticate"] == "Basic", f"{status} {headers['WWW-Authenticate']}"
    assert json.loads(body)["error"] == "HTTPException", body
    assert places.fetch(url, headers={"Authorization": basic("user", "wrong")})[0] == 401, "expected 401 for a wrong password"
    assert places.fetch(url, headers={"Authorization": basic("user", place.key)})[0] == 200, "expected 200 for the password"
    return "401 with WWW-Authenticate: Basic; the key as the password of any user"


def queue_full(place):
    if not place.full:
        return None
    with place.occupied():
        url = place.full + "/sdapi/v1/"
        status, headers, body = places.fetch(url + "txt2img", json.dumps({"prompt": PROMPT}).encode())
        assert status == 429 and int(headers["Retry-After"]) >= 1, f"{status} {headers['Retry-After']}"
        assert places.fetch(url + "progress")[0] == 200, "expected progress to be answered meanwhile"
    return f"429, {json.loads(body)['detail']}; progress is answered meanwhile"


def refused(status, route="txt2img", **fields):
    return lambda place: "refused: " + refusal(place, status, route, **fields)


def two_pictures(place):
    return "refused: " + refusal(place, 422, "img2img", init_images=[text_of(place.drawn())] * 2)


CALLS = {
    "txt2img": text_to_image,
    "txt2img, all fields": text_to_image_all_fields,
    "txt2img, batch": text_to_image_batch,
    "txt2img, each sampler": text_to_image_sampler,
    "txt2img, a sampler of upstream's alone": text_to_image_other_sampler,
    "txt2img, enable_hr": text_to_image_enlarged,
    "txt2img, seed=-1": text_to_image_random,
    "txt2img, send_images=false": text_to_image_without_images,
    "txt2img, ControlNet": control_net,
    "img2img": image_to_image,
    "img2img, mask": inpaint,
    "png-info, infotext": read_infotext,
    "progress": progress,
    "interrupt": interrupt,
    "skip": skip,
    "options": options,
    "lists": lists,
    "Basic authentication": password,
    "429": queue_full,
    "txt2img, unknown sampler": refused(404, sampler_name="no such sampler"),
    "txt2img, restore_faces": refused(422, restore_faces=True),
    "txt2img, tiling": refused(422, tiling=True),
    "txt2img, script_name": refused(422, script_name="X/Y/Z plot"),
    "txt2img, subseed_strength": refused(422, subseed_strength=0.5),
    "img2img, no picture": refused(404, "img2img"),
    "img2img, two pictures": two_pictures,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
