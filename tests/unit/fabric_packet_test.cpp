// SPDX-License-Identifier: Apache-2.0
// The packet-switched mesh: closed forms, fairness, conservation, back-pressure, no deadlock, and BookSim2's curves.
#include "models/base/diagnostic.hpp"
#include "models/fabric/mesh_load.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace strata::fabric {
namespace {

/// Everything that is under way to its end.
std::vector<packet_arrival> drain(packet_mesh& mesh, cycle limit = 1'000'000) {
  std::vector<packet_arrival> arrivals;
  for (cycle next = mesh.next(); next != never_cycle && next < limit; next = mesh.next()) {
    mesh.skip_to(next);
    mesh.step(arrivals);
  }
  return arrivals;
}

TEST(packet_mesh, idle_latency_is_the_closed_form) {
  for (const unsigned flits : {1u, 4u, 20u})
    for (const unsigned router_cycles : {2u, 3u, 5u})
      for (const std::uint32_t destination : {0u, 1u, 9u, 63u}) {
        packet_mesh_config c;
        c.router_cycles = router_cycles;
        c.vc_depth = 24; // no flit waits for a credit
        packet_mesh mesh(c);
        mesh.send(0, destination, flits);
        const auto arrivals = drain(mesh);
        ASSERT_EQ(arrivals.size(), 1u);
        EXPECT_EQ(arrivals[0].arrived, c.zero_load_cycles(destination % 8 + destination / 8, flits));
      }
}

TEST(packet_mesh, a_window_of_credits_bounds_the_rate) {
  packet_mesh_config c;
  c.width = 3, c.height = 1, c.vcs = 1, c.vc_depth = 2;
  packet_mesh mesh(c);
  mesh.send(0, 2, 1000);
  const auto arrivals = drain(mesh);
  ASSERT_EQ(arrivals.size(), 1u);
  // Two flits per round trip: to the next router, a cycle of channel allocation passed already, and the credit back.
  const double round_trip = c.traversal_cycles() + c.credit_cycles;
  EXPECT_NEAR(static_cast<double>(arrivals[0].arrived) / (1000 / 2 * round_trip), 1, 0.02);
}

TEST(packet_mesh, flits_and_hops_are_conserved) {
  packet_mesh_config c;
  c.width = 6, c.height = 5;
  packet_mesh mesh(c);
  std::uint64_t flits = 0, hops = 0;
  for (std::uint32_t from = 0; from < c.nodes(); ++from)
    for (std::uint32_t to = 0; to < c.nodes(); ++to) {
      const unsigned n = 1 + (from + to) % 5;
      mesh.send(from, to, n);
      flits += n;
      hops += n * static_cast<std::uint64_t>(std::abs(static_cast<int>(from % 6) - static_cast<int>(to % 6)) +
                                             std::abs(static_cast<int>(from / 6) - static_cast<int>(to / 6)));
    }
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> seen;
  for (const auto& a : drain(mesh)) {
    ++seen[{a.source, a.destination}];
    EXPECT_EQ(a.flits, 1 + (a.source + a.destination) % 5);
  }
  EXPECT_EQ(seen.size(), std::size_t{30} * 30); // each once
  EXPECT_EQ(mesh.flits_sent(), flits);
  EXPECT_EQ(mesh.flits_injected(), flits);
  EXPECT_EQ(mesh.flits_delivered(), flits);
  EXPECT_EQ(mesh.flit_hops(), hops);
}

TEST(packet_mesh, an_output_is_shared_evenly_and_never_idle) {
  packet_mesh_config c;
  c.width = 3, c.height = 3; // cores 1, 3, 5 and 7 all send to the one in the middle
  packet_mesh mesh(c);
  for (unsigned i = 0; i < 1000; ++i)
    for (const std::uint32_t from : {1u, 3u, 5u, 7u})
      mesh.send(from, 4, 1);
  std::map<std::uint32_t, unsigned> count;
  cycle last = 0;
  for (const auto& a : drain(mesh))
    if (++count[a.source], a.arrived < 2000)
      last = a.arrived;
    else
      --count[a.source];
  for (const auto& [from, n] : count)
    EXPECT_NEAR(n, 500, 10) << "core " << from; // a quarter each of the first 2000 cycles
  EXPECT_EQ(last, 1999u);
}

TEST(packet_mesh, overload_fills_the_buffers_and_no_more) {
  packet_mesh_config c;
  packet_mesh mesh(c);
  std::vector<packet_arrival> arrivals;
  for (unsigned i = 0; i < 2000; ++i)
    for (std::uint32_t n = 0; n < c.nodes(); ++n)
      mesh.send(n, 27, 1);
  while (mesh.now() < 4000)
    mesh.step(arrivals);
  EXPECT_NEAR(static_cast<double>(mesh.flits_delivered()), 4000, 50); // one core takes one flit a cycle
  const std::uint64_t channels = std::uint64_t{c.nodes()} * 5 * c.vcs;
  EXPECT_LE(mesh.flits_injected() - mesh.flits_delivered(), channels * c.vc_depth);
  EXPECT_GT(mesh.flits_sent() - mesh.flits_injected(), 100000u);
}

TEST(packet_mesh, ends_what_it_began_however_overloaded) {
  for (const unsigned vcs : {1u, 3u})
    for (const unsigned flits : {1u, 7u}) {
      packet_mesh_config c;
      c.width = 5, c.height = 7, c.vcs = vcs, c.vc_depth = 2;
      packet_mesh mesh(c);
      for (unsigned i = 0; i < 100; ++i)
        for (std::uint32_t n = 0; n < c.nodes(); ++n)
          mesh.send(n, (n * 17 + i * 11) % c.nodes(), flits);
      EXPECT_EQ(drain(mesh).size(), std::size_t{100} * c.nodes());
      EXPECT_EQ(mesh.flits_delivered(), mesh.flits_sent());
    }
}

TEST(mesh_load, equal_seeds_give_equal_latencies) {
  mesh_load load;
  load.injection = 0.3;
  load.measured = 2000;
  const auto a = run_load({}, load), b = run_load({}, load);
  EXPECT_EQ(a.latencies, b.latencies);
  load.seed = 2;
  EXPECT_NE(a.latencies, run_load({}, load).latencies);
}

TEST(mesh_load, accepts_what_is_offered_below_saturation) {
  mesh_load load;
  for (const double injection : {0.05, 0.2, 0.35}) {
    load.injection = injection;
    const auto r = run_load({}, load);
    EXPECT_TRUE(r.stable);
    EXPECT_NEAR(r.accepted / injection, 1, 0.03);
    EXPECT_NEAR(r.mean_hops, 2 * 63.0 / 24, 0.05); // (k^2 - 1) / 3k in each dimension
  }
  load.injection = 0.7;
  EXPECT_FALSE(run_load({}, load).stable);
}

TEST(mesh_load, rejects_what_does_not_fit) {
  packet_mesh_config c;
  c.width = 4;
  mesh_load load;
  load.pattern = traffic_pattern::transpose;
  EXPECT_THROW(run_load(c, load), base::input_error);
  load.pattern = traffic_pattern::uniform;
  load.injection = 0;
  EXPECT_THROW(run_load(c, load), base::input_error);
}

/// Rows of a CSV file as maps from column to text.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& name) {
  std::ifstream file(STRATA_SOURCE_DIR "/../shared/reference/peers/" + name);
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> columns;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream split(line);
    for (std::string cell; std::getline(split, cell, ',');)
      cells.push_back(cell);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(columns.size(), cells.size()); ++i)
      row[columns[i]] = cells[i];
  }
  return rows;
}

