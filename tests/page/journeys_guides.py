"""What guides a picture beside its prompt: boxes with words, sketches, pictures, colours, signs."""
import json
import time

from journeys_pictures import KEPT
from journeys_use import FAINT_TEXTS
from steps import TILES, choose_mode, expect, sent, wait_for_tiles, watch_requests

# The server seems to have a second model, which differs from the first in what window.addedModel says.
ADD_MODEL = """
window.usualFetch = window.fetch;
window.fetch = async (address, options) => {
  const response = await window.usualFetch(address, options);
  if (!String(address).endsWith('/capabilities') || !response.ok) return response;
  const capabilities = await response.json();
  capabilities.models.push({...capabilities.models[0], ...window.addedModel});
  return new Response(JSON.stringify(capabilities));
};"""

# The mean brightness, 0 to 255, around places of a picture in parts of it.
BRIGHTNESS = """(async (url, places) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight), draw = canvas.getContext('2d');
  draw.drawImage(image, 0, 0);
  return places.map(([x, y]) => {
    const bytes = draw.getImageData(Math.round(x * canvas.width) - 2, Math.round(y * canvas.height) - 2, 4, 4).data;
    return bytes.filter((_, index) => index % 4 < 3).reduce((sum, value) => sum + value, 0) / 48;
  }).concat([canvas.width, canvas.height]);
})"""
BOX_PLACES = """[...document.querySelectorAll('.box')].map(({style}) =>
    [style.left, style.top, style.width, style.height].map((side) => Math.round(parseFloat(side))))"""
WORDS = "[...document.querySelectorAll('.box-line input')].map((input) => input.value)"


def places_in(page, selector, points):
    """Where parts of an element are on the screen."""
    left, top, width, height = page.box(selector)
    return [(left + width * x, top + height * y) for x, y in points]


def draw_boxes(page):
    """Opens the panel and draws two boxes, each with its words."""
    if page.run("document.querySelector('#where').hidden"):
        page.click("#open-where")
    page.drag(places_in(page, ".box-field", [(0.05, 0.2), (0.2, 0.4), (0.45, 0.8)]))
    page.type("a red cube")
    page.drag(places_in(page, ".box-field", [(0.95, 0.8), (0.7, 0.4), (0.55, 0.2)]))
    page.type("a blue sphere")


REGIONS = [{"box": [0.05, 0.2, 0.4, 0.6], "prompt": "a red cube"}, {"box": [0.55, 0.2, 0.4, 0.6], "prompt": "a blue sphere"}]


def boxes(place):
    """Two boxes with words come to a picture whose parts read them."""
    page = place.open()
    expect(page.run("document.querySelector('#where').hidden"), "at first no panel is open")
    watch_requests(page)
    page.fill("#prompt", "two bodies on grass")
    page.click("#draw")
    wait_for_tiles(page, 1)
    expect(not {"regions", "control"} & set(sent(page)[-1]), "nothing is asked for where nothing is drawn:", sent(page)[-1])
    draw_boxes(page)
    place.picture("drawn")
    button = page.run("document.elementFromPoint(...(({left, top}) => [left + 20, top + 20])(document.querySelector('#draw').getBoundingClientRect())).id")
    expect(button == "draw", "the button stays in sight, however far the form goes:", button)
    expect(page.run("document.querySelector('#open-where .badge').textContent") == "2", "the button counts them")
    page.click("#draw")
    wait_for_tiles(page, 2)
    expect(sent(page)[-1]["regions"] == REGIONS, "the job has these regions:", sent(page)[-1])
    kept = page.run("document.querySelector('.tile .open').click() || document.querySelector('.facts').textContent")
    expect("a red cube · a blue sphere" in kept, "the picture tells what is where:", kept)
    page.key("Escape")
    under = "document.querySelector('.box-field .under')"
    page.wait(f"{under}.checkVisibility() && {under}.classList.contains('faint')", "what came of the boxes lies below them")
    place.picture("below")
    choose_mode(page, "upscale")
    expect(page.run("document.querySelector('#guides').hidden"), "what is enlarged has no boxes")
    choose_mode(page, "generate")
    page.run("document.querySelector('#aspect input[value=\"3:2\"]').click()")
    shape = page.run("(({width, height}) => width / height)(document.querySelector('.box-field').getBoundingClientRect())")
    expect(abs(shape - 1.5) < 0.02, "the boxes stand on the picture's shape:", shape)
    expect(page.run(f"{under}.checkVisibility()") is False, "a picture of another shape does not")


