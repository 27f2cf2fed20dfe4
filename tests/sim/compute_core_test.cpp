// SPDX-License-Identifier: Apache-2.0
// The compute core behind its sockets: closed-form command times, overlap, synchronisation, collectives, bad descriptors.
#include "models/core/compute_core.hpp"
#include "models/core/tensor_policy.hpp"
#include "tests/support/ideal_memory.hpp"
#include "tests/support/sim_test.hpp"

#include <cstring>

namespace {

using namespace strata;
using core::command;
using core::data_type;
using core::opcode;
using core::operand_use;
namespace registers = core::registers;

constexpr double memory_rate = 1e12;
constexpr base::femtoseconds memory_latency = 500'000'000; // 0.5 us
constexpr std::uint64_t memory_base = 0x100'0000'0000;
constexpr std::uint64_t mailbox = 0xF000'0000'0000'0000;
constexpr std::uint64_t control = 0x40'0000'0000;
constexpr std::uint64_t inbox = 0x50'0000'0000;

core::core_config config() {
  core::core_config c;
  c.units = 100;
  c.rate[unsigned(data_type::bf16)] = base::flop_rate::of(100e12);
  c.flop_energy[unsigned(data_type::bf16)] = base::energy_per_flop::of(1e-12);
  c.matrix_efficiency = 1;
  c.unit_bandwidth = base::byte_rate::of(100e9);
  c.launch_latency = base::duration::of(2e-6);
  c.fill_latency = base::duration::of(1e-6);
  c.nccl_launch = base::duration::of(6e-6);
  c.collective_overhead = base::duration::of(0.5e-6);
  c.cache_capacity = base::bytes::of(1e6);
  c.cache_bandwidth = base::byte_rate::of(10e12);
  c.store_bandwidth = base::byte_rate::of(1e18);
  c.max_lanes = 4;
  return c;
}

command gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k) {
  command c{};
  c.op = opcode::gemm;
  c.compute = data_type::bf16;
  c.flags = core::captured;
  c.m = m;
  c.n = n;
  c.k = k;
  c.operand_count = 1;
  c.use[0] = operand_use::read;
  c.operands[0] = {memory_base, std::uint64_t{n} * k * 2};
  return c;
}

command signal(std::uint64_t address, std::uint64_t value) {
  command c{};
  c.op = opcode::signal;
  c.work = value;
  c.operand_count = 1;
  c.use[0] = operand_use::write;
  c.operands[0] = {address, 8};
  return c;
}

/// A foreign driver: plain TLM sockets, nothing of Strata's traffic room. Notes when which value is mailed.
struct driver : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<driver, 64> out{"out"};
  tlm_utils::passthrough_target_socket<driver, 64> in{"in"};
  std::vector<std::pair<std::uint64_t, double>> mails;

  explicit driver(sc_core::sc_module_name name) : sc_core::sc_module(name) {
    in.register_b_transport(this, &driver::b_transport);
    in.register_nb_transport_fw(this, &driver::nb_transport_fw);
  }
  tlm::tlm_response_status write(std::uint64_t address, const void* data, std::size_t length) {
    tlm::tlm_generic_payload t;
    t.set_command(tlm::TLM_WRITE_COMMAND);
    t.set_address(address);
    t.set_data_ptr(static_cast<unsigned char*>(const_cast<void*>(data)));
    t.set_data_length(static_cast<unsigned>(length));
    t.set_streaming_width(static_cast<unsigned>(length));
    sc_core::sc_time delay;
    out->b_transport(t, delay);
    return t.get_response_status();
  }
  tlm::tlm_response_status enqueue(unsigned lane, const std::vector<command>& commands) {
    return write(control + registers::queues + lane * registers::queue_stride, commands.data(),
                 commands.size() * sizeof(command));
  }
  std::uint64_t read(std::uint64_t offset) {
    tlm::tlm_generic_payload t;
    std::uint64_t value = 0;
    t.set_command(tlm::TLM_READ_COMMAND);
    t.set_address(control + offset);
    t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    t.set_data_length(8);
    t.set_streaming_width(8);
    sc_core::sc_time delay;
    out->b_transport(t, delay);
    EXPECT_TRUE(t.is_response_ok());
    return value;
  }

