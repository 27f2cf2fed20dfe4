// SPDX-License-Identifier: Apache-2.0
// Golden values: named numbers in tests/golden/NAME.txt that may only change on purpose (see tests/golden/README.md).
#pragma once

#include <map>
#include <string>

namespace strata::tests {

/// One golden file, compared by value name. With STRATA_BLESS=1 in the environment the file is rewritten instead and
/// every value that moved is printed as "golden: NAME value: old -> new unit (relative change)".
class golden_file {
public:
  /// Reads `folder`/`name`.txt; lines "value_name number unit", '#' starts a comment. A malformed line fails the test.
  explicit golden_file(const std::string& name, const std::string& folder = STRATA_GOLDEN_DIR);
  golden_file(const golden_file&) = delete;
  golden_file& operator=(const golden_file&) = delete;
  /// Fails the test where the file holds values that were not checked; rewrites the file when blessing.
  ~golden_file();

  /// Fails the test where `value` (in `unit`, "1" for plain numbers) is further than `tolerance` (relative) from the
  /// golden one, has another unit, or is not in the file. Every name once.
  void check(const std::string& value_name, double value, const std::string& unit, double tolerance = 1e-9);

private:
  struct entry {
    double value;
    std::string unit;
  };
  std::string m_name, m_path;
  bool m_bless;
  std::map<std::string, entry> m_golden, m_checked;
};

} // namespace strata::tests
