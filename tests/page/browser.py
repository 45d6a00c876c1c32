"""A browser for tests of the page: headless Chromium, spoken to over its DevTools protocol.

Only Python's standard library is needed.
"""
import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def program():
    """The browser's program, or None where none is installed."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class WebSocket:
    """The client's side of a websocket, as far as DevTools use it."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.receive()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode())

    def receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the browser closed the connection")
        return data

    def take(self, length):
        while len(self.rest) < length:
            self.rest += self.receive()
        data, self.rest = self.rest[:length], self.rest[length:]
        return data

    def send(self, text):
        data = text.encode()
        length = len(data)
        if length < 126:
            head = struct.pack("!BB", 0x81, 0x80 | length)
        elif length < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, length)
        self.socket.sendall(head + bytes(4) + data)  # a mask of zeros leaves the data as it is

    def message(self):
        """The next text, put together of its frames."""
        whole = b""
        while True:
            first, second = self.take(2)
            length = second & 0x7F
            if length == 126:
                length, = struct.unpack("!H", self.take(2))
            elif length == 127:
                length, = struct.unpack("!Q", self.take(8))
            data = self.take(length)
            if first & 0x0F > 2:  # a ping, or the end
                continue
            whole += data
            if first & 0x80:
                return whole.decode()


class PageError(AssertionError):
    """JavaScript threw."""


class ProtocolError(RuntimeError):
    """The browser could not do what it was told."""


