"""Holds `imagine` to being a command: through a link, from any folder, installed, completed, in the manual.

usage: command_test.py SOURCE_DIR (with the program built)
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()


def run(*command, code=0, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == code, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def completions(shell_file, *words):
    """What bash offers in the place of the last word."""
    line = " ".join(words)
    script = f"""source '{shell_file}'
COMP_WORDS=({" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'
_imagine; printf '%s\\n' "${{COMPREPLY[@]}}" """
    return run("bash", "-c", script, cwd="/").split()


def check_slips(imagine, folder):
    """The script hands everything on: no slip is drawn."""
    assert "did you mean imagine train?" in run(imagine, "trian", "a.json", code=2, cwd=folder)
    assert 'imagine "a red apple"' in run(imagine, "a", "red", "apple", code=2, cwd=folder)
    assert "did you mean --size?" in run(imagine, "a cat", "--sizee", "64", code=2, cwd=folder)
    assert "imagine help" in run(imagine, code=2, cwd=folder)
    assert "did you mean" in run(imagine, "-v", code=2, cwd=folder)
    assert run(imagine, "version", cwd=folder) == run(imagine, "--version", cwd=folder)
    assert run(imagine, "help", "edit", cwd=folder) == run(imagine, "edit", "--help", cwd=folder)
    assert "standard output" in run("sh", "-c", f"'{imagine}' version > /dev/full", code=4, cwd=folder)
    assert not list(folder.iterdir()), list(folder.iterdir())


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        empty = folder / "empty"
        empty.mkdir()
        check_slips(SOURCE / "imagine", empty)
        links = folder / "a link"
        links.mkdir()
        (links / "first").symlink_to(SOURCE / "imagine")
        (links / "second").symlink_to("first")
        check_slips(links / "second", empty)

        prefix = folder / "prefix"
        run(SOURCE / "tools/install", prefix)
        command = prefix / "bin/imagine"
        check_slips(command, empty)
        bash = prefix / "share/bash-completion/completions/imagine"
        assert completions(bash, "imagine", "upsc") == ["upscale"]
        assert completions(bash, "imagine", "generate", "--samp") == ["--sampler"]
        assert completions(bash, "imagine", "a cat", "--dtype", "b") == ["bf16"]
        assert completions(bash, "imagine", "dataset", "encode", "--text") == ["--text-encoder"]
        for shell, file in {"zsh": "zsh/site-functions/_imagine", "fish": "fish/vendor_completions.d/imagine.fish"}.items():
            if shutil.which(shell):
                run(shell, "-n", prefix / "share" / file)
        page = prefix / "share/man/man1/imagine.1"
        assert ".SH NAME" in page.read_text()
        if shutil.which("man"):
            shown = run("man", "imagine", env={**os.environ, "MANPATH": str(prefix / "share/man"), "MANWIDTH": "90"})
            assert "--guidance LIST" in shown and "imagine dataset encode" in shown, shown
        run(SOURCE / "tools/install", "--uninstall", prefix)
        assert not [path for path in prefix.rglob("*") if path.is_file() or path.is_symlink()]
        command.write_text("of somebody else")
        assert "expected no other program" in run(SOURCE / "tools/install", prefix, code=2)
        assert command.read_text() == "of somebody else"


main()