private:
  void b_transport(tlm::tlm_generic_payload& t, sc_core::sc_time&) {
    std::uint64_t value;
    std::memcpy(&value, t.get_data_ptr(), 8);
    mails.push_back({value, sc_core::sc_time_stamp().to_seconds()});
    t.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& t, tlm::tlm_phase&, sc_core::sc_time& delay) {
    b_transport(t, delay);
    return tlm::TLM_COMPLETED;
  }
};

/// One core, one memory, a driver; the fabric loops back to the core itself, as for folded ranks.
struct bench {
  core::core_config cfg;
  core::compute_core device;
  tests::ideal_memory memory{"memory", memory_rate, memory_latency, 1'000'000'000'000};
  driver host{"host"};

  explicit bench(core::core_config c = config()) : cfg(c), device("device", c) {
    for (const auto& i : device.initiators())
      i.bind(i.name == "memory" ? *memory.targets()[0].socket : i.name == "fabric" ? *target("fabric") : host.in);
    host.out.bind(*target("host"));
    memory.set_base("port", memory_base);
    device.set_base("host", control);
    device.set_base("fabric", inbox);
    device.add_route({memory_base, memory.capacity()}, "memory", 0);
    device.add_route({inbox, core::inbox_bytes}, "fabric", 0);
    device.add_route({mailbox, 4096}, "host", 0);
  }
  base::target_socket_base* target(const std::string& name) {
    for (const auto& t : device.targets())
      if (t.name == name)
        return t.socket;
    return nullptr;
  }
  double meter(const std::string& name) {
    for (const auto& m : device.meters())
      if (m.name == name)
        return m.amount;
    ADD_FAILURE() << "no meter " << name;
    return 0;
  }
  /// What a split of K adds after the weights have come.
  double combine_s(const command& c) const { return base::to_seconds(core::tensor_policy(cfg).plan(c, 1).combine); }
  double time_of(std::vector<command> commands) {
    commands.push_back(signal(mailbox, 1));
    EXPECT_EQ(host.enqueue(0, commands), tlm::TLM_OK_RESPONSE);
    sc_core::sc_start();
    EXPECT_EQ(host.mails.size(), 1u);
    return host.mails.empty() ? 0 : host.mails[0].second;
  }
};

SIM_TEST(compute_core, gemv_takes_launch_plus_the_weights_bandwidth) {
  bench b;
  const double expected = 2e-6 + 8192.0 * 8192 * 2 / memory_rate + 0.5e-6 + b.combine_s(gemm(1, 8192, 8192));
  EXPECT_NEAR(b.time_of({gemm(1, 8192, 8192)}), expected, 1e-9);
  EXPECT_EQ(b.memory.reads, 8192.0 * 8192 * 2);
  EXPECT_EQ(b.meter("asked.memory[0]"), b.memory.reads);
  EXPECT_EQ(b.meter("matrix.bf16"), 2.0 * 8192 * 8192);
}

SIM_TEST(compute_core, large_gemm_takes_launch_fill_and_engine) {
  bench b;
  const core::tensor_policy policy(b.cfg);
  const command c = gemm(12800, 1280, 8192);
  const double engine = base::to_seconds(policy.plan(c, 1).engine.total());
  EXPECT_NEAR(engine, 2.0 * 12800 * 1280 * 8192 / 100e12, 1e-9);
  EXPECT_NEAR(b.time_of({c}), 2e-6 + 1e-6 + engine, 1e-9); // weights stream meanwhile
  EXPECT_NEAR(b.meter("time.mma"), engine, 1e-9);
  EXPECT_NEAR(b.meter("time.fill"), 1e-6, 1e-12);
}

SIM_TEST(compute_core, commands_in_a_lane_run_one_after_the_other) {
  bench b;
  const double one = 2e-6 + 8192.0 * 8192 * 2 / memory_rate + 0.5e-6 + b.combine_s(gemm(1, 8192, 8192));
  EXPECT_NEAR(b.time_of({gemm(1, 8192, 8192), gemm(1, 8192, 8192), gemm(1, 8192, 8192)}), 3 * one, 1e-9);
}

