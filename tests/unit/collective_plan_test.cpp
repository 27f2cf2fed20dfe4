// SPDX-License-Identifier: Apache-2.0
// Plans of collectives: bytes, bounds, the choice by size, and their closed form against measured collectives.
#include "models/core/collective_plan.hpp"
#include "models/link/serial_link.hpp"
#include "models/switch/crossbar_switch.hpp"
#include "tests/support/technology.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace {

using namespace strata;
using core::collective_algorithm;
using core::collective_plan;
using core::command;
using core::opcode;
using pattern = core::collective_phase::pattern;

core::group_header group(std::uint64_t ranks, bool in_switch = false) {
  return {ranks, 0, 370'000'000'000, 640'000'000, in_switch ? std::uint64_t{0x1000} : 0, 850'000};
}

command collective(opcode op, double bytes, collective_algorithm algorithm = collective_algorithm::fastest,
                   unsigned flags = core::library) {
  command c{};
  c.op = op;
  c.compute = core::data_type::bf16;
  c.flags = static_cast<std::uint8_t>(flags);
  c.n = static_cast<std::uint32_t>(algorithm);
  c.work = static_cast<std::uint64_t>(bytes);
  return c;
}

constexpr opcode operations[] = {opcode::all_reduce, opcode::all_gather, opcode::reduce_scatter, opcode::all_to_all, opcode::send_receive};

/// Payload that a rank sends.
double sent(const collective_plan& p, double ranks) {
  double bytes = 0;
  for (const auto& f : p.phases)
    bytes += f.repeat * f.bytes * (f.to == pattern::everyone ? ranks - 1 : f.to == pattern::in_switch ? ranks + 1 : 1);
  return bytes;
}

TEST(collective_plan, sends_what_its_algorithm_must) {
  const core::core_config config;
  for (const double n : {2., 3., 8., 72.}) {
    const double s = 7.2e6 * n;
    const auto bytes = [&](opcode op, collective_algorithm a) {
      return sent(core::plan_collective(config, group(static_cast<std::uint64_t>(n), true), collective(op, s, a, 0)), n);
    };
    EXPECT_DOUBLE_EQ(bytes(opcode::all_reduce, collective_algorithm::one_shot), s * (n - 1));
    EXPECT_NEAR(bytes(opcode::all_reduce, collective_algorithm::two_shot), 2 * s * (n - 1) / n, 1);
    EXPECT_NEAR(bytes(opcode::all_reduce, collective_algorithm::ring), 2 * s * (n - 1) / n, 1);
    EXPECT_NEAR(bytes(opcode::all_gather, collective_algorithm::ring), s * (n - 1) / n, 1);
    EXPECT_NEAR(bytes(opcode::reduce_scatter, collective_algorithm::ring), s * (n - 1) / n, 1);
    EXPECT_NEAR(bytes(opcode::all_to_all, collective_algorithm::direct), s * (n - 1) / n, 1);
    EXPECT_DOUBLE_EQ(bytes(opcode::send_receive, collective_algorithm::fastest), s);
    if (n > 2) {
      EXPECT_NEAR(bytes(opcode::all_reduce, collective_algorithm::in_switch), s * (n + 1) / n, 1);
    }
  }
}

TEST(collective_plan, never_beats_the_bounds_of_bandwidth_and_latency) {
  const core::core_config config;
  for (const std::uint64_t n : {2, 4, 8, 64})
    for (const opcode op : operations)
      for (double s = 256; s < 2e9; s *= 4) {
        const auto g = group(n, true);
        const collective_plan p = core::plan_collective(config, g, collective(op, s, collective_algorithm::fastest, 0));
        const double ranks = static_cast<double>(n);
        const double least = s * (op == opcode::all_reduce || op == opcode::send_receive ? 1 : (ranks - 1) / ranks); // what a rank must take in
        EXPECT_GT(p.estimate_s, least / static_cast<double>(g.bandwidth));
        EXPECT_GT(p.estimate_s, p.launch_s + static_cast<double>(g.latency) * 1e-15);
      }
}

TEST(collective_plan, time_grows_with_size) {
  const core::core_config config;
  for (const opcode op : operations) {
    double before = 0;
    for (double s = 256; s < 2e9; s *= 1.3) {
      const double t = core::plan_collective(config, group(8, true), collective(op, s)).estimate_s;
      EXPECT_GE(t, before) << s;
      before = t;
    }
  }
}