def boxes_by_keys(place):
    """Boxes are made, moved, resized, worded and removed without a pointer, and moved and resized with one."""
    page = place.open()
    page.run("document.querySelector('#open-where').focus()")
    page.key("Enter")
    page.run("[...document.querySelectorAll('#where .box-tools button')][0].focus()")
    page.key("Enter")
    page.type("a red cube")
    expect(page.run(BOX_PLACES) == [[5, 20, 40, 60]], "a box is there:", page.run(BOX_PLACES))
    page.run("document.querySelector('.box').focus()")
    for key, shift in [("ArrowRight", False), ("ArrowRight", False), ("ArrowUp", False), ("ArrowRight", True), ("ArrowUp", True)]:
        page.key(key, shift=shift)
    expect(page.run(BOX_PLACES) == [[7, 19, 41, 59]], "moved and resized by arrows:", page.run(BOX_PLACES))
    label = page.run("document.querySelector('.box').getAttribute('aria-label')")
    expect(all(part in label for part in ["a red cube", "7 % from the left", "41 % wide"]), "screen readers hear where:", label)
    expect("59 % high" in page.run("document.querySelector('#announcer').textContent"), "and when it changes")
    for _ in range(90):
        page.key("ArrowLeft")
    expect(page.run(BOX_PLACES)[0][0] == 0, "it stays in the picture")
    page.key("Enter")
    expect(page.run("document.activeElement.value") == "a red cube", "Enter goes to the words")
    page.drag(places_in(page, ".box", [(0.5, 0.5), (0.6, 0.6), (1.0, 0.7)]))
    expect(page.run(BOX_PLACES)[0][0] in [20, 21], "moved by the pointer:", page.run(BOX_PLACES))
    width = page.run(BOX_PLACES)[0][2]
    page.drag(places_in(page, ".box", [(1, 0.5), (1.1, 0.5), (1.5, 0.5)]))
    expect(page.run(BOX_PLACES)[0][2] > width + 15, "its edge was pulled:", width, page.run(BOX_PLACES))
    page.click(".box-line .icon-button")
    page.fill(".box-more input[type=number]", 10)
    expect(page.run(BOX_PLACES)[0][0] == 10, "moved by a number:", page.run(BOX_PLACES))
    page.run("[...document.querySelectorAll('#where .box-tools button')][1].click()")
    expect(page.run("document.querySelectorAll('.box-row').length") == 2, "what is left of the picture has words too")
    expect(page.run("document.querySelectorAll('.box')[1].checkVisibility()") is False, "but no box")
    page.type("snow")
    page.fill("#prompt", "two bodies")
    watch_requests(page)
    page.run("document.querySelector('#draw').click()")
    page.wait("window.sent.length === 1", "a request is sent")
    expect(sent(page)[-1]["regions"][1] == {"box": [0, 0, 0, 0], "prompt": "snow"}, "as the server has it:", sent(page)[-1])
    wait_for_tiles(page, 1)
    page.run("document.querySelectorAll('.box-row .icon-button')[3].click()")
    page.run("document.querySelector('.box').focus()")
    page.key("Delete")
    expect(page.run(BOX_PLACES) == [], "Delete removes it")
    page.key("Enter")
    for _ in range(20):
        page.run("document.querySelector('#where .box-tools button').click()")
    expect(len(page.run(BOX_PLACES)) == 16, "no more than the server takes")


def boxes_by_touch(place):
    """On a phone a finger draws a box, and the page does not scroll away."""
    page = place.browser
    page.resize(360, 740, phone=True)
    place.open()
    page.click("#open-where")
    points = places_in(page, ".box-field", [(0.1, 0.1), (0.3, 0.4), (0.6, 0.7)])
    before = page.run("scrollY")
    for kind, point in [("touchStart", points[0]), ("touchMove", points[1]), ("touchMove", points[2])]:
        page.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": point[0], "y": point[1]}])
    expect(page.run("scrollY") == before, "the page stays")
    page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    page.wait("document.querySelectorAll('.box').length === 1", "a box")
    place.picture("drawn")
    expect(page.run("document.documentElement.scrollWidth") <= 360, "nothing is wider than the screen")


