// SPDX-License-Identifier: Apache-2.0
// The claims book: units, the way into results, verdicts from bounds, what a bad book is told, and what moved.
#include "models/base/diagnostic.hpp"
#include "sc_main/claims/book_report.hpp"
#include "sc_main/claims/shift.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/report.hpp"
#include "tests/cli/sample_result.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;
using test::sample_options, test::sample_result;

std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

TEST(figure_value, reads_and_writes_units_with_tokens) {
  for (const char* text : {"6269", "27 kW", "72000 token/s", "18.8 pJ/bit", "1.82 ms/token", "3.2 J/token", "131.1 kB/token", "12.5 1/s", "0.25 USD"})
    EXPECT_EQ(to_text(parse_figure(to_text(parse_figure(text)))), to_text(parse_figure(text))) << text;
  EXPECT_DOUBLE_EQ(parse_figure("5 %").value, 0.05);
  EXPECT_EQ(to_text(ratio(parse_figure("10 kW"), parse_figure("500 token/s"))), "20 J/token");
  EXPECT_EQ(to_text(product(parse_figure("214 Pb/s"), parse_figure("0.15 pJ/bit"))), "32.1 kW");
  EXPECT_EQ(to_text(ratio(parse_figure("3 TB/s"), parse_figure("1.5 TB/s"))), "2");
  EXPECT_THROW(parse_figure("fast"), base::unit_error);
  EXPECT_THROW(parse_figure("3 parsec"), base::unit_error);
}

TEST(figure_at, goes_by_the_names_of_elements) {
  const json result = result_document(sample_options(), sample_result());
  EXPECT_EQ(to_text(figure_at(result, "latency/tpot/mean")), "20 ms");
  EXPECT_EQ(to_text(figure_at(result, "phases/decode/memory_traffic/gpu[*].hbm/amount")), "30 GB");
  EXPECT_EQ(to_text(figure_at(result, "throughput/output_total")), "44 token/s");
  EXPECT_NE(error_of([&] { figure_at(result, "phases/decoding/time"); }).find("expected one of prefill, decode"), std::string::npos);
  EXPECT_NE(error_of([&] { figure_at(result, "latency"); }).find("is no number"), std::string::npos);
  EXPECT_NE(error_of([&] { figure_at(result, "cost/price"); }).find("no 'price' in 'cost'"), std::string::npos);
}

class claims_test : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "strata-claims-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    m_folder = name;
  }
  void TearDown() override { fs::remove_all(m_folder); }
  std::string book(const std::string& text) const {
    write_file(m_folder / "book.yaml", text);
    return (m_folder / "book.yaml").string();
  }
  std::string content(const std::string& name) const {
    std::ifstream in(m_folder / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path m_folder;
};

/// A claim with two cases whose bounds are `slow` and `fast`.
std::string two_cases(const std::string& slow, const std::string& fast) {
  return R"(claims:
  - id: speed
    claim: "quick"
    articles: "000"
    reading: "time of a token"
    runs: {a: "h100 --model m --batch 1", b: "h100 --batch 1 --model m"}
    figures:
      token: {run: a, field: latency/tpot/mean}
      answer: {run: b, field: latency/end_to_end/mean}
      limit: {value: 100 ms, source: "somebody"}
      share: {ratio: [token, limit]}
      both: {sum: [token, answer]}
    cases:
      - {when: "tokens count", figure: share, )" + slow + R"(}
      - {when: "answers count", figure: both, )" + fast + R"(}
)";
}

TEST_F(claims_test, verdicts_follow_from_the_cases_that_are_kept) {
  const auto ruling = [&](const std::string& slow, const std::string& fast) {
    const claims_book b = read_claims(book(two_cases(slow, fast)));
    return ruling_text(judge(b.claims.at(0), [](const claim_figure& f) { return parse_figure(f.run == "a" ? "20 ms" : "250 ms"); }));
  };
  EXPECT_EQ(ruling("most: 0.2", "least: 0.27 s"), "holds");
  EXPECT_EQ(ruling("most: 0.19", "least: 0.27 s, most: 271 ms"), "holds only if answers count");
  EXPECT_EQ(ruling("least: 0.15, most: 1", "most: 0.26 s"), "holds only if tokens count");
  EXPECT_EQ(ruling("least: 0.21", "least: 0.28 s"), "does not hold");
  EXPECT_NE(error_of([&] { ruling("most: 0.2 s", "least: 1 s"); }).find("book.yaml:14: figure 'share' is in 1 and its bound in s"), std::string::npos);
}

