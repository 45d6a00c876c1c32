# Prepares what `./imagine` and `./test` need: packages, LibTorch, the build. Sourced by both.
# Says what it does and how long it takes; a second run finds everything and says nothing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/release"
torch_version=2.13.0

build_packages=(
  cmake g++ ninja-build pkg-config python3-venv ca-certificates
  nlohmann-json3-dev libcli11-dev libgtest-dev libgmock-dev
  libicu-dev libsentencepiece-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libtiff-dev libheif-dev
  libgdk-pixbuf-2.0-dev liblcms2-dev zlib1g-dev libarchive-dev librsvg2-dev libcairo2-dev libglib2.0-dev libhwy-dev libre2-dev
  libopenmpi-dev libcurl4-openssl-dev libssl-dev libboost-dev prometheus-cpp-dev
  fonts-dejavu-core
)

say() { printf 'imagine: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 4
}

# follow FILE: shows its last line on the terminal, again and again.
follow() {
  while sleep 1; do printf '\r\033[K%.*s' "$((${COLUMNS:-80} - 1))" "$(tail -n 1 "$1")" >&2; done
}

# logged NAME COMMAND...: runs a command, its output in build/NAME.log; shows the end where it fails.
logged() {
  local log="$root/build/$1.log" start=$SECONDS status=0 follower=
  shift
  mkdir -p "$root/build"
  : >"$log"
  if [ -t 2 ]; then
    follow "$log" &
    follower=$!
    # shellcheck disable=SC2064
    trap "kill $follower 2>/dev/null" EXIT
  fi
  "$@" >"$log" 2>&1 || status=$?
  if [ -n "$follower" ]; then
    kill "$follower" 2>/dev/null || true
    trap - EXIT
    printf '\r\033[K' >&2
  fi
  if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    fail "failed after $((SECONDS - start)) s: $*; the whole output is in $log"
  fi
  say "done in $((SECONDS - start)) s"
}

missing_packages() {
  comm -23 <(printf '%s\n' "${build_packages[@]}" | sort) <(
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${build_packages[@]}" 2>/dev/null |
      awk '$2 == "installed" {print $1}' | sort
  ) | tr '\n' ' '
}

install_packages() {
  command -v dpkg-query >/dev/null || fail "these scripts need Debian's packages; elsewhere install the libraries of README.md and run cmake"
  local missing admin=()
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing, and this is neither root nor is there sudo: $missing"
    admin=(sudo)
  fi
  say "installing packages: $missing"
  # shellcheck disable=SC2086
  logged packages "${admin[@]}" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing"
}

# The wheel of PyPI comes with 3.5 GB of CUDA's libraries. Without an NVIDIA GPU it needs the two that
# its part for the CPU is linked with, and of Python's packages none.
install_wheel() {
  local pip=("$root/.venv/bin/pip" install --disable-pip-version-check) cuda
  /usr/bin/python3 -m venv "$root/.venv" || return
  if [ -e /dev/nvidiactl ]; then
    "${pip[@]}" "torch==$torch_version"
    return
  fi
  "${pip[@]}" --no-deps "torch==$torch_version" || return
  cuda=$(sed -n 's/^Requires-Dist: cuda-toolkit\[[^]]*\]\(==[^;]*\);.*/\1/p' "$root"/.venv/lib/python3*/site-packages/torch-*.dist-info/METADATA)
  [ -z "$cuda" ] || "${pip[@]}" "cuda-toolkit[cudart,cupti]$cuda"
}

# LibTorch: the one that Torch_DIR names, else the PyPI wheel in a private virtual environment.
install_torch() {
  [ -z "${Torch_DIR:-}" ] || return 0
  [ -f "$root/.venv/ready-$torch_version" ] && return 0
  say "installing LibTorch $torch_version from the PyPI wheel into .venv (a few minutes)"
  rm -rf "$root/.venv"
  logged torch install_wheel
  touch "$root/.venv/ready-$torch_version"
}

# build_targets TARGET...: configures once and builds what changed.
build_targets() {
  if [ ! -f "$build/build.ninja" ]; then
    say "configuring"
    logged configure cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release ${Torch_DIR:+-DTorch_DIR="$Torch_DIR"}
  fi
  say "building (several minutes the first time)"
  logged build ninja -C "$build" "$@"
}

prepare() {
  install_packages
  install_torch
  build_targets "$@"
}
