"""Calls `imagine serve` with the clients that people have, and prints a table of what came of each call.

usage: run.py [--program PROGRAM] [--threads N] [--folder FOLDER] [--python NAME=FOLDER ...] [--node NAME=FOLDER ...]
              [--only WORD ...] [--offline]

Starts three servers: one that asks for nothing, one that asks for a key, one whose queue has room for one request. Makes the
environments below in a temporary folder, or in --folder, where they are found again; --python and --node name ready ones, by the
names below. --offline needs no packages: it calls as the programs do whose requests are written down here. Exits with 1 where any
call fails.
"""

import argparse
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
KEY = "secret"
SERVERS = {"base": [], "locked": ["--api-key", KEY], "full": ["--queue", "1"]}

# The newest releases, and those whose requests were read for the documents.
PYTHON = {
    "newest": ["openai==3.57.0", "google-genai==3.6.1"],
    "reference": ["openai==3.54.0", "google-genai==1.75.0"],
    "webuiapi": ["webuiapi==0.9.17"],
}
NODE = {
    "newest": ["openai@7.59.0", "@google/genai@3.3.0"],
    "reference": ["openai@6.49.0", "@google/genai@2.32.0"],
}

# Title: scripts, each with the environments that it runs in.
TABLES = {
    "OpenAI's clients": [("openai_client.py", ["newest", "reference"]), ("openai_client.mjs", ["newest", "reference"])],
    "Google's clients": [("google_client.py", ["newest", "reference"]), ("google_client.mjs", ["newest", "reference"])],
    "AUTOMATIC1111's clients": [("a1111_client.py", []), ("webuiapi_client.py", ["webuiapi"])],
    "Open WebUI": [("open_webui.py", [])],
    "SillyTavern": [("sillytavern.py", [])],
}

# What clients read of the environment, and what would lead requests to this machine elsewhere.
UNWANTED = re.compile(r"(OPENAI|GOOGLE|GEMINI|IMAGINE)_|(HTTPS?|ALL)_PROXY$", re.IGNORECASE)


def environment():
    kept = {name: value for name, value in os.environ.items() if not UNWANTED.match(name)}
    return {**kept, "NO_PROXY": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1"}


@contextlib.contextmanager
def server(program, options):
    """The address of a server with these options."""
    with tempfile.TemporaryFile("w+") as log:
        command = [program, "serve", "--port", "0", "--metrics", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment())
        try:
            address = process.stdout.readline().strip()
            if not address.startswith("http://"):
                process.wait(10)
                log.seek(0)
                raise SystemExit(f"{' '.join(map(str, command))}: expected an address, got {address!r}\n{log.read()}")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def python_of(folder, packages):
    """An environment's interpreter; it is made where there is none."""
    interpreter = folder / "bin/python"
    if not interpreter.exists():
        print(f"# {folder}: {' '.join(packages)}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    return interpreter


def node_of(folder, packages):
    """A folder with packages; they are installed where there are none."""
    if not (folder / "node_modules").exists():
        print(f"# {folder}: {' '.join(packages)}", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, *packages], check=True)
    return folder


def commands_of(script, names, folders, folder):
    """How a script is run: once in each of its environments."""
    path = HERE / script
    if not names:
        return [[sys.executable, path]]
    if script.endswith(".mjs"):
        made = [node_of(folders["node"].get(name, folder / f"node-{name}"), NODE[name]) for name in names]
        return [["node", path, "--modules", where] for where in made]
    return [[python_of(folders["python"].get(name, folder / f"python-{name}"), PYTHON[name]), path] for name in names]


def run(command, addresses):
    """[client, call, what came of it] of each line that a script prints, which is shown as it comes."""
    places = [addresses["base"], "--locked", addresses["locked"], "--key", KEY, "--full", addresses["full"]]
    script = pathlib.Path(command[1]).name
    process = subprocess.Popen([*map(str, command), *places], stdout=subprocess.PIPE, text=True, env=environment())
    found = []
    for line in process.stdout:
        print(line, end="", flush=True)
        if said := re.match(r"(ok|FAIL) (\S+) (.+?): (.*)", line):
            word = "refused as documented" if said[4].startswith("refused") else said[1]
            found.append([said[2], said[3], word])
    process.stdout.close()
    status = process.wait()
    failed = any(word == "FAIL" for _, _, word in found)
    if not found or status != (1 if failed else 0):
        print(f"FAIL {script} run: exit status {status}")
        found.append([script, "run", "FAIL"])
    return found


def table(title, found):
    """Markdown: a line for each call, a column for each client."""
    clients = list(dict.fromkeys(client for client, _, _ in found))
    calls = list(dict.fromkeys(call for _, call, _ in found))
    words = {(client, call): word for client, call, word in found}
    lines = [f"| {title} | {' | '.join(clients)} |", "|---" * (len(clients) + 1) + "|"]
    for call in calls:
        cells = [words.get((client, call), "–") for client in clients]
        lines.append(f"| {call} | {' | '.join(cells)} |")
    return "\n".join(lines)


def folders_in(arguments, known):
    """{name: folder} of NAME=FOLDER."""
    folders = {}
    for argument in arguments:
        name, _, folder = argument.partition("=")
        if name not in known or not folder:
            raise SystemExit(f"expected NAME=FOLDER with a name of {', '.join(known)}, got {argument}")
        folders[name] = pathlib.Path(folder).resolve()
    return folders


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parents[1] / "build/release/bin/imagine", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, help="where environments are made, and found again")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=FOLDER", help="a ready virtual environment")
    parser.add_argument("--node", action="append", default=[], metavar="NAME=FOLDER", help="a ready folder with node_modules")
    parser.add_argument("--threads", default=0, type=int, help="cores of each server; 0: all")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="scripts whose names have one of these")
    parser.add_argument("--offline", action="store_true", help="only scripts that need no packages")
    arguments = parser.parse_args()
    folders = {"python": folders_in(arguments.python, PYTHON), "node": folders_in(arguments.node, NODE)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which ends the servers too
    tables, failures = [], 0
    with contextlib.ExitStack() as stack:
        folder = (arguments.folder or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        addresses = {name: stack.enter_context(server(arguments.program, ["--threads", str(arguments.threads), *options]))
                     for name, options in SERVERS.items()}
        for title, scripts in TABLES.items():
            found = []
            for script, names in scripts:
                wanted = not arguments.only or any(word in script for word in arguments.only)
                if wanted and not (arguments.offline and names):
                    for command in commands_of(script, names, folders, folder):
                        found += run(command, addresses)
            failures += sum(word == "FAIL" for _, _, word in found)
            if found:
                tables.append(table(title, found))
    print("\n" + "\n\n".join(tables))
    print(f"\n{failures} calls failed" if failures else "\nall calls came to what they should", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
