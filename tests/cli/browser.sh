#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The HTML report in headless Chromium: every section is drawn, and the console stays empty. Skipped (77) where there is
# no chromium. Usage: browser.sh STRATA
set -uo pipefail

strata=$1
browser=$(command -v chromium || command -v chromium-browser) || {
  echo 'skipped: no chromium on the path (Debian: chromium)'
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
small=(--model llama-3.1-8b --batch 2 --prompt 64 --output 4)

"$strata" compare h100 cs3 "${small[@]}" --out "$work/two" -q >/dev/null || exit 1
"$strata" run h100 "${small[@]}" --out "$work/one" -q >/dev/null || exit 1
"$strata" report "$work/one" --out "$work/one.html" >/dev/null || exit 1

# KV cache that goes to a store and comes back.
"$strata" run dgx_h100_tiers --set sizes.gpus=1 --set 'gpu[*].core.memory_share=0.4' --model llama-3.1-8b --trace "$(dirname "$0")/../../traffic/samples/agents.jsonl" \
  --sessions 4 --requests 24 --prefix-cache on --fidelity step --out "$work/tiers" -q >/dev/null || exit 1
"$strata" report "$work/tiers" --out "$work/tiers.html" >/dev/null || exit 1

failures=0
# dump PAGE HEIGHT: what the browser makes of it, and what it says. A browser that does not come up is asked again.
dump() {
  local attempt
  for attempt in 1 2 3; do
    timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/profile$attempt" --window-size="1200,$2" \
      --virtual-time-budget=4000 --enable-logging=stderr --dump-dom "file://$1" >"$work/dom" 2>"$work/messages"
    grep -q '</html>' "$work/dom" && return
  done
  echo "FAILED: $1: no page from $browser: $(tail -n 2 "$work/messages")" >&2
  failures=1
}
for page in "$work/one.html" "$work/two/report.html" "$work/tiers.html"; do
  dump "$page" 9000
  if grep -q CONSOLE "$work/messages"; then
    echo "FAILED: $page: the console says $(grep -m3 CONSOLE "$work/messages")" >&2
    failures=1
  fi
  # Sections with charts, and how many charts at least.
  for section in summary:0 latency:3 frontier:2 time:0 energy:1 timeline:4 roofline:1 platform:1 configuration:0; do
    id=${section%:*}
    part=$(tr -d '\n' <"$work/dom" | grep -oE "<section id=\"$id\">.*" | sed 's/<\/section>.*//')
    drawn=$(grep -o '<svg' <<<"$part" | wc -l)
    if [ -z "$part" ] || [ "$drawn" -lt "${section#*:}" ]; then
      echo "FAILED: $page: section $id has $drawn charts, expected ${section#*:} or more" >&2
      failures=1
    fi
    if grep -qE '>(NaN|undefined|null|Infinity)|NaN,' <<<"$part"; then
      echo "FAILED: $page: section $id shows a figure that is none" >&2
      failures=1
    fi
  done
done

dump "$work/tiers.html" 9000
for panel in 'KV stored in dram' 'KV on its way' 'kept for later prompts'; do
  grep -q "$panel" "$work/dom" || { echo "FAILED: tiers: nothing drawn of '$panel'" >&2; failures=1; }
done

# The inference shift, drawn from a small sweep: three charts for its traffic.
cat >"$work/sweep.yaml" <<'END'
waits: [10 ms, 1 s]
memory_prices: [1, 5]
traffic:
  - name: Small
    text: "few tokens"
    systems:
      - {name: "one H100", run: "h100 --model llama-3.1-8b --batch $load --prompt 64 --output 4", loads: [1, 4]}
      - {name: "one <CS-3>", run: "cs3 --model llama-3.1-8b --batch $load --prompt 64 --output 4", loads: [1, 4]}
END
"$strata" shift --sweep "$work/sweep.yaml" --out "$work/shift.md" --html "$work/shift.html" 2>/dev/null || exit 1
dump "$work/shift.html" 2000
if grep -q CONSOLE "$work/messages"; then
  echo "FAILED: shift: the console says $(grep -m3 CONSOLE "$work/messages")" >&2
  failures=1
fi
drawn=$(grep -o 'class="envelope"' "$work/dom" | wc -l)
if [ "$drawn" != 3 ] || [ "$(grep -o '<circle' "$work/dom" | wc -l)" != 12 ] || grep -qE 'd="[^"]*NaN' "$work/dom"; then
  echo "FAILED: shift: $drawn charts with envelopes, expected 3 with four points each" >&2
  failures=1
fi
exit $failures
