#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same inputs give the same bytes in Debug and Release: builds a Debug strata (with its protocol checker on every
# binding), runs both, compares all results but what the run cost. Usage: determinism.sh STRATA SOURCE_TREE WORK_FOLDER
set -euo pipefail

release=$1 source=$2 work=$3
mkdir -p "$work"
cmake -S "$source" -B "$work/debug" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSTRATA_BUILD_TESTS=OFF >"$work/build.log"
cmake --build "$work/debug" --target strata >>"$work/build.log"
debug=$work/debug/sc_main/strata

# compare NAME OPTION...: the options are those of `strata run`.
compare() {
  local name=$1 file
  shift
  "$release" run "$@" --out "$work/$name.release" >/dev/null
  "$debug" run "$@" --out "$work/$name.debug" >/dev/null
  for file in result.json requests.csv components.csv; do
    cmp <(sed '/^  "host"/,$d' "$work/$name.release/$file") <(sed '/^  "host"/,$d' "$work/$name.debug/$file") ||
      { echo "FAILED: $name differs in $file between Debug and Release" >&2; exit 1; }
  done
}

compare tensor dgx_h100 --model llama-3.1-70b --weights fp8 --batch 3 --prompt 300 --output 4
compare pipeline cs3_llama70b --model llama-3.1-70b --batch 2 --prompt 40 --output 3
compare step dgx_h100 --model llama-3.1-8b --generate --requests 20 --rate 20 --fidelity step
compare burst agentic_dram --model llama-3.1-8b --batch 2 --prompt 64 --output 2 --fidelity burst
