// SPDX-License-Identifier: Apache-2.0
// Reading, comparing and blessing golden files.
#include "tests/support/golden.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace strata::tests {
namespace {

constexpr const char* how_to_bless = " (tests/bless rewrites it; say why in docs/timing_changelog.md)";

/// Shortest text that reads back as the same number.
std::string exact(double value) {
  char text[32];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value)
      break;
  }
  return text;
}

double relative_change(double from, double to) {
  if (from == to)
    return 0;
  return from == 0 ? HUGE_VAL : (to - from) / std::fabs(from);
}

std::string percent(double change) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.3g %%", 100 * change);
  return text;
}

} // namespace

golden_file::golden_file(const std::string& name, const std::string& folder)
    : m_name(name), m_path(folder + "/" + name + ".txt"), m_bless(std::getenv("STRATA_BLESS") != nullptr) {
  std::ifstream file(m_path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string value_name, rest;
    entry e{};
    if (!(words >> value_name))
      continue;
    if (!(words >> e.value >> e.unit) || words >> rest || !m_golden.emplace(value_name, e).second)
      ADD_FAILURE_AT(m_path.c_str(), number) << "expected 'name number unit', every name once, found '" << line << "'";
  }
}

golden_file::~golden_file() {
  for (const auto& [value_name, e] : m_golden)
    if (m_checked.count(value_name) == 0) {
      if (m_bless)
        std::printf("golden: %s %s: %s %s -> gone\n", m_name.c_str(), value_name.c_str(), exact(e.value).c_str(),
                    e.unit.c_str());
      else
        ADD_FAILURE() << m_path << ": " << value_name << " was not checked" << how_to_bless;
    }
  if (!m_bless)
    return;
  std::ofstream file(m_path);
  file << "# Golden values, see README.md. Rewritten by tests/bless.\n";
  for (const auto& [value_name, e] : m_checked)
    file << value_name << ' ' << exact(e.value) << ' ' << e.unit << '\n';
  if (!file.flush())
    ADD_FAILURE() << m_path << ": cannot be written";
}

void golden_file::check(const std::string& value_name, double value, const std::string& unit, double tolerance) {
  EXPECT_TRUE(m_checked.emplace(value_name, entry{value, unit}).second) << value_name << " was checked twice";
  const auto golden = m_golden.find(value_name);
  const bool known = golden != m_golden.end();
  if (m_bless) {
    if (!known)
      std::printf("golden: %s %s: new -> %s %s\n", m_name.c_str(), value_name.c_str(), exact(value).c_str(), unit.c_str());
    else if (golden->second.value != value || golden->second.unit != unit)
      std::printf("golden: %s %s: %s %s -> %s %s (%s)\n", m_name.c_str(), value_name.c_str(),
                  exact(golden->second.value).c_str(), golden->second.unit.c_str(), exact(value).c_str(), unit.c_str(),
                  percent(relative_change(golden->second.value, value)).c_str());
    return;
  }
  if (!known) {
    ADD_FAILURE() << m_path << ": no golden value for " << value_name << how_to_bless;
    return;
  }
  EXPECT_EQ(golden->second.unit, unit) << m_path << ": " << value_name;
  const double change = relative_change(golden->second.value, value);
  EXPECT_LE(std::fabs(change), tolerance) << m_path << ": " << value_name << " moved from " << exact(golden->second.value)
                                          << " to " << exact(value) << ' ' << unit << " (" << percent(change) << ')'
                                          << how_to_bless;
}

} // namespace strata::tests