def boxes_again(place):
    """The boxes come back with a picture's settings, its file, a link, and after the page was left."""
    page = place.open()
    page.fill("#prompt", "two bodies on grass")
    draw_boxes(page)
    page.click(".box-row:nth-child(2) .icon-button")
    page.fill(".box-row:nth-child(2) .of-regions input", 0.8)
    page.fill("#region-method", "multidiffusion")
    watch_requests(page)
    page.click("#draw")
    wait_for_tiles(page, 1)
    first = sent(page)[-1]
    expect(first["regions"][1]["strength"] == 0.8 and first["region_method"] == "multidiffusion", "what was asked for:", first)

    def found(how):
        expect(page.run(WORDS) == ["a red cube", "a blue sphere"], how, page.run(WORDS))
        watch_requests(page)
        tiles = page.run(TILES)
        page.click("#draw")
        page.wait("window.sent.length === 1", how)
        again = sent(page)[-1]
        expect([again[name] for name in ["regions", "region_method"]] == [first[name] for name in ["regions", "region_method"]], how, again)
        wait_for_tiles(page, tiles + 1)

    page.click("#reset")
    page.wait("document.querySelectorAll('.box').length === 0", "the form is empty")
    page.click(".tile .open")
    page.run("[...document.querySelectorAll('.large-actions button')].find((each) => each.textContent === 'Use settings').click()")
    found("the settings of a picture:")
    page.click("#reset")
    page.drop("#results", f"{KEPT}.then(([picture]) => picture.blob)", "picture.png", "image/png")
    page.wait("document.querySelectorAll('.box').length === 2", "the recipe in its file")
    found("the recipe in its file:")
    page.reload()
    found("the page that was left:")
    address = page.run("import('/page/link.js').then(({linkTo}) => linkTo(JSON.parse(sessionStorage.getItem('imagine.form'))))")
    page.run("sessionStorage.clear()")
    page.call("Page.navigate", url="about:blank")
    page.open(address)
    found("the link:")


def box_errors(place):
    """What is wrong with a box is said beside it, by the page or by the server."""
    page = place.open()
    page.fill("#prompt", "two bodies on grass")
    page.click("#open-where")
    page.click("#where .box-tools button")
    page.click("#open-where")
    page.click("#draw")
    error = page.wait("document.querySelector('.box-row .error')?.checkVisibility() && document.querySelector('.box-row .error').textContent",
                      "the panel opens at the box without words")
    expect(error == "Say what is there.", "and says what is missing:", error)
    expect(page.run("document.activeElement === document.querySelector('.box-line input')"), "where it can be written")
    page.type("a red cube")
    page.wait("!document.querySelector('.box-row .error')", "it goes when it is mended")
    wrong = {"prompt": "two bodies", "boxes": [{"kind": "region", "box": [0, 0, 0.4, 1], "words": "snow"},
                                               {"kind": "region", "box": [0.5, 0, 0.4, 1], "words": "sand", "strength": 7}]}
    address = page.run(f"import('/page/link.js').then(({{linkTo}}) => linkTo({json.dumps(wrong)}))")
    page.run("sessionStorage.clear()")
    page.call("Page.navigate", url="about:blank")
    page.open(address)
    page.click("#draw")
    error = page.wait("document.querySelector('.box-row:nth-child(2) .error')?.textContent", "what the server refuses stands beside its box")
    expect("more than 0" in error and "regions" not in error, "with its reason:", error)
    expect(page.run("document.querySelector('.of-regions .error').checkVisibility()"), "at the slider that it is about")
    expect(page.run("document.querySelectorAll('.job').length") == 0, "no job is left")
    place.picture("refused")


