"""Uses the page of `imagine serve` as people do, in headless Chromium, and looks at what comes of it.

usage: page_test.py SOURCE_DIR [--program PROGRAM] [--model MODEL] [--screenshots DIR] [--only NAME ...]
                    [--optional]
"""
import argparse
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback

import browser as browsers
import journeys_drawing
import journeys_guides
import journeys_looks
import journeys_pictures
import journeys_use


class Server:
    """`imagine serve` at a free port; its first line says at which address."""

    def __init__(self, command):
        self.log = tempfile.NamedTemporaryFile("w+", prefix="page-test-", suffix=".log")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address.startswith("http://"):
            self.stop()
            raise RuntimeError(f"{command} did not say where it serves, but {self.address!r}\n{self.said()}")

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        browsers.end_process(self.process)
        self.process.stdout.close()


class Place:
    """What a journey needs: a browser whose storage is empty, a server, and where pictures go."""

    def __init__(self, command, screenshots):
        self.command = command
        self.screenshots = screenshots
        self.servers = {}
        self.chromium = browsers.Chromium()
        self.browser = None
        self.journey = ""

    def server(self, *options):
        """The address of a server with these options, started where none runs yet."""
        if options not in self.servers:
            self.servers[options] = Server(self.command + list(options))
        return self.servers[options].address

    @contextlib.contextmanager
    def begin(self, journey):
        self.journey = journey
        self.browser = self.chromium.tab()
        try:
            yield
        except Exception:
            with contextlib.suppress(Exception):
                self.picture("failed")
            raise
        finally:
            self.browser.close()

    def open(self, *options):
        self.browser.open(self.server(*options) + "/")
        return self.browser

    def picture(self, name):
        if self.screenshots:
            time.sleep(0.35)  # what fades in is there then
            self.browser.screenshot(self.screenshots / f"{self.journey}-{name}.png")

    def close(self):
        self.chromium.close()
        for server in self.servers.values():
            server.stop()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--model", help="the embedded one unless given")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", help="journeys by name")
    parser.add_argument("--optional", action="store_true", help="pass where no Chromium is installed")
    parser.add_argument("--server", nargs="+", help=argparse.SUPPRESS)  # another program that serves the page
    return parser.parse_args()


def all_journeys():
    modules = [journeys_drawing, journeys_guides, journeys_looks, journeys_pictures, journeys_use]
    return {function.__name__: function for module in modules for function in module.JOURNEYS}


def main():
    options = arguments()
    if browsers.program() is None:
        print("page_test: no Chromium is installed (apt-get install chromium): the page was not tested")
        return 0 if options.optional else 1
    source = options.source.resolve()
    program = options.program or source / "build/release/bin/imagine"
    model = options.model or source / "models/imagine-small"
    command = options.server or [str(program), "serve", "--port", "0", "--model", str(model)]
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    journeys = all_journeys()
    unknown = set(options.only or []) - set(journeys)
    if unknown:
        print(f"no such journey: {', '.join(unknown)}; there are {', '.join(journeys)}")
        return 2
    failed = []
    with contextlib.closing(Place(command, options.screenshots)) as place:
        for name in options.only or journeys:
            began = time.monotonic()
            try:
                with place.begin(name):
                    journeys[name](place)
                    if place.browser.errors:
                        raise AssertionError("the page's own errors: " + "\n".join(place.browser.errors))
                print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception:  # one journey that fails leaves the others to be tried
                failed.append(name)
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    if failed:
        print(f"{len(failed)} of {len(options.only or journeys)} journeys failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
