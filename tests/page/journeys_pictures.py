"""Pictures: edited, extended, enlarged, compared, kept, read."""
from steps import TILES, choose_mode, draw, expect, sent, wait_for_tiles, watch_requests

# Mean difference of two pictures in the left and the right half, and what a picture has at a place.
COMPARE_HALVES = """(async (one, other) => {
  const bytesOf = async (blob) => {
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(128, 128), draw = canvas.getContext('2d');
    draw.drawImage(bitmap, 0, 0, 128, 128);
    return draw.getImageData(0, 0, 128, 128).data;
  };
  const [a, b] = [await bytesOf(one), await bytesOf(other)];
  const halves = [0, 0];
  for (let y = 0; y < 128; ++y) for (let x = 0; x < 128; ++x) for (let c = 0; c < 3; ++c) {
    const i = 4 * (128 * y + x) + c;
    if (x < 52) halves[0] += Math.abs(a[i] - b[i]) / (52 * 128 * 3);
    if (x >= 76) halves[1] += Math.abs(a[i] - b[i]) / (52 * 128 * 3);
  }
  return halves;
})"""
KEPT = """new Promise((done) => {
  const opened = indexedDB.open('imagine', 1);
  opened.onsuccess = () => {
    const all = opened.result.transaction('pictures').objectStore('pictures').getAll();
    all.onsuccess = () => done(all.result.sort((a, b) => b.created - a.created));
  };
})"""
MASK = """(async (request, places) => {
  const bitmap = await createImageBitmap(await (await fetch(request.mask)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), draw = canvas.getContext('2d');
  draw.drawImage(bitmap, 0, 0);
  return places.map(([x, y]) => draw.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1).data[0]);
})"""


def tool(page, number, button):
    """Presses a button of a picture of the gallery."""
    page.run(f"document.querySelectorAll('.tile')[{number}].querySelectorAll('.tile-tools button')[{button}].click()")


def mask_at(page, request, places):
    """The mask's values at places of 0 to 1. Data URLs are read without fetch, which the page may not do."""
    script = MASK.replace("await (await fetch(request.mask)).blob()",
                          "new Blob([Uint8Array.from(atob(request.mask.split(',')[1]), (c) => c.charCodeAt(0))])")
    return page.run(f"{script}(window.sent.at({request}), {places})")


def edit(place):
    """What is painted over is drawn anew, the rest of the picture stays."""
    page = place.open()
    draw(page, "a red apple on grass", 1, seed=2)
    tool(page, 0, 1)
    page.wait("document.querySelector('#workbench .stage canvas')?.getBoundingClientRect().width > 100", "the editor is open")
    expect(page.run("document.querySelector('#prompt').value") == "a red apple on grass", "the prompt is kept")
    left, top, width, height = page.box("#workbench .stage canvas")
    page.fill("#workbench .tools input[type=range]", 40)
    page.drag([(left + width * x, top + height * y) for x in [0.05, 0.17, 0.28] for y in [0, 0.25, 0.5, 0.75, 1]])
    place.picture("mask")
    watch_requests(page)
    page.fill("#prompt", "a blue sphere on snow")
    page.click("#draw")
    wait_for_tiles(page, 2)
    page.wait("document.querySelector('.tile').getBoundingClientRect().top < innerHeight - 100", "what came of it is seen")
    place.picture("edited")
    request = sent(page)[-1]
    expect(request["task"] == "edit" and request["image"].startswith("data:image/png"), "an edit is asked for")
    values = mask_at(page, -1, [[0.1, 0.5], [0.25, 0.2], [0.7, 0.5], [0.95, 0.9]])
    expect(values == [255, 255, 0, 0], "the mask is white where it was painted, black elsewhere:", values)
    new, old = page.run(f"{KEPT}.then(([edited, first]) => {COMPARE_HALVES}(edited.blob, first.blob))")
    expect(new > 3 * old and new > 15, "the painted half changed, the other stayed:", new, old)