TEST_F(claims_test, a_bad_book_is_told_where_and_what) {
  const auto says = [&](const std::string& from, const std::string& to, const std::string& message) {
    std::string text = two_cases("most: 0.2", "least: 1 s");
    text.replace(text.find(from), from.size(), to);
    const std::string error = error_of([&] { read_claims(book(text)); });
    EXPECT_NE(error.find(message), std::string::npos) << error;
  };
  says("reading:", "raeding:", "book.yaml:5: unknown key 'raeding' in a claim (did you mean 'reading'?)");
  says("most: 0.2", "mots: 0.2", "unknown key 'mots' in a case");
  says(", most: 0.2", "", "book.yaml:14: a case has no bounds");
  says("most: 0.2", "most: often", "'often' does not start with a number");
  says("[token, limit]", "[token, limits]", "book.yaml:11: there is no figure 'limits' above this (did you mean 'limit'?)");
  says("[token, limit]", "[token]", "'ratio' has 1 operands, expected two");
  says("figure: share", "figure: shares", "there is no figure 'shares'");
  says("{run: a,", "{run: c,", "claim 'speed' has no run 'c'");
  says("{run: a,", "{run: b,", "no figure of claim 'speed' is taken from run 'a'");
  says("--batch 1\"", "--batch 0\"", "book.yaml:6: 'h100 --model m --batch 0': --batch: '0' is out of range");
  says("h100 --model", "h100 h200 --model", "names 2 platforms");
  says("--batch 1\"", "--batch 1 --out x\"", "writes files");
  says("--batch 1\"", "--batch '1\"", "");
  says("claims:", "claim:", "unknown key 'claim' in a file of claims");
  says(", source: \"somebody\"", "", "'source' is missing");
  EXPECT_NE(error_of([&] { read_claims(book("- 3\n")); }).find("a file of claims is a list"), std::string::npos);
  EXPECT_NE(error_of([&] { read_claims(m_folder.string() + "/none"); }).find("cannot be read"), std::string::npos);
}

TEST_F(claims_test, an_experiment_is_asked_for_once) {
  experiment_list list;
  const experiment e = read_experiment("h100 --model m --batch 1", {"b", 1});
  const auto a = list.ask(e, "x"), b = list.ask(read_experiment("cs3 --model m --batch 1", {"b", 2}), "x"), c = list.ask(e, "y"), d = list.ask(e, "x");
  EXPECT_EQ(list.runs().size(), 2u);
  EXPECT_EQ(c.run, a.run);
  EXPECT_NE(b.run, a.run);
  EXPECT_EQ(d.field, a.field);
}

TEST_F(claims_test, the_command_runs_writes_and_tells_what_moved) {
  const std::string file = book(two_cases("most: 0.2", "least: 1 s")), out = m_folder / "book.md", record = m_folder / "book.json";
  double factor = 1;
  const simulator invented = [&](const run_options&, const progress_callback&) {
    run_result r = sample_result();
    r.latency.tpot.mean *= factor;
    return r;
  };
  set_verbosity(-2); // messages on stderr
  EXPECT_EQ(claims_command({"--book", file, "--out", out, "--json", record, "-j", "1"}, invented), success);
  EXPECT_EQ(claims_command({"--book", file, "--against", record, "--jobs=2"}, invented), success);
  factor = 1.2;
  testing::internal::CaptureStderr();
  EXPECT_EQ(claims_command({"--book", file, "--only", "sp*", "--against", record}, invented), audit_failure);
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("token moved from 20 ms to 24 ms"), std::string::npos) << told;
  EXPECT_NE(content("book.md").find("strata run h100 --batch 1 --model m"), std::string::npos);
  EXPECT_EQ(json::parse(content("book.json")).at("claims").at(0).at("ruling"), "holds only if tokens count");
  const auto says = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const std::string error = error_of([&] { claims_command(arguments, invented); });
    EXPECT_NE(error.find(message), std::string::npos) << error;
  };
  says({"--book", file, "--only", "speeed"}, "no claim 'speeed' (did you mean 'speed'?)");
  says({"--book", file, "--against", file}, "is no JSON");
  says({"--book", file, "--out", "/no/such/folder/x.md"}, "cannot be created");
  says({"--book", file, "speed"}, "'speed' is no option");
  says({"--book", file, "-j", "0"}, "--jobs");
  says({"--book", file, "--set", "a.b=1"}, "--set has no meaning here");
}