def things(place):
    """Boxes may also say which things stand there; a model that cannot draw them says so."""
    page = place.browser
    page.before_pages("window.addedModel = {name: 'plain', control: false};" + ADD_MODEL)
    place.open()
    page.fill("#prompt", "two bodies on grass")
    page.click("#open-where")
    page.click("#where .modes label:last-of-type")
    draw_boxes(page)
    place.picture("things")
    watch_requests(page)
    page.click("#draw")
    wait_for_tiles(page, 1)
    request = sent(page)[-1]
    layout = [{"box": each["box"], "phrase": each["prompt"]} for each in REGIONS]
    expect(request["control"] == {"layout": layout} and "regions" not in request, "the job has a layout:", request)
    for _ in range(6):
        page.run("document.querySelector('#where .box-tools button').click()")
    expect(len(page.run(BOX_PLACES)) == 6, "at most six things")
    page.fill("#model", "plain")
    expect(page.run("document.querySelectorAll('.box-row.unable').length") == 6, "a model that cannot draw things dims them")
    expect(page.run("document.querySelector('#open-where .badge').hidden"), "and counts none")
    place.picture("unable")
    page.click("#open-sketch")
    reason = page.run("document.querySelector('#sketch').innerText")
    expect("plain cannot" in reason and "imagine-small" in reason, "it says which model can follow a sketch:", reason)
    expect(page.run("document.querySelector('#sketch canvas').checkVisibility()") is False, "instead of the paper")


def sketch(place):
    """Lines are drawn, erased, undone and sent, black on white; so are pictures from files."""
    page = place.open()
    page.fill("#prompt", "a house")
    page.run("document.querySelector('#aspect input[value=\"3:2\"]').click()")
    page.click("#open-sketch")
    watch_requests(page)

    def brightness(name, points):
        count = page.run("window.sent.length") + 1
        page.run("document.querySelector('#draw').click()")
        page.wait(f"window.sent.length === {count}", "a request is sent")
        page.run("document.querySelectorAll('.job-head .quiet').forEach((button) => button.click())")
        url = sent(page)[-1].get("control", {}).get(name)
        return page.run(f"{BRIGHTNESS}({json.dumps(url)}, {points})") if url else None

    expect(brightness("sketch", []) is None, "empty paper is not sent")
    page.drag(places_in(page, "#sketch canvas", [(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)]))
    middle, above, width, height = brightness("sketch", [[0.5, 0.5], [0.5, 0.2]])
    expect(middle < 5 and above == 255, "black where it was drawn, white elsewhere:", middle, above)
    expect(width == 768 and height == 512, "of the picture's shape:", width, height)
    place.picture("drawn")
    page.click("#sketch [aria-label=Eraser]")
    page.fill("#sketch .tools input", 15)
    page.drag(places_in(page, "#sketch canvas", [(0.5, 0.4), (0.5, 0.6)]))
    values = brightness("sketch", [[0.5, 0.5], [0.2, 0.5]])
    expect(values[0] == 255 and values[1] < 5, "erased in the middle:", values)
    page.click("#sketch [aria-label=Undo]")
    expect(brightness("sketch", [[0.5, 0.5]])[0] < 5, "undone")
    page.reload()
    watch_requests(page)
    page.click("#open-sketch")
    expect(brightness("sketch", [[0.5, 0.5]])[0] < 5, "it is there after a reload")
    page.click("#sketch .tools .quiet")
    expect(brightness("sketch", []) is None, "cleared")
    page.run("document.querySelector('#sketch canvas').focus()")
    for key in [" ", "ArrowRight", " "]:
        page.key(key)
    expect(brightness("sketch", [[0.5, 0.5]])[0] < 30, "the space bar draws in the middle")
    page.click("#sketch .inner summary")
    choose_file(page, "#depth-file", "#000", "#fff")
    page.wait("document.querySelector('#depth-choose').textContent === 'Change…'", "a picture of depth is taken")
    place.picture("pictures")
    expect(brightness("depth", [[0.25, 0.5], [0.75, 0.5]])[:2] == [0, 255], "and sent as it is")
    expect(page.run("document.querySelector('#open-sketch .badge').textContent") == "2", "the button counts both")
    choose_file(page, "#depth-file", "#f00", "#00f")
    page.click("#open-sketch")
    page.run("document.querySelector('#draw').click()")
    error = page.wait("document.querySelector('[data-field=\"control.depth\"] .error:not([hidden])')?.textContent",
                      "what the server refuses of a picture stands beside it")
    expect("grey" in error and page.run("document.querySelector('#sketch').checkVisibility()"), "in its panel, which opens:", error)


