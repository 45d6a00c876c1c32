"""Holds the #includes against the table of ARCHITECTURE.md, the sources against their budgets, names against each other, the
table of files that are read against the tests that it names, and links against the files that they lead to.

Usage: architecture_test.py ROOT. Prints what is wrong, one line each, and exits with 1.
"""

import re
import sys
from pathlib import Path

MOST_LINES = 500
MOST_FUNCTION_LINES = 60
MOST_PARAMETERS = 5
MOST_README_LINES = 150


class Layers:
    """Who may include whom, as ARCHITECTURE.md's table says."""

    def __init__(self, text):
        table = text.split("## Who may include whom")[1].split("\n## ")[0].split("|---|---|")[1]
        self.allowed, self.without_torch = {}, []
        for folder, cell in re.findall(r"^\| (\w+) \| (.+?) \|$", table, flags=re.M):
            names, torch = re.fullmatch(r"(.+?)( \(no Torch\))?", cell).groups()
            if names == "all above":
                self.allowed[folder] = list(self.allowed)
            else:
                self.allowed[folder] = [] if names == "nothing of ours" else names.split(", ")
            if torch:
                self.without_torch.append(folder)
        if "core" not in self.allowed:
            raise SystemExit("ARCHITECTURE.md: expected a table under \"Who may include whom\" with a row for core")
        for folder, names in self.allowed.items():
            later = [name for name in names if name not in list(self.allowed)[: list(self.allowed).index(folder)]]
            if later:  # a cycle, or a folder that is not there
                raise SystemExit(f"ARCHITECTURE.md: {folder} may include {', '.join(later)}, which no row above it is")


