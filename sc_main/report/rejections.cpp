// SPDX-License-Identifier: Apache-2.0
#include "sc_main/report/rejections.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/run/run_result.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace strata::cli {

namespace {

/// Whole blocks of all memories.
std::uint64_t capacity(const traffic::serving_plan& plan, std::uint64_t block) {
  std::uint64_t tokens = 0;
  for (const std::uint64_t t : plan.kv_capacity_tokens)
    tokens += t / block * block;
  return tokens;
}

} // namespace

rejection_result rejections(std::uint64_t requests, const traffic::request_record& largest, std::uint64_t block,
                            const traffic::serving_plan& plan, const traffic::plan_options& options) {
  rejection_result r;
  r.requests = requests;
  r.tokens = std::uint64_t{largest.prompt} + largest.output;
  r.shortfall_tokens = largest.shortfall_tokens;
  r.capacity_tokens = capacity(plan, block);
  const auto holds = [&](const traffic::serving_plan& p) { return capacity(p, block) >= r.capacity_tokens + r.shortfall_tokens; };
  r.shortfall_B = static_cast<double>(r.shortfall_tokens * plan.model->kv_elements_per_token()) * plan.formats.kv.bytes();
  r.remedies.push_back("at most " + std::to_string(r.capacity_tokens) + " tokens");
  traffic::tensor_formats narrow = plan.formats;
  narrow.kv = traffic::number_format::parse("fp8");
  if (narrow.kv.bytes() < plan.formats.kv.bytes() && holds(traffic::make_plan(*plan.platform, *plan.model, narrow, options)))
    r.remedies.push_back("--kv-dtype fp8");
  if (const traffic::plan_options& o = options; plan.groups() == 1 && !o.draft.model && !plan.stages.front().region.width) {
    const std::uint64_t of_a_set = std::max<std::uint64_t>(1, r.capacity_tokens / plan.sets);
    const std::uint64_t sets = (r.capacity_tokens + r.shortfall_tokens + of_a_set - 1) / of_a_set;
    r.remedies.push_back("--context-parallel " + std::to_string(sets) + " over " +
                         std::to_string(sets * plan.split() * plan.devices.size()) + " such devices");
  }
  if (const auto devices = traffic::devices_needed(*plan.platform, *plan.model, plan.formats, options, holds))
    r.remedies.push_back(std::to_string(*devices) + " or more such devices");
  return r;
}

std::string rejection_text(const rejection_result& r) {
  std::string text = std::to_string(r.requests) + (r.requests == 1 ? " request needs" : " requests need") +
                     " more KV cache than there is: the longest, " + std::to_string(r.tokens) + " tokens, lacks " +
                     std::to_string(r.shortfall_tokens) + " tokens = " + with_prefix(r.shortfall_B, "B") + ". Expected ";
  for (std::size_t i = 0; i < r.remedies.size(); ++i)
    text += (i == 0 ? "" : i + 1 == r.remedies.size() ? " or " : ", ") + r.remedies[i];
  return text;
}

void tell_of_rejections(const run_result& r) {
  if (!r.rejected)
    return;
  if (r.latency.completed == 0)
    throw base::input_error({r.platform_file, 0}, "nothing could be served: " + rejection_text(*r.rejected));
  spdlog::warn("{}: {}", r.platform, rejection_text(*r.rejected));
}

} // namespace strata::cli
