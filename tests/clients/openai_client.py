"""Calls `imagine serve` with OpenAI's Python client.

usage: openai_client.py BASE_URL [--locked URL --key KEY] [--full URL] (see place.py; with the package openai)
"""

import asyncio
import base64
import concurrent.futures
import io
import pathlib
import sys
import tempfile
import warnings

import openai

import pictures
import place as places
from place import PROMPT, SEED, SIDE, check_picture

warnings.simplefilter("ignore", DeprecationWarning)  # of create_variation

CLIENT = f"openai-python-{openai.__version__}"
SMALL = f"{SIDE}x{SIDE}"


def client_of(address, **options):
    return openai.OpenAI(base_url=address + "/v1", **{"api_key": "any", "max_retries": 0, **options})


def seeded(seed=SEED, **fields):
    """What OpenAI's API has no name for."""
    return {"extra_body": {"seed": seed, **fields}}


def file_of(entry):
    return base64.b64decode(entry.b64_json, validate=True)


def refusal(kind, call, **expected):
    """The exception that a call raises, whose code, param, type and request id are as they should be."""
    try:
        call()
    except kind as error:
        seen = {name: getattr(error, name) for name in expected}
        assert seen == expected, f"expected {expected}, got {seen}"
        assert error.request_id.startswith("req_"), error.request_id
        assert error.type, "expected a type, got none"
        assert isinstance(error.body, dict) and error.body["message"] in error.message, f"{error.message} {error.body}"
        return f"{kind.__name__}, {error.message}"
    raise AssertionError(f"expected {kind.__name__}, got an answer")


# Pictures


def generate_with_options(place):
    answer = client_of(place.base).images.generate(
        model="gpt-image-2", prompt=PROMPT, n=2, size=SMALL, quality="high", background="opaque", output_format="png",
        moderation="low", user="somebody", **seeded(negative_prompt="a dog", num_inference_steps=8, guidance_scale=3))
    assert answer._request_id.startswith("req_"), answer._request_id
    assert answer.created > 1_700_000_000 and len(answer.data) == 2, answer
    assert (answer.size, answer.quality, answer.output_format, answer.background) == (SMALL, "high", "png", "opaque"), answer
    assert answer.usage.total_tokens == 0, answer.usage
    assert [entry.model_extra["seed"] for entry in answer.data] == [SEED, SEED + 1], answer.data
    files = [check_picture(file_of(entry)) for entry in answer.data]
    options = {"negative_prompt": "a dog", "steps": 8, "guidance_scale": 3}
    for entry, file in zip(answer.data, files):
        places.check_alike(file, place.drawn(seed=entry.model_extra["seed"], **options))
    return "2 pictures, each that of its seed alone, _request_id"


def generate_same_bytes(place):
    answer = client_of(place.base).images.generate(prompt=PROMPT, size=SMALL, **seeded())
    assert file_of(answer.data[0]) == place.drawn(), "expected the bytes that curl gets for the seed, got others"
    return "as without the client's library"


def generate_formats(place):
    images = client_of(place.base).images
    seen = []
    for form, known in {"jpeg": pictures.is_jpeg, "webp": pictures.is_webp}.items():
        sizes = []
        for quality in (90, 10):
            answer = images.generate(prompt=PROMPT, size=SMALL, output_format=form, output_compression=quality, **seeded())
            file = file_of(answer.data[0])
            assert known(file) and answer.output_format == form, f"expected {form}, got {file[:16]!r}"
            sizes.append(len(file))
        assert sizes[0] > sizes[1], f"{form}: expected fewer bytes with less quality, got {sizes}"
        seen.append(f"{form} of {sizes[0]} and {sizes[1]} bytes")
    return ", ".join(seen)


def generate_shape(place):
    answer = client_of(place.base).images.generate(prompt=PROMPT, size="96x64", **seeded())
    width, height = pictures.size_of(file_of(answer.data[0]))
    assert answer.size == f"{width}x{height}", f"expected the true size, got {answer.size} of {width}x{height}"
    assert abs(width / height - 1.5) < 0.1, f"expected about 3:2, got {width}x{height}"
    return f"96x64 came to {answer.size}, which the answer says"


def generate_url(place):
    answer = client_of(place.base).images.generate(prompt=PROMPT, n=2, size=SMALL, response_format="url", **seeded())
    for index, entry in enumerate(answer.data):
        assert entry.b64_json is None and entry.url.startswith(place.base), entry
        status, headers, file = places.fetch(entry.url)
        assert status == 200 and headers["Content-Type"] == "image/png", f"{status} {headers}"
        places.check_alike(file, place.drawn(seed=SEED + index))
    return "2 addresses, each answers its picture without a key"


