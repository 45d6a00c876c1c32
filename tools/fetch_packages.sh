#!/bin/sh
# Fetches the public packages that the training data is made of into a folder: fixed versions,
# checked against the sums below, 285 MB in all. What is there and intact is kept. Needs apt-get
# and npm.
# Usage: tools/fetch_packages.sh DIR
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 DIR    (fetches 285 MB)" >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)

# kind, megabytes, name and version as the package manager takes it, file, sha256
packages='
deb 161 tuxpaint-stamps-default=2022.06.04-1 tuxpaint-stamps-default_2022.06.04-1_all.deb 6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34
deb 10 fonts-noto-color-emoji=2.042-0+deb12u1 fonts-noto-color-emoji_2.042-0+deb12u1_all.deb a5ab0f69c7938423862320d9aca5dd187b3fd879d6a9a57dd52e17c3fa8d2751
deb 17 unicode-cldr-core=41-0.1 unicode-cldr-core_41-0.1_all.deb 35d30d5d3bee4d8244e95236259c4c2a0db06e21bad696515751fcfeee4d0260
npm 16 @lobehub/fluent-emoji-3d@1.1.0 lobehub-fluent-emoji-3d-1.1.0.tgz c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58
npm 8 @lobehub/fluent-emoji-flat@1.1.0 lobehub-fluent-emoji-flat-1.1.0.tgz 8f9113c027c7c20eced0070354715a4093a459b8bef6332b91d45f38c9bdb147
npm 74 emoji-datasource-google@16.0.0 emoji-datasource-google-16.0.0.tgz fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438
'

work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

intact() { # file sum
  [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$2  -" ]
}

with_npm() { # package
  if ! command -v npm; then
    echo 'no npm (Debian: apt-get install npm)'
    return 1
  fi
  npm pack --loglevel=error "$1"
}

download() { # kind package
  case $1 in
    deb) (cd "$work" && apt-get download "$2") ;;
    npm) (cd "$work" && with_npm "$2") ;;
  esac >"$work/log" 2>&1
}

fetch() { # kind package file sum megabytes
  if intact "$folder/$3" "$4"; then
    return
  fi
  echo "fetching $3 ($5 MB)" >&2
  if ! download "$1" "$2"; then
    echo "$0: $2: expected a download, got:" >&2
    tail -n 3 "$work/log" >&2
    return 1
  fi
  if ! intact "$work/$3" "$4"; then
    got=$(sha256sum < "$work/$3" 2>/dev/null || echo "no file $3")
    echo "$0: $2: expected sha256 $4, got ${got%%  -}" >&2
    return 1
  fi
  mv "$work/$3" "$folder/$3"
}

failed=0
while read -r kind megabytes package file sum; do
  if [ -n "$kind" ]; then
    fetch "$kind" "$package" "$file" "$sum" "$megabytes" || failed=1
  fi
done <<EOF
$packages
EOF
exit $failed
