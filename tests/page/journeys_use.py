"""Using the page: languages, keys, links, small screens, what goes wrong."""
import json
import time

from steps import choose_mode, draw, expect, wait_for_tiles

# The texts whose contrast with what is behind them is too small (WCAG AA).
FAINT_TEXTS = """(() => {
  const parsed = (colour) => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let around = node; around; around = around.parentElement) {
      const colour = parsed(getComputedStyle(around).backgroundColor);
      if (colour[3] > 240) return colour;
    }
    return parsed('canvas');
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (text === '' || !node.checkVisibility() || node.closest('.hidden, :disabled, option, noscript')) continue;
    const style = getComputedStyle(node);
    const [one, other] = [light(parsed(style.color)), light(behind(node))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (contrast < (isLarge ? 3 : 4.5)) faint.push(`${text} (${contrast.toFixed(2)})`);
  }
  return faint;
})()"""


def italian(place):
    """The page speaks the browser's language, can be switched, and remembers it."""
    page = place.browser
    page.language("it-IT")
    place.open()
    expect(page.run("document.documentElement.lang") == "it", "the page says that it is Italian")
    expect(page.run("document.querySelector('#draw').textContent") == "Disegna", "its button speaks Italian")
    draw(page, "una sfera viola sulla neve", 1)
    place.picture("drawn")
    page.fill("#count", "99")
    page.click("#draw")
    page.wait("document.querySelector('[data-field=count] .error')?.textContent === 'Da 1 a 10.'", "a range in Italian")
    page.fill("#count", "1")
    page.fill("#prompt", "")
    page.click("#draw")
    page.wait("document.querySelector('[data-field=prompt] .error')?.textContent.startsWith('Di’')", "and what is missing")
    page.fill("#prompt", "una sfera viola sulla neve, " + "vista da lontano, " * 30)
    page.click("#draw")
    page.wait("document.querySelector('#notices').textContent.includes('La descrizione è lunga')", "and what is cut")
    wait_for_tiles(page, 2)
    page.fill("#prompt", "una sfera viola sulla neve")
    page.run("document.querySelector('#more').open = true")
    words = page.run("document.body.innerText")
    for english in ["Draw", "Steps", "Seed", "Pictures", "More settings", "Cancel", "kept in"]:
        expect(english not in words, "no English word is left:", english)
    place.picture("more")
    page.fill("#language", "en")
    page.wait("document.querySelector('#draw').textContent === 'Draw'", "it changes at once")
    expect(page.run("document.documentElement.lang") == "en", "and says so")
    expect(page.run("document.querySelector('#prompt').value") == "una sfera viola sulla neve", "keeping the form")
    page.reload()
    expect(page.run("document.documentElement.lang") == "en", "and remembers it")


def dictionaries(place):
    """Both languages have the same texts, and every text that is asked for."""
    page = place.open()
    keys = page.run("""Promise.all(['en', 'it'].map((name) => import(`/page/words_${name}.js`)))
        .then((all) => all.map((each) => Object.keys(each.default)))""")
    expect(keys[0] == keys[1], "the same keys in the same order:", set(keys[0]) ^ set(keys[1]))
    missing = page.run("""[...document.querySelectorAll('*')].flatMap((node) =>
        ['say', 'sayAriaLabel', 'sayPlaceholder', 'sayTitle'].map((name) => node.dataset?.[name]))
        .filter((key) => key)""")
    expect(not set(missing) - set(keys[0]), "texts of index.html:", set(missing) - set(keys[0]))