def mask_tools(place):
    """Undo, redo, invert, clear, the eraser, and the brush by keys."""
    page = place.open()
    draw(page, "a red apple on grass", 1, seed=2)
    tool(page, 0, 1)
    page.wait("document.querySelector('#workbench .stage canvas')?.getBoundingClientRect().width > 100", "the editor is open")
    watch_requests(page)
    states = []

    def state():
        """Whether the middle and a corner are masked, as the next request says it."""
        page.run("document.querySelector('#draw').click()")
        count = len(states) + 1
        page.wait(f"window.sent.length === {count}", "a request is sent")
        page.run("document.querySelectorAll('.job-head .quiet').forEach((button) => button.click())")
        masked = page.run("window.sent.at(-1).mask !== undefined")
        states.append(mask_at(page, -1, [[0.5, 0.5], [0.05, 0.05]]) if masked else None)
        return states[-1]

    expect(state() is None, "no mask where nothing is painted")
    page.run("document.querySelector('#workbench .stage canvas').focus()")
    page.key(" ")
    page.key("ArrowRight")
    page.key(" ")
    expect(state() == [255, 0], "the space bar paints in the middle:", states)
    page.click("#workbench .tools [aria-label='Invert the mask']")
    expect(state() == [0, 255], "inverted:", states)
    page.click("#workbench .tools [aria-label=Undo]")
    expect(state() == [255, 0], "undone:", states)
    page.click("#workbench .tools [aria-label=Redo]")
    expect(state() == [0, 255], "done again:", states)
    page.click("#workbench .tools [aria-label='Invert the mask']")
    page.click("#workbench .tools [aria-label=Eraser]")
    page.fill("#workbench .tools input[type=range]", 60)
    left, top, width, height = page.box("#workbench .stage canvas")
    page.drag([(left + width / 2, top + height / 2), (left + width / 2 + 20, top + height / 2)])
    expect(state() is None, "all is erased:", states)
    page.click("#workbench .tools [aria-label=Undo]")
    page.click("#workbench .tools .quiet")
    expect(state() is None, "cleared:", states)


def extend(place):
    """Outpainting: the picture grows on the left, the new area is masked and drawn."""
    page = place.open()
    draw(page, "a red apple on grass", 1, seed=2)
    tool(page, 0, 1)
    page.wait("document.querySelector('#workbench .stage canvas')?.width === 256", "the editor is open")
    page.click("[name=extend-left]")
    page.fill("#extend-share", 0.5)
    page.click(".extend .secondary")
    page.wait("document.querySelector('#workbench .stage canvas').width === 384", "half as wide again")
    expect(page.run("document.querySelector('#workbench .stage canvas').height") == 256, "and as high as before")
    place.picture("extended")
    watch_requests(page)
    page.click("#draw")
    wait_for_tiles(page, 2)
    expect(sent(page)[-1]["stages"][0]["strength"] == 0.7, "the picture's edge goes on:", sent(page)[-1]["stages"])
    values = mask_at(page, -1, [[0.05, 0.5], [0.28, 0.5], [0.7, 0.5]])
    expect(values == [255, 255, 0], "the new area is white, the old picture black:", values)
    place.picture("drawn")
    page.click("#workbench .tools [aria-label=Undo]")
    page.wait("document.querySelector('#workbench .stage canvas').width === 256", "the extension is undone")


def enlarge(place):
    """A picture of 256 pixels becomes one of 1024."""
    page = place.open()
    draw(page, "a green cone on sand", 1, seed=2)
    page.click(".tile .open")
    place.picture("lightbox")
    page.run("[...document.querySelectorAll('.large-actions button')].find((each) => each.textContent === 'Enlarge').click()")
    page.wait("document.querySelector('input[value=upscale]').checked && !document.querySelector('.source').closest('[hidden]')",
              "the picture is ready to be enlarged")
    place.picture("chosen")
    page.click("#draw")
    wait_for_tiles(page, 2)
    size = page.run(f"{KEPT}.then(([large]) => [large.width, large.height, large.recipe.task])")
    expect(size == [1024, 1024, "upscale"], "enlarged four times:", size)


