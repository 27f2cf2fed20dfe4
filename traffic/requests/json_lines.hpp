// SPDX-License-Identifier: Apache-2.0
// Fields of a trace's JSON lines, checked; problems go to the trace reader. Kernel-free, private to this folder.
#pragma once

#include "traffic/kv/block_runs.hpp"
#include "traffic/requests/trace_reader.hpp"

#include <nlohmann/json.hpp>

namespace strata::traffic {

/// The object in `text`; nothing, and a problem, where it is none.
std::optional<nlohmann::json> object_of(trace_reader& in, const std::string& text);
/// A whole number under `key` from `least` to `most`; otherwise reports and yields nothing.
std::optional<std::int64_t> number_of(trace_reader& in, const nlohmann::json& object, const char* key,
                                      std::int64_t least, std::int64_t most);
/// Tokens under `key`, as trace_reader::tokens().
std::optional<std::uint32_t> tokens_of(trace_reader& in, const nlohmann::json& object, const char* key);
/// Runs of hashes, [[first, count], ...], none of them above `most`; nothing where `ranges` is something else.
std::optional<std::vector<block_run>> runs_of(const nlohmann::json& ranges, std::uint64_t most);
/// Hashes of `tokens` prompt tokens' blocks: `hash_ids`, or run-length coded as `hash_ranges` [[first, count], ...].
/// Reports and yields nothing where they are neither, or fewer or more than blocks of `block_tokens`, the last one
/// whole or not.
std::optional<std::vector<block_run>> blocks_of(trace_reader& in, const nlohmann::json& object, std::uint32_t tokens,
                                                std::uint32_t block_tokens);

} // namespace strata::traffic
