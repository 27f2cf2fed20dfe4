// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/json_lines.hpp"

namespace strata::traffic {

namespace {

using nlohmann::json;
constexpr std::uint64_t most_hash = (std::uint64_t{1} << 40) - 1; // leaves room for a session's number above it
constexpr std::uint64_t most_blocks = 1 << 24;

bool hash(const json& value, std::uint64_t most = most_hash) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= most;
}

std::optional<std::vector<block_run>> ids_of(const json& ids) {
  std::vector<block_run> runs;
  if (!ids.is_array())
    return std::nullopt;
  for (const json& id : ids) {
    if (!hash(id))
      return std::nullopt;
    append(runs, id.get<std::uint64_t>(), 1);
  }
  return runs;
}

} // namespace

std::optional<std::vector<block_run>> runs_of(const json& ranges, std::uint64_t most) {
  std::vector<block_run> runs;
  if (!ranges.is_array())
    return std::nullopt;
  for (const json& r : ranges) {
    if (!r.is_array() || r.size() != 2 || !hash(r[0], most) || !r[1].is_number_unsigned() ||
        r[1].get<std::uint64_t>() > most_blocks)
      return std::nullopt;
    append(runs, r[0].get<std::uint64_t>(), r[1].get<std::uint32_t>());
  }
  return runs;
}

std::optional<json> object_of(trace_reader& in, const std::string& text) {
  json object = json::parse(text, nullptr, false);
  if (object.is_object())
    return object;
  in.reject("the line is no JSON object", "expected one on each line");
  return std::nullopt;
}

std::optional<std::int64_t> number_of(trace_reader& in, const json& object, const char* key, std::int64_t least,
                                      std::int64_t most) {
  const auto it = object.find(key);
  if (it != object.end() && it->is_number_integer() && it->get<std::int64_t>() >= least && it->get<std::int64_t>() <= most)
    return it->get<std::int64_t>();
  in.reject(it == object.end() ? std::string(key) + " is missing" : std::string(key) + " is '" + it->dump() + "'",
            "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::uint32_t> tokens_of(trace_reader& in, const json& object, const char* key) {
  const auto it = object.find(key);
  return in.tokens(key, it == object.end() ? std::string() : it->dump());
}

std::optional<std::vector<block_run>> blocks_of(trace_reader& in, const json& object, std::uint32_t tokens,
                                                std::uint32_t block_tokens) {
  const auto ids = object.find("hash_ids"), ranges = object.find("hash_ranges");
  const auto found = ids != object.end()      ? ids_of(*ids)
                     : ranges != object.end() ? runs_of(*ranges, most_hash)
                                              : std::nullopt;
  if (!found) {
    in.reject("the hashes of the prompt's blocks are missing or wrong",
              "expected hash_ids [id, ...] or hash_ranges [[first, count], ...]");
    return std::nullopt;
  }
  const std::uint64_t count = count_of(*found);
  const std::uint64_t whole = tokens / block_tokens;
  if (count == whole || (count == whole + 1 && tokens % block_tokens > 0))
    return found;
  in.reject(std::to_string(count) + " hashes for " + std::to_string(tokens) + " tokens",
            "expected one for each block of " + std::to_string(block_tokens));
  return std::nullopt;
}

} // namespace strata::traffic