def compare(place):
    """Two pictures under a slider, which keys move too."""
    page = place.open()
    draw(page, "a red cube on grass", 2, count=2, seed=2)
    tool(page, 0, 2)
    page.wait("!document.querySelector('#compare-tray').hidden", "the first picture waits")
    place.picture("first")
    tool(page, 1, 2)
    page.wait("document.querySelector('dialog.compare[open]')", "both are shown")
    clip = "document.querySelector('.compare .over').style.clipPath"
    expect("50%" in page.run(clip), "the slider begins in the middle:", page.run(clip))
    place.picture("both")
    page.key("End")
    expect("inset(0px 0%" in page.run(clip), "at the end the left picture is whole:", page.run(clip))
    page.key("Home")
    expect("100%" in page.run(clip), "at the beginning it is hidden:", page.run(clip))
    page.key("Escape")
    page.wait("!document.querySelector('dialog.compare')", "Escape leaves")


def recipe(place):
    """A picture that is dropped fills the form with how it was made."""
    page = place.open()
    page.fill("#negative", "snow")
    draw(page, "three blue spheres on sand", 1, seed=41)
    page.click("#reset")
    page.wait("document.querySelector('#prompt').value === ''", "the form is empty again")
    page.drop("#results", f"{KEPT}.then(([picture]) => picture.blob)", "picture.png", "image/png")
    page.wait("document.querySelector('#prompt').value === 'three blue spheres on sand'", "the prompt is back")
    expect(page.run("document.querySelector('#seed').value") == "41", "so is the seed")
    expect(page.run("document.querySelector('#negative').value") == "snow", "so is what is not to be seen")
    expect(page.run("document.querySelector('#more-count').textContent") == "1 changed", "what the model does anyway stays open")
    place.picture("filled")
    page.click("#draw")
    wait_for_tiles(page, 2)
    same = page.run(f"{KEPT}.then(([again, first]) => {COMPARE_HALVES}(again.blob, first.blob))")
    expect(max(same) < 1, "the form makes the same picture again:", same)
    page.drop("#results", "new OffscreenCanvas(8, 8).getContext('2d').canvas.convertToBlob()", "plain.png", "image/png")
    page.wait("document.querySelector('#notices').textContent.includes('does not say')", "a picture that says nothing")


def kept(place):
    """The gallery survives a reload; one picture is deleted and brought back, then all are."""
    page = place.open()
    draw(page, "a red cube on grass", 2, count=2, seed=5)
    page.reload()
    page.wait(f"{TILES} === 2", "both are there after the reload")
    expect(page.run("document.querySelector('.tile img').decode().then(() => true)"), "and can be seen")
    page.click(".tile .open")
    page.wait("document.querySelector('.facts').textContent.includes('6')", "with what they were drawn from")
    page.click(".large-actions .danger")
    page.wait(f"{TILES} === 1", "one is deleted")
    page.click("dialog .notice .quiet")  # within reach, though the dialog covers the page
    page.wait(f"{TILES} === 2", "and brought back")
    page.key("Escape")
    page.wait("document.querySelector('body > #announcer')", "what is said is said in the page again")
    page.click("#delete-all")
    page.wait("document.querySelector('dialog[open]')", "the page asks first")
    page.click("dialog .primary")
    page.wait(f"{TILES} === 0", "all are deleted")
    page.reload()
    expect(page.run(f"{KEPT}.then((all) => all.length)") == 0, "and stay so")


def limits(place):
    """The history lets go of its oldest pictures."""
    page = place.open()
    gone = page.run("""import('/page/history.js').then(async ({History}) => {
      const history = new History();
      await history.open();
      const gone = [];
      for (let i = 0; i < 502; ++i) {
        gone.push(...await history.add({key: `test/${i}`, created: i, blob: new Blob(['x'])}));
      }
      return [history.pictures.length, gone.map(({key}) => key), history.pictures[0].key];
    })""")
    expect(gone == [500, ["test/0", "test/1"], "test/501"], "500 are kept, the newest ones:", gone)
    page.reload()
    expect(page.run(TILES) == 60, "the gallery shows them a page at a time")
    page.click("#older")
    page.wait(f"{TILES} === 120", "and more when it is asked")


JOURNEYS = [edit, mask_tools, extend, enlarge, compare, recipe, kept, limits]