def generate_file(place):
    raw = client_of(place.base).images.with_raw_response.generate(
        prompt=PROMPT, size=SMALL, extra_headers={"Accept": "image/png"}, **seeded())
    assert raw.headers["content-type"] == "image/png" and raw.headers["x-seed"] == str(SEED), raw.headers
    assert raw.content == place.drawn(), "expected the picture's file, got other bytes"
    return "Accept: image/png and with_raw_response: the file alone"


def generate_asynchronously(place):
    async def draw():
        async with openai.AsyncOpenAI(base_url=place.base + "/v1", api_key="any", max_retries=0) as client:
            return await asyncio.gather(*(client.images.generate(prompt=PROMPT, size=SMALL, **seeded(seed))
                                          for seed in range(SEED, SEED + 4)))

    for seed, answer in enumerate(asyncio.run(draw()), SEED):
        places.check_alike(file_of(answer.data[0]), place.drawn(seed=seed))
    return "4 at once, each the picture of its seed"


def generate_with_key(place):
    if not place.locked:
        return None
    answer = client_of(place.locked, api_key=place.key).images.generate(prompt=PROMPT, size=SMALL, **seeded())
    assert file_of(answer.data[0]) == place.drawn(), "expected the bytes of the other server, got others"
    return "Authorization: Bearer"


# Streams


def check_event(event, kind):
    assert event.type == kind, f"expected {kind}, got {event.type}"
    assert event.created_at > 1_700_000_000 and event.output_format == "png" and event.background == "opaque", event
    width, height = pictures.size_of(file_of(event))
    assert event.size == f"{width}x{height}", f"expected the true size, got {event.size} of {width}x{height}"


def stream_generation(place):
    events = list(client_of(place.base).images.generate(prompt=PROMPT, size=SMALL, stream=True, partial_images=2, **seeded()))
    kinds = [event.type.removeprefix("image_generation.") for event in events]
    assert kinds == ["partial_image", "partial_image", "completed"], kinds
    for index, event in enumerate(events[:2]):
        check_event(event, "image_generation.partial_image")
        assert event.partial_image_index == index, event.partial_image_index
    check_event(events[2], "image_generation.completed")
    assert events[2].usage.total_tokens == 0 and events[2].model_extra["seed"] == SEED, events[2].model_extra
    assert len({file_of(event) for event in events}) == 3, "expected three different pictures"
    assert file_of(events[2]) == place.drawn(), "expected the bytes of the same request without a stream, got others"
    return "partial images 0 and 1, then completed with the bytes of no stream"


def stream_two(place):
    events = list(client_of(place.base).images.generate(prompt=PROMPT, n=2, size=SMALL, stream=True, **seeded()))
    assert [event.type for event in events] == ["image_generation.completed"] * 2, events
    assert {event.model_extra["seed"] for event in events} == {SEED, SEED + 1}, events
    for event in events:
        places.check_alike(file_of(event), place.drawn(seed=event.model_extra["seed"]))
    return "n=2 without partial images: two completed"


def stream_asynchronously(place):
    async def draw():
        async with openai.AsyncOpenAI(base_url=place.base + "/v1", api_key="any", max_retries=0) as client:
            stream = await client.images.generate(prompt=PROMPT, size=SMALL, stream=True, partial_images=1, **seeded())
            return [event async for event in stream]

    events = asyncio.run(draw())
    assert [event.type.split(".")[1] for event in events] == ["partial_image", "completed"], events
    return "AsyncOpenAI: one partial image, completed"


def stream_cancelled(place):
    stream = client_of(place.base).images.generate(
        prompt=PROMPT, size="256x256", stream=True, partial_images=3, **seeded(steps=200))
    first = next(iter(stream))
    assert first.type == "image_generation.partial_image", first.type
    place.cancel_all()
    try:
        rest = [event.type for event in stream]
    except openai.APIError as error:
        assert error.code and error.type and "cancel" in error.message, f"{error.message} {error.code} {error.type}"
        return f"APIError, {error.message}, code {error.code}, type {error.type}"
    raise AssertionError(f"expected APIError, got {rest}")


def stream_closed(place):
    before = place.count("imagine_jobs_total", status="canceled")
    stream = client_of(place.base).images.generate(
        prompt=PROMPT, size="256x256", stream=True, partial_images=3, **seeded(steps=200))
    next(iter(stream))
    stream.close()
    places.wait_until(lambda: place.count("imagine_jobs_total", status="canceled") == before + 1, "the job is cancelled")
    return "closing the stream cancels the job"


