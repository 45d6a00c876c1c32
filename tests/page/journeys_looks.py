"""What the picture looks like: styles, the look of another picture, amounts of the mask, panoramas."""
import json

from journeys_guides import ADD_MODEL, BRIGHTNESS, choose_file, draw_boxes, places_in
from journeys_pictures import KEPT, mask_at, tool
from steps import choose_mode, draw, expect, sent, wait_for_tiles, watch_requests

CHIP = "[...document.querySelectorAll('.looks .chip')].find((chip) => chip.textContent === {})"
PRESSED = "[...document.querySelectorAll('.looks .chip[aria-pressed=true]')].map((chip) => chip.textContent)"


def press(page, name):
    """Presses the chip of a style."""
    page.run(CHIP.format(json.dumps(name)) + ".click()")


def asked(page):
    """Presses the button; the request that is sent, whose job is then cancelled."""
    count = page.run("window.sent.length") + 1
    page.run("document.querySelector('#draw').click()")
    page.wait(f"window.sent.length === {count}", "a request is sent")
    page.run("document.querySelectorAll('.job-head .quiet').forEach((button) => button.click())")
    return sent(page)[-1]


def named_looks(place):
    """A style that has a name tells its words, is drawn with them, and comes back without them in the prompt."""
    page = place.open()
    page.fill("#prompt", "a red apple")
    page.click("#open-look")
    page.run("document.querySelector('#more').open = true")
    steps = page.run("document.querySelector('#stage-64-steps').placeholder")
    watch_requests(page)
    expect("style" not in asked(page), "nothing is asked for at first")
    styles = page.run("fetch('/imagine/v1/capabilities').then((answer) => answer.json())")["styles"]
    expect(page.run("document.querySelectorAll('.looks .chip').length") == len(styles), "all that the server has")
    press(page, "Watercolour")
    place.picture("chosen")
    around = page.run("document.querySelector('.named-looks > .hint:last-child').innerText")
    expect("a watercolour painting of …" in around and "not: photo" in around, "it says what is put around the prompt:", around)
    expect(page.run("document.querySelector('#stage-64-steps').placeholder") != steps, "words to avoid are drawn with the base, in its steps")
    press(page, "Photo")
    expect(page.run(PRESSED) == ["Photo"], "another takes its place:", page.run(PRESSED))
    page.click("#draw")
    wait_for_tiles(page, 1)
    expect(sent(page)[-1]["style"] == "photo" and sent(page)[-1]["prompt"] == "a red apple", "the job has its name:", sent(page)[-1])
    page.click(".tile .open")
    told = page.run("document.querySelector('.large-side').innerText")
    expect("a photo of a red apple" in told and "Photo" in told, "the picture tells its words and its look:", told)
    page.key("Escape")
    page.click("#reset")
    expect(page.run(PRESSED) == [] and page.run("document.querySelector('#open-look .badge').hidden"), "the form is empty")
    page.click(".tile .open")
    page.run("[...document.querySelectorAll('.large-actions button')].find((each) => each.textContent === 'Use settings').click()")
    expect(page.run(PRESSED) == ["Photo"] and page.run("document.querySelector('#prompt').value") == "a red apple", "its settings have both apart")
    page.reload()
    expect(page.run(PRESSED) == ["Photo"], "it is there after a reload")
    address = page.run("import('/page/link.js').then(({linkTo}) => linkTo(JSON.parse(sessionStorage.getItem('imagine.form'))))")
    page.run("sessionStorage.clear()")
    page.call("Page.navigate", url="about:blank")
    page.open(address)
    expect(page.run(PRESSED) == ["Photo"], "and by a link")
    expect(page.run("document.querySelector('#open-look .badge').textContent") == "1", "the button tells it")
    page.click("#open-look")
    press(page, "Photo")
    watch_requests(page)
    expect("style" not in asked(page), "pressed again it is gone")
    page.run("sessionStorage.setItem('imagine.form', JSON.stringify({prompt: 'a', look: {name: 'none such'}}))")
    page.reload()
    watch_requests(page)
    expect("style" not in asked(page), "a name that the server does not have is left out")


