// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/workload.hpp"

#include "traffic/kv/block_runs.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

namespace {

std::int64_t picoseconds(double s) { return std::llround(s * 1e12); }

/// A step as its client draws it.
struct drawn_step {
  std::uint32_t prompt, output;
  double gap_s;
};

struct drawn_session {
  double start_s;
  const client_group* group;
  std::vector<drawn_step> steps;
};

mixture scaled(mixture m, double factor) {
  for (mixture::part& p : m.parts) {
    p.scale *= factor;
    if (p.kind == family::uniform)
      p.shape *= factor;
  }
  return m;
}

class client {
public:
  client(const client_group& group, double share, std::uint64_t seed)
      : m_group(group), m_random(seed), m_arrivals(group.rate * share, group.gaps, group.profile, sampler(mixed(seed))) {
    m_prompt = scaled(group.prompt, std::exp(group.spread * m_random.normal()));
    m_output = scaled(group.output, std::exp(group.spread * m_random.normal()));
  }

  void draw(double duration_s, std::vector<drawn_session>& sessions) {
    for (double at = m_arrivals.next(); at < duration_s; at = m_arrivals.next())
      sessions.push_back({at, &m_group, steps()});
  }

private:
  std::vector<drawn_step> steps() {
    const std::uint32_t most = m_group.most_context;
    const std::uint32_t output = std::min(sample_tokens(m_random, m_output), most - 1);
    std::vector<drawn_step> all{{std::min(sample_tokens(m_random, m_prompt), most - output), output, 0}};
    if (!m_group.talk)
      return all;
    const conversation& talk = *m_group.talk;
    for (std::uint32_t left = sample_tokens(m_random, talk.turns) - 1; left > 0; --left) {
      const std::uint32_t held = all.back().prompt + all.back().output;
      const std::uint32_t prompt = held + sample_tokens(m_random, talk.append), next = sample_tokens(m_random, m_output);
      const double gap = sample(m_random, talk.gap);
      if (std::uint64_t{prompt} + next > most)
        break;
      all.push_back({prompt, next, gap});
    }
    return all;
  }

  const client_group& m_group;
  sampler m_random;
  arrival_process m_arrivals;
  mixture m_prompt, m_output;
};

std::vector<drawn_session> draw_sessions(const workload& w, std::uint64_t seed) {
  std::vector<drawn_session> sessions;
  for (std::size_t g = 0; g < w.groups.size(); ++g) {
    const client_group& group = w.groups[g];
    double all = 0;
    for (std::uint32_t c = 1; c <= group.clients; ++c)
      all += std::pow(c, -group.skew);
    for (std::uint32_t c = 1; c <= group.clients; ++c)
      client(group, std::pow(c, -group.skew) / all, mixed(mixed(mixed(seed) + g) + c)).draw(w.duration_s, sessions);
  }
  std::stable_sort(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) { return a.start_s < b.start_s; });
  return sessions;
}

} // namespace

request_trace generate(const workload& w, std::uint64_t seed, const trace_options& o) {
  request_trace trace;
  trace.block_tokens = w.block_tokens;
  trace.classes = w.classes;
  std::uint32_t session = 0;
  std::uint64_t hashes = 0;
  for (const drawn_session& s : draw_sessions(w, seed)) {
    const client_group& group = *s.group;
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
      if (o.requests > 0 && trace.requests.size() == o.requests)
        break;
      const drawn_step& step = s.steps[i];
      const auto number = static_cast<std::uint32_t>(trace.requests.size());
      request q{number, i == 0 ? picoseconds(s.start_s / o.rate_scale) : no_arrival, step.prompt, step.output, {}, group.priority, group.service};
      session_link link{session, 0, true, {}, !group.talk};
      if (group.talk) {
        link.tools = group.talk->tools;
        link.gap_ps = picoseconds((link.tools ? step.gap_s / o.tool_speed : o.people ? step.gap_s : 0) / o.rate_scale);
      }
      if (group.talk && w.block_tokens > 0) {
        if (i > 0)
          append_first(q.blocks, trace.requests.back().blocks, ~0u);
        const std::uint32_t own = step.prompt / w.block_tokens - count_of(q.blocks);
        append(q.blocks, hashes, own);
        hashes += own;
      }
      if (i > 0)
        link.after = {number - 1};
      trace.requests.push_back(std::move(q));
      trace.links.push_back(std::move(link));
    }
    ++session;
    if (o.requests > 0 && trace.requests.size() == o.requests)
      break;
  }
  if (trace.requests.empty())
    throw base::input_error({}, "no client of the workload asks in its duration, expected a longer one or higher rates");
  return without_needless_links(std::move(trace));
}

} // namespace strata::traffic
