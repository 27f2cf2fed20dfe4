#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what is out of date and runs strata. With arguments they are strata's; without, three platforms are compared
# on sample traffic and the report lands in out/compare.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/.ci/build" release strata
strata=$here/build/release/sc_main/strata
(($# == 0)) || exec "$strata" "$@"

cd "$here"
"$strata" compare dgx_h100 cs3_llama70b agentic_dram --model llama-3.1-70b --weights fp8 \
  --trace traffic/samples/conversation.csv --out out/compare
echo "report: $here/out/compare/report.html"
