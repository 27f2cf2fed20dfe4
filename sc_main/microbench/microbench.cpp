// SPDX-License-Identifier: Apache-2.0
// Loading a memory: bursts on the channels themselves, tensor-sized transfers on the timing policy.
#include "sc_main/microbench/microbench.hpp"

#include "sc_main/command/command_line.hpp"
#include "sc_main/microbench/microbench_trace.hpp"

#include "models/dram/dram_policy.hpp"
#include "models/dram/energy.hpp"
#include "models/dram/load_test.hpp"
#include "models/sram/sram_policy.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <deque>
#include <limits>

namespace strata::cli {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t most_streams = 16; ///< of the load curve

struct transfer {
  std::uint64_t bytes[2] = {0, 0}; ///< read, written
  double activates = none;
};

dram::pattern pattern_of(const microbench_options& o, std::uint64_t unit, std::uint64_t capacity) {
  dram::pattern p;
  p.order = o.pattern == bench_pattern::random       ? dram::address_order::random
            : o.pattern == bench_pattern::stride     ? dram::address_order::strided
            : o.pattern == bench_pattern::row_miss   ? dram::address_order::strided
            : o.pattern == bench_pattern::two_stream ? dram::address_order::two_streams
                                                     : dram::address_order::sequential;
  p.unit = unit;
  p.capacity = capacity;
  p.stride = o.stride;
  p.reads = o.reads;
  p.seed = o.seed;
  if (capacity / 2 < unit)
    throw base::input_error(command_line_location(), "--access: " + std::to_string(unit) + " bytes, expected at most half of the memory's " +
                            std::to_string(capacity));
  return p;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Latencies in femtoseconds to a point's figures.
void set_latencies(microbench_point& point, const std::vector<base::femtoseconds>& latencies) {
  std::vector<double> seconds;
  for (const auto t : latencies)
    seconds.push_back(base::to_seconds(t));
  point.read_latency = {none, none, none, none};
  point.read_latency_max_s = none;
  if (seconds.empty())
    return;
  point.read_latency_max_s = *std::max_element(seconds.begin(), seconds.end());
  point.read_latency = traffic::distribution_of(seconds);
}

std::vector<std::pair<std::string, double>> energy_of(const dram::dram_config& c, const transfer& t, base::femtoseconds elapsed) {
  std::deque<base::meter> meters;
  dram::energy_meters energy(c, [&](base::meter m) -> base::meter& { return meters.emplace_back(std::move(m)); });
  for (const bool write : {false, true}) {
    base::memory_access all{0, 0, write, {}};
    all.stream.bytes = t.bytes[write];
    energy.book(all, write ? 0 : t.activates);
  }
  std::vector<std::pair<std::string, double>> parts;
  for (const auto& m : meters)
    parts.emplace_back(m.name, (m.amount + m.per_s * base::to_seconds(elapsed)) * m.joules_per_unit);
  parts.emplace_back("static", c.static_power.value() * base::to_seconds(elapsed));
  return parts;
}

std::vector<std::pair<std::string, double>> energy_of(const sram::sram_config& c, const transfer& t, base::femtoseconds elapsed) {
  return {{"read", static_cast<double>(8 * t.bytes[0]) * c.read_energy.value()},
          {"write", static_cast<double>(8 * t.bytes[1]) * c.write_energy.value()},
          {"static", c.static_power.value() * base::to_seconds(elapsed)}};
}

template <class Config>
void finish(microbench_point& point, const Config& c, const transfer& t, base::femtoseconds elapsed) {
  point.elapsed_s = base::to_seconds(elapsed);
  point.bandwidth_B_per_s = static_cast<double>(t.bytes[0] + t.bytes[1]) / point.elapsed_s;
  point.energy = energy_of(c, t, elapsed);
}

microbench_point load_channels(const dram::dram_config& c, const dram::access_sequence& accesses, std::uint64_t requests,
                               std::uint64_t outstanding) {
  microbench_point point;
  point.outstanding = outstanding;
  point.requests = requests;
  const double start = cpu_seconds();
  const auto r = dram::load_test(c, accesses, requests, outstanding);
  point.cpu_s = cpu_seconds() - start;
  set_latencies(point, r.read_latencies);
  point.row_hit_rate = std::max(0.0, 1 - static_cast<double>(r.activates) / static_cast<double>(requests));
  finish(point, c, {{r.reads * c.burst_bytes(), r.writes * c.burst_bytes()}, static_cast<double>(r.activates)}, r.elapsed);
  return point;
}

/// The i-th access as a stream of a pattern of its own.
base::memory_access stream_access(const microbench_options& o, const dram::pattern& p, const dram::access_sequence& accesses,
                                  std::uint64_t i) {
  const dram::access a = accesses(i);
  base::memory_access m{0, a.address, a.write, {}};
  m.stream.bytes = p.unit;
  if (p.order == dram::address_order::random || p.order == dram::address_order::strided)
    m.address = 0;
  if (p.order == dram::address_order::random) {
    m.stream.pattern = base::access_pattern::random;
    m.stream.footprint = p.capacity;
  } else if (p.order == dram::address_order::strided) {
    m.stream.pattern = base::access_pattern::strided;
    m.stream.stride = p.stride;
    if (static_cast<double>(p.unit) / base::payload_pool::access_unit * static_cast<double>(p.stride) > static_cast<double>(p.capacity))
      throw base::input_error(command_line_location(), "--access: 64 bytes every " + std::to_string(o.stride) +
                              " reach beyond the memory's " + std::to_string(p.capacity) + " bytes, expected fewer bytes");
  }
  return m;
}

double activates_of(base::service_policy& policy, const base::memory_access& access) {
  auto* dram = dynamic_cast<dram::dram_policy*>(&policy);
  return dram ? dram->activates(access) : 0;
}

template <class Config>
microbench_point load_policy(const Config& c, base::service_policy& policy, const microbench_options& o,
                             std::uint64_t requests, std::uint64_t outstanding) {
  microbench_point point;
  point.outstanding = std::max<std::uint64_t>(1, outstanding);
  point.requests = requests;
  point.row_hit_rate = none;
  const auto p = pattern_of(o, static_cast<std::uint64_t>(o.access.value()), c.capacity_bytes());
  const auto accesses = dram::make_sequence(p);
  transfer moved{{0, 0}, 0};
  std::vector<base::femtoseconds> latencies;
  struct started {
    base::memory_access access;
    base::femtoseconds at;
  };
  std::vector<started> slots(std::min(point.outstanding, requests));
  std::vector<std::uint64_t> free, done;
  for (std::size_t i = slots.size(); i-- > 0;)
    free.push_back(i);
  const double start = cpu_seconds();
  base::femtoseconds now = 0;
  for (std::uint64_t issued = 0, ended = 0; ended < requests;) {
    for (; issued < requests && !free.empty(); ++issued) {
      auto& slot = slots[free.back()];
      slot = {stream_access(o, p, accesses, issued), now};
      slot.access.id = free.back();
      free.pop_back();
      policy.start(now, slot.access);
    }
    now = policy.next();
    done.clear();
    policy.advance(now, done);
    for (const auto id : done) {
      const auto& slot = slots[id];
      moved.bytes[slot.access.write] += slot.access.stream.bytes;
      moved.activates += activates_of(policy, slot.access);
      if (!slot.access.write)
        latencies.push_back(now - slot.at);
      free.push_back(id);
    }
    ended += done.size();
  }
  point.cpu_s = cpu_seconds() - start;
  set_latencies(point, latencies);
  finish(point, c, moved, now);
  return point;
}

} // namespace

microbench_result run_microbench(const microbench_options& given) {
  const auto memory = load_standard(given);
  const auto& dram = memory.dram;
  const auto& sram = memory.sram;
  microbench_options o = given;
  if (o.pattern == bench_pattern::row_miss)
    o.stride = static_cast<std::uint64_t>(dram.row_bytes.value()) * dram.banks() * dram.lanes();
  microbench_result result;
  result.file = memory.file;
  result.configuration = memory.parameters;
  result.peak_B_per_s = o.memory == bench_memory::dram ? dram.peak_bandwidth()
                                                       : (o.reads > 0 ? sram.peak_bandwidth(false) : 0) +
                                                             (o.reads < 1 ? sram.peak_bandwidth(true) : 0);
  result.bits_per_request = 8 * (o.by_burst() ? static_cast<double>(dram.burst_bytes()) : o.access.value());

  const std::vector<dram::access> trace =
      o.trace.empty() ? std::vector<dram::access>{} : read_access_trace(o.trace, dram.capacity_bytes());
  std::uint64_t requests = o.requests > 0 ? o.requests : microbench_options::default_requests;
  if (!trace.empty())
    requests = o.requests > 0 ? std::min<std::uint64_t>(o.requests, trace.size()) : trace.size();
  const auto load = [&](std::uint64_t outstanding) {
    if (o.by_burst()) {
      const auto accesses = trace.empty() ? dram::make_sequence(pattern_of(o, dram.burst_bytes(), dram.capacity_bytes()))
                                          : [&trace](std::uint64_t i) { return trace[i]; };
      return load_channels(dram, accesses, requests, outstanding);
    }
    if (o.memory == bench_memory::dram)
      return load_policy(dram, *dram::make_policy(dram), o, requests, outstanding);
    return load_policy(sram, *sram::make_policy(sram), o, requests, outstanding);
  };
  result.loaded = load(o.outstanding);
  if (!o.plot.empty()) {
    const std::uint64_t most = o.by_burst() ? std::uint64_t{2} * dram.lanes() * dram.read_queue : most_streams;
    for (std::uint64_t n = 1; n <= most; n *= 2)
      result.curve.push_back(load(n));
  }
  return result;
}

} // namespace strata::cli
