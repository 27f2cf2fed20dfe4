// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/metrics.hpp"

#include <algorithm>

namespace strata::traffic {

void latency_account::add(const request_record& r) {
  m_counts.rejected += r.rejected;
  if (!r.completed())
    return;
  ++m_counts.completed;
  m_counts.prompt_tokens += r.prompt;
  m_counts.cached_tokens += r.cached;
  m_counts.preemptions += r.preempted;
  m_counts.output_tokens += r.output;
  m_first = std::min(m_first, r.arrival);
  m_last = std::max(m_last, r.finished);
  m_ttft.add(r.ttft_s());
  m_end_to_end.add(r.end_to_end_s());
  m_queueing.add(r.queueing_s());
  if (r.output > 1) {
    const double tpot = r.decoding_s() / (r.output - 1);
    m_tpot.add(tpot);
    m_user_rates += 1 / tpot;
  }
}

latency_summary latency_account::summary(double elapsed_s) const {
  latency_summary s = m_counts;
  s.ttft = distribution_of(m_ttft);
  s.tpot = distribution_of(m_tpot);
  s.end_to_end = distribution_of(m_end_to_end);
  s.queueing = distribution_of(m_queueing);
  if (m_tpot.count() > 0)
    s.output_tokens_per_s_per_user = m_user_rates / static_cast<double>(m_tpot.count());
  if (s.completed)
    s.makespan_s = to_seconds(m_last - m_first);
  if (elapsed_s > 0) {
    s.output_tokens_per_s = static_cast<double>(s.output_tokens) / elapsed_s;
    s.prompt_tokens_per_s = static_cast<double>(s.prompt_tokens) / elapsed_s;
  }
  return s;
}

} // namespace strata::traffic