def link(place):
    """A link to a form fills it where it is opened."""
    page = place.open()
    page.fill("#prompt", "a {red|green} cône on sand")
    page.fill("#count", 3)
    page.fill("#seed", 77)
    page.run("document.querySelector('#aspect input[value=\"3:2\"]').click()")
    page.run("document.querySelector('#more').open = true")
    page.fill("#stage-64-steps", 6)
    address = page.run("""Promise.all([import('/page/link.js')]).then(async ([{linkTo}]) => {
      let copied;
      navigator.clipboard.writeText = async (text) => { copied = text; };
      document.querySelector('#copy-form-link').click();
      await new Promise((done) => setTimeout(done, 100));
      return copied;
    })""")
    expect("#form=" in address and "red" not in address, "a link was copied:", address)
    page.run("sessionStorage.clear()")
    page.call("Page.navigate", url="about:blank")
    page.open(address)
    form = page.run("""['prompt', 'count', 'seed', 'stage-64-steps'].map((id) => document.getElementById(id).value)""")
    expect(form == ["a {red|green} cône on sand", "3", "77", "6"], "the form is as it was:", form)
    expect(page.run("document.querySelector('#aspect input:checked').value") == "3:2", "its shape too")
    page.call("Page.navigate", url="about:blank")
    page.open(place.server() + "/#form=bm8gSlNPTg")
    expect(page.run("document.querySelector('#draw').disabled") is False, "a broken link leaves the page usable")


def key(place):
    """Where the server asks for a key, so does the page; it is forgotten with the tab."""
    address = place.server("--api-key", "open sesame")
    page = place.browser
    page.call("Page.navigate", url=address + "/")
    page.wait("document.querySelector('dialog[open] #key')", "the page asks for a key")
    place.picture("asked")
    page.type("wrong")
    page.key("Enter")
    page.wait("document.querySelector('dialog[open] .error')?.checkVisibility()", "a wrong key is said to be wrong")
    page.type("open sesame")
    page.key("Enter")
    page.wait("document.documentElement.dataset.ready === 'yes'", "the right one opens the page")
    draw(page, "a red cube on grass", 1)
    expect(page.run("JSON.stringify(localStorage).includes('sesame')") is False, "the key is not kept for long")
    expect(page.run("sessionStorage.getItem('imagine.key')") == "open sesame", "but for this tab")


def phone(place):
    """At 360 pixels nothing is wider than the screen, and it draws."""
    page = place.browser
    page.resize(360, 740, phone=True)
    place.open()
    place.picture("empty")
    for language in ["it", "en"]:
        page.fill("#language", language)
        for mode in ["generate", "edit", "upscale", "plot"]:
            choose_mode(page, mode)
            page.run("document.querySelector('#more').open = true")
            width = page.run("document.documentElement.scrollWidth")
            wide = page.run("""[...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() &&
                !node.closest('.hidden, .chips') && node.getBoundingClientRect().right > 361)
                .map((node) => node.outerHTML.slice(0, 80))""")
            expect(width <= 360 and not wide, "no sideways scrolling:", language, mode, width, wide)
    choose_mode(page, "generate")
    page.run("document.querySelector('#more').open = false")
    draw(page, "a red apple on grass", 1)
    page.run("document.querySelector('#gallery').scrollIntoView()")
    place.picture("drawn")
    page.click(".tile .open")
    place.picture("lightbox")
    expect(page.run("document.documentElement.scrollWidth") <= 360, "nor with a picture large")
    expect(page.run("document.querySelector('.large').getBoundingClientRect().right") <= 360, "which fits the screen")
    page.run("document.querySelectorAll('.large-actions button')[1].click()")
    page.wait("document.querySelector('#workbench .stage canvas')?.getBoundingClientRect().width > 100", "the editor is open")
    page.run("document.querySelector('#workbench').scrollIntoView()")
    place.picture("edit")
    expect(page.run("document.documentElement.scrollWidth") <= 360, "nor with the editor")