TEST_F(claims_test, the_cheapest_changes_with_the_wait_and_the_price_of_memory) {
  const std::vector<std::vector<shift_point>> systems{
      {{1, 0.001, 1, 4, 0, 1, 100}, {8, 0.01, 10, 2, 0, 1, 50}},   // fast, no memory chips
      {{1, 0.1, 100, 1, 0.5, 0.5, 200}, {8, 1, 1000, 0.5, 0.5, 0.5, 20}}}; // slow, half of it memory
  EXPECT_FALSE(winner(systems, 0.0005, 1).any);
  const auto is = [&](double wait, double price, std::size_t system, std::size_t point) {
    const shift_winner w = winner(systems, wait, price);
    EXPECT_TRUE(w.any && w.system == system && w.point == point) << wait << " s, memory x " << price;
  };
  is(0.005, 1, 0, 0);
  is(0.05, 1, 0, 1);
  is(0.1, 1, 1, 0);  // 1.5 against 3
  is(0.1, 5, 0, 1);  // 1 x (1 + 0.5 x 4) + 0.5 = 3.5 against 3
  is(0.5, 0, 0, 1);  // joules
  is(1, 0, 1, 1);
}

TEST_F(claims_test, a_sweep_is_read_run_and_drawn) {
  const std::string sweep = R"(waits: [20 ms, 1 s]
memory_prices: [1, 4]
traffic:
  - name: answers
    text: "short"
    systems:
      - {name: "a GPU", run: "h100 --model m --clients $load --requests $many", loads: [1, 2]}
)";
  const shift_sweep s = read_sweep(book(sweep));
  EXPECT_EQ(s.traffic.at(0).systems.at(0).runs.at(1).command, "h100 --model m --clients 2 --requests 8");
  const simulator invented = [](const run_options& o, const progress_callback&) {
    run_result r = sample_result();
    r.latency.rejected = 0;
    r.costs = {40000, 0.002 / o.clients, 0.001};
    return r;
  };
  const shift_points p = run_sweep(s, 2, invented);
  EXPECT_DOUBLE_EQ(p.at(0).at(0).at(1).wait_s, 0.25 / 11);
  EXPECT_DOUBLE_EQ(p.at(0).at(0).at(1).usd(1), 0.002);
  EXPECT_NE(shift_markdown(s, p).find("| 1 s | a GPU, 0.2 ct |"), std::string::npos) << shift_markdown(s, p);
  EXPECT_NE(shift_markdown(s, p).find("in dollars, memory at 4 times its price: a GPU from 22.73 ms\n"), std::string::npos) << shift_markdown(s, p);
  EXPECT_EQ(shift_document(s, p).at("traffic").at(0).at("systems").at(0).at("points").size(), 2u);
  const auto says = [&](const std::string& from, const std::string& to, const std::string& message) {
    std::string text = sweep;
    text.replace(text.find(from), from.size(), to);
    const std::string error = error_of([&] { read_sweep(book(text)); });
    EXPECT_NE(error.find(message), std::string::npos) << error;
  };
  says("20 ms", "20 MB", "book.yaml:1: '20 MB' is no time");
  says("[1, 4]", "[1, -4]", "is no factor");
  says("$load", "3", "has no $load");
  says("[1, 2]", "[1, 2.5]", "no whole number");
  says("loads: [1, 2]", "load: [1, 2]", "unknown key 'load' in a system (did you mean 'loads'?)");
  const auto refusing = [](const run_options&, const progress_callback&) {
    run_result r = sample_result();
    r.costs = {40000, 0.002, 0.001};
    return r;
  };
  EXPECT_NE(error_of([&] { run_sweep(s, 2, refusing); }).find("refuses requests"), std::string::npos);
}

TEST_F(claims_test, a_run_that_breaks_its_audit_is_no_evidence) {
  const std::string file = book(two_cases("most: 0.2", "least: 1 s"));
  const auto broken = [](const run_options&, const progress_callback&) {
    run_result r = sample_result();
    r.audits.push_back({"bytes", false, "1 B, 2 B"});
    return r;
  };
  EXPECT_NE(error_of([&] { claims_command({"--book", file}, broken); }).find("audit failed: bytes"), std::string::npos);
}

} // namespace
} // namespace strata::cli
