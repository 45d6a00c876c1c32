#!/usr/bin/env bash
# Builds the image of Containerfile and tries it, on a machine that has no container engine and no registry of images:
#
#   deploy/container/prove.sh [--overlay DIR] [--volume DIR:DIR] [--env NAME=VALUE] [--prefix DIR] [--keep DIR] [--skip-build]
#
# The base image is made by debootstrap; buildah reads the Containerfile and runs its steps by chroot alone. The image's own
# entrypoint then runs as its own user in its own root, which is mounted read-only and has no network but the loopback.
#   --overlay DIR     files that are laid over the empty base: settings of apt and pip, certificates of a proxy
#   --volume, --env   as buildah has them, for the build alone; may be given again
#   --prefix DIR      what was installed there on this machine takes the place of the first stage, which installs tools and compiles
#   --keep DIR        images and roots stay in DIR; --skip-build then tries again what lies there
# Needs root and Debian's packages buildah, debootstrap, jq, curl; 8 GB of disk; two builds' time.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
base=docker.io/library/debian:bookworm-slim
image=localhost/imagine:proof
overlays=() build_options=() keep='' prefix='' build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --overlay) overlays+=("$2") && shift 2 ;;
    --volume | --env) build_options+=("$1" "$2") && shift 2 ;;
    --prefix) prefix=$(realpath "$2") && shift 2 ;;
    --keep) keep=$2 && shift 2 ;;
    --skip-build) build=no && shift ;;
    *) sed -n 's/^# \{0,1\}//p' "$0" && exit 2 ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "$0: expected root, which may mount and chroot" >&2 && exit 4; }
for program in buildah debootstrap jq curl unshare setpriv; do
  command -v $program >/dev/null || { echo "$0: no $program: apt-get install buildah debootstrap jq curl" >&2 && exit 4; }
done

folder=${keep:-$(mktemp -d)}
mkdir -p "$folder"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}
builder() { buildah --root "$folder/storage" --runroot "$folder/run" "$@"; }
say() { printf '== %s\n' "$*"; }
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  "$@" || { echo "$0: expected $what" >&2 && exit 3; }
}
server=
finish() {
  local status=$?
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  builder umount --all >/dev/null 2>&1 || true
  [ -n "$keep" ] || rm -rf "$folder"
  exit $status
}
trap finish EXIT

