"""Calls `imagine serve` with Google's Python client, google-genai.

usage: google_client.py BASE_URL [--locked URL --key KEY] [--full URL] (see place.py; with the package google-genai)

Releases before 2.20.0 generate_images in Gemini's Developer mode too; later ones raise ValueError before they ask anything.
"""

import asyncio
import sys
import warnings

import google.auth.credentials
from google import genai
from google.genai import errors, types

import pictures
import place as places
from place import PROMPT, SEED, check_picture

warnings.simplefilter("ignore", DeprecationWarning)  # of generate_images and edit_image

CLIENT = f"google-genai-python-{genai.__version__}"
USUAL = (256, 256)  # the embedded model's default size
DEVELOPER_DRAWS = tuple(int(part) for part in genai.__version__.split(".")[:2]) < (2, 20)
IMAGE = ["IMAGE"]


class Credentials(google.auth.credentials.Credentials):
    """As of a service account, without asking anybody."""

    def refresh(self, _request):
        self.token = "token"


def options_of(address, **options):
    return types.HttpOptions(base_url=address, **options)


def vertex(address, **options):
    return genai.Client(vertexai=True, api_key="any", http_options=options_of(address, **options))


def developer(address, **options):
    return genai.Client(api_key="any", http_options=options_of(address, **options))


def png_of(picture):
    return types.Image(image_bytes=picture, mime_type="image/png")


def reference(place):
    """What OpenAI's route draws for the same request."""
    return place.drawn(size="256x256")


def check_generated(place, client, model="imagen-4.0", **config):
    """That generate_images draws what OpenAI's route does."""
    answer = client.models.generate_images(model=model, prompt=PROMPT, config={"number_of_images": 1, "seed": SEED, **config})
    assert len(answer.generated_images) == 1, answer
    image = answer.generated_images[0].image
    assert image.mime_type == "image/png", image.mime_type
    assert image.image_bytes == reference(place), "expected the bytes of OpenAI's route, got others"


def refusal(call, code, status, *said):
    try:
        call()
    except errors.ClientError as error:
        assert (error.code, error.status) == (code, status), f"expected {code} {status}, got {error}"
        assert all(part in error.message for part in said), f"expected {said} in {error.message}"
        return f"ClientError {code} {status}, {error.message}"
    raise AssertionError("expected ClientError, got an answer")


def refused(call, *said):
    return "refused: " + refusal(call, 400, "INVALID_ARGUMENT", *said)


# generate_images


def vertex_with_key(place):
    client = vertex(place.base)
    check_generated(place, client)
    return "POST /v1beta1/publishers/google/models/M:predict, the bytes of OpenAI's route"


def vertex_all_options(place):
    client = vertex(place.base)
    answer = client.models.generate_images(model="imagen-4.0", prompt=PROMPT, config=types.GenerateImagesConfig(
        number_of_images=2, aspect_ratio="1:1", negative_prompt="a dog", guidance_scale=3.0, seed=SEED,
        safety_filter_level="BLOCK_LOW_AND_ABOVE", person_generation="ALLOW_ADULT", include_safety_attributes=True,
        include_rai_reason=True, language="en", output_mime_type="image/png", add_watermark=False, enhance_prompt=True,
        labels={"a": "b"}))
    assert len(answer.generated_images) == 2, answer
    files = [check_picture(generated.image.image_bytes, USUAL) for generated in answer.generated_images]
    assert files[0] != files[1], "expected two pictures, got one twice"
    prompts = [generated.enhanced_prompt for generated in answer.generated_images]
    assert prompts == [PROMPT, PROMPT], prompts
    assert all(generated.rai_filtered_reason is None for generated in answer.generated_images), "expected none filtered"
    return "2 pictures, enhanced_prompt"


def vertex_with_credentials(place):
    client = genai.Client(vertexai=True, project="p", location="us-central1", credentials=Credentials(),
                          http_options=options_of(place.base))
    check_generated(place, client)
    return "POST /v1beta1/projects/p/locations/us-central1/publishers/google/models/M:predict"


def vertex_address_alone(place):
    client = genai.Client(vertexai=True, http_options=options_of(place.base))
    check_generated(place, client)
    return "POST /, the usual model"