SIM_TEST(compute_core, small_activations_stay_in_the_cache) {
  bench b;
  command first{};
  first.op = opcode::elementwise;
  first.operand_count = 1;
  first.use[0] = operand_use::write_activation;
  first.operands[0] = {memory_base + 100'000'000, 500'000};
  command c = gemm(1, 8192, 1024); // its weights pass through the cache
  c.operand_count = 3;
  c.use[1] = operand_use::read;
  c.operands[1] = first.operands[0];
  c.use[2] = operand_use::write_activation;
  c.operands[2] = {memory_base + 200'000'000, 2'000'000}; // does not fit
  b.time_of({first, c});
  EXPECT_EQ(b.meter("cache"), 2 * 500'000);
  EXPECT_EQ(b.memory.reads, 8192.0 * 1024 * 2);
  EXPECT_EQ(b.memory.writes, 2'000'000);
}

SIM_TEST(compute_core, weights_taken_in_turn_come_from_the_cache_while_they_fit) {
  bench b;
  std::vector<command> commands;
  for (unsigned i = 0; i < 6; ++i) {
    commands.push_back(gemm(1, 512, 300)); // 307,200 bytes, two of them fit
    commands.back().operands[0].address = memory_base + (i % 2) * 1'000'000;
  }
  b.time_of(commands);
  EXPECT_EQ(b.memory.reads, 2 * 307'200);
  EXPECT_EQ(b.meter("cache"), 4 * 307'200);
}

SIM_TEST(compute_core, lanes_wait_for_semaphores) {
  bench b;
  b.host.write(control + registers::lanes, std::vector<std::uint64_t>{2}.data(), 8);
  command wait{};
  wait.op = opcode::wait;
  wait.m = 7;
  wait.work = 3;
  ASSERT_EQ(b.host.enqueue(1, {wait, signal(mailbox, 2)}), tlm::TLM_OK_RESPONSE);
  ASSERT_EQ(b.host.enqueue(0, {gemm(1, 8192, 8192), signal(inbox + core::inbox::semaphores + 8 * 7, 3), signal(mailbox, 1)}),
            tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  ASSERT_EQ(b.host.mails.size(), 2u);
  EXPECT_EQ(b.host.mails[0].second, b.host.mails[1].second);
  EXPECT_EQ(b.host.read(registers::semaphores + 8 * 7), 3u);
  EXPECT_EQ(b.host.read(registers::completed), 5u);
  EXPECT_EQ(b.host.read(registers::busy_lanes), 0u);
}

SIM_TEST(compute_core, folded_all_reduce_hears_from_every_absent_peer) {
  bench b;
  struct {
    core::group_header header{8, 1, 0, 0, 0, 0};
    core::group_member member{inbox, 7};
  } group;
  b.host.write(control + registers::groups, &group, sizeof group);
  command c{};
  c.op = opcode::all_reduce;
  c.flags = core::captured;
  c.work = 80'000;
  // The loop-back fabric is instantaneous: launch, overhead and adding eight parts read from the cache remain.
  EXPECT_NEAR(b.time_of({c}), 3e-6 + 0.5e-6 + 8 * 80e3 / 10e12, 1e-9);
  EXPECT_EQ(b.meter("collective"), 7 * 80e3);
}

SIM_TEST(compute_core, two_shot_scatters_and_gathers) {
  bench b;
  struct {
    core::group_header header{8, 1, 0, 0, 0, 0};
    core::group_member member{inbox, 7};
  } group;
  b.host.write(control + registers::groups, &group, sizeof group);
  command c{};
  c.op = opcode::all_reduce;
  c.n = unsigned(core::collective_algorithm::two_shot);
  c.work = 8'000'000;
  EXPECT_NEAR(b.time_of({c}), 3e-6 + 2 * 0.5e-6 + 8e6 / 10e12, 1e-9);
  EXPECT_EQ(b.meter("collective"), 2 * 7 * 1e6);
}

SIM_TEST(compute_core, ring_takes_a_step_per_neighbour) {
  bench b;
  struct {
    core::group_header header{8, 1, 0, 0, 0, 0};
    core::group_member member{inbox, 7};
  } group;
  b.host.write(control + registers::groups, &group, sizeof group);
  command c{};
  c.op = opcode::all_gather;
  c.work = 800;
  b.time_of({c});
  EXPECT_NEAR(b.host.mails[0].second, 6e-6 + 7 * 0.5e-6, 0.1e-6);
  EXPECT_EQ(b.meter("collective"), 7 * 100); // without a limit on the links the protocol without flags is the fastest
}

/// The lane goes on, and waits for what is in the background where it needs it.
SIM_TEST(compute_core, a_collective_in_the_background_runs_beside_the_next_commands) {
  struct {
    core::group_header header{2, 1, 0, 0, 0, 0};
    core::group_member member{inbox, 1};
  } group;
  command pass{};
  pass.op = opcode::send_receive;
  pass.flags = core::captured | core::background;
  pass.work = 800;
  command join{};
  join.op = opcode::wait;
  const command product = gemm(1, 8192, 8192);
  bench b;
  b.host.write(control + registers::groups, &group, sizeof group);
  const double one = 2e-6 + 8192.0 * 8192 * 2 / memory_rate + 0.5e-6 + b.combine_s(product), passed = 6e-6 + 0.5e-6;
  ASSERT_GT(one, passed);
  b.host.enqueue(0, {pass, product, signal(mailbox, 1), pass, join, signal(mailbox, 2), pass, pass, join, signal(mailbox, 3)});
  sc_core::sc_start();
  ASSERT_EQ(b.host.mails.size(), 3u);
  EXPECT_NEAR(b.host.mails[0].second, one, 1e-9) << "hidden";
  EXPECT_NEAR(b.host.mails[1].second, one + passed, 0.1e-6) << "waited for";
  EXPECT_NEAR(b.host.mails[2].second, one + 3 * passed, 0.2e-6) << "one after the other";
  EXPECT_NEAR(b.meter("time.link"), 3 * passed, 0.2e-6) << "what the lane has waited";
  EXPECT_EQ(b.meter("collective"), 4 * 800);
  EXPECT_EQ(b.host.read(registers::busy_lanes), 0u);
}

SIM_TEST(compute_core, poisoned_operands_are_counted_and_the_work_goes_on) {
  tests::expect_warning("strata/core");
  bench b;
  b.memory.errors.poisoned_bytes = 48;
  const double one = 2e-6 + 8192.0 * 8192 * 2 / memory_rate + 0.5e-6 + b.combine_s(gemm(1, 8192, 8192));
  EXPECT_NEAR(b.time_of({gemm(1, 8192, 8192), gemm(1, 8192, 8192)}), 2 * one, 1e-9);
  EXPECT_EQ(b.meter("poisoned"), 96);
  EXPECT_EQ(b.meter("commands"), 3); // the signal, too
}

SIM_TEST(compute_core, refuses_bad_descriptors_whole) {
  core::core_config c = config();
  c.queue_depth = 3;
  bench b(c);
  command bad{};
  bad.operand_count = core::max_operands + 1;
  EXPECT_EQ(b.host.enqueue(0, {gemm(1, 64, 64), bad}), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(b.host.enqueue(0, std::vector<command>(4)), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(b.host.enqueue(1, {command{}}), tlm::TLM_GENERIC_ERROR_RESPONSE); // one lane unless told otherwise
  EXPECT_EQ(b.host.write(control + registers::queues, "half", 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(b.host.write(control + registers::lanes, std::vector<std::uint64_t>{5}.data(), 8),
            tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(b.host.read(registers::queue_free), 3u);
  EXPECT_EQ(b.host.read(registers::id), registers::id_value);
  EXPECT_EQ(b.host.read(registers::lane_limit), 4u);
  sc_core::sc_start();
  EXPECT_EQ(b.device.completed(), 0u);
}

} // namespace
