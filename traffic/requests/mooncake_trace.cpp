// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/mooncake_trace.hpp"

#include "traffic/requests/json_lines.hpp"

namespace strata::traffic {

namespace {

void read_request(trace_reader& in, const std::string& text) {
  const auto object = object_of(in, text);
  if (!object)
    return;
  constexpr std::int64_t year_ms = 366LL * 86400 * 1000;
  const auto ms = number_of(in, *object, "timestamp", 0, year_ms);
  const auto prompt = tokens_of(in, *object, "input_length"), output = tokens_of(in, *object, "output_length");
  const auto priority = object->contains("priority") ? number_of(in, *object, "priority", 0, highest_priority)
                                                     : std::optional<std::int64_t>(highest_priority);
  if (!ms || !prompt || !output || !priority)
    return;
  if (auto blocks = blocks_of(in, *object, *prompt, mooncake_block_tokens))
    in.add({*ms / 1000, *ms % 1000 * 1'000'000'000}, *prompt, *output, std::move(*blocks),
           static_cast<std::uint32_t>(*priority));
}

} // namespace

request_trace read_mooncake(trace_reader& in, const std::string& first) {
  read_request(in, first);
  while (const std::string* line = in.next_line())
    read_request(in, *line);
  in.finish("JSON lines");
  return in.list(mooncake_block_tokens);
}

} // namespace strata::traffic
