// SPDX-License-Identifier: Apache-2.0
// The result document, docs/result_schema.md.
#include "sc_main/report/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace strata::cli {
namespace {

/// Series are there to be looked at: four digits do.
json series(const std::vector<double>& values) {
  json list = json::array();
  for (const double v : values) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", v);
    list.push_back(std::isfinite(v) ? json(std::strtod(text.data(), nullptr)) : json());
  }
  return list;
}

json distribution(const traffic::distribution& d) {
  return {{"unit", "s"}, {"mean", d.mean}, {"p50", d.p50}, {"p90", d.p90}, {"p99", d.p99}, {"quantiles", series(d.quantiles)}};
}

json graph_document(const platform_graph& g) {
  json nodes = json::array(), edges = json::array();
  for (const auto& n : g.nodes)
    nodes.push_back({{"name", n.name}, {"type", n.type}, {"count", n.count}});
  for (const auto& e : g.edges)
    edges.push_back({{"a", e.a}, {"b", e.b}, {"count", e.count}});
  return {{"nodes", nodes}, {"edges", edges}};
}

json timeline_document(const timeline_result& t, const std::vector<kv_tier_result>& tiers) {
  static constexpr const char* phases[] = {"idle", "prefill", "decode", "mixed"};
  json document = {{"bin", figure(t.bin_s, "s")}, {"phases", json::array()}, {"utilisation", json::array()}};
  for (std::size_t i = 0; i < t.phases.size(); ++i)
    document["phases"].push_back({{"name", phases[i]}, {"unit", "1"}, {"values", series(t.phases[i])}});
  for (const auto& u : t.utilisation)
    document["utilisation"].push_back({{"resource", u.resource}, {"unit", "1"}, {"values", series(u.values)}});
  document["power"] = {{"unit", "W"}, {"values", series(t.power_W)}};
  document["kv_cache"] = json::array();
  for (const auto& tier : t.kv_cache)
    document["kv_cache"].push_back({{"unit", "token"}, {"values", series(tier.used)}, {"kept", series(tier.kept)}});
  document["kv_movements"] = json::array();
  for (const auto& way : t.kv_movements)
    document["kv_movements"].push_back({{"from", tiers[way.from].memory}, {"to", tiers[way.to].memory}, {"unit", "token/s"}, {"values", series(way.values)}});
  document["requests"] = {{"unit", "1"}, {"waiting", series(t.waiting)}, {"in_service", series(t.served)}};
  return document;
}

json work_document(const std::vector<work_amount>& work, const char* unit) {
  json list = json::array();
  for (const auto& w : work)
    list.push_back({{"resource", w.resource}, {"amount", figure(w.amount, unit)}});
  return list;
}

json options_document(const run_options& options) {
  run_options copy = options; // option_groups() binds to a mutable object
  json document = {{"platform", options.platform}, {"set", options.set}};
  for (const auto& group : option_groups(copy))
    for (const auto& p : group.options.all())
      if (p.name != "out" && p.name != "perfetto") // where results lie is no part of the results
        document[p.name] = p.get();
  return document;
}

json component_document(const component_result& c, double elapsed_s) {
  double dynamic_J = 0;
  json meters = json::array();
  for (const auto& m : c.meters) {
    dynamic_J += m.joules;
    meters.push_back({{"name", m.name},
                      {"level", m.level},
                      {"description", m.description},
                      {"amount", figure(m.amount, m.unit)},
                      {"energy", figure(m.joules, "J")},
                      {"busy", figure(m.busy_s, "s")},
                      {"peak", m.peak_per_s > 0 ? figure(m.peak_per_s, m.unit + "/s") : json()},
                      {"utilisation", figure(m.utilisation, "1")}});
  }
  json parameters = json::array();
  for (const auto& p : c.parameters)
    parameters.push_back({{"name", p.name}, {"value", p.value}, {"source", p.source}, {"confidence", p.confidence}});
  return {{"path", c.path},
          {"type", c.type},
          {"represents", c.represents},
          {"port_represents", c.port_represents},
          {"static_power", figure(c.static_power_W, "W")},
          {"energy", figure(c.represents * (c.port_represents * dynamic_J + c.static_power_W * elapsed_s), "J")},
          {"meters", meters},
          {"parameters", parameters}};
}

