#!/bin/sh
# collect_libraries.sh PREFIX: puts the libraries that the programs in PREFIX/bin need and that no Debian package has (LibTorch, out of
# the clone's .venv) into PREFIX/lib, where the program looks first: from then on it does without the clone.
set -eu
prefix=${1:?usage: collect_libraries.sh PREFIX, after cmake --install build/release --prefix PREFIX}

ldd "$prefix/bin/imagine-draw" "$prefix/bin/imagine-workshop" | awk '$3 ~ "^/" {print $3}' | sort -u | while read -r library; do
  case "$library" in
    /lib/* | /lib64/* | /usr/lib/* | "$prefix"/*) ;;
    *) cp -L "$library" "$prefix/lib/" ;;
  esac
done