def pictures_look(place):
    """The look of a picture: sent with how far, kept, told of where it cannot be taken over, refused at its slider."""
    page = place.open()
    page.fill("#prompt", "a red apple")
    page.click("#open-look")
    press(page, "Photo")
    expect(page.run("document.querySelector('#look-weight').checkVisibility()") is False, "no sliders without a picture")
    choose_file(page, "#look-file", "#f80", "#08f")
    page.wait("document.querySelector('#look-choose').textContent === 'Change…'", "a picture is taken")
    expect(page.run("document.querySelector('.looks').checkVisibility()") is False, "it takes the place of names")
    page.fill("#look-weight", 0.7)
    page.fill("#look-until", 0.5)
    place.picture("picture")
    page.reload()
    watch_requests(page)
    page.click("#draw")
    wait_for_tiles(page, 1)
    style = sent(page)[-1]["style"]
    expect(style["picture"].startswith("data:image/") and [style["weight"], style["until"]] == [0.7, 0.5], "the job has it, after a reload too:", style)
    recipe = page.run(f"{KEPT}.then(([picture]) => picture.recipe)")
    expect(recipe["style"]["weight"] == 0.7 and recipe["prompt"] == "a red apple", "and so has the picture:", recipe)
    page.run("navigator.clipboard.writeText = async () => {}; document.querySelector('#copy-form-link').click()")
    page.wait("document.querySelector('#notices').textContent.includes('does not have the pictures')", "a link says that it goes without")
    page.click("#reset")
    page.drop("#results", f"{KEPT}.then(([picture]) => picture.blob)", "picture.png", "image/png")
    page.wait("document.querySelector('#notices').textContent.includes('are not in it')", "and so does the recipe")
    expect("style" not in asked(page), "nothing is asked for without the picture")
    page.click("#open-look")
    choose_file(page, "#look-file", "#080", "#fff")
    expect(asked(page)["style"]["weight"] == 0.7, "but how far is kept")
    page.run("""const form = JSON.parse(sessionStorage.getItem('imagine.form'));
        sessionStorage.setItem('imagine.form', JSON.stringify({...form, look: {...form.look, weight: 7}}))""")
    page.reload()
    page.run("document.querySelector('#draw').click()")
    error = page.wait("document.querySelector('[data-field=\"style.weight\"] .error')?.textContent", "what the server refuses stands at its slider")
    expect("at most 2" in error and "style" not in error, "with its reason:", error)
    expect(page.run("document.querySelector('#look-weight').checkVisibility()"), "which is shown")
    place.picture("refused")


def looks_of_models(place):
    """Names and colours every model can be told; a model that takes no picture's look says which one does."""
    page = place.browser
    page.before_pages("window.addedModel = {name: 'plain', style: false, control: false};" + ADD_MODEL)
    place.open()
    page.fill("#prompt", "a red apple")
    page.click("#open-look")
    press(page, "Drawing")
    choose_file(page, "#look-file", "#f80", "#08f")
    page.click("#open-colours")
    page.click("#add-colour")
    page.run("document.querySelector('#more').open = true")
    page.fill("#guide-strength", 1.5)
    page.fill("#model", "plain")
    watch_requests(page)
    request = asked(page)
    expect(request["style"] == "drawing", "the name is drawn where the picture cannot be:", request.get("style"))
    expect(request["control"] == {"palette": [{"colour": "#c8553d"}], "strength": 1.5}, "and so are colours:", request.get("control"))
    expect(page.run("document.querySelector('#colours .colour-row').checkVisibility()"), "they can be picked")
    page.click("#open-look")
    place.picture("plain")
    told = page.run("document.querySelector('#look').innerText")
    expect("plain cannot" in told and "imagine-small" in told, "it says which model can take a look:", told)
    expect(page.run("document.querySelector('#look-choose').checkVisibility()") is False, "and offers none")
    expect(page.run("document.querySelector('.looks').checkVisibility()"), "but names")
    page.fill("#model", "imagine-small")
    expect(asked(page)["style"]["picture"].startswith("data:image/"), "the picture is kept for the other model")


def amounts(place):
    """The mask is grey where less than all is to be drawn anew, and then read as that."""
    page = place.open()
    draw(page, "a red apple on grass", 1, seed=2)
    tool(page, 0, 1)
    page.wait("document.querySelector('#workbench .stage canvas')?.getBoundingClientRect().width > 100", "the editor is open")
    page.fill("#workbench .tools input[type=range]", 30)
    watch_requests(page)

    def stroke(x, amount):
        page.fill("#mask-amount", amount)
        page.drag(places_in(page, "#workbench .stage canvas", [(x, 0.2), (x, 0.5), (x, 0.8), (x, 0.3)]))

    def masked():
        request = asked(page)
        places = [[0.2, 0.5], [0.5, 0.5], [0.8, 0.5]]
        return request.get("mask_use"), mask_at(page, -1, places) if "mask" in request else None

    stroke(0.2, 1)
    expect(masked() == (None, [255, 0, 0]), "all is drawn anew at first:", masked())
    stroke(0.8, 0.4)
    expect(page.run("document.querySelector('#mask-amount').closest('.field').querySelector('output').textContent") == "40 %", "the amount is told")
    place.picture("grey")
    use, values = masked()
    expect(use == "strength" and values[:2] == [255, 0] and abs(values[2] - 102) <= 1, "then as much as was said, evenly:", use, values)
    stroke(0.2, 0.1)
    expect(abs(masked()[1][0] - 26) <= 1, "the last stroke counts:", masked())
    page.click("#workbench .tools [aria-label='Invert the mask']")
    use, values = masked()
    expect(use == "strength" and values[1] == 255 and abs(values[2] - 153) <= 1, "inverted:", use, values)
    for _ in range(2):
        page.click("#workbench .tools [aria-label=Undo]")
    expect(masked()[1][0] == 255, "undone:", masked())
    page.click("#workbench .tools [aria-label=Undo]")
    expect(masked() == (None, [255, 0, 0]), "as before the first grey stroke:", masked())
    page.click("#workbench .tools .quiet")
    stroke(0.5, 0.1)
    expect(masked()[0] == "strength", "little alone is a mask too")
    page.click("#workbench .tools [aria-label=Eraser]")
    page.fill("#workbench .tools input[type=range]", 60)
    stroke(0.5, 0.1)
    expect(masked() == (None, None), "all is erased:", masked())
    page.click("#workbench .tools [aria-label=Brush]")
    stroke(0.3, 0.6)
    page.click("#draw")
    wait_for_tiles(page, 2)
    recipe = page.run(f"{KEPT}.then(([picture]) => picture.recipe)")
    expect(recipe["mask_use"] == "strength", "the picture was drawn so:", recipe)


