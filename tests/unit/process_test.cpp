// SPDX-License-Identifier: Apache-2.0
// Cores made in another process than their figures are of: what follows from nodes, area and clock, which parameters
// change in a netlist, and what is said of mistakes.
#include "platforms/elaborator.hpp"
#include "platforms/process_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::platforms {
namespace {

using testing::HasSubstr;

process_node node(const std::string& name) { return load_process_node("process/" + name, {}); }

TEST(process, the_same_node_changes_nothing) {
  const process_scaling s = scaling(node("7nm"), node("7nm"), 1, 1);
  for (const double factor : {s.logic, s.sram, s.clock, s.energy, s.leakage})
    EXPECT_NEAR(factor, 1, 1e-12);
}

TEST(process, older_silicon_takes_more_energy_and_holds_less) {
  const char* nodes[] = {"2nm", "3nm", "4nm", "5nm", "7nm", "12nm", "16nm", "28nm"};
  for (std::size_t i = 1; i < std::size(nodes); ++i) {
    const process_scaling s = scaling(node(nodes[i - 1]), node(nodes[i]), 1, 1);
    EXPECT_GT(s.energy, 1) << nodes[i];
    EXPECT_LE(s.sram, 1) << nodes[i];
    EXPECT_LT(s.logic, 1) << nodes[i];
  }
}

/// What boards of NVIDIA's largest chips take per peak operation with 16-bit factors: 300 W at 125 TFLOPS on 12 nm, 400 W
/// at 312 on 7 nm, 700 W at 989 on 4 nm.
TEST(process, generations_of_boards_differ_as_their_nodes_do) {
  const double v100 = 300 / 125e12, a100 = 400 / 312e12, h100 = 700 / 989e12;
  EXPECT_NEAR(scaling(node("4nm"), node("7nm"), 1, 1).energy / (a100 / h100), 1, 0.15);
  EXPECT_NEAR(scaling(node("4nm"), node("12nm"), 1, 1).energy / (v100 / h100), 1, 0.15);
}

TEST(process, a_slower_clock_saves_energy_down_to_the_lowest_voltage) {
  const process_node n = node("5nm");
  EXPECT_NEAR(n.voltage_at(1), n.voltage, 1e-9);
  EXPECT_GT(n.voltage_at(1.2), n.voltage);
  EXPECT_LT(n.voltage_at(0.7), n.voltage);
  EXPECT_DOUBLE_EQ(n.voltage_at(0.05), n.lowest_voltage);
  EXPECT_LT(scaling(n, n, 1, 0.7).energy, 0.9);
  EXPECT_DOUBLE_EQ(scaling(n, n, 1, 0.05).energy, scaling(n, n, 1, 0.1).energy);
}

TEST(process, rates_follow_whole_units_and_the_board_keeps_its_limits) {
  core::core_config c;
  c.units = 10;
  c.rate[0] = base::flop_rate::of(100);
  c.flop_energy[0] = base::energy_per_flop::of(1);
  c.cache_capacity = base::bytes::of(64);
  c.static_power = base::power::of(8);
  c.power_limit = base::power::of(500);
  const core::core_config made = ported(c, {0.25, 0.5, 0.8, 3, 0.5});
  EXPECT_EQ(made.units, 2u);
  EXPECT_DOUBLE_EQ(made.rate[0].value(), 100 * 0.2 * 0.8);
  EXPECT_DOUBLE_EQ(made.flop_energy[0].value(), 3);
  EXPECT_DOUBLE_EQ(made.cache_capacity.value(), 32);
  EXPECT_DOUBLE_EQ(made.static_power.value(), 4);
  EXPECT_DOUBLE_EQ(made.power_limit.value(), 500);
  EXPECT_DOUBLE_EQ(made.launch_latency.value(), c.launch_latency.value());
  EXPECT_EQ(ported(c, {0.01, 1, 1, 1, 1}).units, 1u);
}

/// An H100 with a `process` section of one entry.
netlist h100_with(const std::string& entry) {
  return parse_netlist("platform: older\nextends: h100\nsizes: {node: process/16nm}\nprocess:\n  - " + entry + "\n", "older.yaml");
}

std::string problem_of(const std::string& entry) {
  try {
    check(h100_with(entry));
  } catch (const base::input_error& error) {
    return error.what();
  }
  return "";
}

const effective_parameter& of_core(const checked_platform& p, const std::string& name) {
  for (const instance& i : p.instances)
    if (i.path == "platform.gpu.core")
      for (const effective_parameter& e : i.parameters)
        if (e.name == name)
          return e;
  throw std::out_of_range(name);
}

TEST(process, a_netlist_says_which_core_is_made_in_what) {
  const checked_platform p = check(h100_with("{target: gpu.core, of: process/4nm, in: $node}"));
  const process_scaling s = scaling(node("4nm"), node("16nm"), 1, 1);
  EXPECT_EQ(of_core(p, "units").value, std::to_string(static_cast<unsigned>(132 * s.logic)));
  EXPECT_THAT(of_core(p, "bf16_energy").source, HasSubstr("figures of 4nm made in 16nm"));
  EXPECT_EQ(of_core(p, "bf16_energy").confidence, "derived");
  EXPECT_EQ(of_core(p, "launch_latency").value, "2.27 us");
}

TEST(process, overrides_are_of_the_first_node) {
  const checked_platform p = check(h100_with("{target: gpu.core, of: process/4nm, in: process/4nm, area: 2}"),
                                   {parse_override("gpu.core.units=50")});
  EXPECT_EQ(of_core(p, "units").value, "100");
}

TEST(process, mistakes_are_told_with_their_line) {
  EXPECT_THAT(problem_of("{target: gpu.core, of: process/4nm, in: process/6nm}"), HasSubstr("older.yaml:5"));
  EXPECT_THAT(problem_of("{target: gpu.core, of: process/4nm, in: technology/hbm4}"), HasSubstr("is no process node"));
  EXPECT_THAT(problem_of("{target: gpu.hbm, of: process/4nm, in: $node}"), HasSubstr("does not name compute cores"));
  EXPECT_THAT(problem_of("{target: gpu.cores, of: process/4nm, in: $node}"), HasSubstr("did you mean 'core'"));
  EXPECT_THAT(problem_of("{target: gpu.core, of: process/4nm, in: $node, area: -1}"), HasSubstr("'area'"));
  EXPECT_THAT(problem_of("{target: gpu.core, of: process/4nm, in: $node, clock: 9}"), HasSubstr("'clock'"));
}

} // namespace
} // namespace strata::platforms
