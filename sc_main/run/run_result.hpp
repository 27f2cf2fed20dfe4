// SPDX-License-Identifier: Apache-2.0
// What a simulation hands to the reports: plain data, SI units, no rounding. Amounts, energies and times of a
// component are those of one simulated instance; `represents` says how many physical units it stands for. Phases,
// energy levels and totals cover all physical units.
#pragma once

#include "platforms/site.hpp"
#include "platforms/supply.hpp"
#include "sc_main/report/placement_report.hpp"
#include "sc_main/report/rejections.hpp"
#include "traffic/serving/metrics.hpp"
#include "traffic/serving/service_levels.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

struct meter_result {
  std::string name, unit, level, description;
  double amount = 0;      ///< in `unit`
  double joules = 0;
  double busy_s = 0;
  double peak_per_s = 0;  ///< 0 = no limit of its own
  double utilisation = 0; ///< 0 .. 1
};

struct parameter_result {
  std::string name, value; ///< value as unit text
  std::string source;      ///< published where, derived from what, calibrated on which file, or "default"
  std::string confidence;
};

struct component_result {
  std::string path, type;
  unsigned represents = 1;
  unsigned port_represents = 1; ///< times its meters count where folded peers share it
  double static_power_W = 0;
  std::vector<meter_result> meters;
  std::vector<parameter_result> parameters;
};

struct resource_use {
  std::string resource;
  double utilisation = 0; ///< 0 .. 1
};

/// Time of the lanes of one tensor rank; one step's lanes follow each other, so that per step it is a path.
struct lane_time {
  std::string cause; ///< a core::time_part: "launch", "mma", "memory", "link" ...
  double time_s = 0;
};

/// Useful operations of one kind of engine, or bytes that one memory served, by all of equal components.
struct work_amount {
  std::string resource; ///< "matrix.fp8", "gpu[*].hbm"
  double amount = 0;    ///< FLOP or B
};

/// Time in which the platform did one kind of work: "prefill", "decode", "mixed", "idle"; of replicas the mean.
struct phase_result {
  std::string name;
  double time_s = 0;
  std::uint64_t steps = 0;
  std::uint64_t tokens = 0;  ///< generated
  double energy_J = 0;
  std::string bound_by;      ///< what set the pace, "" where nothing ran
  std::vector<resource_use> utilisation;
  std::vector<lane_time> lanes; ///< longest first
  std::vector<work_amount> operations, memory_traffic;
  std::string pool{};        ///< "prefill" or "decode" where devices are divided so, else ""
};

struct resource_series {
  std::string resource;
  std::vector<double> values;
};

/// Tokens of KV in a tier: in use or stored, and kept in the devices' memory for later prompts.
struct kv_tier_series {
  std::vector<double> used, kept;
};
/// Tokens of KV per second that were on their way between two tiers.
struct kv_way_series {
  std::size_t from, to; ///< indices of tiers
  std::vector<double> values;
};

/// Means over bins of equal length; the last one ends with the run.
struct timeline_result {
  double bin_s = 0;
  std::vector<std::vector<double>> phases;    ///< share of time; idle, prefill, decode, mixed
  std::vector<resource_series> utilisation;   ///< 0 .. 1, most used first
  std::vector<double> power_W;                ///< of the whole platform
  std::vector<kv_tier_series> kv_cache;       ///< by tier
  std::vector<kv_way_series> kv_movements;    ///< of ways that were used
  std::vector<double> waiting, served;        ///< requests
};

/// The netlist's structure, arrays drawn together: what is bound to what.
struct graph_node {
  std::string name, type; ///< "gpu[*].hbm", "dram_controller"
  unsigned count = 0;     ///< physical components
};
struct graph_edge {
  std::string a, b;       ///< names of nodes
  unsigned count = 0;     ///< bindings
};
struct platform_graph {
  std::vector<graph_node> nodes;
  std::vector<graph_edge> edges;
};

/// Energy of one level of the machine ("hbm", "sram", "nvlink", "compute", "static" ...).
struct level_result {
  std::string level;
  double energy_J = 0;
  double bits = 0; ///< moved; 0 for levels that move none
};

struct audit_result {
  std::string name;
  bool passed = false;
  std::string detail; ///< both sides of the check, with units
};

/// A memory of the devices that holds KV in use, or a store behind them. Bytes are those of all physical devices.
struct kv_tier_result {
  std::string memory;
  bool store = false;
  std::uint64_t capacity_tokens = 0;
  double capacity_B = 0;
  double resident_B_s = 0;           ///< KV in it, integrated over time
  std::uint64_t found = 0, evicted = 0; ///< hashed blocks of prompts that were found in it; that had to leave it
  double read_B = 0, written_B = 0;  ///< by copies, of a store
  unsigned pool = 0;                 ///< whose it is; prompts look for their blocks in the first one's
};