make_base() {
  local container mounted
  say "the base, by debootstrap"
  container=$(builder from scratch)
  mounted=$(builder mount "$container")
  debootstrap --variant=minbase bookworm "$mounted" >"$folder/debootstrap.log" || { tail "$folder/debootstrap.log" >&2 && exit 3; }
  for overlay in "${overlays[@]}"; do cp -a "$overlay/." "$mounted/"; done
  rm -rf "$mounted"/var/cache/apt/archives/*.deb
  builder commit --quiet --rm "$container" $base >/dev/null
}

# Asked inside the server's own network, in which nothing else is.
ask() { nsenter --target "$server" --net curl --silent --show-error --max-time 120 "$@"; }
status_of() { ask --output /dev/null --write-out '%{http_code}' "$@"; }

if [ $build = yes ]; then
  make_base
  file=$root/deploy/container/Containerfile context=$root
  if [ -n "$prefix" ]; then
    file=$folder/Containerfile context=$prefix
    { printf 'FROM %s AS build\nCOPY . /opt/imagine\n' $base && sed -n '/^FROM [^ ]*$/,$p' "$root/deploy/container/Containerfile"; } >"$file"
  fi
  say "the image, by buildah $(buildah --version | cut -d' ' -f3)"
  builder bud --pull-never --format docker "${build_options[@]}" -f "$file" -t $image "$context" \
    >"$folder/build.log" 2>&1 || { tail -n 50 "$folder/build.log" >&2 && exit 3; }
  grep -E '^\[[12]/2\] STEP|^imagine' "$folder/build.log"
fi
config=$(builder inspect --type image $image | jq .Docker.config)
jq -c '{User, Entrypoint, Volumes, StopSignal, Healthcheck}' <<<"$config"
builder images --format '{{.Name}} {{.Size}}' $image

container=$(builder from --pull-never $image)
mounted=$(builder mount "$container")
mapfile -t entrypoint < <(jq -r '.Entrypoint[]' <<<"$config")
mapfile -t environment < <(jq -r '.Env[]' <<<"$config")
mapfile -t health < <(jq -r '.Healthcheck.Test[1:][]' <<<"$config")
user=$(jq -r .User <<<"$config")
expect "a user that is not root, by number" [ "${user%%:*}" -gt 0 ]
mkdir -p "$folder/keys"
od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >"$folder/keys/keys"
chmod 444 "$folder/keys/keys"

# in_image COMMAND...: as the image's user, without capabilities, in its root.
cat >"$folder/in_image" <<END
#!/bin/sh
exec chroot "$mounted" setpriv --reuid ${user%%:*} --regid ${user##*:} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  env -i $(printf '%q ' "${environment[@]}") "\$@"
END
cat >"$folder/start" <<END
#!/bin/sh
set -eu
ip link set lo up
mount --bind "$mounted" "$mounted"
mount -o remount,bind,ro "$mounted"
mount -t proc proc "$mounted/proc"
mount --rbind /dev "$mounted/dev"
mount -t tmpfs -o uid=${user%%:*},gid=${user##*:},mode=700 tmpfs "$mounted/cache"
mount -t tmpfs tmpfs "$mounted/run"
mkdir -p "$mounted/run/secrets"
cp "$folder/keys/keys" "$mounted/run/secrets/imagine-keys"
exec "$folder/in_image" "\$@"
END
chmod +x "$folder/in_image" "$folder/start"

options=(--api-key-file /run/secrets/imagine-keys --exit-timeout 120)
say "the entrypoint: ${entrypoint[*]} ${options[*]}"
unshare --mount --net --pid --fork "$folder/start" "${entrypoint[@]}" "${options[@]}" >"$folder/server.log" 2>&1 &
unshared=$!
for _ in $(seq 240); do
  # The first process of the server's own process namespace.
  server=$(pgrep --parent $unshared || true)
  [ -n "$server" ] && [ "$(status_of http://127.0.0.1:7860/health 2>/dev/null)" = 200 ] && break
  kill -0 $unshared 2>/dev/null || { cat "$folder/server.log" >&2 && exit 3; }
  sleep 0.5
done
expect "an answer of /health" [ "$(status_of http://127.0.0.1:7860/health)" = 200 ]
ask http://127.0.0.1:7860/health && echo
grep -E '^(Uid|Gid|CapEff|CapBnd|NoNewPrivs):' "/proc/$server/status" | tr '\t\n' ' ;' && echo
expect "no root in the server" [ "$(awk '/^Uid:/ {print $2}' "/proc/$server/status")" = "${user%%:*}" ]

say "the health check of the image"
expect "the health check to succeed" nsenter --target "$server" --mount --net "$folder/in_image" "${health[@]}"
say "its root cannot be written, its cache can"
expect "no file in /opt" sh -c "! nsenter --target $server --mount '$folder/in_image' touch /opt/imagine/x 2>/dev/null"
expect "a file in /cache" nsenter --target "$server" --mount "$folder/in_image" touch /cache/x

say "a picture"
body='{"prompt": "a red cube on grass", "seed": 1}'
draw=(-H 'Content-Type: application/json' -d "$body" http://127.0.0.1:7860/v1/images/generations)
expect "401 without a key" [ "$(status_of "${draw[@]}")" = 401 ]
ask -H "Authorization: Bearer $(cat "$folder/keys/keys")" "${draw[@]}" | jq -r '.data[0].b64_json' | base64 -d >"$folder/cube.png"
expect "a PNG" [ "$(head -c 4 "$folder/cube.png" | tail -c 3)" = PNG ]
printf 'a PNG of %s bytes; memory of the server, most so far: %s kB\n' "$(stat -c %s "$folder/cube.png")" "$(awk '/^VmHWM:/ {print $2}' "/proc/$server/status")"

say "SIGTERM while it draws"
slow='{"prompt": "a blue sphere on sand", "n": 2}'
ask -H "Authorization: Bearer $(cat "$folder/keys/keys")" -H 'Content-Type: application/json' -d "$slow" \
  --write-out '%{http_code}' --output "$folder/slow.json" http://127.0.0.1:7860/v1/images/generations >"$folder/slow.status" &
client=$!
sleep 1
kill -"$(jq -r .StopSignal <<<"$config")" "$server"
expect "the picture that was being drawn" wait $client
expect "200 for it, got $(cat "$folder/slow.status")" [ "$(cat "$folder/slow.status")" = 200 ]
status=0
wait $unshared || status=$?
server=
expect "exit code 0, got $status" [ $status -eq 0 ]
cat "$folder/server.log"
say "all as it should be"