def code_of(text):
    """The text without comments and string contents, line numbers kept."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\''
    return re.sub(pattern, lambda m: "\n" * m[0].count("\n") or " ", text, flags=re.S)


def includes(path):
    return re.findall(r'^#include ["<]([^">]+)[">]', path.read_text(), flags=re.M)


def check_includes(root, layers):
    for folder, allowed in layers.allowed.items():
        for path in sorted((root / "src" / folder).rglob("*.*")):
            for name in includes(path):
                target = name.split("/")[0]
                known = target in layers.allowed and "/" in name
                if known and target != folder and target not in allowed:
                    yield f"{path}: {folder} may not include {name}"
                if folder in layers.without_torch and (name.startswith("torch/") or name == "tensor/types.h"):
                    yield f"{path}: {folder} is free of Torch, but includes {name}"
    for family in sorted(p for p in (root / "src" / "models").iterdir() if p.is_dir()):
        for path in sorted(family.glob("*.*")):
            for name in includes(path):
                parts = name.split("/")
                if parts[0] == "models" and len(parts) == 3 and parts[1] != family.name:
                    yield f"{path}: a family includes no other family's {name}"
    for path in sorted((root / "include" / "imagine").glob("*.h")):
        for name in includes(path):
            if name.startswith("torch/") or name.split("/")[0] in layers.allowed:
                yield f"{path}: a public header may include std and imagine/ only, not {name}"
    for path in sorted((root / "src").iterdir()):
        if path.is_dir() and path.name not in layers.allowed:
            yield f"{path}: a folder that the table does not name"


def check_fuzz_readers(root):
    """What the fuzz targets compile is free of Torch, through all that it includes."""

    def torch_behind(name, seen):
        path = next((p for p in (root / "src" / name, root / "include" / name) if p.exists()), None)
        if name.startswith("torch/") or path is None or name in seen:
            return [name] if name.startswith("torch/") else None
        seen.add(name)
        ways = (torch_behind(used, seen) for used in includes(path))
        return next(([name, *way] for way in ways if way), None)

    text = (root / "tests" / "fuzz" / "CMakeLists.txt").read_text()
    for name in re.search(r"set\(readers\s+([^)]*)\)", text)[1].split():
        way = torch_behind(f"{name}.cpp", set())
        if way:
            yield f"tests/fuzz/CMakeLists.txt: {' includes '.join(way)}"


def check_links(root):
    """Every file that a document links to is there."""
    for document in sorted([*root.glob("*.md"), *(p for f in ("docs", "findings", "models") for p in (root / f).rglob("*.md"))]):
        for target in re.findall(r"\]\(([^)#: ]+)\)", document.read_text()):
            if not (document.parent / target).exists():
                yield f"{document}: links to {target}, which is not there"


def end_of(code, begin, opening, closing):
    """The index behind the bracket that closes the one at `begin`."""
    depth = 0
    for end in range(begin, len(code)):
        depth += {opening: 1, closing: -1}.get(code[end], 0)
        if depth == 0:
            return end + 1
    return len(code)


def functions(code):
    """(line, name, parameters, lines of code) of every function that has a body."""
    for match in re.finditer(r"([\w:~]+)\(", code):
        initialiser = match[1].endswith("_")
        if initialiser or match[1] in ("if", "for", "while", "switch", "catch"):
            continue
        closed = end_of(code, match.end() - 1, "(", ")")
        behind = re.compile(r"\s*(?:const|noexcept|override|\s)*(:[^:;{][^;]*?\)\s*)?\{").match(code, closed)
        if not behind:
            continue
        end = end_of(code, behind.end() - 1, "{", "}")
        body = [line for line in code[match.start() : end].split("\n") if line.strip()]
        yield code.count("\n", 0, match.start()) + 1, match[1], code[match.end() : closed - 1], len(body)


def parameter_count(parameters):
    flat = re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", parameters))
    flat = re.sub(r"\([^()]*\)", "", flat)
    return flat.count(",") + 1 if flat.strip() else 0


def check_budgets(root):
    sources = [p for p in sorted((root / "src").rglob("*.*")) if p.suffix in (".h", ".cpp", ".cc")]
    for path in sources:
        text = path.read_text()
        if text.count("\n") > MOST_LINES:
            yield f"{path}: {text.count(chr(10))} lines, at most {MOST_LINES}"
        if path.suffix == ".h" and "using namespace" in code_of(text):
            yield f"{path}: using namespace in a header"
        for line, name, parameters, lines in functions(code_of(text)):
            if lines > MOST_FUNCTION_LINES:
                yield f"{path}:{line}: {name} has {lines} lines, at most {MOST_FUNCTION_LINES}"
            if parameter_count(parameters) > MOST_PARAMETERS and "TEST" not in name:
                yield f"{path}:{line}: {name} takes more than {MOST_PARAMETERS} parameters"
    readme = root / "README.md"
    if readme.exists() and readme.read_text().count("\n") > MOST_README_LINES:
        yield f"{readme}: more than {MOST_README_LINES} lines"


def heads(code):
    """(namespace, what stands before the brace) of all that is defined in named namespaces, not deeper."""
    scopes, begin = [], 0
    for match in re.finditer(r"[{};]", code):
        head, begin = " ".join(code[begin : match.start()].split()), match.end()
        if match[0] == "}" and scopes:
            scopes.pop()
        elif match[0] == "{":
            namespace = re.search(r"\bnamespace ?([\w:]*)$", head)
            if not namespace and all(scopes):
                yield "::".join(scopes), head
            scopes.append(namespace[1] if namespace else "")  # "": what no other file can name


def defined(head):
    """The type, or the function with the types of its parameters, that a head defines; None for anything else."""
    type_ = re.search(r"\b(?:struct|class|union|enum(?: struct| class)?) (\w+(?:::\w+)*)(?: final)?(?: ?:[^:].*)?$", head)
    if type_ and "(" not in head:
        return type_[1]
    function = re.search(r"([\w:~]+|operator\S+) ?\((.*)\)(?: const| noexcept| -> .*)*$", head)
    if not function or "::" in function[1] or "static " in head:
        return None
    parameters = [p.strip() for p in re.sub(r" ?=[^,]*", "", function[2]).split(",")]
    types = [re.sub(r"(?<=[ &*>])[a-z]\w*$", "", p).strip() for p in parameters]
    return function[1] + "(" + ", ".join(types) + ")"


def check_one_definition(root):
    """Two things of one name in one namespace: the linker keeps either, in silence."""
    places = {}
    for path in sorted(p for folder in ("include", "src", "tests") for p in (root / folder).rglob("*.*")):
        if path.suffix in (".h", ".cpp", ".cc"):
            for namespace, head in heads(code_of(path.read_text())):
                name = defined(head)
                places.setdefault((namespace, name), set()).add(path)
    for (namespace, name), paths in places.items():
        if namespace and name and len(paths) > 1:  # main() and its like belong to programs
            yield f"{sorted(paths)[0]}: {namespace}::{name} is defined in {sorted(paths)[1]} too"


def check_named_tests(root):
    """Every test that the table of files names is there."""
    sources = [*(root / "src").rglob("*_test.cpp"), *(root / "tests").rglob("*_test.cpp")]
    suites = {name for path in sources for name in re.findall(r"^TEST(?:_F|_P)?\((\w+),", path.read_text(), flags=re.M)}
    table = root / "docs" / "compatibility.md"
    for name in re.findall(r"`(\w+)\.\*`", table.read_text()):
        if name not in suites:
            yield f"{table}: {name}.*: no such tests"


def main():
    root = Path(sys.argv[1])
    layers = Layers((root / "ARCHITECTURE.md").read_text())
    problems = [*check_includes(root, layers), *check_budgets(root), *check_named_tests(root), *check_fuzz_readers(root), *check_links(root), *check_one_definition(root)]
    print("\n".join(problems))
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
