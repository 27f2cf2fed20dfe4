// SPDX-License-Identifier: Apache-2.0
// host_cpu: bridging latency, and work items that take their time, in order, and then signal.
#include "models/host/host_cpu.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

namespace strata::link_tests {
namespace {

constexpr std::uint64_t control = 0x1000'0000, device_base = 0x2000'0000;

struct one_host {
  one_host() : host("host", settings()), device("device", 1e15, 50 * ns), software("software") {
    b.connect(software, "out", 0, host, "driver", 0);
    b.connect(host, "port", 1, device, "port", 0);
    device.set_base("port", device_base);
    host.set_base("driver", control);
    host.add_route({device_base, 0x1000'0000}, "port", 1);
  }
  static host::host_cpu::config settings() {
    host::host_cpu::config c;
    c.ports = 2;
    c.mmio_latency = base::duration::of(300e-9);
    c.port_bandwidth = base::byte_rate::of(64e9);
    c.step_overhead = base::duration::of(10e-6);
    c.per_sequence = base::duration::of(1e-6);
    c.per_token = base::duration::of(0.1e-6);
    c.active_power = base::power::of(20);
    c.idle_power = base::power::of(50);
    return c;
  }
  std::uint64_t peek(std::uint64_t address) {
    std::uint64_t value = 0;
    tlm::tlm_generic_payload trans;
    trans.set_command(read);
    trans.set_address(address);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(8);
    trans.set_streaming_width(8);
    EXPECT_EQ(software.socket()->transport_dbg(trans), 8u);
    return value;
  }
  bench b;
  host::host_cpu host;
  plain_memory device;
  requester software;
};

SIM_TEST(host, bridges_with_its_latency_each_way) {
  one_host t;
  std::uint64_t value = 7;
  const auto& w = t.software.access(0, write, device_base, &value, 8);
  sc_core::sc_start();
  expect_time(w.took(), 300e-9 + 8 / 64e9 + 50e-9 + 300e-9);
  EXPECT_EQ(t.peek(device_base), 7u);
  EXPECT_EQ(meter(t.host, "bridged").amount, 8);
}

SIM_TEST(host, work_items_are_done_in_order_and_signalled) {
  one_host t;
  host::work_item first{4, 10, device_base + 8, 111}, second{0, 0, device_base + 16, 222};
  const auto& w = t.software.access(0, write, control, &first, sizeof first);
  t.software.access(1000 * ns, write, control, &second, sizeof second);
  // 10 + 4 * 1 + 10 * 0.1 = 15 us, then 10 us.
  const auto ran_until = [](double microseconds) {
    sc_core::sc_start(sc_core::sc_time(microseconds, sc_core::SC_US) - sc_core::sc_time_stamp());
  };
  ran_until(14.9);
  EXPECT_EQ(w.took(), 0u);
  EXPECT_EQ(t.peek(device_base + 8), 0u);
  EXPECT_EQ(t.peek(control + host::registers::pending), 2u);
  ran_until(15.1); // 50 ns into the device
  EXPECT_EQ(t.peek(device_base + 8), 111u);
  EXPECT_EQ(t.peek(control + host::registers::completed), 1u);
  ran_until(24.9);
  EXPECT_EQ(t.peek(device_base + 16), 0u);
  ran_until(25.1);
  EXPECT_EQ(t.peek(device_base + 16), 222u);
  EXPECT_EQ(t.peek(control + host::registers::pending), 0u);
  const auto& busy = meter(t.host, "busy");
  EXPECT_NEAR(busy.amount * busy.joules_per_unit, 25e-6 * 20, 1e-12);
  EXPECT_NEAR(busy.busy_s, 25e-6, 1e-15);
  EXPECT_EQ(meter(t.host, "work_items").amount, 2);
  EXPECT_EQ(t.host.static_power().value(), 50);
}

SIM_TEST(host, malformed_work_is_refused_and_costs_nothing) {
  one_host t;
  host::work_item item{1, 1, device_base, 1}, astray{1, 1, 0xdead'0000'0000, 1};
  std::uint64_t value = 0;
  const auto& too_short = t.software.access(0, write, control, &item, 24);
  const auto& misplaced = t.software.access(1 * ns, write, control + 8, &item, sizeof item);
  const auto& unroutable = t.software.access(2 * ns, write, control, &astray, sizeof astray);
  const auto& wrong_read = t.software.access(3 * ns, read, control, &value, 8);
  const auto& good_read = t.software.access(4 * ns, read, control + host::registers::pending, &value, 8);
  const auto& unmapped = t.software.access(5 * ns, read, 0x9000'0000, &value, 8);
  sc_core::sc_start();
  EXPECT_EQ(too_short.status, tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(misplaced.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(unroutable.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(wrong_read.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(good_read.status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(unmapped.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(meter(t.host, "work_items").amount, 0);
}

} // namespace
} // namespace strata::link_tests