def vertex_whole_address(place):
    client = genai.Client(vertexai=True, http_options=options_of(place.base + "/v1/publishers/google/models/imagen-4.0:predict"))
    check_generated(place, client)
    return "the base URL is the whole address"


def vertex_collection(place):
    client = genai.Client(vertexai=True, http_options=options_of(
        place.base + "/v1beta1", base_url_resource_scope=types.ResourceScope.COLLECTION))
    check_generated(place, client)
    return "POST /v1beta1/publishers/google/models/M:predict without a key"


def vertex_model_path(place):
    client = vertex(place.base)
    check_generated(place, client, model="models/imagen-4.0")
    check_generated(place, client, model="publishers/google/models/" + place.model())
    return "models/M and publishers/google/models/M"


def vertex_other_key(place):
    if not place.locked:
        return None
    client = genai.Client(vertexai=True, api_key=place.key, http_options=options_of(place.locked))
    check_generated(place, client)
    return "x-goog-api-key"


def vertex_jpeg(place):
    client = vertex(place.base)
    image = client.models.generate_images(model="imagen-4.0", prompt=PROMPT, config={
        "number_of_images": 1, "seed": SEED, "aspect_ratio": "16:9", "output_mime_type": "image/jpeg",
        "output_compression_quality": 80}).generated_images[0].image
    assert image.mime_type == "image/jpeg" and pictures.is_jpeg(image.image_bytes), f"expected a JPEG, got {image.mime_type}"
    return f"image/jpeg of {len(image.image_bytes)} bytes"


def developer_call(place, expected=None, **config):
    client = developer(place.base)
    try:
        answer = client.models.generate_images(model="imagen-4.0", prompt=PROMPT, config={"number_of_images": 1, **config})
    except ValueError as error:
        assert not DEVELOPER_DRAWS, error
        return f"refused: by the client itself, {error}"
    file = check_picture(answer.generated_images[0].image.image_bytes, USUAL)
    assert expected in (None, file), "expected the picture of extra_body's seed, got another"
    return "POST /v1beta/models/M:predict"


def developer_images(place):
    return developer_call(place, aspect_ratio="1:1", output_mime_type="image/png", include_rai_reason=True)


def developer_extra_body(place):
    return developer_call(place, reference(place), http_options=types.HttpOptions(
        extra_body={"parameters": {"seed": SEED, "negativePrompt": ""}}))


# edit_image, upscale_image


def raw(place, number=1):
    return types.RawReferenceImage(reference_id=number, reference_image=png_of(reference(place)))


def mask(mode="MASK_MODE_USER_PROVIDED", dilation=0.0, image=True):
    return types.MaskReferenceImage(
        reference_id=2, reference_image=png_of(places.white_right(USUAL[0])) if image else None,
        config=types.MaskReferenceConfig(mask_mode=mode, mask_dilation=dilation, segmentation_classes=None))


def edited(place, references, **config):
    client = vertex(place.base)
    return client.models.edit_image(
        model="imagen-3.0-capability-001", prompt="a blue ball", reference_images=references,
        config=types.EditImageConfig(**{"edit_mode": "EDIT_MODE_INPAINT_INSERTION", "number_of_images": 1, "seed": SEED,
                                        "output_mime_type": "image/png", **config}))


def edit_with_mask(place):
    answer = edited(place, [raw(place), mask()], base_steps=8, negative_prompt="a dog", guidance_scale=3.0)
    assert len(answer.generated_images) == 1, answer
    places.check_masked(reference(place), answer.generated_images[0].image.image_bytes)
    return "what is black in the mask stays, the rest is new"


def edit_dilated(place):
    plain = edited(place, [raw(place), mask()]).generated_images[0].image.image_bytes
    grown = edited(place, [raw(place), mask(dilation=0.25)]).generated_images[0].image.image_bytes
    band = pictures.largest_difference(pictures.decoded(plain), pictures.decoded(grown), lambda x, _y: 72 < x < 112)
    assert band > 0, "expected the mask to grow by a quarter of the width, got the same picture there"
    return "dilation=0.25 draws a quarter of the width more"


def edit_without_mask(place):
    check_picture(edited(place, [raw(place)], edit_mode="EDIT_MODE_DEFAULT").generated_images[0].image.image_bytes, USUAL)
    return "the raw picture alone"


