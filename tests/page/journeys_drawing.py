"""Drawing: from the first picture to grids and lists of prompts."""
import struct
import tempfile
import time
import pathlib

from steps import TILES, api, choose_mode, draw, expect, sent, spread_of, wait_for_tiles, watch_requests


def first_picture(place):
    """Whoever opens the page for the first time has a picture within three clicks."""
    page = place.open()
    place.picture("empty")
    expect(page.run("document.activeElement.id") == "prompt", "the prompt has the focus at the start")
    page.run("""window.seen = {previews: new Set(), bars: new Set(), status: new Set()};
      new MutationObserver(() => {
        for (const image of document.querySelectorAll('.preview img')) seen.previews.add(image.src);
        for (const bar of document.querySelectorAll('.bar')) seen.bars.add(bar.getAttribute('aria-valuenow'));
        for (const text of document.querySelectorAll('.job-status')) seen.status.add(text.textContent);
      }).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true}); true""")
    page.click(".empty .chip")
    page.click("#draw")
    wait_for_tiles(page, 1)
    expect(page.clicks <= 3, "a picture within three clicks, not", page.clicks)
    prompt = page.run("document.querySelector('#prompt').value")
    expect(page.run("document.querySelector('.tile .open').getAttribute('aria-label')") == prompt,
           "the picture is named by its prompt")
    page.wait("document.querySelector('.tile img').naturalWidth === 256", "a picture of 256 pixels")
    expect(spread_of(page, ".tile img") > 8, "the picture shows something")
    expect(page.run("[...seen.previews].filter((source) => source.startsWith('data:image/')).length") >= 1,
           "it was seen while it came about: ", page.run("[...seen.status]"))
    expect(page.run("[...seen.bars].filter((value) => value > 0).length") >= 1, "its progress was shown")
    expect(page.run("[...seen.status].some((text) => /step \\d+ of \\d+/.test(text))"), "so were its steps")
    expect("Ready" in page.run("document.querySelector('#announcer').textContent"),
           "screen readers are told that it is ready")
    place.picture("drawn")


def while_drawing(place):
    """Several jobs at once, each with previews, the place in the queue and a button that ends it."""
    page = place.open()
    for prompt, count in [("a red cube on grass", 8), ("three blue spheres on sand", 2), ("a flat icon of a key", 1)]:
        page.fill("#prompt", prompt)
        page.fill("#count", count)
        page.click("#draw")
    page.wait("document.querySelectorAll('.job').length === 3", "three jobs are shown")
    page.wait("document.querySelectorAll('.preview img').length >= 1", "previews of the first are shown")
    place.picture("jobs")
    expect(page.run("[...document.querySelectorAll('.job')].every((job) => job.querySelector('button').textContent === 'Cancel')"),
           "each job has its own button")
    expect(page.run("document.querySelector('.job [role=progressbar]').hasAttribute('aria-label')"),
           "the progress bar has a name")
    wait_for_tiles(page, 11)
    place.picture("gallery")


def cancel(place):
    """What is canceled ends at the server too, and leaves no picture."""
    page = place.open()
    before = {job["id"] for job in api(page, "jobs")["jobs"]}
    page.fill("#prompt", "a purple sphere on a checkered floor")
    page.fill("#count", 10)
    page.fill("#size", 1024)
    page.click("#draw")
    page.wait("document.querySelector('.bar[aria-valuenow]')", "the job runs")
    page.click(".job-head .quiet")
    page.wait("document.querySelectorAll('.job').length === 0", "the canceled job is gone")
    job = next(job for job in api(page, "jobs")["jobs"] if job["id"] not in before)
    expect(job["status"] == "canceled", "canceled at the server, not", job["status"])
    expect(page.run(TILES) < 10, "not all its pictures were drawn")