def panorama(place):
    """A long shape is drawn in windows where that is chosen, and whole where windows cannot follow."""
    page = place.open()
    page.fill("#prompt", "mountains under clouds")
    page.fill("#size", "64")
    offered = "document.querySelector('#aspect-methods').checkVisibility()"
    chosen = "document.querySelector('#aspect-methods input:checked').value"
    hint = "document.querySelector('#aspect-method-hint').innerText"
    expect(page.run(offered) is False, "a square is drawn whole")
    page.run("document.querySelector('#aspect input[value=other]').click()")
    page.fill("#aspect .other-shape", "3:1")
    page.wait(offered, "another shape has a choice")
    watch_requests(page)
    expect("aspect_method" not in asked(page), "the model's own way at first")
    page.click("#aspect-methods label:last-of-type")
    expect("overlap" in page.run(hint), "windows are explained:", page.run(hint))
    place.picture("windows")
    page.click("#draw")
    wait_for_tiles(page, 1)
    expect(sent(page)[-1]["aspect_method"] == "windows", "the job has it:", sent(page)[-1])
    size = page.run(f"{KEPT}.then(([picture]) => [picture.width, picture.height])")
    expect(size == [192, 64], "the shorter side is as long as a square's:", size)
    page.click("#reset")
    expect(page.run(offered) is False, "the form is empty")
    page.drop("#results", f"{KEPT}.then(([picture]) => picture.blob)", "picture.png", "image/png")
    page.wait(f"{offered} && {chosen} === 'windows'", "the recipe in its file brings it back")
    address = page.run("import('/page/link.js').then(({linkTo}) => linkTo(JSON.parse(sessionStorage.getItem('imagine.form'))))")
    page.run("sessionStorage.clear()")
    page.call("Page.navigate", url="about:blank")
    page.open(address)
    page.wait(f"{offered} && {chosen} === 'windows'", "and so does a link")
    watch_requests(page)
    draw_boxes(page)
    request = asked(page)
    expect(request["aspect_method"] == "windows" and request["region_method"] == "multidiffusion", "parts are drawn each by itself then:", request)
    expect(page.run("document.querySelector('#region-method').checkVisibility()") is False, "without a choice")
    page.click("#where .modes label:last-of-type")
    expect(page.run(chosen) == "" and "drawn whole" in page.run(hint), "things in boxes have it drawn whole:", page.run(hint))
    place.picture("whole")
    request = asked(page)
    expect("aspect_method" not in request and "layout" in request["control"], "as it is asked for:", request)
    page.run("[...document.querySelectorAll('#where .box-tools button')].at(-1).click()")
    expect(page.run(chosen) == "windows", "without them the choice is back")
    page.click("#open-look")
    choose_file(page, "#look-file", "#f80", "#08f")
    request = asked(page)
    expect("aspect_method" not in request and "picture" in request["style"], "a picture's look has it drawn whole too:", request)
    page.click("#look .picture-line .icon-button")
    page.click("#open-colours")
    page.click("#add-colour")
    request = asked(page)
    expect(request["aspect_method"] == "windows" and "palette" in request["control"], "colours do not:", request)
    choose_mode(page, "edit")
    expect(page.run(offered) is False, "what is edited has its own shape")


def edges(place):
    """Fine lines that a program found are sent as they are; what is no lines is refused beside their field."""
    page = place.open()
    page.fill("#prompt", "a house")
    page.click("#open-sketch")
    page.click("#sketch .inner summary")
    choose_file(page, "#edges-file", "#000", "#fff")
    page.wait("document.querySelector('#edges-choose').textContent === 'Change…'", "a picture of lines is taken")
    watch_requests(page)
    page.run("document.querySelector('#draw').click()")
    error = page.wait("document.querySelector('[data-field=\"control.edges\"] .error:not([hidden])')?.textContent", "halves are no lines")
    expect("lines" in error and "control" not in error, "with the reason:", error)
    choose_file(page, "#edges-file", "#000", "#fff", across=(30, 4))
    page.click("#draw")
    wait_for_tiles(page, 1)
    control = sent(page)[-1]["control"]
    values = page.run(f"{BRIGHTNESS}({json.dumps(control['edges'])}, [[0.5, 0.5], [0.3, 0.5]])")
    expect(list(control) == ["edges"] and values[:2] == [0, 255], "the job has it:", list(control), values)


JOURNEYS = [named_looks, pictures_look, looks_of_models, amounts, panorama, edges]
