// SPDX-License-Identifier: Apache-2.0
#include "traffic/trace_file.hpp"

#include "traffic/agent_trace.hpp"
#include "traffic/azure_trace.hpp"
#include "traffic/burstgpt_trace.hpp"
#include "traffic/json_lines.hpp"
#include "traffic/mooncake_trace.hpp"

namespace strata::traffic {

std::unique_ptr<request_source> open_trace(const std::string& file, const trace_options& options) {
  trace_reader in(file, options);
  const std::string* line = in.next_line();
  const std::string first = line ? *line : "";
  if (!first.empty() && first.front() == '{') {
    const auto object = nlohmann::json::parse(first, nullptr, false);
    return object.is_object() && object.contains("requests") ? read_agent_sessions(in, first, options)
                                                             : read_mooncake(in, first);
  }
  if (is_burstgpt(first))
    return read_burstgpt(in, first);
  if (line && first != azure_header)
    throw base::input_error({file, 1}, "the header is '" + first + "', expected " + azure_header + " (Azure), " +
                                       burstgpt_header + " (BurstGPT) or a JSON object");
  return read_azure(in);
}

} // namespace strata::traffic