def end_process(process):
    """By asking, or by force where that is not heard."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Chromium:
    """The browser's process."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="page-test-")
        self.process = subprocess.Popen(
            [program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "--lang=en-US", "--no-first-run",
             "--disable-extensions", "--mute-audio", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
             "--hide-scrollbars", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.connection = Connection(self.address())

    def address(self):
        port_file = pathlib.Path(self.profile) / "DevToolsActivePort"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                port, path = port_file.read_text().split()
                self.host = f"ws://127.0.0.1:{port}"
                return self.host + path
            except (OSError, ValueError):
                time.sleep(0.1)
        raise TimeoutError("the browser did not start")

    def tab(self):
        """A tab with a storage of its own, as a private window has it."""
        context = self.connection.call("Target.createBrowserContext")["browserContextId"]
        target = self.connection.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        return Tab(self, context, f"{self.host}/devtools/page/{target}")

    def close(self):
        end_process(self.process)
        self.connection.close()
        shutil.rmtree(self.profile, ignore_errors=True)


class Connection:
    """Calls of the DevTools protocol; `note` is called with every event."""

    def __init__(self, url, note=lambda message: None):
        self.socket = WebSocket(url)
        self.note = note
        self.last_id = 0

    def send(self, method, parameters):
        self.last_id += 1
        self.socket.send(json.dumps({"id": self.last_id, "method": method, "params": parameters}))
        return self.last_id

    def call(self, method, **parameters):
        sent = self.send(method, parameters)
        while True:
            message = json.loads(self.socket.message())
            if message.get("id") == sent:
                if "error" in message:
                    raise ProtocolError(f"{method}: {message['error']}")
                return message["result"]
            if "method" in message:
                self.note(message)

    def close(self):
        self.socket.socket.close()


class Tab:
    """A page in the browser. `errors` collects what went wrong in the page itself."""

    def __init__(self, chromium, context, url):
        self.chromium = chromium
        self.context = context
        self.errors = []
        self.clicks = 0
        self.connection = Connection(url, self.note)
        self.call = self.connection.call
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")
        self.agent = self.run("navigator.userAgent")
        self.resize(1280, 860)

    def close(self):
        self.connection.close()
        self.chromium.connection.call("Target.disposeBrowserContext", browserContextId=self.context)

    # The protocol

    def note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        if message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            entry = parameters["entry"]
            if entry["source"] != "network":  # what the server answers is for the page to show
                self.errors.append(entry["text"])
        if message.get("method") == "Page.javascriptDialogOpening":
            self.connection.send("Page.handleJavaScriptDialog", {"accept": True})

    def run(self, script):
        """The value of an expression of JavaScript; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True,
                           userGesture=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise PageError(f"{details.get('exception', {}).get('description', details['text'])}\nin: {script}")
        return result["result"].get("value")

    def wait(self, script, what=None, seconds=60):
        """Waits until an expression is true, and returns its value; True for a node."""
        script = f"((value) => (value instanceof Node ? true : value))({script})"
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(script)
            except (PageError, ProtocolError):
                value = None  # the page is just loading
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds} s still not: {what or script}")
            time.sleep(0.05)

    # What a person does

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.ready === 'yes'",
                  "the page is ready")

    def reload(self):
        self.run("delete document.documentElement.dataset.ready")
        self.call("Page.reload")
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.ready === 'yes'",
                  "the page is ready again")

    def box(self, selector):
        """Where an element stands on the screen, scrolled into view. AssertionError if it is hidden."""
        box = self.run(f"""(async () => {{
          const node = document.querySelector({json.dumps(selector)});
          if (!node) return null;
          let box = null;
          while (true) {{  // until it stands still
            node.scrollIntoView({{block: 'nearest', inline: 'nearest', behavior: 'instant'}});
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const {{left, top, width, height}} = node.getBoundingClientRect();
            const before = String(box);
            box = [left, top, width, height];
            if (String(box) === before) return box;
          }}
        }})()""")
        if not box:
            raise AssertionError(f"nothing is {selector}")
        if box[2] <= 0 or box[3] <= 0:
            raise AssertionError(f"{selector} is hidden")
        return box

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector):
        left, top, width, height = self.box(selector)
        x, y = left + width / 2, top + height / 2
        self.mouse("mouseMoved", x, y)
        for kind in ["mousePressed", "mouseReleased"]:
            self.mouse(kind, x, y, button="left", buttons=1, clickCount=1)
        self.clicks += 1

    def drag(self, points):
        """Draws a line through points of the screen."""
        self.mouse("mouseMoved", *points[0])
        self.mouse("mousePressed", *points[0], button="left", buttons=1, clickCount=1)
        for x, y in points[1:]:
            self.mouse("mouseMoved", x, y, button="left", buttons=1)
        self.mouse("mouseReleased", *points[-1], button="left", buttons=0, clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
            "ArrowDown": 40, "End": 35, "Home": 36}

    def key(self, name, shift=False, control=False):
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 else "")
        common = {"key": name, "code": "Space" if name == " " else name,
                  "windowsVirtualKeyCode": self.KEYS.get(name, ord(name[0].upper())),
                  "modifiers": (8 if shift else 0) | (2 if control else 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def fill(self, selector, value):
        """Writes into a field in place of what is there, as typing does."""
        self.run(f"""(() => {{
          const node = document.querySelector({json.dumps(selector)});
          node.focus();
          node.value = {json.dumps(str(value))};
          node.dispatchEvent(new Event('input', {{bubbles: true}}));
          node.dispatchEvent(new Event('change', {{bubbles: true}}));
        }})()""")

    def drop(self, target, blob, name, kind):
        """Drops a file on an element; `blob` is an expression for its content, or a Python string."""
        self.run(f"""(async () => {{
          const file = new File([await ({blob})], {json.dumps(name)}, {{type: {json.dumps(kind)}}});
          const data = new DataTransfer();
          data.items.add(file);
          const node = document.querySelector({json.dumps(target)});
          for (const type of ['dragenter', 'dragover', 'drop']) {{
            node.dispatchEvent(new DragEvent(type, {{dataTransfer: data, bubbles: true, cancelable: true}}));
          }}
        }})()""")

    def resize(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, mobile=phone,
                  deviceScaleFactor=2 if phone else 1)
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    def prefer(self, **features):
        """Media features: prefers_color_scheme="dark"."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def offline(self, is_offline):
        self.call("Network.emulateNetworkConditions", offline=is_offline, latency=0, downloadThroughput=-1,
                  uploadThroughput=-1)

    def language(self, name):
        """The language that the browser says its user reads, from the next page on."""
        self.call("Emulation.setUserAgentOverride", userAgent=self.agent, acceptLanguage=name)

    def before_pages(self, script):
        """Runs in every page before its own scripts, from the next one on."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def downloads_to(self, folder):
        self.chromium.connection.call("Browser.setDownloadBehavior", behavior="allow",
                                      browserContextId=self.context, downloadPath=str(folder))

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