/// The part of what it could have done that nothing used while a phase lasted.
double stranded(const phase_result& p, const char* resource) {
  double used = 0;
  for (const resource_use& u : p.utilisation)
    if (u.resource.find(resource) != std::string::npos)
      used = std::max(used, u.utilisation);
  return 1 - used;
}

json phase_document(const phase_result& p, double elapsed_s) {
  json uses = json::array();
  for (const auto& u : p.utilisation)
    uses.push_back({{"resource", u.resource}, {"utilisation", figure(u.utilisation, "1")}});
  json lanes = json::array();
  for (const auto& l : p.lanes)
    lanes.push_back({{"cause", l.cause}, {"time", figure(l.time_s, "s")}});
  return {{"name", p.name},
          {"pool", p.pool},
          {"time", figure(p.time_s, "s")},
          {"time_share", figure(p.time_s / elapsed_s, "1")},
          {"steps", figure(static_cast<double>(p.steps), "1")},
          {"tokens", figure(static_cast<double>(p.tokens), "token")},
          {"energy", figure(p.energy_J, "J")},
          {"bound_by", p.bound_by},
          {"stranded_compute", figure(p.steps > 0 ? stranded(p, ".matrix.") : 1, "1")},
          {"stranded_bandwidth", figure(p.steps > 0 ? stranded(p, ".controller") : 1, "1")},
          {"utilisation", uses},
          {"lane_time", lanes},
          {"operations", work_document(p.operations, "FLOP")},
          {"memory_traffic", work_document(p.memory_traffic, "B")}};
}

json mesh_document(const mesh_result& m) {
  const traffic::core_use& c = m.tightest.core;
  json path = json::array();
  for (const path_bounds& p : m.path)
    path.push_back({{"cause", p.cause}, {"time", figure(p.now_s, "s")}, {"low", figure(p.low_s, "s")}, {"high", figure(p.high_s, "s")}});
  json document{{"tightest_core",
                 {{"stage", m.tightest.stage},
                  {"memory", figure(c.memory, "B")},
                  {"weights", figure(c.weights, "B")},
                  {"activations", figure(c.activations, "B")},
                  {"code", figure(c.code, "B")},
                  {"left_for_kv", figure(c.room() - c.weights, "B")}}},
                {"decode_path", path}};
  if (m.defects)
    document["defects"] = {{"text", defect_texts(*m.defects)},
                           {"dead_cores", figure(m.defects->wafer.dead_share, "1")},
                           {"lost_cores", figure(m.defects->lost_cores(), "1")},
                           {"links_across", figure(m.defects->wafer.across, "1")},
                           {"links_down", figure(m.defects->wafer.down, "1")},
                           {"decode_path", figure(m.defects->path_s, "s")},
                           {"decode_path_without_detours", figure(m.defects->straight_s, "s")}};
  return document;
}

json rejection_document(const rejection_result& r) {
  return {{"longest", figure(static_cast<double>(r.tokens), "token")},
          {"shortfall_tokens", figure(static_cast<double>(r.shortfall_tokens), "token")},
          {"shortfall", figure(r.shortfall_B, "B")},
          {"expected", r.remedies}};
}

json estimate_document(const traffic::estimate& e, const std::string& unit) {
  return {{"unit", unit}, {"mean", e.mean}, {"half_width_95", e.half_width > 0 ? json(e.half_width) : json()}};
}

json service_document(const run_result& r) {
  const traffic::service_levels& s = r.levels_of_service;
  return {{"objective_ttft", figure(r.objectives.ttft_s, "s")},
          {"objective_tpot", figure(r.objectives.tpot_s, "s")},
          {"steady", s.steady},
          {"warm_up_requests", figure(static_cast<double>(s.warm_up), "1")},
          {"counted_requests", figure(static_cast<double>(s.counted), "1")},
          {"met_ttft", figure(s.met_ttft, "1")},
          {"met_tpot", figure(s.met_tpot, "1")},
          {"met_both", figure(s.met, "1")},
          {"goodput", figure(s.goodput_per_s, "1/s")},
          {"good_output", figure(s.good_tokens_per_s, "token/s")},
          {"ttft", estimate_document(s.ttft_s, "s")},
          {"normalised_latency", estimate_document(s.normalised_s, "s/token")},
          {"normalised_latency_distribution", distribution(s.normalised)}};
}