def stream_refused(place):
    return "refused: " + refusal(
        openai.BadRequestError,
        lambda: client_of(place.base).images.generate(prompt=PROMPT, stream=True, partial_images=4),
        code="invalid_value", param="partial_images")


# Edits


def edit(place, **options):
    before = place.drawn()
    return before, client_of(place.base).images.edit(
        **{"image": ("a.png", before, "image/png"), "prompt": "a blue ball", "size": SMALL, **options})


def edit_with_mask(place):
    before, answer = edit(place, mask=("mask.png", places.transparent_right(), "image/png"), n=1, quality="low", **seeded())
    assert answer.data[0].model_extra["seed"] == SEED, answer.data[0].model_extra
    places.check_masked(before, check_picture(file_of(answer.data[0])))
    return "the opaque half of the mask stays to the bit, the rest is new"


def edit_list_of_one(place):
    before = place.drawn()
    _, answer = edit(place, image=[("a.png", before, "image/png")], input_fidelity="high", **seeded(strength=0.5))
    _, single = edit(place, **seeded(strength=0.5))
    assert check_picture(file_of(answer.data[0])) == file_of(single.data[0]), "expected the same as with image, got another"
    assert file_of(answer.data[0]) != before, "expected a new picture, got the old one"
    return "image[] with input_fidelity: as image"


def edit_from_disk(place):
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(place.drawn())
        file.flush()
        with open(file.name, "rb") as opened:
            _, read = edit(place, image=opened, mask=places.transparent_right(), **seeded())
        _, path = edit(place, image=pathlib.Path(file.name), mask=io.BytesIO(places.transparent_right()), **seeded())
    _, single = edit(place, mask=("mask.png", places.transparent_right(), "image/png"), **seeded())
    assert file_of(read.data[0]) == file_of(path.data[0]) == file_of(single.data[0]), "expected the same picture three times"
    return "an open file, a path; masks as bytes and BytesIO"


def edit_stream(place):
    before, events = edit(place, mask=("mask.png", places.transparent_right(), "image/png"), stream=True, partial_images=1,
                          **seeded())
    events = list(events)
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"], events
    for event in events:
        check_event(event, event.type)
    assert events[0].partial_image_index == 0 and events[1].usage.total_tokens == 0, events
    places.check_masked(before, file_of(events[1]))
    return "image_edit.partial_image, then image_edit.completed"


def edit_url(place):
    _, answer = edit(place, response_format="url", n=2, **seeded())
    for entry in answer.data:
        check_picture(places.fetch(entry.url)[2])
    return "2 addresses"


def edit_refused(place, param, **options):
    return "refused: " + refusal(openai.BadRequestError, lambda: edit(place, **options), code="invalid_value", param=param)


def edit_two_pictures(place):
    file = ("a.png", place.drawn(), "image/png")
    return edit_refused(place, "image", image=[file, file])


def edit_markup(place):
    return edit_refused(place, "markup", markup=("m.png", places.transparent_right(), "image/png"))


def edit_mask_without_alpha(place):
    return edit_refused(place, "mask", mask=("mask.png", places.white_right(), "image/png"))


def edit_no_picture(place):
    return edit_refused(place, "image", image=("a.png", b"no picture", "image/png"))


# Refusals and errors


def generate_refused(param, **options):
    def call(place):
        client = client_of(place.base)
        return "refused: " + refusal(openai.BadRequestError, lambda: client.images.generate(prompt=PROMPT, **options),
                                     code="invalid_value", param=param)
    return call


def wrong_key(place):
    if not place.locked:
        return None
    client = client_of(place.locked, api_key="wrong")
    refusal(openai.AuthenticationError, client.models.list, code="invalid_api_key", param=None)
    return refusal(openai.AuthenticationError, lambda: client.images.generate(prompt=PROMPT),
                   code="invalid_api_key", param=None)


def other_origin(place):
    client = client_of(place.base, default_headers={"Origin": "http://a.example"})
    return refusal(openai.PermissionDeniedError, lambda: client.images.generate(prompt=PROMPT), param=None)


def unknown_model(place):
    client = client_of(place.base)
    return refusal(openai.NotFoundError, lambda: client.images.generate(prompt=PROMPT, model="no-such-model"),
                   code="model_not_found", param="model")