/// Of a platform whose netlist gives a price. All of it rests on estimates unless the netlist's sources say otherwise.
struct cost_result {
  double price_usd = 0;   ///< 0 = not known
  double capital_usd = 0; ///< of the price, over the simulated time
  double energy_usd = 0;  ///< likewise, overhead included
  double total_usd() const { return capital_usd + energy_usd; }
};

struct model_result {
  std::string name;
  double parameters = 0;
  unsigned layers = 0;
  std::string weights, kv_dtype; ///< element types
  double weights_B = 0;
  double kv_B_per_token = 0;
};

struct fidelity_result {
  std::string fidelity;              ///< "burst", "stream", "step"
  std::uint64_t steps_simulated = 0;
  std::uint64_t steps_reused = 0;
  std::uint64_t spot_checks = 0;
  double mean_error = 0;             ///< of the reused steps' duration where checked, relative
  double max_error = 0;
};

/// Requests of one class.
struct class_result {
  std::string name;
  traffic::service_objectives objectives;
  traffic::latency_summary latency;
  traffic::service_levels levels;
};

/// What agents' tools computed on the platform's hosts.
struct tool_result {
  std::uint64_t calls = 0;           ///< that needed cores
  unsigned cores = 0;                ///< that hosts have for them
  double core_s = 0;                 ///< core-seconds of work
  double queued_s = 0;               ///< that a call waited for cores, mean
  double utilisation = 0;            ///< of the cores
  double energy_J = 0;               ///< of that work, the hosts' idle power apart
};

/// Sessions of agents.
struct task_result {
  std::uint64_t completed = 0;
  traffic::distribution duration;    ///< s
  std::optional<tool_result> on_hosts; ///< none where tools do not compute there
  double served = 0, tools = 0, people = 0; ///< shares of the sessions' time: some turn served; in gaps, for what they are
};

struct speculation_result {
  std::string drafter;               ///< empty = no speculative decoding
  std::uint32_t tokens = 0;          ///< drafted for a sequence in a step
  double acceptance = 0;
  double outputs_per_step = 0;       ///< tokens that a decoding sequence got out of a step, mean
};

/// Of a model that lies on meshes of cores.
struct mesh_result {
  mesh_use tightest;
  std::vector<path_bounds> path;     ///< of a decode step, without host and links; empty where there are no meshes
  std::optional<defect_cost> defects;
};

/// What a run did while all places were taken.
struct full_load_result {
  double time_s = 0;
  std::uint64_t output_tokens = 0;
  std::vector<component_result> components;
};

struct run_result {
  std::string platform;              ///< name in the netlist
  std::string platform_file;
  std::string configuration;         ///< effective netlist as `strata describe` prints it, with sources
  model_result model;
  std::vector<kv_tier_result> kv_cache;
  mesh_result mesh;
  std::vector<traffic::request_record> requests; ///< in order of arrival, where the run has a folder for them
  std::optional<rejection_result> rejected;
  std::uint64_t skipped = 0;         ///< requests that the trace records as failed
  traffic::prefix_statistics prefixes;
  double handed_over_B = 0;          ///< KV, from the pool that computes prompts to the one that goes on
  std::uint64_t recomputed_tokens = 0; ///< that preempted sequences computed again
  std::optional<task_result> tasks;  ///< where the traffic is made of sessions
  speculation_result speculation;
  traffic::latency_summary latency;
  std::optional<full_load_result> full_load; ///< where there are requests enough
  platform_graph graph;
  timeline_result timeline;
  traffic::service_objectives objectives;
  traffic::service_levels levels_of_service; ///< each request by its class's objectives
  std::vector<class_result> classes; ///< where the traffic has such
  std::vector<unsigned> replicas{1}; ///< of the platform, by pool
  unsigned devices = 0;              ///< physical ones that execute commands, of all replicas
  cost_result costs;
  std::vector<component_result> components;
  std::vector<phase_result> phases;
  std::vector<level_result> levels;
  std::vector<audit_result> audits;
  fidelity_result fidelity;
  double simulated_s = 0;
  double energy_J = 0;               ///< of the whole platform's components over `simulated_s`
  platforms::platform_supply supply; ///< of all replicas
  platforms::platform_site site;
  platforms::site_figures site_figures; ///< of all of the site's systems, each doing what a mean replica did
  double host_cpu_s = 0;             ///< what the simulation cost; the only figure that differs between equal runs

  double mean_power_W() const { return energy_J / simulated_s; }
  /// Where the platform is plugged in; that of its components where the netlist knows no supply.
  double wall_J() const { return simulated_s > 0 ? energy_J + supply.draw(mean_power_W()).total() * simulated_s : energy_J; }
};

} // namespace strata::cli
