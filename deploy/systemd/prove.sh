#!/usr/bin/env bash
# Boots systemd in a container of its own (systemd-nspawn) and tries imagine.service there, hardened as it is:
#
#   deploy/systemd/prove.sh ROOT     ROOT: a Debian root with /opt/imagine and the packages systemd and dbus; it is changed
#
# Starts it, looks at what the kernel says of the process, draws, stops it while it draws, kills it, and shows what one option more
# (MemoryDenyWriteExecute) does. The container has no network but its loopback. Needs root and Debian's packages systemd-container, jq, curl.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
machine=$(realpath "${1:?usage: prove.sh ROOT}")
folder=$(mktemp -d)
nspawn='' leader=''
finish() {
  local status=$?
  [ $status -eq 0 ] || [ -z "$leader" ] || inside journalctl --no-pager --lines 30 --unit imagine >&2 || true
  [ -z "$leader" ] || kill -s RTMIN+4 "$leader" 2>/dev/null || true # systemd: power off
  [ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null || true
  rm -rf "$folder"
  exit $status
}
trap finish EXIT
say() { printf '== %s\n' "$*"; }
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  "$@" || { echo "$0: expected $what" >&2 && exit 3; }
}
inside() { nsenter --target "$leader" --all -- "$@"; }
ask() { nsenter --target "$leader" --net curl --silent --show-error --max-time 120 "$@"; }
until_true() { # until_true SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "$0: waited in vain: $*" >&2 && exit 3; }
    sleep 0.3
  done
}
answers() { [ "$(ask --output /dev/null --write-out '%{http_code}' http://127.0.0.1:7860/health)" = 200 ]; }
pid_of() { inside systemctl show --property MainPID --value imagine; }
key() { cat "$machine/etc/imagine/keys"; }
draw() { # draw JSON [OPTIONS of curl]
  local body=$1
  shift
  ask -H "Authorization: Bearer $(key)" -H 'Content-Type: application/json' -d "$body" "$@" http://127.0.0.1:7860/v1/images/generations
}

install -D -m 644 "$here/imagine.service" "$machine/etc/systemd/system/imagine.service"
install -d -m 700 "$machine/etc/imagine"
rm -rf "$machine/etc/systemd/system/imagine.service.d"
(umask 077 && od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >"$machine/etc/imagine/keys")
systemd-nspawn --quiet --register=no --keep-unit --private-network --directory "$machine" --boot >"$folder/boot.log" 2>&1 &
nspawn=$!
until_true 30 pgrep --parent $nspawn
leader=$(pgrep --parent $nspawn)
until_true 60 inside sh -c 'systemctl is-system-running | grep -Eq "running|degraded"'

say "systemd $(inside systemctl --version | head -n 1 | cut -d' ' -f2): start"
inside systemctl start imagine
until_true 120 answers
ask http://127.0.0.1:7860/health && echo
inside sh -c "grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$(pid_of)/status" | tr '\t\n' ' ;' && echo
expect "a user other than root" [ "$(inside awk '/^Uid:/ {print $2}' "/proc/$(pid_of)/status")" -gt 0 ]
inside systemd-analyze security imagine | tail -n 1

say "a picture"
draw '{"prompt": "a red cube on grass", "seed": 1}' --output "$folder/cube.json"
jq -r '.data[0].b64_json // empty' "$folder/cube.json" | base64 -d >"$folder/cube.png"
[ -s "$folder/cube.png" ] || cat "$folder/cube.json" >&2
expect "a PNG" [ "$(head -c 4 "$folder/cube.png" | tail -c 3)" = PNG ]
printf 'a PNG of %s bytes\n' "$(stat -c %s "$folder/cube.png")"
expect "401 without a key" [ "$(ask --output /dev/null --write-out '%{http_code}' -d '{}' http://127.0.0.1:7860/v1/images/generations)" = 401 ]

say "stop while it draws"
draw '{"prompt": "a blue sphere on sand", "seed": 2}' --output /dev/null --write-out '%{http_code}' >"$folder/slow.status" &
client=$!
sleep 1
inside systemctl stop imagine
wait $client || true
expect "200 for what was being drawn, got $(cat "$folder/slow.status")" [ "$(cat "$folder/slow.status")" = 200 ]
inside systemctl show --property Result --property ExecMainStatus imagine | tr '\n' ' ' && echo
expect "success" [ "$(inside systemctl show --property Result --value imagine)" = success ]

say "killed: it starts again"
inside systemctl start imagine
until_true 120 answers
inside systemctl kill --signal=KILL imagine
sleep 1
until_true 120 answers
printf 'started again: %s time\n' "$(inside systemctl show --property NRestarts --value imagine)"

say "what MemoryDenyWriteExecute=yes would do"
mkdir -p "$machine/etc/systemd/system/imagine.service.d"
printf '[Service]\nMemoryDenyWriteExecute=yes\n' >"$machine/etc/systemd/system/imagine.service.d/code.conf"
inside systemctl daemon-reload
inside systemctl restart imagine
until_true 120 answers || true
draw '{"prompt": "a red cube on grass", "seed": 1}' | cut -c 1-200 || true
say "all as it should be"
