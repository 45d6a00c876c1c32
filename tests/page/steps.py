"""Steps that several journeys take, and what they look at."""
import json

TILES = "document.querySelectorAll('#gallery .tile').length"


def expect(holds, *what):
    """AssertionError that says what was expected."""
    if not holds:
        raise AssertionError(" ".join(str(each) for each in what))


def api(browser, path, options="{}"):
    """What the server answers to a request that the page could make."""
    return browser.run(f"fetch('/imagine/v1/{path}', {options}).then((answer) => answer.json())")


def draw(browser, prompt, tiles, **fields):
    """Fills the form, draws, and waits until the gallery has so many pictures."""
    browser.fill("#prompt", prompt)
    for name, value in fields.items():
        browser.fill(f"#{name}", value)
    browser.click("#draw")
    wait_for_tiles(browser, tiles)


def wait_for_tiles(browser, tiles, seconds=300):
    browser.wait(f"{TILES} === {tiles} && document.querySelectorAll('.job').length === 0",
                 f"{tiles} pictures in the gallery and nothing on its way", seconds)


def choose_mode(browser, mode):
    browser.run(f"document.querySelector('input[name=mode][value={mode}]').click()")


def spread_of(browser, selector):
    """How much the brightness of a picture on the page varies: its standard deviation, 0 to 127."""
    return browser.run(f"""(async () => {{
      const image = document.querySelector({json.dumps(selector)});
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 64;
      const draw = canvas.getContext('2d');
      draw.drawImage(image, 0, 0, 64, 64);
      const bytes = draw.getImageData(0, 0, 64, 64).data;
      const bright = Array.from({{length: 4096}}, (_, i) => (bytes[4 * i] + bytes[4 * i + 1] + bytes[4 * i + 2]) / 3);
      const mean = bright.reduce((sum, value) => sum + value) / 4096;
      return Math.sqrt(bright.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4096);
    }})()""")


# Puts a hand into fetch: window.sent has the requests for jobs, newest last.
WATCH_REQUESTS = """
window.sent = [];
window.plainFetch ??= window.fetch;
window.fetch = (address, options) => {
  if (options?.method === 'POST' && String(address).endsWith('/jobs')) window.sent.push(JSON.parse(options.body));
  return window.plainFetch(address, options);
};
true"""


def watch_requests(browser):
    browser.run(WATCH_REQUESTS)


def sent(browser):
    return browser.run("window.sent")