def choices(place):
    """{red|green|blue} is another word for each picture and the same for the same seed."""
    page = place.open()
    watch_requests(page)
    prompt = r"a {red|green|blue} cone on \{snow\}"
    draw(page, prompt, 6, count=6, seed=20)
    first = [request["prompt"] for request in sent(page)]
    expect(all(text in [f"a {colour} cone on {{snow}}" for colour in ["red", "green", "blue"]] for text in first),
           "each prompt has one of the words, and escaped braces as they are:", first)
    expect(len(set(first)) >= 2, "not all six are the same:", first)
    expect([request["seed"] for request in sent(page)] == list(range(20, 26)), "one seed after the other")
    watch_requests(page)
    page.click("#draw")
    page.wait("window.sent.length === 6", "the same six are asked for")
    expect([request["prompt"] for request in sent(page)] == first, "the same seed takes the same words")
    wait_for_tiles(page, 12)
    nested = page.run("""import('/page/wildcards.js').then(({expand}) =>
        [...Array(40).keys()].map((seed) => expand('{a|{b|c} d}', seed)))""")
    expect(set(nested) == {"a", "b d", "c d"}, "choices stand inside choices:", set(nested))
    endless = page.run("import('/page/wildcards.js').then(({expand}) => expand('{'.repeat(60), 1))")
    expect(endless == "{" * 60, "many braces that are never closed take no time")
    unclosed = page.run("import('/page/wildcards.js').then(({expand}) => expand('a {b', 1))")
    expect(unclosed == "a {b", "a brace that is never closed is a letter:", unclosed)


def list_of_prompts(place):
    """A text file that is dropped draws each of its lines."""
    page = place.open()
    watch_requests(page)
    page.drop("#results", "'a red cube on grass\\n\\nthree blue spheres on sand\\r\\na lemon\\n'", "list.txt", "text/plain")
    page.wait("document.querySelector('dialog[open]')", "the page asks first")
    expect("3 pictures" in page.run("document.querySelector('dialog h2').textContent"), "it says how many")
    place.picture("question")
    page.click("dialog .primary")
    wait_for_tiles(page, 3)
    expect([request["prompt"] for request in sent(page)] == ["a red cube on grass", "three blue spheres on sand", "a lemon"],
           "one job for each line:", sent(page))


def grid(place):
    """An X/Y plot: labels, one picture in each cell, and the whole as one PNG."""
    page = place.open()
    watch_requests(page)
    choose_mode(page, "plot")
    page.fill("#prompt", "a red cube on grass")
    page.fill("#axis-x", "seed")
    page.fill("#axis-x-values", "1-3")
    page.fill("#axis-y", "prompt")
    page.fill("#axis-y-values", "red, blue")
    expect("3 × 2: 6 pictures" in page.run("document.querySelector('#plot-count').textContent"), "it says how many")
    page.click("#draw")
    page.wait("document.querySelectorAll('.cell img').length >= 2", "the first cells are drawn")
    place.picture("halfway")
    page.wait("document.querySelectorAll('.cell:not(:disabled)').length === 6", "all cells are drawn", 120)
    heads = page.run("[...document.querySelectorAll('.plot th')].map((head) => head.textContent)")
    expect(heads == ["Seed 1", "Seed 2", "Seed 3", "red", "blue"], "rows and columns are labelled:", heads)
    page.fill("#language", "it")
    heads = page.run("[...document.querySelectorAll('.plot th')].map((head) => head.textContent)")
    expect(heads == ["Seme 1", "Seme 2", "Seme 3", "red", "blue"], "in the language of the page:", heads)
    page.fill("#language", "en")
    asked = {(request["seed"], request["prompt"]) for request in sent(page)}
    expect(asked == {(seed, f"a {colour} cube on grass") for seed in [1, 2, 3] for colour in ["red", "blue"]},
           "each cell is asked for:", asked)
    place.picture("done")
    with tempfile.TemporaryDirectory() as folder:
        page.downloads_to(folder)
        page.click(".plot .secondary")
        file, end = pathlib.Path(folder) / "grid.png", time.monotonic() + 20
        while not (file.exists() and file.stat().st_size > 0) and time.monotonic() < end:
            time.sleep(0.1)
        width, height = struct.unpack("!II", file.read_bytes()[16:24])
    expect(width > 3 * 256 and height > 2 * 256, "the PNG has all cells:", width, height)
    page.reload()
    page.wait("document.querySelectorAll('.cell:not(:disabled)').length === 6", "the grid is there after a reload")
    page.fill("#axis-y-values", "yellow, blue")
    page.click("#draw")
    error = page.wait("document.querySelector('[data-field=axis-y] .error')?.textContent", "the axis says what is wrong")
    expect("yellow" in error, "words that the prompt has not:", error)
    page.fill("#axis-y", "steps")
    page.fill("#axis-y-values", "4, 8")
    watch_requests(page)
    page.click("#draw")
    page.wait("window.sent.length === 6", "a grid of steps is asked for")
    steps = {request["stages"][0]["steps"] for request in sent(page)}
    expect(steps == {4, 8}, "its first stage takes the steps:", steps)