def edit_semantic_mask(place):
    return refused(lambda: edited(place, [raw(place), mask("MASK_MODE_SEMANTIC", image=False)]), "MASK_MODE_USER_PROVIDED", "[2]")


def other_reference(place, kind, number, **config):
    return getattr(types, f"{kind}ReferenceImage")(
        reference_id=number, reference_image=png_of(place.drawn()), config=getattr(types, f"{kind}ReferenceConfig")(**config))


def edit_following(place):
    plain = edited(place, [raw(place), mask()]).generated_images[0].image.image_bytes
    lines = other_reference(place, "Control", 3, control_type="CONTROL_TYPE_CANNY", enable_control_image_computation=True)
    for other in (lines, other_reference(place, "Style", 4, style_description="glass")):
        followed = edited(place, [raw(place), mask(), other]).generated_images[0].image.image_bytes
        check_picture(followed, USUAL)
        apart = pictures.largest_difference(pictures.decoded(plain), pictures.decoded(followed), lambda _x, _y: True)
        assert apart > 16, f"expected another picture with {other.reference_type}, got one {apart} of 255 apart"
    return "lines that are found, and a look"


def edit_subject(place):
    subject = other_reference(place, "Subject", 5, subject_type="SUBJECT_TYPE_PRODUCT", subject_description="mug")
    return refused(lambda: edited(place, [raw(place), subject]), "referenceImages[5]")


def upscale(place, factor):
    client = vertex(place.base)
    return client.models.upscale_image(
        model="imagen-4.0-upscale-preview", image=png_of(place.drawn()), upscale_factor=factor,
        config=types.UpscaleImageConfig(output_mime_type="image/png", enhance_input_image=True, image_preservation_factor=0.5))


def upscale_fourfold(place):
    (only,) = upscale(place, "x4").generated_images
    check_picture(only.image.image_bytes, (256, 256))
    return "64 to 256"


def upscale_twofold(place):
    width, height = pictures.size_of(upscale(place, "x2").generated_images[0].image.image_bytes)
    assert width == height >= 2 * places.SIDE, f"expected a size of 128 or more, got {width}x{height}"
    return f"64 to the model's nearest size, {width}"


def segment(place):
    client = vertex(place.base)
    return refused(lambda: client.models.segment_image(
        model="image-segmentation-001", source=types.SegmentImageSource(image=png_of(place.drawn())),
        config=types.SegmentImageConfig(mode="FOREGROUND")))


def recontext(place):
    client = vertex(place.base)
    return refused(lambda: client.models.recontext_image(
        model="imagen-product-recontext-preview-06-30",
        source=types.RecontextImageSource(prompt="on a beach",
                                          product_images=[types.ProductImage(product_image=png_of(place.drawn()))]),
        config=types.RecontextImageConfig(number_of_images=1)))


# generate_content


def parts_of(answer):
    return [part for candidate in answer.candidates for part in candidate.content.parts]


def content(place, contents=PROMPT, client=None, **config):
    client = client or developer(place.base)
    return client.models.generate_content(
        model="gemini-3.1-flash-image", contents=contents,
        config=types.GenerateContentConfig(**{"response_modalities": IMAGE, "seed": SEED, **config}))


def content_image(place):
    answer = content(place)
    candidate = answer.candidates[0]
    assert candidate.finish_reason == "STOP" and candidate.content.role == "model", candidate
    blob = candidate.content.parts[0].inline_data
    assert blob.mime_type == "image/png" and blob.data == reference(place), "expected the bytes of OpenAI's route, got others"
    assert answer.usage_metadata and answer.model_version == place.model(), answer.model_version
    return "inline image, the bytes of OpenAI's route"


def content_shape(place):
    answer = content(place, image_config=types.ImageConfig(aspect_ratio="3:2", image_size="512"), candidate_count=2,
                     response_modalities=["TEXT", "IMAGE"])
    files = [part.inline_data.data for part in parts_of(answer)]
    sizes = [pictures.size_of(file) for file in files]
    assert len(files) == 2 and files[0] != files[1], f"expected two pictures, got {sizes}"
    assert all(abs(width / height - 1.5) < 0.1 for width, height in sizes), sizes
    return f"aspect_ratio=3:2, image_size=512, 2 candidates: {sizes[0]}"


