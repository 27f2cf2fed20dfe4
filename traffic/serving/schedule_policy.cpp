// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/schedule_policy.hpp"

#include <stdexcept>

namespace strata::traffic {

namespace {

struct fcfs final : schedule_policy {
  std::int64_t rank(const request&) const override { return 0; }
};

struct shortest_prompt final : schedule_policy {
  std::int64_t rank(const request& q) const override { return q.prompt_tokens; }
};

struct by_priority final : schedule_policy {
  std::int64_t rank(const request& q) const override { return -std::int64_t{q.priority}; }
};

class by_deadline final : public schedule_policy {
public:
  explicit by_deadline(std::vector<std::int64_t> ttft_ps) : m_ttft(std::move(ttft_ps)) {}
  std::int64_t rank(const request& q) const override {
    return q.arrival_ps + m_ttft.at(q.service) * (1 + highest_priority - std::min(q.priority, highest_priority));
  }
  std::int64_t expires(const request& q) const override { return rank(q); }

private:
  std::vector<std::int64_t> m_ttft;
};

} // namespace

std::unique_ptr<schedule_policy> make_schedule(schedule kind, std::vector<std::int64_t> ttft_ps) {
  switch (kind) {
  case schedule::fcfs: return std::make_unique<fcfs>();
  case schedule::shortest_prompt: return std::make_unique<shortest_prompt>();
  case schedule::priority: return std::make_unique<by_priority>();
  case schedule::deadline: return std::make_unique<by_deadline>(std::move(ttft_ps));
  }
  throw std::invalid_argument("no such schedule");
}

} // namespace strata::traffic
