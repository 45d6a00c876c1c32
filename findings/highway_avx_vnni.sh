#!/usr/bin/env bash
# Highway's target for AVX-512 with VNNI makes programs that stop on processors with AVX-512 VNNI.
#
# Highway 1.0.3 (Debian 12), GCC 12.2, seen 2026-11-29. HWY_AVX3_DL is chosen on processors that have AVX-512 VNNI (Ice
# Lake, Zen 4), and the functions for it are compiled with "avxvnni": another extension, which those two lack (Alder Lake
# and Sapphire Rapids have it). Nobody notices as long as code uses Highway's operations alone. But an ordinary loop
# beside them that sums bytes times bytes is vectorised, and then holds the VEX form of vpdpbusd, which only AVX-VNNI has.
#
# Output seen:
#   lines of the targets' options: 1 with avxvnni, 0 with avx512vnni
#   sums of bytes in an ordinary loop: 1 of AVX-VNNI, 0 of AVX-512 VNNI
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download libhwy-dev=1.0.3-3+deb12u1 >/dev/null 2>&1
dpkg-deb --extract libhwy-dev_*.deb .
cat >loop.cpp <<'C'
#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loop.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {
__attribute__((used)) int sum(const unsigned char* a, const signed char* b, int count) {
  int all = 0;
  for (int i = 0; i < count; ++i) all += a[i] * b[i];
  return all;
}
}
HWY_AFTER_NAMESPACE();
C
g++ -std=c++17 -O3 -I usr/include -I . -c loop.cpp -o loop.o
asked() { grep -cw "$1" usr/include/hwy/ops/set_macros-inl.h || true; }  # lines that name it
code=$(objdump --disassemble --no-show-raw-insn loop.o | sed -n '/N_AVX3_DL.*>:$/,/^$/p')
short=$(grep -c '{vex} vpdpbusd' <<<"$code" || true)
long=$(grep 'vpdpbusd' <<<"$code" | grep -vc '{vex}' || true)
echo "lines of the targets' options: $(asked avxvnni) with avxvnni, $(asked avx512vnni) with avx512vnni"
echo "sums of bytes in an ordinary loop: $short of AVX-VNNI, $long of AVX-512 VNNI"
[ "$(asked avxvnni)" -eq 1 ] && [ "$(asked avx512vnni)" -eq 0 ] && [ "$short" -ge 1 ] && [ "$long" -eq 0 ]