def choose_file(page, selector, stripe, ground, across=(0, 32)):
    """Gives a field a picture of 64 by 32 pixels with a stripe: where it begins, and how wide it is."""
    page.run(f"""(async () => {{
      const canvas = new OffscreenCanvas(64, 32), draw = canvas.getContext('2d');
      draw.fillStyle = '{ground}';
      draw.fillRect(0, 0, 64, 32);
      draw.fillStyle = '{stripe}';
      draw.fillRect({across[0]}, 0, {across[1]}, 32);
      const data = new DataTransfer();
      data.items.add(new File([await canvas.convertToBlob()], 'stripe.png', {{type: 'image/png'}}));
      const input = document.querySelector('{selector}'), shown = input.closest('.field').querySelector('img');
      const before = shown.src;
      input.files = data.files;
      input.dispatchEvent(new Event('change'));
      while (shown.src === before) await new Promise((done) => setTimeout(done, 20));
    }})()""")


def colours(place):
    """Colours are picked with their shares, or taken from a picture; how far all is followed is slid to."""
    page = place.open()
    page.fill("#prompt", "a house")
    page.click("#open-colours")
    for _ in range(2):
        page.click("#add-colour")
    page.fill(".colour-row:nth-child(1) input[type=text]", "#A0522D")
    page.fill(".colour-row:nth-child(2) input[type=color]", "#3d7ea6")
    page.fill(".colour-row:nth-child(1) input[type=number]", 40)
    place.picture("picked")
    bar = page.run("[...document.querySelectorAll('.colour-bar span')].map((part) => part.getBoundingClientRect().width)")
    expect(abs(bar[0] / (bar[0] + bar[1]) - 0.4) < 0.01, "the bar shows the shares:", bar)
    page.run("document.querySelector('#more').open = true")
    page.fill("#guide-strength", 1.5)
    page.fill("#guide-until", 0.6)
    expect(page.run("document.querySelector('#more-count').textContent") == "2 changed", "both sliders count as changed")
    watch_requests(page)
    page.click("#draw")
    wait_for_tiles(page, 1)
    palette = [{"colour": "#a0522d", "share": 0.4}, {"colour": "#3d7ea6"}]
    expect(sent(page)[-1]["control"] == {"palette": palette, "strength": 1.5, "until": 0.6}, "the job has them:", sent(page)[-1])
    page.fill(".colour-row:nth-child(2) input[type=number]", 70)
    page.click("#draw")
    page.wait("document.querySelector('[data-field=\"control.palette\"] > .error')?.checkVisibility()", "more than all is refused")
    page.fill(".colour-row:nth-child(2) input[type=number]", 60)
    page.wait("!document.querySelector('[data-field=\"control.palette\"] > .error')", "and mended")
    choose_file(page, "#palette_from-file", "#f00", "#00f")
    page.wait("document.querySelector('#palette_from-choose').textContent === 'Change…'", "a picture is taken")
    expect(page.run("document.querySelector('.colour-list').checkVisibility()") is False, "its colours take the place of the others")
    page.click("#draw")
    wait_for_tiles(page, 2)
    control = sent(page)[-1]["control"]
    expect("palette" not in control and control["palette_from"].startswith("data:image/"), "the picture is sent:", list(control))


def signs(place):
    """Signs in prompts are explained, switched on, and sent; choices in the words of boxes are made too."""
    page = place.open()
    page.run("document.querySelector('#more').open = true")
    page.click("[aria-controls=syntax-help]")
    expect("(word:1.3)" in page.run("document.querySelector('#syntax-help').innerText"), "the signs are explained")
    place.picture("explained")
    watch_requests(page)
    page.fill("#prompt", "a (red:1.5) apple on [grass:snow:0.4]")
    page.click("#open-where")
    page.click("#where .box-tools button")
    page.type("a {red|green} cube")
    page.click("#prompt_syntax")
    page.click("#draw")
    wait_for_tiles(page, 1)
    request = sent(page)[-1]
    expect(request["prompt_syntax"] == "a1111", "the prompt has signs:", request)
    expect(request["regions"][0]["prompt"] in ["a red cube", "a green cube"], "one of the words:", request["regions"])
    page.click("#reset")
    page.click(".tile .open")
    page.run("[...document.querySelectorAll('.large-actions button')].find((each) => each.textContent === 'Use settings').click()")
    expect(page.run("document.querySelector('#prompt_syntax').checked"), "a picture's settings switch it on again")


