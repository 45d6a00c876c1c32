#!/usr/bin/env python3
"""`imagine serve` as Open WebUI, SillyTavern and AUTOMATIC1111's clients call it, without their packages.

  tests/clients_test.py REPOSITORY     tests/clients/run.py calls with OpenAI's and Google's own clients too
"""

import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    repository = Path(sys.argv[1]).resolve()
    program = repository / "build" / "release" / "bin" / "imagine"
    run = repository / "tests" / "clients" / "run.py"
    sys.exit(subprocess.run([sys.executable, run, "--offline", "--program", program], check=False).returncode)
