#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything that is out of date and runs the tests. Arguments are ctest's, e.g. ./test.sh -R quantity.
# STRATA_PRESET=asan or debug tests another build.
set -euo pipefail
cd "$(dirname "$0")"
preset=${STRATA_PRESET:-release}
.ci/build "$preset"
exec ctest --preset "$preset" -j2 "$@"
