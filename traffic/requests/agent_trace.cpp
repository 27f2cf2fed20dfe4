// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/agent_trace.hpp"

#include "traffic/requests/json_lines.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

namespace {

using nlohmann::json;
constexpr std::int64_t longest_s = 8'000'000; ///< some 90 days, within what 64 bits of picoseconds hold

class session_reader {
public:
  session_reader(trace_reader& in, const trace_options& options) : m_in(in), m_options(options) {}

  void read(const std::string& text) {
    const auto session = object_of(m_in, text);
    if (!session)
      return;
    const auto size = number_of(m_in, *session, "block_size", 1, 1 << 20);
    if (!size)
      return;
    if (trace.block_tokens == 0)
      trace.block_tokens = static_cast<std::uint32_t>(*size);
    else if (*size != trace.block_tokens)
      return m_in.reject("block_size is " + std::to_string(*size), "expected " + std::to_string(trace.block_tokens) + " as before");
    const auto requests = session->find("requests");
    if (requests == session->end() || !requests->is_array())
      return m_in.reject("requests are missing", "expected a list");
    const std::size_t before = trace.requests.size();
    read_main_line(*requests);
    m_session += trace.requests.size() > before;
  }

  request_trace trace;

private:
  using indices = std::vector<std::uint32_t>;

  bool enough() const { return m_options.requests > 0 && trace.requests.size() >= m_options.requests; }

  void read_main_line(const json& requests) {
    indices before, agents; // what the next request waits for: the last one, and agents that it has started
    double agents_s = 0, carried_s = 0;
    for (const json& entry : requests) {
      if (enough())
        return;
      if (entry.is_object() && entry.value("type", json()) == "subagent") {
        const indices last = read_agent(entry, before);
        agents.insert(agents.end(), last.begin(), last.end());
        agents_s = std::max(agents_s, seconds(entry, "duration_ms") / 1000);
        continue;
      }
      const double gap = carried_s + std::max(0.0, seconds(entry, "think_time") - agents_s);
      agents_s = 0;
      if (read_turn(entry, agents.empty() ? before : agents, gap, before, carried_s))
        agents.clear();
    }
  }

  /// Yields the agent's last turn, if it has any.
  indices read_agent(const json& agent, const indices& start) {
    indices before = start;
    double carried_s = 0;
    const auto requests = agent.find("requests");
    if (requests == agent.end() || !requests->is_array()) {
      m_in.reject("a sub-agent's requests are missing", "expected a list");
      return {};
    }
    for (const json& entry : *requests)
      if (!enough())
        read_turn(entry, before, carried_s + seconds(entry, "think_time"), before, carried_s);
    return before == start ? indices{} : before;
  }

  /// Adds a turn and makes it the last one, which is true then. One that failed is skipped and leaves its gap to the next.
  bool read_turn(const json& entry, const indices& after, double gap_s, indices& last, double& carried_s) {
    if (!entry.is_object()) {
      m_in.reject("a request is no JSON object", "expected one with in, out and think_time");
      return false;
    }
    if (const auto out = entry.find("out"); out != entry.end() && *out == 0) {
      m_in.skip();
      carried_s = gap_s;
      return false;
    }
    const auto prompt = tokens_of(m_in, entry, "in"), output = tokens_of(m_in, entry, "out");
    if (!prompt || !output)
      return false;
    auto blocks = blocks_of(m_in, entry, *prompt, trace.block_tokens);
    if (!blocks)
      return false;
    const bool tools = of_tools(entry);
    const double gap = (tools ? gap_s / m_options.tool_speed : m_options.people ? gap_s : 0) / m_options.rate_scale;
    if (gap > static_cast<double>(longest_s)) {
      m_in.reject("a gap lasts more than " + std::to_string(longest_s) + " s", "expected shorter ones");
      return false;
    }
    constexpr unsigned hash_bits = 40;
    for (block_run& run : *blocks)
      run.first |= std::uint64_t{m_session} << hash_bits;
    trace.links.push_back({m_session, std::llround(gap * 1e12), tools, after});
    last = {static_cast<std::uint32_t>(trace.requests.size())}; // perhaps the same list as `after`
    trace.requests.push_back({trace.requests.size(), no_arrival, *prompt, *output, std::move(*blocks)});
    m_in.count();
    carried_s = 0;
    return true;
  }

  static bool of_tools(const json& entry) {
    const auto types = entry.find("input_types");
    return types != entry.end() && types->is_array() && !types->empty() &&
           std::all_of(types->begin(), types->end(), [](const json& t) { return t == "tool_result"; });
  }

  /// What is missing or null was not recorded: 0.
  double seconds(const json& entry, const char* key) {
    if (!entry.is_object())
      return 0;
    const auto it = entry.find(key);
    if (it == entry.end() || it->is_null())
      return 0;
    if (it->is_number() && it->get<double>() >= 0 && it->get<double>() <= 1e12)
      return it->get<double>();
    m_in.reject(std::string(key) + " is '" + it->dump() + "'", "expected a number >= 0");
    return 0;
  }

  trace_reader& m_in;
  const trace_options& m_options;
  std::uint32_t m_session = 0;
};

} // namespace

request_trace read_agent_sessions(trace_reader& in, const std::string& first, const trace_options& options) {
  session_reader reader(in, options);
  reader.read(first);
  while (const std::string* line = in.next_line())
    reader.read(*line);
  in.finish("JSON lines with requests");
  reader.trace.skipped = in.skipped();
  return std::move(reader.trace);
}

} // namespace strata::traffic
