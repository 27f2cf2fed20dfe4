// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/trace_file.hpp"

#include "traffic/requests/agent_trace.hpp"
#include "traffic/requests/azure_trace.hpp"
#include "traffic/requests/burstgpt_trace.hpp"
#include "traffic/requests/json_lines.hpp"
#include "traffic/requests/llmservingsim_trace.hpp"
#include "traffic/requests/mooncake_trace.hpp"
#include "traffic/requests/request_lines.hpp"

namespace strata::traffic {

namespace {

request_trace read_json_lines(trace_reader& in, const std::string& first, const trace_options& options) {
  const auto object = nlohmann::json::parse(first, nullptr, false);
  const auto has = [&object](const char* key) { return object.is_object() && object.contains(key); };
  if (has("format"))
    return read_request_lines(in, first, options);
  if (has("requests"))
    return read_agent_sessions(in, first, options);
  if (has("input_toks") || has("sub_requests"))
    return read_llmservingsim(in, first, options);
  return read_mooncake(in, first);
}

} // namespace

request_trace read_trace(const std::string& file, const trace_options& options) {
  trace_reader in(file, options);
  const std::string* line = in.next_line();
  const std::string first = line ? *line : "";
  if (!first.empty() && first.front() == '{')
    return read_json_lines(in, first, options);
  if (is_burstgpt(first))
    return read_burstgpt(in, first);
  if (line && first != azure_header)
    throw base::input_error({file, 1}, "the header is '" + first + "', expected " + azure_header + " (Azure), " +
                                       burstgpt_header + " (BurstGPT) or a JSON object");
  return read_azure(in);
}

std::unique_ptr<request_source> open_trace(const std::string& file, const trace_options& options, tool_behaviour tools) {
  return source_of(read_trace(file, options), options.sessions, std::move(tools));
}

} // namespace strata::traffic
