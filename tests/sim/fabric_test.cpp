// SPDX-License-Identifier: Apache-2.0
// wafer_mesh against its closed forms: latency by region, bandwidth of edge and regions, energy, defects, routing.
#include "models/base/diagnostic.hpp"
#include "models/fabric/wafer_mesh.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

namespace strata::link_tests {
namespace {

using fabric::wafer_mesh;

constexpr std::uint64_t window = 0x1'0000'0000;
constexpr double memory_latency = 50e-9;

wafer_mesh::config small_wafer() {
  wafer_mesh::config c;
  c.paths.cores.columns = c.paths.cores.rows = 100;
  c.paths.edges = 2;
  c.paths.edge_rows = 10;
  c.paths.regions = 4;
  c.paths.clock = base::frequency::of(1e9);
  return c;
}

/// Requesters at both edge ports, a memory behind every region, region i serving [i * window, (i + 1) * window).
struct wafer {
  explicit wafer(const wafer_mesh::config& c = small_wafer()) : mesh("mesh", c) {
    for (unsigned i = 0; i < c.paths.edges; ++i) {
      hosts.push_back(std::make_unique<requester>(("host_" + std::to_string(i)).c_str()));
      b.connect(*hosts[i], "out", 0, mesh, "edge", i);
    }
    for (unsigned i = 0; i < c.paths.regions; ++i) {
      memories.push_back(std::make_unique<plain_memory>(("memory_" + std::to_string(i)).c_str(), 1e15, 50 * ns));
      memories.back()->set_base("port", i * window);
      b.connect(mesh, "region", i, *memories[i], "port", 0);
      mesh.add_route({i * window, window}, "region", i);
    }
  }
  bench b;
  wafer_mesh mesh;
  std::vector<std::unique_ptr<requester>> hosts;
  std::vector<std::unique_ptr<plain_memory>> memories;
};

/// Hops to region `r` of the small wafer: columns of 25, and rows of 100 / 20 per entry row.
double hops_to(unsigned r) { return 25 * (r + 0.5) + (25.0 - 1) / 20; }
constexpr double mean_hops = 50 + 1.2, ramp = 2;

SIM_TEST(wafer_mesh, latency_grows_with_the_distance_of_the_region) {
  wafer t;
  unsigned char data[4] = {1, 2, 3, 4}, back[4] = {};
  std::vector<const requester::request*> writes, reads;
  for (unsigned r = 0; r < 4; ++r) {
    writes.push_back(&t.hosts[0]->access(r * 2000 * ns, write, r * window + 8, data, 4));
    reads.push_back(&t.hosts[0]->access((r * 2000 + 1000) * ns, read, r * window + 8, back, 4));
  }
  sc_core::sc_start();
  const double word_in = 4 / 80e9, word_out = 4 / 40e9; // 20 links in, 10 out of a port
  for (unsigned r = 0; r < 4; ++r) {
    const double ways = (hops_to(r) + ramp + mean_hops + ramp) * 1e-9 + memory_latency;
    expect_time(writes[r]->took(), ways + word_in);
    expect_time(reads[r]->took(), ways + word_out);
  }
  EXPECT_EQ(std::memcmp(data, back, 4), 0);
}

SIM_TEST(wafer_mesh, a_region_takes_a_word_a_cycle_of_every_entry_row) {
  wafer t;
  const std::uint64_t n = 8'000'000; // of each host, to the same region
  const auto &a = t.hosts[0]->transfer(0, write, 0, n), &b = t.hosts[1]->transfer(0, write, n, n);
  sc_core::sc_start();
  const double latency = (hops_to(0) + ramp + mean_hops + ramp) * 1e-9;
  expect_time(a.took(), 2 * n / 80e9 + latency);
  expect_time(b.took(), 2 * n / 80e9 + latency);
  EXPECT_EQ(meter(t.mesh, "to_region[0]").amount, 2.0 * n);
  EXPECT_EQ(meter(t.mesh, "to_region[1]").amount, 0);
}

SIM_TEST(wafer_mesh, reads_leave_by_the_rows_of_their_port) {
  wafer t;
  const std::uint64_t n = 8'000'000;
  const auto& r = t.hosts[1]->transfer(0, read, 3 * window, n);
  sc_core::sc_start();
  EXPECT_NEAR(r.took() * 1e-15 / (n / 40e9), 1, 0.002);
  EXPECT_EQ(meter(t.mesh, "to_edge[1]").amount, 1.0 * n);
}

SIM_TEST(wafer_mesh, energy_is_by_link_or_end_to_end) {
  wafer_mesh::config c = small_wafer();
  const wafer_mesh by_link("by_link", c);
  c.energy.basis = fabric::energy_basis::end_to_end;
  const wafer_mesh once("once", c);
  const auto joules = [](const wafer_mesh& m, const std::string& name) {
    for (const auto& each : m.meters())
      if (each.name == name)
        return each.joules_per_unit;
    return 0.0;
  };
  EXPECT_DOUBLE_EQ(joules(once, "to_region[3]"), 8 * 0.15e-12);
  EXPECT_DOUBLE_EQ(joules(by_link, "to_region[3]"), 8 * 0.15e-12 * hops_to(3));
  EXPECT_DOUBLE_EQ(joules(by_link, "to_edge[0]"), 8 * 0.15e-12 * mean_hops);
}

SIM_TEST(wafer_mesh, defects_lengthen_the_way) {
  wafer_mesh::config c = small_wafer();
  c.paths.cores.spare_columns = 20;
  c.paths.cores.dead_share = 0.05;
  const fabric::mesh_paths perfect(small_wafer().paths), worn(c.paths);
  EXPECT_NEAR(worn.hops(3) / perfect.hops(3), 119.0 / 99, 0.05); // spread over the spares
  EXPECT_GT(worn.latency(worn.hops(3)).value(), perfect.latency(perfect.hops(3)).value());
  c.paths.cores.spare_columns = 0;
  EXPECT_THROW(c.validate(), base::input_error);
  c = small_wafer();
  c.paths.edge_rows = 51;
  EXPECT_THROW(c.validate(), base::input_error);
}

SIM_TEST(wafer_mesh, addresses_without_a_route_are_refused) {
  wafer t;
  EXPECT_THROW(t.mesh.add_route({9 * window, window}, "region", 4), std::invalid_argument);
  EXPECT_THROW(t.mesh.add_route({9 * window, window}, "side", 0), std::invalid_argument);
  const auto& w = t.hosts[0]->transfer(0, write, 9 * window, 64);
  sc_core::sc_start();
  EXPECT_EQ(w.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

} // namespace
} // namespace strata::link_tests