def guides_looks(place):
    """Each panel can be read in light and dark, fits a small screen in both languages, and names all it has."""
    page = place.open()
    draw_boxes(page)
    page.click(".box-row:nth-child(1) .icon-button")
    page.click("#open-colours")
    page.click("#add-colour")
    page.run("document.querySelector('#sketch .inner').open = true")
    page.run("document.querySelector('.looks .chip:nth-child(7)').click()")
    for width, scheme in [(1280, "light"), (1280, "dark"), (360, "light")]:
        page.resize(width, 860, phone=width < 500)
        page.prefer(prefers_color_scheme=scheme)
        time.sleep(0.4)  # colours fade
        for language in ["it", "en"]:
            page.fill("#language", language)
            for panel in ["where", "sketch", "look", "colours"]:
                page.run(f"document.querySelector('#{panel}').hidden && document.querySelector('#open-{panel}').click()")
                page.run(f"document.querySelector('#{panel}').scrollIntoView()")
                place.picture(f"{panel}-{scheme}-{width}-{language}")
                faint = page.run(FAINT_TEXTS)
                expect(not faint, "too little contrast:", scheme, panel, faint)
                wide = page.run("document.documentElement.scrollWidth")
                expect(wide <= width, "no sideways scrolling:", language, panel, wide)
                names_all(page, panel)