def content_vertex(place):
    answer = content(place, client=vertex(place.base), image_config=types.ImageConfig(
        aspect_ratio="1:1", output_mime_type="image/jpeg", output_compression_quality=80))
    blob = parts_of(answer)[0].inline_data
    assert blob.mime_type == "image/jpeg" and pictures.is_jpeg(blob.data), f"expected a JPEG, got {blob.mime_type}"
    return "Vertex with output_mime_type=image/jpeg"


def content_edit(place):
    before = reference(place)
    answer = content(place, [types.Part.from_bytes(data=before, mime_type="image/png"), "make the cube blue"])
    file = parts_of(answer)[0].inline_data.data
    assert check_picture(file, USUAL) != before, "expected a new picture"
    return "another picture of its size"


def content_chat(place):
    client = developer(place.base)
    chat = client.chats.create(model="gemini-3.1-flash-image",
                               config=types.GenerateContentConfig(response_modalities=IMAGE, seed=SEED))
    first = parts_of(chat.send_message(PROMPT))[0].inline_data.data
    second = parts_of(chat.send_message("make the cube blue"))[0].inline_data.data
    assert first == reference(place), "expected the bytes of OpenAI's route, got others"
    alone = parts_of(content(place, "make the cube blue"))[0].inline_data.data
    edit = parts_of(content(place, [types.Part.from_bytes(data=first, mime_type="image/png"), "make the cube blue"]))
    assert second == edit[0].inline_data.data != alone, "expected an edit of the picture before, got another"
    return "the second message edits the first one's picture"


def content_stream(place):
    client = developer(place.base)
    chunks = list(client.models.generate_content_stream(
        model="gemini-3.1-flash-image", contents=PROMPT,
        config=types.GenerateContentConfig(response_modalities=IMAGE, seed=SEED)))
    files = [part.inline_data.data for chunk in chunks for part in parts_of(chunk)]
    assert files == [reference(place)], f"expected one picture, that of OpenAI's route, got {len(files)}"
    return f"{len(chunks)} event"


def content_asynchronously(place):
    async def draw():
        client = developer(place.base)
        drawn = await client.aio.models.generate_content(
            model="gemini-3.1-flash-image", contents=PROMPT,
            config=types.GenerateContentConfig(response_modalities=IMAGE, seed=SEED))
        stream = await client.aio.models.generate_content_stream(
            model="gemini-3.1-flash-image", contents=PROMPT,
            config=types.GenerateContentConfig(response_modalities=IMAGE, seed=SEED))
        return [drawn, *[chunk async for chunk in stream]]

    files = [part.inline_data.data for answer in asyncio.run(draw()) for part in parts_of(answer)]
    assert files == [reference(place)] * 2, f"expected the picture of OpenAI's route twice, got {len(files)}"
    return "client.aio, also as a stream"


def content_prefix(place):
    answer = content(place, client=developer(place.base + "/gem", api_version="v1beta"))
    assert parts_of(answer)[0].inline_data.data == reference(place), "expected the bytes of OpenAI's route, got others"
    return "base_url with /gem, api_version v1beta"


def content_text_alone(place):
    return refused(lambda: content(place, response_modalities=["TEXT"]), "responseModalities")


def content_file_address(place):
    part = types.Part.from_uri(file_uri="https://a.example/a.png", mime_type="image/png")
    return refused(lambda: content(place, [part, "make it blue"]), "fileData")


# Errors


def bad_count(place):
    client = vertex(place.base)
    return refusal(lambda: client.models.generate_images(model="imagen-4.0", prompt=PROMPT, config={"number_of_images": 11}),
                   400, "INVALID_ARGUMENT", "sampleCount")


def bad_storage(place):
    client = vertex(place.base)
    config = {"output_gcs_uri": "gs://b/x"}
    return refused(lambda: client.models.generate_images(model="imagen-4.0", prompt=PROMPT, config=config), "storageUri")


def wrong_key(place):
    if not place.locked:
        return None
    client = vertex(place.locked)
    return refusal(lambda: client.models.generate_images(model="imagen-4.0", prompt=PROMPT), 401, "UNAUTHENTICATED")