json classes_document(const std::vector<class_result>& classes) {
  json list = json::array();
  for (const class_result& c : classes)
    list.push_back({{"name", c.name},
                    {"objective_ttft", figure(c.objectives.ttft_s, "s")},
                    {"objective_tpot", figure(c.objectives.tpot_s, "s")},
                    {"completed", figure(static_cast<double>(c.latency.completed), "1")},
                    {"rejected", figure(static_cast<double>(c.latency.rejected), "1")},
                    {"prompt_tokens", figure(static_cast<double>(c.latency.prompt_tokens), "token")},
                    {"output_tokens", figure(static_cast<double>(c.latency.output_tokens), "token")},
                    {"ttft", distribution(c.latency.ttft)},
                    {"tpot", distribution(c.latency.tpot)},
                    {"end_to_end", distribution(c.latency.end_to_end)},
                    {"met_ttft", figure(c.levels.met_ttft, "1")},
                    {"met_tpot", figure(c.levels.met_tpot, "1")},
                    {"met_both", figure(c.levels.met, "1")},
                    {"goodput", figure(c.levels.goodput_per_s, "1/s")},
                    {"good_output", figure(c.levels.good_tokens_per_s, "token/s")}});
  return list;
}

/// Of a task, what the whole platform spent in the time of one.
json task_document(const task_result& t, const run_result& r) {
  const double none = std::numeric_limits<double>::quiet_NaN(), tasks = static_cast<double>(t.completed);
  json d = {{"completed", figure(tasks, "1")},
            {"per_hour", figure(tasks / r.simulated_s * 3600, "1/h")},
            {"duration", distribution(t.duration)},
            {"served", figure(t.served, "1")},
            {"tools", figure(t.tools, "1")},
            {"people", figure(t.people, "1")},
            {"energy", figure(tasks > 0 ? r.energy_J / tasks : none, "J")},
            {"cost", figure(tasks > 0 && r.costs.price_usd > 0 ? r.costs.total_usd() / tasks : none, "USD")}};
  if (const auto& h = t.on_hosts)
    d["on_hosts"] = {{"calls", figure(static_cast<double>(h->calls), "1")}, {"cores", figure(h->cores, "1")},
                     {"core_time", figure(h->core_s, "s")},                 {"queued", figure(h->queued_s, "s")},
                     {"utilisation", figure(h->utilisation, "1")},          {"energy", figure(h->energy_J, "J")}};
  return d;
}

/// Null where the netlist gives no price.
json cost_document(const run_result& r) {
  if (r.costs.price_usd <= 0)
    return nullptr;
  const double tokens = static_cast<double>(r.latency.output_tokens);
  return {{"price", figure(r.costs.price_usd, "USD")},
          {"capital", figure(r.costs.capital_usd, "USD")},
          {"energy", figure(r.costs.energy_usd, "USD")},
          {"per_million_output_tokens", figure(r.costs.total_usd() / tokens * 1e6, "USD")},
          {"per_million_tokens", figure(r.costs.total_usd() / (tokens + static_cast<double>(r.latency.prompt_tokens)) * 1e6, "USD")},
          {"output_per_dollar", figure(tokens / r.costs.total_usd(), "token/USD")}};
}

json level_document(const level_result& l, double total_J) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  return {{"level", l.level},
          {"energy", figure(l.energy_J, "J")},
          {"share", figure(l.energy_J / total_J, "1")},
          {"moved", figure(l.bits, "bit")},
          {"energy_per_bit", figure(l.bits > 0 ? l.energy_J / l.bits * 1e12 : none, "pJ/bit")}};
}

/// Null where the netlist knows no supply.
json wall_document(const run_result& r) {
  if (!r.supply.known())
    return nullptr;
  const platforms::supply_draw d = r.supply.draw(r.mean_power_W());
  const double power = r.mean_power_W() + d.total();
  json parts = json::array();
  for (const auto& [name, watts] : {std::pair{"components", r.mean_power_W()}, {"network cards", d.network_cards}, {"storage", d.storage},
                                    {"cooling", d.cooling}, {"conversion", d.conversion}})
    parts.push_back({{"part", name}, {"power", figure(watts, "W")}, {"share", figure(watts / power, "1")}});
  return {{"total", figure(r.wall_J(), "J")},
          {"per_output_token", figure(r.wall_J() / static_cast<double>(r.latency.output_tokens), "J/token")},
          {"mean_power", figure(power, "W")},
          {"parts", parts}};
}

