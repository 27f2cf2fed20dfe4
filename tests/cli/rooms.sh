#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: docs/architecture.md's rooms, and traffic's folders, each knowing only those below.
# usage: rooms.sh SOURCE_DIR
set -euo pipefail
cd "$1"
grep -rn '^#include "' models platforms traffic sc_main --include='*.?pp' | awk -F'[:"]' '
  BEGIN { split("llm lowering kv requests serving steps", names, " "); for (i in names) height[names[i]] = i }
  function is(path, pattern) { return path ~ "^" pattern }
  function allowed(from, to,   f, t) {
    split(from, f, "/"); split(to, t, "/")
    if (f[1] == "models") return t[1] == "models" && (t[2] == "base" || t[2] == f[2])
    if (f[1] == "traffic" && t[1] == "traffic") return height[t[2]] <= height[f[2]]
    if (f[1] == "traffic") return is(to, "models/(base/|[a-z]+/(registers|command|execution_policy|multicast)[.]hpp)")
    if (f[1] == "platforms") return t[1] == "models" || t[1] == "platforms" || to == "traffic/lowering/platform_view.hpp"
    return 1
  }
  { seen++ }
  !allowed($1, $4) { print $1 ":" $2 ": includes " $4 ", which is no room below its own"; wrong++ }
  END { if (seen < 500) { print "only " seen+0 " includes found, expected the whole source"; exit 1 } exit wrong > 0 }'