def unknown_model(place):
    client, vertex_client, name = developer(place.base), vertex(place.base), "no-such-model"
    refusal(lambda: vertex_client.models.generate_images(model=name, prompt=PROMPT), 404, "NOT_FOUND", name)
    return refusal(lambda: client.models.generate_content(model=name, contents=PROMPT), 404, "NOT_FOUND", name)


def queue_full(place):
    if not place.full:
        return None
    client, vertex_client = developer(place.full), vertex(place.full)
    with place.occupied():
        before = place.refusals("google")
        said = refusal(lambda: content(place, client=client), 429, "RESOURCE_EXHAUSTED", "try again")
        refusal(lambda: vertex_client.models.generate_images(model="imagen-4.0", prompt=PROMPT), 429, "RESOURCE_EXHAUSTED")
        posts = place.refusals("google") - before
    assert posts == 2, f"expected one POST a call, got {posts} of two calls"
    return f"{said}; one POST"


def queue_full_with_retries(place):
    if not place.full:
        return None
    client = developer(place.full, retry_options=types.HttpRetryOptions(attempts=3, initial_delay=0.1, max_delay=0.2))
    with place.occupied():
        before = place.refusals("google")
        refusal(lambda: content(place, client=client), 429, "RESOURCE_EXHAUSTED")
        posts = place.refusals("google") - before
    assert posts == 3, f"expected 3 POSTs, got {posts}"
    return "HttpRetryOptions(attempts=3): 3 POSTs"


# Models


def list_models(place):
    client = developer(place.base)
    names = [model.name for model in client.models.list()]
    assert f"models/{place.model()}" in names, names
    return ", ".join(names)


def get_model(place):
    client = developer(place.base)
    model = client.models.get(model=place.model())
    assert (model.name, model.display_name) == (f"models/{place.model()}", place.model()), model
    assert "predict" in model.supported_actions, model.supported_actions
    return model.name


def get_unknown_model(place):
    client = developer(place.base)
    return refusal(lambda: client.models.get(model="no-such-model"), 404, "NOT_FOUND")


CALLS = {
    "generate_images, Vertex, key": vertex_with_key,
    "generate_images, all options": vertex_all_options,
    "generate_images, project and credentials": vertex_with_credentials,
    "generate_images, address alone": vertex_address_alone,
    "generate_images, whole address": vertex_whole_address,
    "generate_images, COLLECTION scope": vertex_collection,
    "generate_images, models/M": vertex_model_path,
    "generate_images, server with a key": vertex_other_key,
    "generate_images, jpeg of 16:9": vertex_jpeg,
    "generate_images, Developer mode": developer_images,
    "generate_images, Developer mode, extra_body": developer_extra_body,
    "edit_image, raw and mask": edit_with_mask,
    "edit_image, mask_dilation": edit_dilated,
    "edit_image, raw alone": edit_without_mask,
    "edit_image, semantic mask": edit_semantic_mask,
    "edit_image, control and style": edit_following,
    "edit_image, subject": edit_subject,
    "upscale_image, x4": upscale_fourfold,
    "upscale_image, x2": upscale_twofold,
    "segment_image": segment,
    "recontext_image": recontext,
    "generate_content, IMAGE": content_image,
    "generate_content, shape and candidates": content_shape,
    "generate_content, Vertex": content_vertex,
    "generate_content, inline picture": content_edit,
    "generate_content, chat": content_chat,
    "generate_content_stream": content_stream,
    "generate_content, asynchronous client": content_asynchronously,
    "generate_content, prefix and api_version": content_prefix,
    "generate_content, TEXT alone": content_text_alone,
    "generate_content, file_data": content_file_address,
    "400 sampleCount": bad_count,
    "400 storageUri": bad_storage,
    "401 wrong key": wrong_key,
    "404 model": unknown_model,
    "429, one POST": queue_full,
    "429, retry_options": queue_full_with_retries,
    "models.list": list_models,
    "models.get": get_model,
    "models.get, unknown": get_unknown_model,
}

if __name__ == "__main__":
    sys.exit(places.run_calls(CLIENT, CALLS, places.place_of_command_line(__doc__)))