def keyboard(place):
    """Drawing, looking and leaving by keys alone, in an order that makes sense, with the focus seen."""
    page = place.open()
    page.type("a red cube on grass")
    page.key("Enter")
    wait_for_tiles(page, 1)
    order = []
    for _ in range(40):
        page.key("Tab")
        order.append(page.run("""(() => { const node = document.activeElement;
          return node.id || node.name || node.className || node.tagName; })()"""))
        expect(page.run("""(() => { const style = getComputedStyle(document.activeElement), near = document.activeElement.nextElementSibling;
          return document.activeElement === document.body || style.outlineStyle !== 'none' ||
                 (near && getComputedStyle(near).outlineStyle !== 'none'); })()"""), "the focus is seen at", order[-1])
        if order[-1] == "open":
            break
    places = [order.index(name) for name in ["draw", "size", "count", "aspect", "seed", "seed-lock", "delete-all", "open"]]
    expect(places == sorted(places), "the focus goes through the page from top to bottom:", order)
    page.key("Enter")
    page.wait("document.querySelector('.lightbox[open]')", "Enter opens the picture")
    page.key("Escape")
    page.wait("!document.querySelector('.lightbox[open]')", "Escape closes it")
    expect(page.run("document.activeElement.className") == "open", "the focus is where it was")
    page.run("document.querySelector('#prompt').focus()")
    page.key("Enter", shift=True)
    page.wait("document.querySelector('#prompt').value.includes('\\n')", "Shift and Enter begin a line")
    page.key("Enter", control=True)
    wait_for_tiles(page, 2)
    page.click(".tile .open")
    first = page.run("document.querySelector('.large').src")
    page.key("ArrowRight")
    page.wait(f"document.querySelector('.large').src !== {json.dumps(first)}", "arrows go from picture to picture")
    page.key("ArrowLeft")
    page.wait(f"document.querySelector('.large').src === {json.dumps(first)}", "and back")
    page.key("Escape")
    page.run("document.querySelector('.skip').click()")
    time.sleep(0.3)
    expect(page.run("document.activeElement.id") != "prompt", "skipping to the pictures does not lead back to the form")


def nothing_kept(place):
    """A browser that keeps nothing for the page: it draws all the same."""
    page = place.browser
    page.before_pages("""for (const area of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, area, {get() { throw new DOMException('blocked', 'SecurityError'); }});
    }
    indexedDB.open = () => { throw new DOMException('blocked', 'SecurityError'); };""")
    place.open()
    draw(page, "a red cube on grass", 1)
    page.fill("#language", "it")
    page.wait("document.querySelector('#draw').textContent === 'Disegna'", "and changes its language")


def few_streams(place):
    """Jobs share two streams of events, in a browser whose tabs cannot agree on them too."""
    page = place.browser
    page.before_pages("""Object.defineProperty(navigator, 'locks', {value: undefined});
      window.streams = [];
      const usual = window.fetch;
      window.fetch = (path, options) => {
        const isStream = String(path).endsWith('/events');
        if (isStream) streams.push(options.signal);
        window.most = Math.max(window.most ?? 0, streams.filter((signal) => !signal.over).length);
        return usual(path, options).then((response) => {
          if (!isStream) return response;
          const [kept, watched] = response.body.tee();
          new Response(watched).text().catch(() => '').then(() => { options.signal.over = true; });
          return new Response(kept, response);
        });
      };""")
    place.open()
    for _ in range(5):
        page.fill("#prompt", "a red cube on grass")
        page.fill("#count", 1)
        page.click("#draw")
    wait_for_tiles(page, 5)
    most = page.run("window.most")
    expect(most == 2, "two streams at once:", most)


