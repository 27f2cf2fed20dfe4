#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The built executable from outside: exit status, error lines, equal results of equal runs, whole outputs, and
# datasheets in the tree that are those of the models. Usage: executable.sh STRATA SOURCE_TREE
set -uo pipefail

strata=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND...: exit status, and TEXT somewhere in what it printed.
expect() {
  local status=$1 text=$2 got
  shift 2
  "$@" >"$work/stdout" 2>"$work/stderr"
  got=$?
  [ $got = "$status" ] || fail "'$*' exits with $got, expected $status: $(head -3 "$work/stderr")"
  grep -qF -- "$text" "$work/stdout" "$work/stderr" || fail "'$*' does not say '$text': $(head -3 "$work/stderr")"
}

small=(--model llama-3.1-8b --batch 2 --prompt 64 --output 4)

expect 0 'strata compare' "$strata" --help
expect 0 '--kv-dtype' "$strata" run --help
expect 2 "did you mean 'describe'" "$strata" descibe
expect 2 'error: ' "$strata" run no_such_platform "${small[@]}"
expect 2 "did you mean 'h100'" "$strata" run h10 "${small[@]}"
expect 2 'error: ' "$strata" run h100 --model no-such-model --batch 1
expect 2 "did you mean 'components'" "$strata" list component
expect 2 'no_such_parameter' "$strata" run h100 "${small[@]}" --set 'gpu.hbm.no_such_parameter=1' --out "$work/none"
[ ! -e "$work/none" ] || fail 'bad input left an output folder'

for netlist in "$source"/platforms/*.yaml; do
  name=$(basename "$netlist" .yaml)
  expect 0 "$name" "$strata" list platforms
  expect 0 "$name" "$strata" describe "$name"
  [ -x "$(dirname "$strata")/strata_$name" ] || fail "there is no executable strata_$name"
done

expect 0 'Energy of the board' "$strata" kernel --platform h100 --op gemm --m 16 --n 4096 --k 4096
expect 0 'collective' "$strata" kernel --platform dgx_h100 --op all_reduce --num_gpus 8 --bytes 65536
expect 2 "did you mean 'gemm'" "$strata" kernel --platform h100 --op gem
expect 2 "'--heads'" "$strata" kernel --platform h100 --op gemm --heads 4
printf 'dtype,m,n,k,latency_us\nbfloat16,16,4096,4096,9\n' >"$work/measured.csv"
expect 0 'mean |error|' "$strata" validate --kind gemm --platform h100 --reference "$work/measured.csv" -o "$work/predicted.csv"
[ "$(wc -l <"$work/predicted.csv")" = 2 ] || fail 'predicted.csv has not one line per row'
printf 'dtype,m,n,k,latency_us\nbfloat16,16,4096,x,9\n' >"$work/measured.csv"
expect 2 "$work/measured.csv:2: k: " "$strata" validate --kind gemm --platform h100 --reference "$work/measured.csv" -o "$work/none.csv"
[ ! -e "$work/none.csv" ] || fail 'bad input left a file of predictions'

"$strata" datasheets "$work/models" || fail 'datasheets'
diff -r "$work/models" "$source/docs/models" ||
  fail 'docs/models is not what the models declare; write it anew: strata datasheets docs/models'

expect 0 'TTFT' "$strata" run h100 "${small[@]}" --out "$work/a"
expect 0 'TTFT' "$(dirname "$strata")/strata_h100" "${small[@]}" --out "$work/b"
for name in result.json requests.csv components.csv report.txt; do
  # "host", what the run cost on this machine, comes last.
  cmp <(sed '/^  "host"/,$d' "$work/a/$name") <(sed '/^  "host"/,$d' "$work/b/$name") || fail "two equal runs differ in $name"
done
[ "$(wc -l <"$work/a/requests.csv")" = 3 ] || fail 'requests.csv has not one line per request'

expect 2 'no_such_platform' "$strata" compare h100 no_such_platform "${small[@]}" --out "$work/c"
grep -q 'TTFT p50' "$work/c/comparison.txt" || fail 'a failing platform took the comparison of the others with it'
"$strata" run h100 "${small[@]}" --out "$work/traced" --perfetto "$work/run.pftrace" -q >/dev/null || fail 'a traced run'
cmp <(sed '/^  "host"/,$d' "$work/a/result.json") <(sed '/^  "host"/,$d' "$work/traced/result.json") || fail 'tracing changes the result'
[ -s "$work/run.pftrace" ] || fail 'no trace'
expect 2 'expected --fidelity stream or burst' "$strata" run h100 "${small[@]}" --fidelity step --perfetto "$work/none.pftrace"
expect 2 'expected it with `strata run`' "$strata" compare h100 "${small[@]}" --perfetto "$work/none.pftrace"
expect 2 'cannot be created' "$strata" run h100 "${small[@]}" --perfetto "$work/no/such.pftrace"
[ -s "$work/c/report.html" ] || fail 'a comparison has no report.html'
"$strata" report "$work/a" "$work/b" --out "$work/page.html" >/dev/null || fail 'report'
"$strata" report "$work/a" "$work/b" --out "$work/again.html" >/dev/null && cmp "$work/page.html" "$work/again.html" ||
  fail 'two reports of the same results differ'
expect 2 'is no folder' "$strata" report "$work/nowhere" --out "$work/none.html"
[ ! -e "$work/none.html" ] || fail 'bad input left a report'
! grep -q $'\033' "$work/stdout" "$work/stderr" || fail 'terminal codes in a pipe'

[ $failures = 0 ] && echo 'all passed'
exit $((failures > 0))