/// Null where the netlist is of no site.
json site_document(const run_result& r) {
  if (!r.site.known())
    return nullptr;
  const platforms::site_figures& f = r.site_figures;
  return {{"systems", figure(r.site.systems, "1")},
          {"running", figure(f.running, "1")},
          {"output", figure(f.output_per_s, "token/s")},
          {"power", figure(f.power_W, "W")},
          {"limit", r.site.limit.value() > 0 ? figure(r.site.limit.value(), "W") : json()},
          {"cost", figure(f.usd_per_hour > 0 ? f.usd_per_hour : std::numeric_limits<double>::quiet_NaN(), "USD/h")}};
}

} // namespace

json figure(double value, const std::string& unit) {
  return {{"value", std::isfinite(value) ? json(value) : json()}, {"unit", unit}};
}

double value_of(const json& figure) {
  const auto& value = figure.at("value");
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

namespace {
/// Null where there was no cache to ask.
json prefix_cache_document(const run_result& r) {
  const traffic::prefix_statistics& p = r.prefixes;
  if (p.block_tokens == 0)
    return nullptr;
  const auto count = [](std::uint64_t n, const char* unit) { return figure(static_cast<double>(n), unit); };
  std::uint64_t found = 0;
  for (const kv_tier_result& t : r.kv_cache)
    found += t.pool == 0 ? t.found : 0;
  return {{"block", count(p.block_tokens, "token")},
          {"blocks_asked", count(p.asked, "1")},
          {"blocks_found", count(found, "1")},
          {"hit_rate", figure(static_cast<double>(found) / static_cast<double>(p.asked), "1")},
          {"blocks_evicted", count(p.evicted, "1")},
          {"blocks_lost", count(p.lost, "1")},
          {"cached_tokens", count(r.latency.cached_tokens, "token")},
          {"computed_tokens", count(r.latency.prompt_tokens - r.latency.cached_tokens, "token")}};
}

json tier_document(const kv_tier_result& t, const run_result& r) {
  const auto count = [](std::uint64_t n) { return figure(static_cast<double>(n), "1"); };
  return {{"memory", t.memory},
          {"store", t.store},
          {"capacity", figure(t.capacity_B, "B")},
          {"capacity_tokens", figure(static_cast<double>(t.capacity_tokens), "token")},
          {"resident", figure(t.resident_B_s, "B s")},
          {"used", figure(t.resident_B_s / (t.capacity_B * r.simulated_s), "1")},
          {"blocks_found", count(t.found)},
          {"hit_rate", figure(static_cast<double>(t.found) / static_cast<double>(r.prefixes.asked), "1")},
          {"blocks_evicted", count(t.evicted)},
          {"read", figure(t.read_B, "B")},
          {"written", figure(t.written_B, "B")}};
}
} // namespace

json result_document(const run_options& options, const run_result& r) {
  const auto& l = r.latency;
  const double output_tokens = static_cast<double>(l.output_tokens);
  json document = {{"schema", "strata.result"}, {"schema_version", result_schema_version}};
  document["platform"] = {{"name", r.platform},
                          {"file", r.platform_file},
                          {"replicas", figure(r.replicas.front(), "1")},
                          {"graph", graph_document(r.graph)}};
  if (r.replicas.size() > 1)
    document["platform"]["decode_replicas"] = figure(r.replicas[1], "1");
  document["options"] = options_document(options);
  document["traffic"] = traffic_text(options);
  document["model"] = {{"name", r.model.name},
                       {"parameters", figure(r.model.parameters, "1")},
                       {"layers", figure(r.model.layers, "1")},
                       {"weights_type", r.model.weights},
                       {"kv_type", r.model.kv_dtype},
                       {"weights", figure(r.model.weights_B, "B")},
                       {"kv_per_token", figure(r.model.kv_B_per_token, "B/token")}};
  document["kv_cache"] = json::array();
  for (const auto& tier : r.kv_cache)
    document["kv_cache"].push_back(tier_document(tier, r));
  if (!r.mesh.path.empty())
    document["mesh"] = mesh_document(r.mesh);
  document["requests"] = {{"completed", figure(static_cast<double>(l.completed), "1")},
                          {"rejected", figure(static_cast<double>(l.rejected), "1")},
                          {"skipped", figure(static_cast<double>(r.skipped), "1")},
                          {"prompt_tokens", figure(static_cast<double>(l.prompt_tokens), "token")},
                          {"output_tokens", figure(output_tokens, "token")}};
  document["requests"]["preemptions"] = figure(static_cast<double>(l.preemptions), "1");
  document["requests"]["recomputed_tokens"] = figure(static_cast<double>(r.recomputed_tokens), "token");
  if (r.rejected)
    document["requests"]["rejection"] = rejection_document(*r.rejected);
  if (r.tasks)
    document["tasks"] = task_document(*r.tasks, r);
  if (!r.speculation.drafter.empty())
    document["speculation"] = {{"drafter", r.speculation.drafter},
                               {"drafted", figure(r.speculation.tokens, "token")},
                               {"acceptance", figure(r.speculation.acceptance, "1")},
                               {"output_per_step", figure(r.speculation.outputs_per_step, "token")}};
  document["handed_over"] = figure(r.handed_over_B, "B");
  document["prefix_cache"] = prefix_cache_document(r);
  document["simulated_time"] = figure(r.simulated_s, "s");
  document["latency"] = {{"ttft", distribution(l.ttft)},
                         {"tpot", distribution(l.tpot)},
                         {"inter_token", distribution(l.gap)},
                         {"end_to_end", distribution(l.end_to_end)},
                         {"queueing", distribution(l.queueing)}};
  document["throughput"] = {{"output_total", figure(l.output_tokens_per_s, "token/s")},
                            {"output_per_user", figure(l.output_tokens_per_s_per_user, "token/s")},
                            {"prompt_total", figure(l.prompt_tokens_per_s, "token/s")},
                            {"output_per_device", figure(l.output_tokens_per_s / r.devices, "token/s")},
                            {"output_per_MW", figure(l.output_tokens_per_s / r.mean_power_W() * 1e6, "token/s")}};
  document["service"] = service_document(r);
  if (!r.classes.empty())
    document["classes"] = classes_document(r.classes);
  document["cost"] = cost_document(r);
  document["site"] = site_document(r);
  document["energy"] = {{"total", figure(r.energy_J, "J")},
                        {"per_output_token", figure(r.energy_J / output_tokens, "J/token")},
                        {"mean_power", figure(r.mean_power_W(), "W")},
                        {"levels", json::array()}};
  for (const auto& level : r.levels)
    document["energy"]["levels"].push_back(level_document(level, r.energy_J));
  document["energy"]["wall"] = wall_document(r);
  document["phases"] = json::array();
  for (const auto& phase : r.phases)
    document["phases"].push_back(phase_document(phase, r.simulated_s));
  document["timeline"] = timeline_document(r.timeline, r.kv_cache);
  document["components"] = json::array();
  for (const auto& component : r.components)
    document["components"].push_back(component_document(component, r.simulated_s));
  document["fidelity"] = {{"level", r.fidelity.fidelity},
                          {"steps_simulated", figure(static_cast<double>(r.fidelity.steps_simulated), "1")},
                          {"steps_reused", figure(static_cast<double>(r.fidelity.steps_reused), "1")},
                          {"spot_checks", figure(static_cast<double>(r.fidelity.spot_checks), "1")},
                          {"mean_error", figure(r.fidelity.mean_error, "1")},
                          {"max_error", figure(r.fidelity.max_error, "1")}};
  document["audits"] = json::array();
  for (const auto& a : r.audits)
    document["audits"].push_back({{"name", a.name}, {"passed", a.passed}, {"detail", a.detail}});
  document["configuration"] = r.configuration;
  document["host"] = {{"cpu_time", figure(r.host_cpu_s, "s")},
                      {"output_tokens_per_cpu_second", figure(output_tokens / r.host_cpu_s, "token/s")}};
  return document;
}

std::vector<std::string> failed_audits(const json& result) {
  std::vector<std::string> names;
  for (const auto& audit : result.at("audits"))
    if (!audit.at("passed").get<bool>())
      names.push_back(audit.at("name"));
  return names;
}

} // namespace strata::cli
