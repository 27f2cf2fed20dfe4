#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every shipped platform serves the model that `strata list platforms` names beside it, and its audits pass. Usage:
# platforms.sh STRATA SOURCE_TREE
set -uo pipefail

strata=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$strata" list platforms >"$work/list" || exit 1

# Prints what is wrong with one line of the list.
run_one() {
  local strata=$1 work=$2 name=$3 model=$4
  if [ "$model" = - ]; then
    echo "FAILED: $name serves no bundled model"
  elif ! "$strata" run "$name" --model "$model" --batch 1 --prompt 64 --output 3 >"$work/$name" 2>&1; then
    echo "FAILED: $name with $model: $(grep -m3 -iE 'error|fail' "$work/$name")"
  fi
}
export -f run_one

for netlist in "$source"/platforms/*.yaml; do
  name=$(basename "$netlist" .yaml)
  grep -E "^ *$name " "$work/list" || echo "$name -"
done | awk '{print $1, $2}' | xargs -P 2 -L 1 bash -c 'run_one "$@"' _ "$strata" "$work" >"$work/failures"
cat "$work/failures"
[ ! -s "$work/failures" ] && echo "$(ls "$source"/platforms/*.yaml | wc -l) platforms ran"
