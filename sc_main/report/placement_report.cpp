// SPDX-License-Identifier: Apache-2.0
#include "sc_main/report/placement_report.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

constexpr auto left = text_table::align::left;
constexpr std::size_t uncut = 1000;

std::string bytes(double value) { return plain(std::ceil(value)); }

class printer {
public:
  explicit printer(bool markdown) : m_markdown(markdown) {}
  void add(const std::string& title, const text_table& table) {
    m_text += m_markdown ? "\n### " + title + "\n\n" + table.markdown() : "\n" + title + "\n" + table.text(uncut);
  }
  std::string take() { return std::move(m_text); }

private:
  bool m_markdown;
  std::string m_text;
};

} // namespace

mesh_use tightest_stage(const traffic::serving_plan& plan) {
  const auto tightest = std::min_element(plan.stages.begin(), plan.stages.end(), [&plan](const auto& a, const auto& b) {
    return kv_tokens(plan, a) < kv_tokens(plan, b);
  });
  return {name_of(plan, *tightest), core_use_of(plan, *tightest)};
}

std::vector<path_bounds> bounds_of_path(const traffic::serving_plan& plan) {
  const traffic::decode_range range = decode_range_of(plan, traffic::typical_context);
  std::vector<path_bounds> result;
  for (const auto& [name, field] : traffic::path_causes)
    result.push_back({name, range.now.*field, range.low.*field, range.high.*field});
  return result;
}

std::optional<defect_cost> cost_of_defects(const traffic::serving_plan& plan) {
  std::optional<defect_cost> worst;
  for (const auto& ranks : plan.platform->devices) {
    const traffic::mesh_view& m = ranks.front().mesh;
    if (!m.defects)
      continue;
    const defect_cost here{*m.defects, m.columns, m.rows};
    if (!worst || here.lost_cores() > worst->lost_cores())
      worst = here;
  }
  if (worst) {
    worst->path_s = decode_range_of(plan, traffic::typical_context).now.total();
    worst->straight_s = path_without_detours(plan, traffic::typical_context).total();
  }
  return worst;
}

std::vector<std::string> defect_texts(const defect_cost& d) {
  const auto size = [](unsigned columns, unsigned rows) { return std::to_string(columns) + " x " + std::to_string(rows); };
  const double full = double(d.wafer.full_columns) * d.wafer.full_rows;
  return {percent(d.wafer.dead_share) + " of " + size(d.wafer.physical_columns, d.wafer.physical_rows),
          "regular mesh " + size(d.columns, d.rows) + " of " + size(d.wafer.full_columns, d.wafer.full_rows) + ": " +
              percent(d.lost_cores() / full) + " of cores and memory lost",
          plain(d.wafer.across) + " links to the next core across, " + plain(d.wafer.down) + " down: decode steps " +
              percent(d.path_s / d.straight_s - 1) + " longer"};
}

std::string placement_text(const traffic::serving_plan& plan, bool markdown) {
  if (plan.platform->devices.front().front().mesh.columns == 0)
    throw base::input_error({plan.platform->path, 0}, "its devices are no meshes of cores, expected a wafer's platform");
  printer out(markdown);
  text_table regions({{"device", left}, {"rectangle", left}, {"cores"}, {"at"}, {"weights"}, {"activations"}, {"code"},
                      {"left for KV"}, {"KV tokens"}});
  for (const traffic::pipeline_stage& s : plan.stages) {
    const traffic::core_use use = core_use_of(plan, s);
    const auto pair = [](unsigned a, const char* between, unsigned b) { return std::to_string(a) + between + std::to_string(b); };
    regions.add({plan.platform->devices[s.device].front().name, name_of(plan, s), pair(s.region.width, " x ", s.region.height),
                 pair(s.region.x, ", ", s.region.y), bytes(use.weights), bytes(use.activations), bytes(use.code),
                 bytes(use.room() - use.weights), s.layers ? plain(kv_tokens(plan, s)) : "-"});
  }
  out.add("Rectangles; bytes in the fullest core of each, of " + bytes(core_use_of(plan, plan.stages.front()).memory), regions);

  if (const auto defects = cost_of_defects(plan)) {
    text_table dead({{"", left}});
    for (const std::string& text : defect_texts(*defects))
      dead.add({text});
    out.add("Dead cores", dead);
  }

  text_table path({{"cause", left}, {"per layer"}, {"low"}, {"high"}, {"share"}});
  const std::vector<path_bounds> causes = bounds_of_path(plan);
  path_bounds all{"all"};
  for (const path_bounds& c : causes) {
    all.now_s += c.now_s;
    all.low_s += c.low_s;
    all.high_s += c.high_s;
  }
  const double layers = plan.model->layers();
  const auto add = [&](const path_bounds& c) {
    path.add({c.cause, with_prefix(c.now_s / layers, "s"), with_prefix(c.low_s / layers, "s"), with_prefix(c.high_s / layers, "s"),
              percent(c.now_s / all.now_s)});
  };
  for (const path_bounds& c : causes)
    add(c);
  add(all);
  out.add("Path of one decoded token after " + std::to_string(traffic::typical_context) + ", without host and links between devices",
          path);
  text_table estimates({{"estimate", left}, {"low"}, {"high"}});
  for (const traffic::estimate_view& e : plan.platform->devices.front().front().mesh.estimates)
    estimates.add({e.name, e.low, e.high});
  if (!estimates.empty())
    out.add("Where the range comes from", estimates);
  return out.take();
}

} // namespace strata::cli