def variation(place):
    images = client_of(place.base).images
    image = ("a.png", places.white_right(), "image/png")
    return "refused: " + refusal(openai.NotFoundError, lambda: images.create_variation(image=image),
                                 code="not_found", param=None)


def queue_full(place):
    if not place.full:
        return None
    with place.occupied():
        said = refusal(openai.RateLimitError, lambda: client_of(place.full).images.generate(prompt=PROMPT),
                       code="rate_limit_exceeded", param=None)
        before = place.refusals("openai")
        client = openai.OpenAI(base_url=place.full + "/v1", api_key="any")
        refusal(openai.RateLimitError, lambda: client.images.generate(prompt=PROMPT, stream=True, partial_images=2))
        posts = place.refusals("openai") - before
    assert posts == 3, f"expected 3 POSTs with the default retries, got {posts}"
    return f"{said}; 3 POSTs with the default retries"


def queue_has_room_again(place):
    if not place.full:
        return None
    client = client_of(place.full)
    with place.occupied():
        refusal(openai.RateLimitError, lambda: client.images.generate(prompt=PROMPT))
    answer = client.images.generate(prompt=PROMPT, size=SMALL, **seeded())
    assert file_of(answer.data[0]) == place.drawn(), "expected the picture of the seed, got another"
    return "drawn once there is room"


def cancelled_elsewhere(place):
    """A request that its owner cancels, by another dialect or on the page, is not drawn again by the client's retries."""
    client = openai.OpenAI(base_url=place.base + "/v1", api_key="any")

    def draw():
        try:
            return client.images.generate(prompt=PROMPT, size="256x256", **seeded(steps=50))
        except openai.APIStatusError as error:
            return error

    with concurrent.futures.ThreadPoolExecutor() as pool:
        drawing = pool.submit(draw)
        places.wait_until(place.jobs, "it is drawn")
        place.cancel_all()
        answer = drawing.result()
    assert isinstance(answer, openai.APIStatusError), "expected an error, got the picture: the client asked again"
    return f"{type(answer).__name__}, {answer.message}; not asked again"


# Models


def list_models(place):
    names = [model.id for model in client_of(place.base).models.list()]
    assert names and all(model.object == "model" for model in client_of(place.base).models.list()), names
    return ", ".join(names)


def retrieve_model(place):
    model = client_of(place.base).models.retrieve(place.model())
    assert model.id == place.model() and model.owned_by == "local" and model.created > 1_700_000_000, model
    return model.id


def retrieve_unknown_model(place):
    return refusal(openai.NotFoundError, lambda: client_of(place.base).models.retrieve("no-such-model"),
                   code="model_not_found", param="model")


CALLS = {
    "generate, n=2, options, extra_body": generate_with_options,
    "generate, the seed's bytes": generate_same_bytes,
    "generate, jpeg and webp": generate_formats,
    "generate, another shape": generate_shape,
    "generate, response_format=url": generate_url,
    "generate, a file alone": generate_file,
    "generate, several at once": generate_asynchronously,
    "generate, with a key": generate_with_key,
    "stream, partial_images=2": stream_generation,
    "stream, n=2": stream_two,
    "stream, asynchronous client": stream_asynchronously,
    "stream, fails midway": stream_cancelled,
    "stream, closed by the client": stream_closed,
    "stream, partial_images=4": stream_refused,
    "edit, image and mask": edit_with_mask,
    "edit, image[] of one": edit_list_of_one,
    "edit, a file from disk": edit_from_disk,
    "edit, stream, partial_images=1": edit_stream,
    "edit, response_format=url": edit_url,
    "edit, image[] of two": edit_two_pictures,
    "edit, markup": edit_markup,
    "edit, mask without transparency": edit_mask_without_alpha,
    "edit, a file that is no picture": edit_no_picture,
    "generate, background=transparent": generate_refused("background", background="transparent"),
    "generate, output_format=gif": generate_refused("output_format", output_format="gif"),
    "generate, frame_count": generate_refused("frame_count", extra_body={"frame_count": 4}),
    "generate, complexity": generate_refused("complexity", extra_body={"complexity": "low"}),
    "400 size": generate_refused("size", size="64 by 64"),
    "400 n": generate_refused("n", n=11),
    "401 wrong key": wrong_key,
    "403 another origin": other_origin,
    "404 model": unknown_model,
    "404 variations": variation,
    "429, 3 POSTs": queue_full,
    "429, room later": queue_has_room_again,
    "cancelled elsewhere": cancelled_elsewhere,
    "models.list": list_models,
    "models.retrieve": retrieve_model,
    "models.retrieve, unknown": retrieve_unknown_model,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
