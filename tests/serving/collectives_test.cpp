// SPDX-License-Identifier: Apache-2.0
// Collectives on whole platforms: simulated against their closed form, folded against in full, beside other traffic,
// and twice alike.
#include "models/core/collective_plan.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/command/platform_loading.hpp"
#include "sc_main/kernel/kernel_runner.hpp"
#include "tests/serving/apart.hpp"
#include "tests/support/sim_test.hpp"
#include "traffic/lowering/collective_group.hpp"

#include <map>

namespace {

using namespace strata;
using core::collective_algorithm;
using core::opcode;

struct setup {
  std::string platform = "dgx_h100";
  bool symmetry = true;
  unsigned tensor = 0; ///< 0 = as the netlist says
};

struct measured {
  std::vector<double> seconds;
  double sent = 0, carried = 0; ///< payload of the devices, and payload that links carried away from them; B
};

std::unique_ptr<platforms::platform> elaborated(const setup& s) {
  platforms::check_options options;
  options.symmetry = s.symmetry;
  std::vector<platforms::parameter_override> set;
  if (s.tensor)
    set = cli::overrides_of({"serving.tensor=" + std::to_string(s.tensor), "serving.pipeline=1"});
  return platforms::elaborate(platforms::check(platforms::load_netlist(platforms::find_platform(s.platform)), set, options));
}

core::command collective(opcode op, std::uint64_t bytes, collective_algorithm a = collective_algorithm::fastest,
                         unsigned flags = core::library) {
  core::command c{};
  c.op = op;
  c.compute = core::data_type::bf16;
  c.flags = static_cast<std::uint8_t>(core::captured | flags);
  c.n = static_cast<std::uint32_t>(a);
  c.work = bytes;
  return c;
}

measured run(const setup& s, unsigned ranks, const std::vector<core::command>& commands) {
  const auto p = elaborated(s);
  cli::kernel_runner software("software", p->view());
  p->bind_driver(software);
  std::vector<cli::kernel_trial> trials;
  for (const core::command& c : commands) {
    cli::kernel_trial t;
    t.ranks = ranks;
    unsigned found = 0;
    for (const auto& d : p->view().devices.front())
      if (found < ranks) {
        t.programs.push_back({c});
        found += d.represents;
      }
    trials.push_back(t);
  }
  measured m;
  m.seconds = software.run(trials, 1);
  for (const auto& e : p->elements())
    for (const base::meter& meter : e.component->meters()) {
      if (meter.name == "collective")
        m.sent += meter.amount * e.component->represents;
      if (meter.name == "a_to_b" && e.checked->path.find("nvlink") != std::string::npos)
        m.carried += meter.amount * e.component->represents;
    }
  return m;
}

measured in_a_process(const setup& s, unsigned ranks, const std::vector<core::command>& commands) {
  const nlohmann::json m = tests::apart([&] {
    const measured all = run(s, ranks, commands);
    return nlohmann::json{all.seconds, all.sent, all.carried};
  });
  return {m.at(0).get<std::vector<double>>(), m.at(1), m.at(2)};
}

const std::vector<std::uint64_t> sizes{4096, 262144, 8 << 20, 512 << 20};

std::vector<core::command> all_operations() {
  std::vector<core::command> commands;
  for (const std::uint64_t bytes : sizes) {
    for (const opcode op : {opcode::all_reduce, opcode::all_gather, opcode::reduce_scatter, opcode::all_to_all})
      commands.push_back(collective(op, bytes));
    for (const auto a : {collective_algorithm::one_shot, collective_algorithm::two_shot, collective_algorithm::in_switch})
      commands.push_back(collective(opcode::all_reduce, bytes, a, 0));
  }
  return commands;
}

SIM_TEST(collectives, folded_equals_in_full) {
  for (const unsigned ranks : {2u, 8u}) {
    const measured folded = in_a_process({"dgx_h100", true}, ranks, all_operations());
    const measured full = in_a_process({"dgx_h100", false}, ranks, all_operations());
    for (std::size_t i = 0; i < folded.seconds.size(); ++i)
      EXPECT_NEAR(folded.seconds[i] / full.seconds[i], 1, 1e-3) << ranks << " ranks, command " << i;
    if (ranks == 8) { // of two ranks the representative still stands for eight
      EXPECT_NEAR(folded.sent / full.sent, 1, 1e-9);
      EXPECT_NEAR(folded.carried / full.carried, 1, 1e-6);
    }
  }
}

SIM_TEST(collectives, simulated_time_is_the_closed_form_where_nothing_else_moves) {
  const auto commands = all_operations();
  const measured m = in_a_process({}, 8, commands);
  const auto p = elaborated({});
  const auto& device = p->view().devices.front().front();
  core::group_header group{};
  group.ranks = 8;
  group.bandwidth = static_cast<std::uint64_t>(device.fabric.bandwidth);
  group.latency = static_cast<std::uint64_t>(device.fabric.latency_s * 1e15);
  group.multicast = device.fabric.multicast;
  group.multicast_share = static_cast<std::uint64_t>(device.fabric.multicast_share * 1e6);
  EXPECT_NEAR(device.fabric.bandwidth, 18 * 20.6e9, 1e9);
  EXPECT_NEAR(device.fabric.latency_s, 640e-9, 1e-12);
  EXPECT_NE(device.fabric.multicast, 0u);
  core::core_config config;
  for (const auto& e : p->elements())
    if (const auto* c = e.checked->config->as<core::core_config>())
      config = *c;
  for (std::size_t i = 0; i < commands.size(); ++i)
    EXPECT_NEAR(m.seconds[i] / core::plan_collective(config, group, commands[i]).estimate_s, 1, 0.03) << "command " << i;
}

SIM_TEST(collectives, bytes_on_the_links_are_those_sent_and_the_overhead_of_the_protocol) {
  // Alone and large: bulk protocol, no flags among the data; the switch reads what it adds from all ranks.
  for (const auto a : {collective_algorithm::ring, collective_algorithm::two_shot, collective_algorithm::in_switch}) {
    const measured m = in_a_process({"dgx_h100", false}, 8, {collective(opcode::all_reduce, 64 << 20, a, 0)});
    // In the switch a rank asks for two parts, one each way; nine leave it, eight of them read by the switch.
    const double carried = a == collective_algorithm::in_switch ? 9. / 2 : 1;
    EXPECT_NEAR(m.carried / m.sent, carried, 1e-4) << name_of(a);
  }
}

SIM_TEST(collectives, uneven_all_to_all_waits_for_its_largest_message) {
  const std::uint64_t bytes = 64 << 20;
  core::command uneven = collective(opcode::all_to_all, bytes);
  uneven.operand_count = 7; // as many tokens for the next rank's experts as for all others together
  for (unsigned i = 0; i < 7; ++i)
    uneven.operands[i].bytes = i == 0 ? bytes / 2 : bytes / 14;
  const measured m = in_a_process({"dgx_h100", false}, 8, {collective(opcode::all_to_all, bytes), uneven});
  EXPECT_GT(m.seconds[1], m.seconds[0]);
  EXPECT_GT(m.seconds[1], (bytes / 2 + 6. / 14 * bytes) / (18 * 20.6e9));
}

SIM_TEST(collectives, runs_are_alike) {
  const measured once = in_a_process({"dgx_h100", false}, 8, all_operations()), again = in_a_process({"dgx_h100", false}, 8, all_operations());
  EXPECT_EQ(once.seconds, again.seconds);
}

SIM_TEST(collectives, a_transfer_on_the_same_links_slows_both) {
  const auto p = elaborated({"dgx_h100", false});
  const auto& devices = p->view().devices.front();
  cli::kernel_runner software("software", p->view());
  p->bind_driver(software);
  core::command copy{}; // a KV transfer from the first device to the second
  copy.op = opcode::copy;
  copy.flags = core::captured;
  copy.operand_count = 2;
  copy.use[0] = core::operand_use::read;
  copy.use[1] = core::operand_use::write;
  copy.operands[0] = {devices[0].memories[0].bases[0], 64 << 20};
  copy.operands[1] = {devices[1].memories[0].bases[0], 64 << 20};
  const core::command reduce = collective(opcode::all_reduce, 128 << 20, collective_algorithm::ring);
  cli::kernel_trial alone, transfer, both;
  alone.ranks = both.ranks = 8;
  alone.programs.assign(8, {reduce});
  transfer.programs = {{copy}};
  both.programs.assign(8, {reduce});
  // Lanes are one command at a time, so another device sends into the same port: its part of the ring waits for it.
  const auto seconds = software.run({alone, transfer}, 1);
  both.programs[0] = {reduce};
  both.programs[0].insert(both.programs[0].begin(), copy);
  const double together = software.run({both}, 0).front();
  EXPECT_GT(together, seconds[0]);
  EXPECT_GT(together, seconds[1]);
}

// Leaf and spine: rails stay on their leaf, other flows spread over both spines by the hash of where they go.
SIM_TEST(collectives, fat_tree_spreads_flows_over_equal_ways) {
  const auto p = elaborated({STRATA_SOURCE_DIR "/platforms/h100_fat_tree.yaml"});
  std::map<std::string, unsigned> exits;
  for (const platforms::route& r : p->checked().routes) {
    const platforms::instance& from = p->checked().instances[r.instance];
    if (from.path == "platform.leaf[0]")
      ++exits[r.socket + std::to_string(r.index)];
  }
  // 14 GPUs with three regions each sit behind the other leaves; a third way, as long, leads through a GPU of the rail.
  EXPECT_GT(exits["port2"], 8u);
  EXPECT_GT(exits["port3"], 8u);
  const auto& d = p->view().devices.front();
  ASSERT_EQ(d.size(), 16u);
  EXPECT_EQ(p->view().node_ranks, 8u);
  EXPECT_NEAR(d[0].fabric.latency_s, 640e-9, 1e-12);
  EXPECT_LT(d[0].network.bandwidth, 50e9);
  EXPECT_GT(d[0].network.bandwidth, 45e9);
  EXPECT_GT(d[0].network.latency_s, 2 * 600e-9); // two cards and a leaf
  EXPECT_LT(d[0].network.latency_s, 4 * 600e-9); // and no spine
}

SIM_TEST(collectives, all_reduce_over_nodes_is_hierarchical) {
  const setup fat_tree{STRATA_SOURCE_DIR "/platforms/h100_fat_tree.yaml"};
  const std::uint64_t bytes = 256 << 20;
  const double network = 48e9, nvlink = 18 * 20.6e9;
  core::command like = collective(opcode::all_reduce, bytes);
  const auto time = [&](const std::vector<core::command>& program) {
    const auto p = elaborated(fat_tree);
    cli::kernel_runner software("software", p->view());
    p->bind_driver(software);
    cli::kernel_trial t;
    t.ranks = 16;
    t.programs.assign(16, program);
    return software.run({t}, 0).front();
  };
  const double hierarchical = time(traffic::all_reduce(like, bytes, {16, 8}));
  // Two parts of an eighth each over the card, and both ways over NVLink, at no more than their payload rates.
  const double bound = bytes / 8 / network + 2 * bytes * 7. / 8 / nvlink;
  EXPECT_GT(hierarchical, bound);
  EXPECT_LT(hierarchical, 1.5 * bound);
}

SIM_TEST(collectives, flat_ring_over_nodes_is_bound_by_the_card) {
  const auto p = elaborated({STRATA_SOURCE_DIR "/platforms/h100_fat_tree.yaml"});
  cli::kernel_runner software("software", p->view());
  p->bind_driver(software);
  const std::uint64_t bytes = 64 << 20;
  cli::kernel_trial flat, small;
  flat.ranks = small.ranks = 16;
  flat.programs.assign(16, {collective(opcode::all_reduce, bytes, collective_algorithm::ring)});
  small.programs.assign(16, traffic::all_reduce(collective(opcode::all_reduce, 0, collective_algorithm::fastest, 0), 16384, {16, 8}));
  const auto seconds = software.run({flat, small}, 1);
  EXPECT_GT(seconds[0], 2. * bytes * 15 / 16 / 50e9);
  EXPECT_GT(seconds[1], 2.2e-6 + 640e-9 + p->view().devices[0][0].network.latency_s);
  EXPECT_LT(seconds[1], 12e-6);
}

SIM_TEST(collectives, nvl72_reduces_over_72_ranks_in_one_hop) {
  setup nvl72{"gb200_nvl72"};
  nvl72.symmetry = false;
  nvl72.tensor = 72;
  const std::uint64_t bytes = 64 << 20;
  const measured in_switch = in_a_process(nvl72, 72, {collective(opcode::all_reduce, bytes, collective_algorithm::in_switch)});
  const measured ring = in_a_process(nvl72, 72, {collective(opcode::all_reduce, bytes, collective_algorithm::ring)});
  const double port = 18 * 40.1e9;
  EXPECT_GT(in_switch.seconds[0], bytes / port);
  EXPECT_GT(ring.seconds[0], 2. * bytes * 71 / 72 / port);
  EXPECT_LT(in_switch.seconds[0], ring.seconds[0]); // half the bytes and no 142 steps
  nvl72.symmetry = true;
  const measured folded = in_a_process(nvl72, 72, {collective(opcode::all_reduce, bytes, collective_algorithm::in_switch)});
  EXPECT_NEAR(folded.seconds[0] / in_switch.seconds[0], 1, 1e-3);
}

} // namespace