packet_mesh_config router_of(const std::map<std::string, std::string>& row) {
  packet_mesh_config c;
  c.vcs = static_cast<unsigned>(std::stoul(row.at("tag").substr(2)));
  return c;
}
mesh_load load_of(const std::map<std::string, std::string>& row) {
  mesh_load load;
  load.pattern = row.at("traffic") == "uniform" ? traffic_pattern::uniform : traffic_pattern::transpose;
  load.packet_flits = static_cast<unsigned>(std::stoul(row.at("packet_flits")));
  return load;
}

TEST(mesh_peers, latency_under_load) {
  const auto rows = rows_of("booksim_curves.csv");
  if (rows.empty())
    GTEST_SKIP() << "no reference data";
  unsigned compared = 0;
  for (std::size_t i = 0; i < rows.size(); i += 3) { // every third point, to save time
    const auto& row = rows[i];
    if (row.at("stable") != "1" || std::stod(row.at("pkt_latency_cyc")) > 60)
      continue; // next to saturation latency is what the window makes of it
    mesh_load load = load_of(row);
    load.injection = std::stod(row.at("inj_rate_flits_node_cycle"));
    load.measured = 6000 + static_cast<std::uint64_t>(400 / load.injection); // packets enough at light loads
    const auto r = run_load(router_of(row), load);
    EXPECT_NEAR(r.mean_latency / std::stod(row.at("pkt_latency_cyc")), 1, 0.04)
        << row.at("tag") << ' ' << row.at("traffic") << ' ' << load.packet_flits << " flits at " << load.injection;
    ++compared;
  }
  EXPECT_GT(compared, 15u);
}

TEST(mesh_peers, zero_load_latency_and_saturation) {
  const auto rows = rows_of("booksim_saturation.csv");
  if (rows.empty())
    GTEST_SKIP() << "no reference data";
  for (const auto& row : rows) {
    const std::string name = row.at("tag") + ' ' + row.at("traffic") + ' ' + row.at("packet_flits");
    const packet_mesh_config c = router_of(row);
    mesh_load load = load_of(row);
    load.injection = 0.002 * load.packet_flits;
    load.measured = 40000;
    const double idle = run_load(c, load).mean_latency;
    EXPECT_NEAR(idle / std::stod(row.at("zero_load_pkt_latency_cyc")), 1, 0.03) << name;
    const double saturation_rate = std::stod(row.at("sat_rate_lat3x"));
    load.measured = 10000;
    load.injection = 0.95 * saturation_rate;
    const auto below = run_load(c, load);
    EXPECT_TRUE(below.stable && below.mean_latency < 3 * idle) << name << ' ' << below.mean_latency;
    load.injection = 1.05 * saturation_rate;
    const auto above = run_load(c, load);
    EXPECT_TRUE(!above.stable || above.mean_latency > 3 * idle) << name << ' ' << above.mean_latency;
  }
}

} // namespace
} // namespace strata::fabric
