// SPDX-License-Identifier: Apache-2.0
// The memory shell around an ideal policy: data, addresses, errors, blocking, debug and direct access, Little's law.
#include "models/base/ports.hpp"
#include "tests/support/ideal_memory.hpp"
#include "tests/support/sim_test.hpp"

#include <cstring>
#include <memory>

namespace strata::base {
namespace {

constexpr double rate = 64e9;                    // one access unit a nanosecond
constexpr femtoseconds nanosecond = 1'000'000, latency = 20 * nanosecond;
constexpr std::uint64_t base_address = 0x8000'0000, capacity = 1 << 20;

class driver : public sc_core::sc_module, private initiator_handler {
public:
  explicit driver(sc_core::sc_module_name name) : sc_core::sc_module(name), port("port", 0, *this) {}
  struct response {
    tlm::tlm_generic_payload* trans;
    femtoseconds at;
    tlm::tlm_response_status status;
  };
  std::vector<response> responses;
  payload_pool pool;
  initiator_port port;

  void send(tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes) {
    stream s;
    s.bytes = bytes;
    port.send(pool.stream_payload(command, address, s));
  }

private:
  void on_response(unsigned, tlm::tlm_generic_payload& trans) override {
    responses.push_back({&trans, now(), trans.get_response_status()});
    trans.release();
  }
};

struct bench {
  explicit bench(bool store_data = true) : memory("memory", rate, latency, capacity, store_data) {
    memory.set_base("port", base_address);
    initiator.port.socket.bind(*memory.targets().at(0).socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  driver initiator{"initiator"};
  tests::ideal_memory memory;
};

struct access : tlm::tlm_generic_payload {
  access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned length) {
    set_command(command);
    set_address(address);
    set_data_ptr(static_cast<unsigned char*>(data));
    set_data_length(length);
    set_streaming_width(length);
  }
};

SIM_TEST(memory_module, non_blocking_data_comes_back_when_the_policy_says) {
  bench b;
  std::uint64_t out = 0x0123456789abcdef, in = 0;
  b.initiator.port.send(b.initiator.pool.plain_payload(tlm::TLM_WRITE_COMMAND, base_address + 4092, &out, 8));
  sc_core::sc_start();
  b.initiator.port.send(b.initiator.pool.plain_payload(tlm::TLM_READ_COMMAND, base_address + 4092, &in, 8));
  sc_core::sc_start();
  EXPECT_EQ(in, out);
  ASSERT_EQ(b.initiator.responses.size(), 2u);
  const femtoseconds each = latency + time_for(8, rate);
  EXPECT_EQ(b.initiator.responses[0].at, each);
  EXPECT_EQ(b.initiator.responses[1].at, 2 * each);
  EXPECT_EQ(b.initiator.responses[1].status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(b.memory.reads, 8);
  EXPECT_EQ(b.memory.writes, 8);
}

SIM_TEST(memory_module, streams_share_the_bandwidth_and_obey_littles_law) {
  bench b;
  for (int i = 0; i < 4; ++i)
    b.initiator.send(tlm::TLM_READ_COMMAND, base_address, 64'000);
  sc_core::sc_start();
  ASSERT_EQ(b.initiator.responses.size(), 4u);
  double latencies = 0;
  for (const auto& r : b.initiator.responses) {
    EXPECT_NEAR(static_cast<double>(r.at), static_cast<double>(4'000 * nanosecond + latency), 4);
    latencies += to_seconds(r.at);
  }
  EXPECT_EQ(b.memory.reads, 4 * 64'000);
  EXPECT_NEAR(b.memory.latency_sum_s(), latencies, 1e-14);
  EXPECT_NEAR(b.memory.occupancy_s(), b.memory.latency_sum_s(), 1e-14);
}

SIM_TEST(memory_module, addresses_outside_are_refused_at_both_ends) {
  bench b;
  b.initiator.send(tlm::TLM_READ_COMMAND, base_address - 1, 64);
  b.initiator.send(tlm::TLM_READ_COMMAND, base_address + capacity, 64);
  b.initiator.send(tlm::TLM_READ_COMMAND, base_address + capacity - 63, 64);
  b.initiator.send(tlm::TLM_READ_COMMAND, base_address, capacity + 1);
  b.initiator.send(tlm::TLM_READ_COMMAND, ~std::uint64_t{0} - 7, 64);
  ASSERT_EQ(b.initiator.responses.size(), 5u) << "refused at once";
  for (const auto& r : b.initiator.responses)
    EXPECT_EQ(r.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  b.initiator.send(tlm::TLM_READ_COMMAND, base_address, capacity);
  sc_core::sc_start();
  EXPECT_EQ(b.initiator.responses.back().status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(b.memory.reads, static_cast<double>(capacity)) << "refused bytes must not count";
}

SIM_TEST(memory_module, what_is_not_supported_is_said_in_the_response) {
  bench b;
  unsigned char data[8] = {}, enables[1] = {TLM_BYTE_ENABLED};
  sc_core::sc_time delay;
  access enabled(tlm::TLM_READ_COMMAND, base_address, data, 8);
  enabled.set_byte_enable_ptr(enables);
  enabled.set_byte_enable_length(1);
  b.initiator.port.socket->b_transport(enabled, delay);
  EXPECT_EQ(enabled.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  access wrapping(tlm::TLM_READ_COMMAND, base_address, data, 8);
  wrapping.set_streaming_width(4);
  b.initiator.port.socket->b_transport(wrapping, delay);
  EXPECT_EQ(wrapping.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
}

SIM_TEST(memory_module, blocking_access_annotates_the_unloaded_time) {
  bench b;
  std::uint64_t out = 42, in = 0;
  sc_core::sc_time delay(5, sc_core::SC_NS);
  access write(tlm::TLM_WRITE_COMMAND, base_address, &out, 8);
  b.initiator.port.socket->b_transport(write, delay);
  EXPECT_EQ(to_femtoseconds(delay), 5 * nanosecond + latency + time_for(8, rate));
  access read(tlm::TLM_READ_COMMAND, base_address, &in, 8);
  b.initiator.port.socket->b_transport(read, delay);
  EXPECT_EQ(in, 42u);
  EXPECT_EQ(read.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_TRUE(read.is_dmi_allowed());
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME) << "blocking access must not wait itself";
}

SIM_TEST(memory_module, debug_access_takes_no_time_and_stops_at_the_end) {
  bench b;
  unsigned char out[16], in[16] = {};
  std::memset(out, 0x5a, sizeof out);
  access write(tlm::TLM_WRITE_COMMAND, base_address + capacity - 10, out, 16);
  EXPECT_EQ(b.initiator.port.socket->transport_dbg(write), 10u);
  access read(tlm::TLM_READ_COMMAND, base_address + capacity - 10, in, 16);
  EXPECT_EQ(b.initiator.port.socket->transport_dbg(read), 10u);
  EXPECT_EQ(std::memcmp(in, out, 10), 0);
  EXPECT_EQ(in[10], 0);
  access outside(tlm::TLM_READ_COMMAND, base_address + capacity, in, 1);
  EXPECT_EQ(b.initiator.port.socket->transport_dbg(outside), 0u);
  EXPECT_EQ(b.memory.reads + b.memory.writes, 0) << "debug access must not count";
}

SIM_TEST(memory_module, direct_access_sees_the_same_bytes) {
  bench b;
  std::uint64_t in = 0;
  access ask(tlm::TLM_READ_COMMAND, base_address + 5000, &in, 8);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(b.initiator.port.socket->get_direct_mem_ptr(ask, dmi));
  EXPECT_TRUE(dmi.is_read_write_allowed());
  ASSERT_LE(dmi.get_start_address(), base_address + 5000);
  ASSERT_GE(dmi.get_end_address(), base_address + 5007);
  EXPECT_EQ(to_femtoseconds(dmi.get_read_latency()), latency + time_for(payload_pool::access_unit, rate));
  const std::uint64_t out = 0xfeedface;
  std::memcpy(dmi.get_dmi_ptr() + (base_address + 5000 - dmi.get_start_address()), &out, 8);
  sc_core::sc_time delay;
  b.initiator.port.socket->b_transport(ask, delay);
  EXPECT_EQ(in, out);
}

SIM_TEST(memory_module, without_storage_reads_are_zero_and_direct_access_is_denied) {
  bench b(false);
  std::uint64_t word = 7;
  sc_core::sc_time delay;
  tlm::tlm_dmi dmi;
  access write(tlm::TLM_WRITE_COMMAND, base_address, &word, 8);
  b.initiator.port.socket->b_transport(write, delay);
  access read(tlm::TLM_READ_COMMAND, base_address, &word, 8);
  b.initiator.port.socket->b_transport(read, delay);
  EXPECT_EQ(word, 0u);
  EXPECT_FALSE(read.is_dmi_allowed());
  EXPECT_FALSE(b.initiator.port.socket->get_direct_mem_ptr(read, dmi));
}

} // namespace
} // namespace strata::base
