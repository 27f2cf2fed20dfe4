// SPDX-License-Identifier: Apache-2.0
// Text and JSON of a microbenchmark.
#include "sc_main/microbench/microbench_report.hpp"

#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

#include <cmath>
#include <numeric>

namespace strata::cli {
namespace {

double pJ_per_bit(double joules, const microbench_result& r, const microbench_point& p) {
  return joules * 1e12 / (r.bits_per_request * static_cast<double>(p.requests));
}
double total_energy(const microbench_point& p) {
  return std::accumulate(p.energy.begin(), p.energy.end(), 0.0, [](double sum, const auto& part) { return sum + part.second; });
}

json point_document(const microbench_result& r, const microbench_point& p) {
  json energy = json::array();
  for (const auto& [name, joules] : p.energy)
    energy.push_back({{"part", name}, {"energy", figure(joules, "J")}, {"energy_per_bit", figure(pJ_per_bit(joules, r, p), "pJ/bit")}});
  const auto& l = p.read_latency;
  return {{"outstanding", figure(static_cast<double>(p.outstanding), "1")},
          {"requests", figure(static_cast<double>(p.requests), "1")},
          {"simulated_time", figure(p.elapsed_s, "s")},
          {"bandwidth", figure(p.bandwidth_B_per_s, "B/s")},
          {"bandwidth_share", figure(p.bandwidth_B_per_s / r.peak_B_per_s, "1")},
          {"read_latency",
           {{"mean", figure(l.mean, "s")}, {"p50", figure(l.p50, "s")}, {"p99", figure(l.p99, "s")}, {"max", figure(p.read_latency_max_s, "s")}}},
          {"row_hit_rate", figure(p.row_hit_rate, "1")},
          {"energy", {{"total", figure(total_energy(p), "J")}, {"energy_per_bit", figure(pJ_per_bit(total_energy(p), r, p), "pJ/bit")}, {"parts", energy}}}};
}

std::string latency_text(double seconds) { return std::isfinite(seconds) ? with_prefix(seconds, "s") : "-"; }

} // namespace

json microbench_document(const microbench_options& options, const microbench_result& r) {
  microbench_options copy = options; // parameters() binds to a mutable object
  json document = {{"schema", "strata.microbench"}, {"schema_version", 1}};
  document["memory"] = options.memory == bench_memory::dram ? "dram" : "sram";
  document["file"] = r.file;
  document["options"] = {{"set", options.set}};
  const auto declared = copy.parameters();
  for (const auto& p : declared.all())
    if (p.name != "json" && p.name != "plot") // where results go is no part of them
      document["options"][p.name] = p.get();
  document["peak_bandwidth"] = figure(r.peak_B_per_s, "B/s");
  document["request_size"] = figure(r.bits_per_request / 8, "B");
  document["result"] = point_document(r, r.loaded);
  document["curve"] = json::array();
  for (const auto& point : r.curve)
    document["curve"].push_back(point_document(r, point));
  document["configuration"] = json::object();
  for (const auto& [name, value] : r.configuration)
    document["configuration"][name] = value;
  document["host"] = {{"cpu_time", figure(r.loaded.cpu_s, "s")},
                      {"requests_per_cpu_second", figure(static_cast<double>(r.loaded.requests) / r.loaded.cpu_s, "1/s")}};
  return document;
}

std::string microbench_text(const microbench_options& options, const microbench_result& r) {
  const auto& p = r.loaded;
  text_table table({{"", text_table::align::left}, {"", text_table::align::left}});
  table.add({"memory", options.standard + ", peak " + with_prefix(r.peak_B_per_s, "B/s")});
  table.add({"load", std::to_string(p.requests) + " accesses of " + with_prefix(r.bits_per_request / 8, "B") + ", " +
                         (p.outstanding ? std::to_string(p.outstanding) + " outstanding" : "as fast as the queues take them")});
  table.add({"simulated", with_prefix(p.elapsed_s, "s")});
  table.add({"bandwidth", with_prefix(p.bandwidth_B_per_s, "B/s") + ", " + percent(p.bandwidth_B_per_s / r.peak_B_per_s) + " of peak"});
  const auto& l = p.read_latency;
  table.add({"read latency", "mean " + latency_text(l.mean) + ", p50 " + latency_text(l.p50) + ", p99 " + latency_text(l.p99) +
                                 ", max " + latency_text(p.read_latency_max_s)});
  if (std::isfinite(p.row_hit_rate))
    table.add({"row hits", percent(p.row_hit_rate)});
  const auto energy = [&](const std::string& name, double joules) {
    table.add({name, with_prefix(joules, "J") + ", " + plain(pJ_per_bit(joules, r, p)) + " pJ/bit"});
  };
  energy("energy", total_energy(p));
  for (const auto& [name, joules] : p.energy)
    energy("  " + name, joules);
  table.add({"speed", with_prefix(static_cast<double>(p.requests) / p.cpu_s, "") + " accesses per CPU second"});
  std::string text = table.text();
  if (!r.curve.empty()) {
    text_table curve({{"outstanding"}, {"bandwidth"}, {"of peak"}, {"mean read latency"}});
    for (const auto& point : r.curve)
      curve.add({std::to_string(point.outstanding), with_prefix(point.bandwidth_B_per_s, "B/s"),
                 percent(point.bandwidth_B_per_s / r.peak_B_per_s), latency_text(point.read_latency.mean)});
    text += "\n" + curve.text();
  }
  return text;
}

} // namespace strata::cli
