// SPDX-License-Identifier: Apache-2.0
// The HTML report: nothing from outside, names that cannot break out of their place, equal pages for equal results, and
// folders that hold no results.
#include "models/base/diagnostic.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/html_report.hpp"
#include "tests/cli/sample_result.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;
using test::sample_options, test::sample_result;

json sample(const std::string& platform = "toy") {
  run_result r = sample_result();
  r.platform = platform;
  return result_document(sample_options(), r);
}

/// What the page carries as data.
json data_of(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"data\">";
  const auto from = page.find(opening) + opening.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(html_report, carries_the_results_and_needs_nothing_else) {
  const std::string page = html_report({sample("a"), sample("b")});
  const json data = data_of(page);
  ASSERT_EQ(data.size(), 2u);
  EXPECT_EQ(data.at(1).at("platform").at("name"), "b");
  json expected = sample("a");
  expected.erase("configuration");
  expected.erase("host");
  EXPECT_EQ(data.at(0), expected);
  for (const char* outside : {" src=", "<link", "@import", "url(", "fetch(\"http"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  EXPECT_NE(page.find("d3js.org"), std::string::npos) << "the plotting library's own note is part of it";
  EXPECT_EQ(page.find("@STRATA"), std::string::npos) << "a part of the page was not put in";
}

TEST(html_report, names_cannot_end_the_data) {
  const std::string evil = "</script><script>alert(1)</script><!--";
  const std::string page = html_report({sample(evil)});
  EXPECT_EQ(page.find(evil), std::string::npos);
  EXPECT_EQ(data_of(page).at(0).at("platform").at("name"), evil);
}

TEST(html_report, is_the_same_for_equal_results) {
  run_result slow = sample_result();
  slow.host_cpu_s = 99;
  EXPECT_EQ(html_report({sample()}), html_report({result_document(sample_options(), slow)}));
}

class report_command_test : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "strata-report-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    m_folder = name;
  }
  void TearDown() override { fs::remove_all(m_folder); }
  fs::path run(const std::string& name, const std::string& text) const {
    fs::create_directories(m_folder / name);
    write_file(m_folder / name / "result.json", text);
    return m_folder / name;
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// The error's text, "" where there was none.
  std::string error_of(const std::vector<std::string>& arguments) const {
    try {
      report_command(arguments);
      return "";
    } catch (const base::input_error& e) {
      return e.what();
    }
  }
  fs::path m_folder;
};

TEST_F(report_command_test, writes_runs_and_comparisons) {
  const std::string a = run("a", sample("a").dump()), out = m_folder / "page.html";
  fs::create_directories(m_folder / "both");
  run("both/b", sample("b").dump());
  write_file(m_folder / "both" / "comparison.json",
             R"({"schema": "strata.comparison", "schema_version": 1, "platforms": [
                 {"platform": "x", "status": "failed", "error": "e"},
                 {"platform": "b", "status": "passed", "result": "b/result.json"}]})");
  EXPECT_EQ(report_command({a, (m_folder / "both").string(), "--out", out}), 0);
  EXPECT_EQ(content(out), html_report({sample("a"), sample("b")}));
}

TEST_F(report_command_test, says_what_is_wrong_and_writes_nothing) {
  json old = sample(), other = sample();
  old.erase("timeline");
  other["schema_version"] = 99;
  const std::string out = m_folder / "page.html";
  const auto says = [&](const std::string& folder, const std::string& part) {
    const std::string text = error_of({folder, "--out=" + out});
    EXPECT_NE(text.find(part), std::string::npos) << folder << ": " << text;
  };
  says(m_folder / "nowhere", "is no folder");
  says(m_folder, "result.json: cannot be read");
  says(run("cut", sample().dump().substr(0, 100)), "is no JSON");
  says(run("list", "[]"), "is no document of schema strata.result");
  says(run("old", old.dump()), "has no 'timeline'");
  says(run("other", other.dump()), "schema version 99, expected 1");
  EXPECT_NE(error_of({}).find("no folder given"), std::string::npos);
  EXPECT_NE(error_of({"x", "--bogus"}).find("unknown option"), std::string::npos);
  EXPECT_NE(error_of({"x", "--out"}).find("value is missing"), std::string::npos);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_NE(error_of({run("good", sample().dump()), "--out", m_folder / "no" / "such" / "page.html"}).find("cannot be created"), std::string::npos);
}

} // namespace
} // namespace strata::cli
