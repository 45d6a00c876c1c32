"""Holds cmake/LibTorch.cmake to what it links: a wheel with CUDA, on a machine without the CUDA toolkit.

usage: libtorch_test.py SOURCE_DIR
"""
import pathlib
import subprocess
import sys
import tempfile

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(wheel NONE)
set(CMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit ON)
include({source}/cmake/LibTorch.cmake)
message(STATUS "linked: ${{TORCH_LIBRARIES}}")
"""


def configured(source, folder, version):
    """What CMake says of a wheel of that version whose libraries are empty files."""
    torch = folder / version / "torch"
    config = torch / "share/cmake/Torch"
    config.mkdir(parents=True)
    (config / "TorchConfigVersion.cmake").write_text(
        f'set(PACKAGE_VERSION "{version}")\n'
        "if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)\n  set(PACKAGE_VERSION_COMPATIBLE FALSE)\n"
        "else()\n  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n")
    (torch / "lib").mkdir()
    (torch / "lib/libtorch_cuda.so").write_text("")
    project = folder / version / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(PROJECT.format(source=source))
    run = subprocess.run(["cmake", "-S", project, "-B", project / "build", f"-DTorch_DIR={config}"],
                         capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        code, said = configured(source, folder, "2.13.0")
        linked = next((line for line in said.splitlines() if "linked:" in line), said)
        assert code == 0, said
        assert "libtorch_cpu.so" in linked and "libc10.so" in linked, linked
        assert "libtorch_cuda.so" not in linked, linked
        code, said = configured(source, folder, "2.6.0")
        assert code != 0 and "expected version 2.7 or newer, got 2.6.0" in " ".join(said.split()), said


main()