TEST(collective_plan, algorithms_change_with_size_and_type) {
  const core::core_config config;
  const auto of = [&](double s, unsigned flags) {
    return core::plan_collective(config, group(8, true), collective(opcode::all_reduce, s, collective_algorithm::fastest, flags)).algorithm;
  };
  EXPECT_EQ(of(16e3, 0), collective_algorithm::one_shot);
  EXPECT_EQ(of(16e3, core::library), collective_algorithm::ring);
  EXPECT_EQ(of(1e9, 0), collective_algorithm::in_switch);
  command integers = collective(opcode::all_reduce, 1e9);
  integers.compute = core::data_type::int8; // switches add floating-point numbers only
  EXPECT_EQ(core::plan_collective(config, group(8, true), integers).algorithm, collective_algorithm::ring);
  EXPECT_EQ(core::plan_collective(config, group(2, true), collective(opcode::all_reduce, 1e9)).algorithm, collective_algorithm::ring);
}

TEST(collective_plan, fused_collectives_pay_no_launch) {
  const core::core_config config;
  const auto time = [&](unsigned flags) {
    return core::plan_collective(config, group(8), collective(opcode::all_gather, 1e4, collective_algorithm::ring, flags)).estimate_s;
  };
  EXPECT_NEAR(time(core::library) - time(core::library | core::fused), config.nccl_launch.value(), 1e-12);
}

/// A device's config, and how its peers are reached, from the shipped technologies.
struct generation {
  core::core_config core;
  core::group_header group{};
};
generation shipped(const std::string& arch, const std::string& link, const std::string& crossbar) {
  generation g;
  tests::overlay(arch, g.core);
  link::serial_link::config l;
  tests::overlay(link, l);
  switching::crossbar_switch::config s;
  tests::overlay(crossbar, s);
  g.group.bandwidth = static_cast<std::uint64_t>(base::flow_channel(link::serial_link::direction(l)).payload_bandwidth());
  g.group.latency = base::to_femtoseconds(2 * l.latency + 2 * l.correction_latency + s.latency);
  g.group.multicast = 1;
  g.group.multicast_share = static_cast<std::uint64_t>(s.multicast_share * 1e6);
  return g;
}

std::uint64_t fnv(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : text)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h ^ h >> 32;
}

// The constants were fitted on a half of the rows (by another hash); whichever half is looked at, and whichever
// generation, the error is the same.
TEST(collective_plan, agrees_with_measured_collectives) {
  std::ifstream file(STRATA_SOURCE_DIR "/../shared/reference/silicon/collectives_h100_b200.csv");
  if (!file)
    GTEST_SKIP() << "no reference data";
  const std::map<std::string, generation> generations{{"H100", shipped("arch_hopper", "nvlink4_x18", "nvlink4_switch")},
                                                      {"B200", shipped("arch_blackwell", "nvlink5_x18", "nvlink5_switch")}};
  const std::map<std::string, opcode> names{{"all_reduce", opcode::all_reduce}, {"all_gather", opcode::all_gather},
                                            {"reduce_scatter", opcode::reduce_scatter}, {"alltoall", opcode::all_to_all}};
  std::map<std::string, std::pair<double, unsigned>> errors;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cell;
    std::stringstream cells(line);
    for (std::string text; std::getline(cells, text, ',');)
      cell.push_back(text);
    const std::string device = cell.at(0).find("H100") != std::string::npos ? "H100" : "B200";
    generation g = generations.at(device);
    g.group.ranks = std::stoull(cell.at(4));
    command c = collective(names.at(cell.at(2)), std::stod(cell.at(6)), collective_algorithm::fastest,
                           cell.at(1).rfind("nccl", 0) == 0 ? core::library : 0);
    c.compute = cell.at(3) == "int8" ? core::data_type::int8 : core::data_type::bf16;
    const double measured = std::stod(cell.at(7)) * 1e-6;
    const double error = std::fabs(core::plan_collective(g.core, g.group, c).estimate_s / measured - 1);
    const std::string half = fnv(line) % 2 ? "one half" : "other half";
    for (const std::string& key : {device + ", " + half, device + " " + cell[1].substr(0, cell[1].find(' ')) + " " + cell[2]}) {
      errors[key].first += error;
      ++errors[key].second;
    }
  }
  for (const auto& [key, sum] : errors) {
    const double mean = sum.first / sum.second;
    std::printf("%-36s %4u rows, mean absolute error %5.1f %%\n", key.c_str(), sum.second, 100 * mean);
    EXPECT_LT(mean, key.find("half") != std::string::npos ? 0.12 : 0.2) << key;
  }
}

} // namespace
