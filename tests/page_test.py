#!/usr/bin/env python3
"""The page of `imagine serve` in a headless Chromium, where there is one: the journeys that matter most.

  tests/page_test.py REPOSITORY        tests/page/page_test.py runs all of them
"""

import subprocess
import sys
from pathlib import Path

JOURNEYS = ["first_picture", "italian", "cancel", "edit", "kept", "key", "phone"]

if __name__ == "__main__":
    repository = Path(sys.argv[1]).resolve()
    test = repository / "tests" / "page" / "page_test.py"
    sys.exit(subprocess.run([sys.executable, test, repository, "--optional", "--only", *JOURNEYS], check=False).returncode)