def dark(place):
    """Dark where the system is, with enough contrast in both."""
    page = place.open()
    draw(page, "a red cube on grass", 1)
    page.run("document.querySelector('#more').open = true")
    for scheme in ["light", "dark"]:
        page.prefer(prefers_color_scheme=scheme)
        time.sleep(0.4)  # colours fade
        red = int(page.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"))
        expect(red < 60 if scheme == "dark" else red > 200, "the ground is", scheme, red)
        for mode in ["generate", "edit", "plot"]:
            choose_mode(page, mode)
            faint = page.run(FAINT_TEXTS)
            expect(not faint, "too little contrast:", scheme, mode, faint)
            place.picture(f"{scheme}-{mode}")
        page.click(".tile .open")
        faint = page.run(FAINT_TEXTS)
        expect(not faint, "too little contrast:", scheme, "lightbox", faint)
        place.picture(f"{scheme}-lightbox")
        page.key("Escape")
    page.prefer(prefers_reduced_motion="reduce")
    expect(page.run("getComputedStyle(document.querySelector('.primary')).transitionDuration") == "0s", "nothing moves")


def names(place):
    """All that can be operated has a name for screen readers, in every way of working."""
    page = place.open()
    draw(page, "a red cube on grass", 1)
    page.run("document.querySelector('#more').open = true")
    operated = {"button", "textbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "link", "searchbox"}
    for mode in ["generate", "edit", "upscale", "plot"]:
        choose_mode(page, mode)
        if mode == "edit":
            page.run("document.querySelectorAll('.tile .tile-tools button')[1].click()")
            page.wait("document.querySelector('#workbench .stage canvas')?.getBoundingClientRect().width > 100", "the editor")
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        unnamed = [node["role"]["value"] for node in tree if not node.get("ignored")
                   and node.get("role", {}).get("value") in operated and not node.get("name", {}).get("value")]
        expect(not unnamed, "without a name:", mode, unnamed)
    headings = page.run("[...document.querySelectorAll('h1, h2')].map((node) => node.tagName)")
    expect(headings[0] == "H1" and headings.count("H1") == 1, "one first heading:", headings)
    ids = page.run("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    expect(len(ids) == len(set(ids)), "every id once:", [each for each in set(ids) if ids.count(each) > 1])


def refused(place):
    """What the server refuses is said beside the field that it is about."""
    page = place.open()
    page.click("#draw")
    error = page.wait("document.querySelector('[data-field=prompt] .error')?.textContent", "an empty prompt is refused")
    expect(len(error) > 5, "with its reason")
    expect(page.run("document.activeElement.id") == "prompt", "the focus goes there")
    expect(page.run("document.querySelectorAll('.job').length") == 0, "no job is left")
    place.picture("prompt")
    page.type("a red cube")
    page.wait("!document.querySelector('[data-field=prompt] .error')", "the error goes when it is mended")
    page.run("document.querySelector('#more').open = true")
    page.fill("#stage-64-steps", 100000)
    page.run("document.querySelector('#more').open = false")
    page.click("#draw")
    page.wait("document.querySelector('[data-field=\"64:steps\"] .error')?.checkVisibility()", "so are too many steps")
    place.picture("steps")
    page.fill("#stage-64-steps", "")
    page.click("#draw")
    wait_for_tiles(page, 1)


def lost_connection(place):
    """A connection that breaks loses no picture; neither does leaving the page."""
    page = place.open()
    page.fill("#prompt", "a red cube on grass")
    page.fill("#count", 10)
    page.click("#draw")
    page.wait("document.querySelector('.bar[aria-valuenow]')", "the job runs")
    page.offline(True)
    page.run("true")
    time.sleep(0.5)
    page.wait("[...document.querySelectorAll('.job-status')].some((text) => text.textContent.includes('connection was lost'))",
              "the loss is said", 60)
    place.picture("offline")
    page.offline(False)
    wait_for_tiles(page, 10)
    page.click("#draw")
    page.wait("document.querySelector('.bar[aria-valuenow]')", "another job runs")
    page.reload()
    wait_for_tiles(page, 20)


def busy(place):
    """A full queue: the page counts down and tries again by itself."""
    page = place.open("--queue", "1")
    page.run("""window.texts = new Set();
      new MutationObserver(() => document.querySelectorAll('.job-status').forEach((node) => texts.add(node.textContent)))
          .observe(document.body, {subtree: true, childList: true, characterData: true}); true""")
    for count in [10, 10, 1, 1]:
        page.fill("#prompt", "a red cube on grass")
        page.fill("#count", count)
        page.click("#draw")
    page.wait("[...texts].some((text) => /Trying again in \\d+ second/.test(text))", "the wait is counted", 60)
    place.picture("counting")
    wait_for_tiles(page, 22, 240)


JOURNEYS = [italian, dictionaries, link, key, phone, keyboard, dark, names, refused, lost_connection, busy, nothing_kept, few_streams]