def names_all(page, panel):
    """Whether all that can be operated has a name for screen readers, and every id is there once."""
    operated = {"button", "textbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "link", "ColorWell"}
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    unnamed = [node["role"]["value"] for node in tree if not node.get("ignored")
               and node.get("role", {}).get("value") in operated and not node.get("name", {}).get("value")]
    expect(not unnamed, "without a name:", panel, unnamed)
    ids = page.run("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    expect(len(ids) == len(set(ids)), "every id once:", [each for each in set(ids) if ids.count(each) > 1])


def guide_parts(place):
    """What is counted with boxes and read from recipes and links, by itself."""
    page = place.open()
    shapes = page.run("""import('/page/box_shapes.js').then(({boxBetween, moved, resized, edgesAt, freePlace}) => [
        boxBetween({x: 0.9, y: 1.4}, {x: 0.5, y: -1}), boxBetween({x: 0.5, y: 0.5}, {x: 0.5, y: 0.5}),
        moved([0.5, 0.5, 0.4, 0.4], 0.3, -0.9), resized([0.2, 0.2, 0.4, 0.4], {left: true, bottom: true}, 0.9, 0.9),
        resized([0.2, 0.2, 0.4, 0.4], {right: true, top: true}, 0.9, -0.9),
        edgesAt([0.2, 0.2, 0.4, 0.4], {x: 0.2, y: 0.61}, {x: 0.02, y: 0.02}), edgesAt([0.2, 0.2, 0.4, 0.4], {x: 0.4, y: 0.4}, {x: 0.02, y: 0.02}),
        freePlace([]), freePlace([[0.05, 0.2, 0.4, 0.6]])])""")
    expect(shapes == [[0.5, 0, 0.4, 1], [0.5, 0.5, 0.07, 0.07], [0.6, 0, 0.4, 0.4], [0.53, 0.2, 0.07, 0.8], [0.2, 0, 0.8, 0.6],
                      {"left": True, "right": False, "top": False, "bottom": True}, None,
                      [0.05, 0.2, 0.4, 0.6], [0.55, 0.2, 0.4, 0.6]], "boxes:", shapes)
    recipe = page.run("""import('/page/guide_form.js').then(({guidesOfRecipe}) => guidesOfRecipe({
        prompt: 'a <region:0,0,1,0.5>sky<region:end>', prompt_syntax: 'a1111', region_method: 'attention',
        regions: [{box: [0, 0.5123, 1, 0.4], prompt: 'sand', strength: 0.5, feather: 0, until: 1, parts: []},
                  {box: [0, 0.6, 1, 0.4], prompt: 'sea', strength: 0.65, feather: 0, until: 1, parts: []},
                  {box: [0, 0, 1, 0.5], prompt: 'sky', strength: 1, feather: 0, until: 1, parts: []}],
        control: {layout: [{box: [0.1, 0.1, 0.5, 0.5], phrase: 'a cube'}], sketch: 'a.png', palette: [{colour: '#A0522D', share: null}],
                  strength: 1.5, until: 1}}))""")
    expect(recipe == {"boxes": [{"kind": "region", "box": [0, 0.5123, 1, 0.4], "words": "sand", "strength": 0.5},
                                {"kind": "region", "box": [0, 0.6, 1, 0.4], "words": "sea"},
                                {"kind": "layout", "box": [0.1, 0.1, 0.5, 0.5], "words": "a cube"}],
                      "prompt_syntax": "a1111", "control": {"palette": [{"colour": "#a0522d"}], "strength": 1.5}},
           "what a recipe says, once:", recipe)
    fields = page.run("""import('/page/guide_form.js').then(({guideFields}) => [{weighs_words: true}, {weighs_words: false}, {regions: false}]
        .map((model) => guideFields({boxes: [{kind: 'region', box: [0, 0, 1, 1], words: 'sky'}], control: {depth: 'data:x'}}, model, 'data:y')))""")
    regions = [{"box": [0, 0, 1, 1], "prompt": "sky"}]
    expect(fields == [{"regions": regions}, {"regions": regions, "region_method": "multidiffusion"}, {}], "what a model can do is asked for:", fields)
    told = {"mode": "generate", "boxes": [{"kind": "region", "box": [0, 0, 1, 1], "words": "sky"}], "aspect": "4:1", "aspect_method": "windows",
            "control": {"palette": [{"colour": "#112233"}], "edges": "data:x", "strength": 0.5}, "look": {"name": "photo", "picture": "data:z", "weight": 2}}
    fields = page.run(f"""import('/page/guide_form.js').then(({{guideFields}}) => [{{weighs_words: true, control: true, style: true}}, {{}}]
        .map((model) => guideFields({json.dumps(told)}, model)))""")
    followed = {"palette": told["control"]["palette"], "strength": 0.5}
    expect(fields == [{"regions": regions, "control": {**followed, "edges": "data:x"}, "style": {"picture": "data:z", "weight": 2}},
                      {"regions": regions, "region_method": "multidiffusion", "aspect_method": "windows", "control": followed, "style": "photo"}],
           "windows, names and colours for all, pictures for some:", fields)
    fields = page.run("""import('/page/guide_form.js').then(({guideFields}) => ['4:1', ''].map((aspect) => guideFields(
        {mode: 'generate', aspect, boxes: [{kind: 'region', box: [0, 0, 1, 1], words: 'sky'}]}, {weighs_words: true, draws_squares_alone: true})))""")
    expect(fields == [{"regions": regions, "region_method": "multidiffusion", "aspect_method": "windows"}, {"regions": regions}],
           "what learned squares alone draws other shapes in windows:", fields)
    signs_of = page.run("""import('/page/recipe.js').then(({formOfFields}) => [['A1111', 'a (red:1.2) cube'], ['A1111', 'a cube'], ['NovelAI', 'a (cube)']]
        .map(([format, prompt]) => formOfFields({format, prompt}, {stages: [{size: 64, samplers: []}]}).prompt_syntax ?? null))""")
    expect(signs_of == ["a1111", None, None], "signs of a program that has them:", signs_of)
    safe = page.run("""import('/page/guide_form.js').then(({safeGuides}) => safeGuides({
        boxes: [{kind: 'region', box: [0, 0, 1], words: 'a'}, {kind: 'x', box: [0, 0, 1, 1]}, null,
                {kind: 'region', box: [0.9, 0, 3, 1], words: {}, strength: 'x'}],
        region_method: 'x', prompt_syntax: 7, aspect_method: 'whole', look: {name: {}, picture: 'data:x', weight: 2}, control: {depth: 'data:x', palette: [{colour: 'red'}, {colour: '#112233', share: 'x'}], strength: null,
        sketch: {picture: 'data:x', strokes: [{width: 3, points: [1]}, {width: 3, points: [1, 2]}]}}}))""")
    expect(safe == {"boxes": [{"kind": "region", "box": [0, 0, 1, 1], "words": ""}], "look": {"weight": 2},
                    "control": {"palette": [{"colour": "#112233"}], "sketch": {"strokes": [{"width": 3, "erases": False, "points": [1, 2]}]}}},
           "what a link may bring:", safe)


JOURNEYS = [guide_parts, boxes, boxes_by_keys, boxes_by_touch, boxes_again, box_errors, things, sketch, colours, signs, guides_looks]
