// SPDX-License-Identifier: Apache-2.0
// Reports of an invented run: numbers as text, the document's schema, CSV files, tables.
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/report/report.hpp"
#include "sc_main/run/comparison.hpp"
#include "tests/cli/sample_result.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace strata::cli {
namespace {

using test::sample_options, test::sample_result;

json sample_document() { return result_document(sample_options(), sample_result()); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(number_text, takes_the_prefix_that_reads_best) {
  EXPECT_EQ(with_prefix(0.01234, "s"), "12.34 ms");
  EXPECT_EQ(with_prefix(1e-3, "s"), "1 ms");
  EXPECT_EQ(with_prefix(7200, "s"), "7200 s");
  EXPECT_EQ(with_prefix(3.35e12, "B/s"), "3.35 TB/s");
  EXPECT_EQ(with_prefix(70.55e9, ""), "70.55 G");
  EXPECT_EQ(with_prefix(0, "J"), "0 J");
  EXPECT_EQ(with_prefix(-0.5, "W"), "-500 mW");
}

TEST(number_text, rounds_to_four_digits) {
  EXPECT_EQ(plain(18230.4), "18230");
  EXPECT_EQ(plain(0.31236), "0.3124");
  EXPECT_EQ(plain(99.996), "100");
  EXPECT_EQ(plain(2e9), "2.000e+09");
  EXPECT_EQ(percent(0.6314), "63.1 %");
  EXPECT_EQ(percent(0.00123), "0.12 %");
  EXPECT_EQ(percent(0), "0.0 %");
}

TEST(text_table, aligns_and_keeps_to_the_width) {
  text_table t({{"name", text_table::align::left}, {"value"}});
  t.add({std::string(200, 'x'), "1"});
  t.add({"b", "12345"});
  std::istringstream lines(t.text(40));
  std::string line;
  while (std::getline(lines, line))
    EXPECT_LE(line.size(), 40u) << line;
  EXPECT_TRUE(has(t.text(40), "xx..      1\n")) << t.text(40);
  EXPECT_TRUE(has(t.text(40), "  12345\n"));
  EXPECT_THROW(t.add({"one cell"}), std::invalid_argument);
}

TEST(text_table, markdown_escapes_its_separator) {
  text_table t({{"a", text_table::align::left}, {"b"}});
  t.add({"x|y", "1"});
  EXPECT_EQ(t.markdown(), "| a | b |\n| :-- | --: |\n| x\\|y | 1 |\n");
}

TEST(result_document, derived_figures_are_right) {
  const json d = sample_document();
  EXPECT_EQ(d.at("schema"), "strata.result");
  EXPECT_DOUBLE_EQ(value_of(d.at("energy").at("per_output_token")), 50.0 / 11);
  EXPECT_DOUBLE_EQ(value_of(d.at("energy").at("mean_power")), 200);
  EXPECT_DOUBLE_EQ(value_of(d.at("energy").at("levels").at(0).at("energy_per_bit")), 125);
  EXPECT_DOUBLE_EQ(value_of(d.at("energy").at("levels").at(1).at("share")), 0.9);
  EXPECT_DOUBLE_EQ(value_of(d.at("phases").at(1).at("time_share")), 0.8);
  EXPECT_DOUBLE_EQ(value_of(d.at("components").at(0).at("energy")), 8 * (0.625 + 10 * 0.25));
  EXPECT_DOUBLE_EQ(value_of(d.at("host").at("output_tokens_per_cpu_second")), 22);
  EXPECT_EQ(d.at("options").at("weights"), "bf16");
  EXPECT_EQ(d.at("options").at("set").at(0), "gpu[*].hbm.channels=40");
  EXPECT_FALSE(d.at("options").contains("out"));
}

TEST(result_document, power_at_the_wall_is_that_of_its_parts) {
  const json d = sample_document();
  const json& wall = d.at("energy").at("wall");
  const double power = 250 / 0.96; // half of what the supply units can give
  EXPECT_DOUBLE_EQ(value_of(wall.at("mean_power")), power);
  EXPECT_DOUBLE_EQ(value_of(wall.at("total")), power * 0.25);
  EXPECT_DOUBLE_EQ(value_of(wall.at("per_output_token")), power * 0.25 / 11);
  double sum = 0, shares = 0;
  for (const json& p : wall.at("parts")) {
    sum += value_of(p.at("power"));
    shares += value_of(p.at("share"));
  }
  EXPECT_DOUBLE_EQ(sum, power);
  EXPECT_DOUBLE_EQ(shares, 1);
  auto bare = sample_result();
  bare.supply = {};
  EXPECT_TRUE(result_document(sample_options(), bare).at("energy").at("wall").is_null());
  EXPECT_DOUBLE_EQ(bare.wall_J(), bare.energy_J);
}

/// Every number stands in an object that names its unit, apart from the counts that the schema lists.
void expect_units(const json& node, const std::string& path) {
  if (node.is_object()) {
    for (const auto& [key, child] : node.items()) {
      if (child.is_number() && key != "schema_version" && key != "represents" && key != "port_represents" &&
          key != "count") {
        EXPECT_TRUE(node.contains("unit")) << path << "/" << key;
      }
      if (!node.contains("unit") || !child.is_array()) // a series has the unit of the object it stands in
        expect_units(child, path + "/" + key);
    }
  } else if (node.is_array()) {
    for (const auto& child : node) {
      EXPECT_FALSE(child.is_number()) << path;
      expect_units(child, path + "[]");
    }
  }
}
TEST(result_document, every_figure_has_a_unit) { expect_units(sample_document(), ""); }

TEST(result_document, survives_a_round_trip) {
  const json d = sample_document();
  EXPECT_EQ(json::parse(d.dump()), d);
  EXPECT_EQ(report_text(json::parse(d.dump()), text_form::terminal), report_text(d, text_form::terminal));
}

TEST(result_document, what_does_not_exist_is_null) {
  auto r = sample_result();
  r.latency.output_tokens = 0;
  r.latency.ttft.p99 = std::numeric_limits<double>::quiet_NaN();
  const json d = json::parse(result_document(sample_options(), r).dump());
  EXPECT_TRUE(d.at("energy").at("per_output_token").at("value").is_null());
  EXPECT_TRUE(std::isnan(value_of(d.at("energy").at("levels").at(1).at("energy_per_bit"))));
  EXPECT_TRUE(d.at("latency").at("ttft").at("p99").is_null());
  EXPECT_TRUE(has(report_text(d, text_form::terminal), "energy per output token")) << "a run without tokens has a report";
}

TEST(result_document, only_the_host_part_depends_on_the_machine) {
  auto slow = sample_result();
  slow.host_cpu_s = 99;
  json a = sample_document(), b = result_document(sample_options(), slow);
  EXPECT_NE(a, b);
  a.erase("host");
  b.erase("host");
  EXPECT_EQ(a.dump(), b.dump());
}

TEST(report_text, says_what_an_architect_asks) {
  const std::string text = report_text(sample_document(), text_form::terminal);
  for (const char* part : {"toy (toy.yaml)", "1.5 G parameters, weights fp8 1.5 GB, KV bf16 32.77 kB/token",
                           "1 completed, 1 rejected", "6 steps simulated, 5 reused; 2 spot checks, error mean 0.1 %, max 0.4 %",
                           "50 ms", "44 tok/s", "4.545 J/token", "200 W", "125 pJ/bit", "gpu[*].hbm", "80.0 %", "passed"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  EXPECT_FALSE(has(text, "\033"));
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line))
    EXPECT_LE(line.size(), 100u) << line;
}

TEST(report_text, components_come_by_energy) {
  auto r = sample_result();
  const std::string text = report_text(result_document(sample_options(), r), text_form::terminal);
  EXPECT_LT(text.find("  host  "), text.find("  gpu[0].hbm "));
  r.components[0].represents = 80;
  const std::string other = report_text(result_document(sample_options(), r), text_form::terminal);
  EXPECT_GT(other.find("  host  "), other.find("  gpu[0].hbm "));
}

TEST(report_csv, one_line_per_request_and_meter) {
  EXPECT_EQ(requests_csv(sample_result()),
            "id,arrival_s,admitted_s,first_token_s,finished_s,prompt_tokens,output_tokens,rejected,shortfall_tokens,cached_tokens,fetched_tokens,preempted\n"
            "1,0.000000000000,0.000000000000,0.050000000000,0.250000000000,100,11,0,0,0,0,0\n"
            "2,0.005000000000,,,,9999999,10,1,9000000,0,0,0\n");
  EXPECT_EQ(components_csv(sample_result()),
            "component,type,represents,port_represents,static_power_W,meter,level,unit,amount,energy_J,busy_s,peak_per_s,utilisation\n"
            "gpu[0].hbm,dram_controller,8,1,10,read,hbm,B,4e+09,0.5,0.2,2e+10,0.8\n"
            "gpu[0].hbm,dram_controller,8,1,10,write,hbm,B,1e+09,0.125,0.05,2e+10,0.2\n"
            "host,host_cpu,1,1,120,,,,,,,,\n");
}

TEST(comparison, rows_are_the_union_and_failures_are_named) {
  auto other = sample_result();
  other.levels = {{"sram", 50, 1e9}};
  other.audits.push_back({"bytes", false, "asked 1 B, served 2 B"});
  using state = process_outcome::state;
  const std::vector<compared_platform> platforms{{"one", state::finished, "", sample_document()},
                                                 {"two", state::finished, "", result_document(sample_options(), other)},
                                                 {"three", state::bad_input, "three.yaml:4: wrong", {}}};
  const std::string text = comparison_text(platforms);
  for (const char* part : {"TTFT p50", "energy in hbm", "energy in sram", "1 FAILED", "two: audit 'bytes' failed",
                           "three: bad input: three.yaml:4: wrong"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  const json d = comparison_document(platforms);
  EXPECT_EQ(d.at("platforms").at(0).at("status"), "passed");
  EXPECT_EQ(d.at("platforms").at(1).at("status"), "audit_failed");
  EXPECT_EQ(d.at("platforms").at(2).at("error"), "three.yaml:4: wrong");
  expect_units(d, "");
  const std::string report = comparison_report(platforms);
  EXPECT_TRUE(has(report, "## two"));
  EXPECT_FALSE(has(report, "## three"));
}

} // namespace
} // namespace strata::cli
