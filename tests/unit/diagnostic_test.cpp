// SPDX-License-Identifier: Apache-2.0
// Diagnostics: what the user reads, all problems at once, and suggestions that help rather than guess.
#include "models/base/diagnostic.hpp"

#include <gtest/gtest.h>

namespace strata::base {
namespace {

TEST(diagnostic, text_names_as_much_of_the_place_as_is_known) {
  EXPECT_EQ(to_text(diagnostic{{"a.yaml", 12}, "bad"}), "a.yaml:12: bad");
  EXPECT_EQ(to_text(diagnostic{{"a.yaml", 0}, "bad"}), "a.yaml: bad");
  EXPECT_EQ(to_text(diagnostic{{}, "bad"}), "bad");
}

TEST(diagnostic, collected_problems_are_thrown_together_in_order) {
  diagnostics found;
  EXPECT_NO_THROW(found.throw_if_any());
  found.add({"a.yaml", 3}, "first");
  found.add({"b.yaml", 1}, "second");
  try {
    found.throw_if_any();
    FAIL() << "nothing thrown";
  } catch (const input_error& e) {
    EXPECT_STREQ(e.what(), "a.yaml:3: first\nb.yaml:1: second");
    ASSERT_EQ(e.problems().size(), 2u);
    EXPECT_EQ(e.problems()[1].where.file, "b.yaml");
  }
}

TEST(diagnostic, suggests_the_nearest_name_only_where_one_is_near) {
  const std::vector<std::string> names{"bandwidth", "latency", "ports"};
  EXPECT_EQ(did_you_mean("bandwith", names), " (did you mean 'bandwidth'?)");
  EXPECT_EQ(did_you_mean("latencies", names), " (did you mean 'latency'?)");
  EXPECT_EQ(did_you_mean("prots", names), " (did you mean 'ports'?)");
  EXPECT_EQ(did_you_mean("colour", names), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

} // namespace
} // namespace strata::base