def parts(place):
    """What is counted and read in the page, by itself."""
    page = place.open()
    values = page.run("""import('/page/plot_axes.js').then(({valuesOf}) => {
      const known = {samplers: ['euler', 'dpm++'], prompt: 'a, b and c', stepNames: ['fast27']};
      const all = [['seed', '1-3, 9'], ['steps', '10-30 +10, fast27'], ['guidance', '1.5, 2-3'], ['prompt', 'a\\\\, b, d'],
                   ['sampler', 'euler']].map(([what, text]) => valuesOf({what, text}, known));
      const wrong = [['seed', '1.5'], ['seed', ''], ['steps', 'fast28'], ['sampler', 'x'], ['prompt', 'z'], ['seed', '3-1']]
          .map(([what, text]) => { try { valuesOf({what, text}, known); return text; } catch { return null; } });
      return [all, wrong];
    })""")
    expect(values == [[[1, 2, 3, 9], [10, 20, 30, "fast27"], [1.5, 2, 3], ["a, b", "d"], ["euler"]], [None] * 6],
           "values of a grid:", values)
    extended = page.run("""import('/page/outpaint.js').then(({extension}) => [
        extension(256, 128, {sides: {right: true}, share: 0.25}),
        extension(256, 128, {sides: {top: true, bottom: true}, share: 0.5}),
        extension(256, 256, {sides: {left: true, top: true}, share: 0.5, square: true}),
        extension(256, 128, {sides: {}, share: 0, square: true})])""")
    expect(extended == [{"left": 0, "top": 0, "width": 320, "height": 128}, {"left": 0, "top": 64, "width": 256, "height": 256},
                        {"left": 128, "top": 128, "width": 384, "height": 384},
                        {"left": 0, "top": 64, "width": 256, "height": 256}], "larger canvases:", extended)
    stages = page.run("""import('/page/cascade.js').then(({usedStages}) => {
      const model = {default_size: 256, stages: [{size: 64}, {size: 256, enlarges: true}, {size: 1024, enlarges: true}]};
      const sizes = (task, size, side) => usedStages(model, task, size, side).map((stage) => stage.size);
      return [sizes('generate', 0), sizes('generate', 64), sizes('generate', 512), sizes('upscale', 0, 64),
              sizes('upscale', 0, 256), sizes('upscale', 1024, 64), sizes('upscale', 0, 4000)];
    })""")
    expect(stages == [[64, 256], [64], [64, 256, 1024], [256], [1024], [256, 1024], [1024]], "stages that are used:", stages)
    foreign = page.run("""Promise.all([import('/page/link.js'), import('/page/recipe.js')]).then(([{linkTo}, {formOfFields}]) => [
        linkTo({prompt: 'a', count: 1, seed: null, stages: {}}).split('#')[1],
        formOfFields({prompt: 'a {b}', steps: 20, sampler: 'unknown', seed: 3}, {stages: [{size: 64, samplers: ['euler']}]})])""")
    expect(foreign[0] == "form=eyJwcm9tcHQiOiJhIiwiY291bnQiOjF9", "a link has what is set:", foreign[0])
    expect(foreign[1]["prompt"] == "a \\{b\\}" and foreign[1]["stages"] == {"64": {"steps": 20}}, "others' pictures:", foreign[1])


JOURNEYS = [parts, first_picture, while_drawing, cancel, choices, list_of_prompts, grid]
