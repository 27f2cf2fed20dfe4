// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/llmservingsim_trace.hpp"

#include "traffic/requests/json_lines.hpp"
#include "traffic/requests/sampler.hpp"

#include <cmath>
#include <unordered_map>

namespace strata::traffic {

namespace {

using nlohmann::json;
constexpr std::int64_t most_ns = 8'000'000'000'000'000; ///< some 90 days

class workload_reader {
public:
  workload_reader(trace_reader& in, const trace_options& options) : m_in(in), m_options(options) {
    trace.block_tokens = llmservingsim_block_tokens;
  }

  void read(const std::string& text) {
    const auto line = object_of(m_in, text);
    if (!line)
      return;
    const auto ns = number_of(m_in, *line, "arrival_time_ns", 0, most_ns);
    if (!ns)
      return;
    const auto session = static_cast<std::uint32_t>(trace.links.empty() ? 0 : trace.links.back().session + 1);
    const auto steps = line->find("sub_requests");
    if (steps == line->end()) {
      read_request(*line, scaled(*ns, 1), {session, 0, true, {}, true});
      return;
    }
    if (!steps->is_array() || steps->empty())
      return m_in.reject("sub_requests are " + steps->dump(), "expected a list of requests");
    read_session(*steps, scaled(*ns, 1), session);
  }

  request_trace trace;

private:
  std::int64_t scaled(std::int64_t ns, double speed) const {
    const double rate = speed * m_options.rate_scale;
    return rate == 1 ? ns * 1000 : std::llround(static_cast<double>(ns) * 1000 / rate);
  }

  void read_session(const json& steps, std::int64_t arrival, std::uint32_t session) {
    std::int64_t gap = 0;
    std::vector<std::uint32_t> after;
    for (const json& step : steps) {
      if (m_options.requests > 0 && trace.requests.size() >= m_options.requests)
        return;
      if (!step.is_object())
        return m_in.reject("a sub-request is no JSON object", "expected one with input_toks and output_toks");
      const auto number = static_cast<std::uint32_t>(trace.requests.size());
      if (!read_request(step, after.empty() ? arrival : no_arrival, {session, gap, true, after}))
        return;
      after = {number};
      const auto tools = step.contains("tool_duration_ns") ? number_of(m_in, step, "tool_duration_ns", 0, most_ns) : std::optional<std::int64_t>(0);
      if (!tools)
        return;
      gap = scaled(*tools, m_options.tool_speed);
    }
  }

  bool read_request(const json& entry, std::int64_t arrival, session_link link) {
    const auto prompt = tokens_of(m_in, entry, "input_toks"), output = tokens_of(m_in, entry, "output_toks");
    if (!prompt || !output)
      return false;
    request q{trace.requests.size(), arrival, *prompt, *output};
    if (const auto ids = entry.find("input_tok_ids"); ids != entry.end() && !hash_blocks(*ids, q))
      return false;
    trace.requests.push_back(std::move(q));
    trace.links.push_back(std::move(link));
    m_in.count();
    return true;
  }

  /// Equal beginnings of prompts get equal hashes, in sequence as they are first seen, so that they make short runs.
  bool hash_blocks(const json& ids, request& q) {
    if (!ids.is_array() || ids.size() != q.prompt_tokens) {
      m_in.reject("input_tok_ids are not " + std::to_string(q.prompt_tokens) + " token ids", "expected input_toks of them");
      return false;
    }
    std::uint64_t chain = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!ids[i].is_number_unsigned()) {
        m_in.reject("a token id is " + ids[i].dump(), "expected a whole number >= 0");
        return false;
      }
      chain = mixed(chain ^ mixed(ids[i].get<std::uint64_t>() + 1));
      if ((i + 1) % llmservingsim_block_tokens == 0)
        append(q.blocks, m_hashes.try_emplace(chain, m_hashes.size()).first->second, 1);
    }
    return true;
  }

  trace_reader& m_in;
  const trace_options& m_options;
  std::unordered_map<std::uint64_t, std::uint64_t> m_hashes; ///< of a block and all before it -> its number
};

} // namespace

request_trace read_llmservingsim(trace_reader& in, const std::string& first, const trace_options& options) {
  workload_reader reader(in, options);
  reader.read(first);
  while (const std::string* line = in.next_line())
    reader.read(*line);
  in.finish("JSON lines with input_toks, output_toks and arrival_time_ns");
  return without_needless_links(std::move(reader.trace));
}

} // namespace strata::traffic
