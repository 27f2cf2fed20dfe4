// SPDX-License-Identifier: Apache-2.0
// Collectives on whole platforms: simulated against their closed form, folded against in full, beside other traffic,
// and twice alike.
#include "models/core/collective_plan.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/kernel_runner.hpp"
#include "sc_main/platform_loading.hpp"
#include "tests/support/sim_test.hpp"

#include <cmath>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace strata;
using core::collective_algorithm;
using core::opcode;

struct setup {
  std::string platform = "dgx_h100";
  bool symmetry = true;
};

struct measured {
  std::vector<double> seconds;
  double sent = 0, carried = 0; ///< payload of the devices, and payload that links carried away from them; B
};

std::unique_ptr<platforms::platform> elaborated(const setup& s) {
  platforms::check_options options;
  options.symmetry = s.symmetry;
  return platforms::elaborate(platforms::check(platforms::load_netlist(platforms::find_platform(s.platform)), {}, options));
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

/// run() in a child: a process elaborates once.
measured in_a_process(const setup& s, unsigned ranks, const std::vector<core::command>& commands) {
  int channel[2];
  EXPECT_EQ(pipe(channel), 0);
  const pid_t child = fork();
  measured m;
  m.seconds.resize(commands.size());
  const auto transfer = [&](auto use) {
    use(m.seconds.data(), m.seconds.size() * sizeof(double));
    use(&m.sent, sizeof m.sent);
    use(&m.carried, sizeof m.carried);
  };
  if (child == 0) {
    m = run(s, ranks, commands);
    bool good = true;
    transfer([&](void* data, std::size_t size) { good = good && write(channel[1], data, size) == static_cast<ssize_t>(size); });
    _exit(good && !testing::Test::HasFailure() ? 0 : 1);
  }
  close(channel[1]);
  transfer([&](void* data, std::size_t size) { EXPECT_EQ(read(channel[0], data, size), static_cast<ssize_t>(size)); });
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return m;
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
    EXPECT_NEAR(m.carried / m.sent, 1, 1e-4) << name_of(a);
  }
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

} // namespace
