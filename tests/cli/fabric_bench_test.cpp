// SPDX-License-Identifier: Apache-2.0
// strata microbench fabric: one error line for a wrong option; figures against closed forms; equal runs, equal documents.
#include "models/base/diagnostic.hpp"
#include "sc_main/microbench/fabric_bench.hpp"

#include <gtest/gtest.h>

namespace strata::cli {
namespace {

using arguments = std::vector<std::string>;

fabric_bench_result measured(const arguments& a) { return run_fabric_bench(parse_fabric_bench_options(a)); }

double cell(const fabric_bench_result& r, std::size_t row, const std::string& column) {
  for (std::size_t i = 0; i < r.columns.size(); ++i)
    if (r.columns[i].name == column)
      return r.rows.at(row)[i];
  ADD_FAILURE() << "no column " << column;
  return 0;
}

TEST(fabric_bench, rejects_with_one_line) {
  const std::vector<std::pair<arguments, std::string>> cases{
      {{"mesh"}, "'mesh' means nothing here, expected options"},
      {{"--pattern", "unifrom"}, "'unifrom' is not one of uniform | "},
      {{"--pattern", "reduce", "--vcs", "2"}, "--vcs has no meaning here, expected it only with uniform"},
      {{"--pattern", "uniform", "--vector", "4 B"}, "--vector has no meaning here, expected it only with collectives"},
      {{"--pattern", "reduce", "--vector", "6 B"}, "--vector: expected whole words of 4 bytes"},
      {{"--pattern", "reduce", "--vector", "6"}, "--vector: "},
      {{"--pattern", "transpose", "--width", "4", "--height", "2", "--injection", "0.1"}, "transpose: the mesh is 4 by 2, expected a square one"},
      {{"--vcs", "33"}, "--vcs: "},
      {{"--plot", ""}, "--plot: the name is empty"},
      {{"--set", "x=1"}, "--set has no meaning here"}};
  for (const auto& [given, message] : cases) {
    try {
      measured(given);
      ADD_FAILURE() << "accepted, expected " << message;
    } catch (const base::input_error& e) {
      EXPECT_NE(std::string(e.what()).find(message), std::string::npos) << e.what();
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
    }
  }
}

TEST(fabric_bench, a_light_load_pays_the_router_and_the_links) {
  const auto r = measured({"--pattern", "neighbour", "--width", "64", "--height", "1", "--injection", "0.001", "--cycles", "20000", "--router-cycles", "4"});
  // Next core: two routers of five cycles and the way into the first; one in 64 goes back over the whole row.
  EXPECT_NEAR(cell(r, 0, "mean_latency"), 2 + 10 + 62 * 5.0 / 64, 0.8);
  EXPECT_EQ(cell(r, 0, "p50"), 12);
  EXPECT_NEAR(cell(r, 0, "hops"), 2 * 63.0 / 64, 0.15);
}

TEST(fabric_bench, a_curve_climbs_to_three_times_the_idle_latency) {
  const auto r = measured({"--pattern", "uniform", "--width", "4", "--vcs", "2", "--cycles", "3000"});
  const double idle = cell(r, 0, "mean_latency");
  for (std::size_t i = 1; i < r.rows.size(); ++i)
    EXPECT_GT(cell(r, i, "mean_latency"), cell(r, i - 1, "mean_latency") * 0.98);
  EXPECT_NEAR(cell(r, r.rows.size() - 1, "mean_latency") / idle, 3, 1); // steep there: the load is found to within half a per cent
  EXPECT_EQ(r.summary.at(0).first.name, "saturation");
}

TEST(fabric_bench, a_broadcast_takes_the_published_cycles_and_the_energy_of_its_links) {
  const auto r = measured({"--pattern", "broadcast", "--width", "100", "--vector", "400 B", "--clock", "1 GHz", "--bit_energy", "1 pJ/bit"});
  ASSERT_EQ(r.rows.size(), 1u);
  EXPECT_EQ(cell(r, 0, "cycles"), 100 + 100 + 4);
  EXPECT_EQ(cell(r, 0, "model"), cell(r, 0, "cycles"));
  EXPECT_NEAR(cell(r, 0, "time"), 204e-9, 1e-15);
  EXPECT_NEAR(cell(r, 0, "energy"), 99 * 100 * 32e-12, 1e-15);
  const auto once = measured({"--pattern", "broadcast", "--width", "100", "--vector", "400 B", "--bit_energy", "1 pJ/bit", "--energy_basis", "end_to_end"});
  EXPECT_NEAR(cell(once, 0, "energy"), 100 * 100 * 32e-12, 1e-15);
}

TEST(fabric_bench, equal_runs_give_equal_documents_but_for_the_host) {
  const auto document = [] {
    const auto options = parse_fabric_bench_options({"--pattern", "uniform", "--injection", "0.3", "--cycles", "1000"});
    auto d = fabric_bench_document(options, run_fabric_bench(options));
    d.erase("host");
    return d.dump();
  };
  const std::string first = document();
  EXPECT_EQ(first, document());
  EXPECT_NE(first.find("\"unit\":\"flit/cycle\""), std::string::npos);
}

} // namespace
} // namespace strata::cli
