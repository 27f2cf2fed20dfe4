// SPDX-License-Identifier: Apache-2.0
#include "sc_main/command/platform_list.hpp"

#include "platforms/elaborator.hpp"
#include "platforms/provenance.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/command/model_directories.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/serving_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace strata::cli {
namespace {

constexpr std::uint64_t least_context = 4096; ///< tokens

/// All bundled ones, that of most parameters first.
std::vector<traffic::llm_architecture> models_by_size() {
  std::vector<traffic::llm_architecture> models;
  const auto directories = model_directories();
  for (const std::string& name : traffic::bundled_models(directories))
    models.push_back(traffic::load_llm(name, directories));
  std::stable_sort(models.begin(), models.end(), [](const auto& a, const auto& b) { return a.parameter_count() > b.parameter_count(); });
  return models;
}

bool fits(const platforms::checked_platform& platform, const traffic::llm_architecture& model) {
  try {
    const auto pools = platform.pools();
    return std::all_of(pools.begin(), pools.end(), [&model](const traffic::platform_view* pool) {
      const auto plan = traffic::make_plan(*pool, model, {});
      return std::accumulate(plan.kv_capacity_tokens.begin(), plan.kv_capacity_tokens.end(), std::uint64_t{0}) >= least_context;
    });
  } catch (const base::input_error&) {
    return false; // says why; here the next one is tried
  }
}

/// Whole per cents.
std::string share(const platforms::provenance& p, platforms::provenance::kind kind) {
  return std::to_string(std::lround(100 * p.share(kind))) + " %";
}

} // namespace

std::string largest_model(const platforms::checked_platform& platform) {
  static const auto models = models_by_size();
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& m) { return fits(platform, m); });
  return found == models.end() ? "" : found->name;
}

text_table platform_list() {
  using align = text_table::align;
  text_table table({{"platform", align::left}, {"serves up to", align::left}, {"published"}, {"derived"}, {"calibrated"}, {"estimate"}, {"", align::left}});
  for (const auto& name : platforms::shipped_platforms()) {
    const auto platform = platforms::check(platforms::load_netlist(platforms::find_platform(name)));
    const auto p = platforms::provenance_of(platform);
    const std::string model = platform.view.devices.empty() ? "" : largest_model(platform);
    table.add({name, model.empty() ? "-" : model, share(p, platforms::provenance::published), share(p, platforms::provenance::derived),
               share(p, platforms::provenance::calibrated), share(p, platforms::provenance::estimate), platform.summary});
  }
  return table;
}

} // namespace strata::cli
