# Sourced by every finding, not run: a private Python with pinned public packages, gone when the script ends.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python="$folder/venv/bin/python"

# python_with PACKAGE==VERSION...: makes $python, which has these packages and nothing else.
python_with() {
  python3 -m venv "$folder/venv"
  "$python" -m pip install --quiet --disable-pip-version-check "$@"
}
