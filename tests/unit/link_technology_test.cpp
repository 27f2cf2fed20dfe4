// SPDX-License-Identifier: Apache-2.0
// The shipped link and switch technologies: every parameter exists, is in range and says where it comes from, and
// the bandwidth that results is the published one less packet overhead.
#include "models/link/serial_link.hpp"
#include "models/switch/crossbar_switch.hpp"

#include "tests/support/technology.hpp"

#include <map>

namespace {

using namespace strata;

using tests::overlay;

// Raw rates per direction in B/s, as published.
TEST(link_technology, bandwidths_are_the_published_ones_less_packet_overhead) {
  const std::map<std::string, double> published{
      {"nvlink4_x18", 450e9}, {"nvlink5_x18", 900e9}, {"nvlink_c2c", 450e9}, {"pcie4_x16", 32e9}, {"pcie4_x4", 8e9},
      {"pcie5_x16", 64e9},    {"cxl2_x8", 32e9},      {"cxl3_x16", 128e9},   {"ethernet_12x100g", 150e9},
      {"swarmx", 150e9},      {"infiniband_ndr", 50e9},  {"nvlink6_x36", 1.8e12}, {"nv_hbi", 5e12},
      {"pcie6_x16", 128e9},   {"ucie_advanced_x64", 256e9}, {"ethernet_400g", 50e9}, {"ethernet_800g", 100e9},
      {"ethernet_800g_cpo", 100e9}, {"infiniband_xdr", 100e9}, {"infiniband_xdr_cpo", 100e9},
      {"tpu_ici_v6e", 224e9}, {"neuronlink_v3", 640e9}, {"maia_ethernet", 1.4e12}, {"groq_c2c", 98e9}, {"groq3_c2c", 1.275e12}, {"optical_wafer_io", 1.6e12},
      {"tpu_ici_v8", 1.2e12}, {"neuronlink_v4", 1.28e12}, {"cowos_d2d", 4.096e12}};
  for (const std::string& name : tests::technologies_of("serial_link")) {
    ASSERT_TRUE(published.count(name)) << name << " has no published rate here";
    const double raw = published.at(name);
    link::serial_link::config c;
    c.level.clear();
    overlay(name, c);
    EXPECT_NEAR(base::to_bytes(c.lane_rate).value() * c.lanes, raw, raw * 1e-9) << name;
    const double payload = base::flow_channel(link::serial_link::direction(c)).payload_bandwidth();
    EXPECT_LT(payload, raw) << name;
    EXPECT_GT(payload, 0.7 * raw) << name;
    EXPECT_FALSE(c.level.empty()) << name;
  }
}

TEST(link_technology, switch_ports_are_as_wide_as_their_links) {
  for (const auto& [name, rate] : std::map<std::string, double>{{"nvlink4_switch", 450e9}, {"nvlink5_switch", 900e9}}) {
    switching::crossbar_switch::config c;
    overlay(name, c);
    EXPECT_DOUBLE_EQ(c.port_bandwidth.value(), rate);
  }
}

TEST(link_technology, the_default_link_is_pcie5_x16) {
  link::serial_link::config shipped;
  const double before = base::flow_channel(link::serial_link::direction(shipped)).payload_bandwidth();
  overlay("pcie5_x16", shipped);
  EXPECT_NEAR(base::flow_channel(link::serial_link::direction(shipped)).payload_bandwidth(), before, before * 1e-9);
  EXPECT_DOUBLE_EQ(shipped.latency.value(), link::serial_link::config().latency.value());
}

} // namespace
