// SPDX-License-Identifier: Apache-2.0
// Keys under a window: closed sums against counting one by one.
#include "traffic/llm/attention_window.hpp"

#include <gtest/gtest.h>

#include <set>

namespace strata::traffic {
namespace {

TEST(attention_window, sums_equal_counting) {
  for (const attention_window w : {attention_window{}, attention_window{1, false}, attention_window{4, false},
                                   attention_window{7, true}, attention_window{1, true}})
    for (std::uint64_t position = 0; position < 20; ++position)
      for (std::uint64_t count = 1; count < 20; ++count) {
        std::uint64_t pairs = 0;
        std::set<std::uint64_t> read;
        for (std::uint64_t p = position; p < position + count; ++p) {
          pairs += w.keys(p);
          for (std::uint64_t k = p + 1 - w.keys(p); k <= p; ++k)
            read.insert(k);
        }
        EXPECT_EQ(w.pairs(position, count), pairs) << w.tokens << " " << position << " " << count;
        EXPECT_EQ(w.span(position, count), read.size()) << w.tokens << " " << position << " " << count;
      }
}

TEST(attention_window, a_chunk_begins_afresh) {
  const attention_window w{8192, true};
  EXPECT_EQ(w.keys(8191), 8192u);
  EXPECT_EQ(w.keys(8192), 1u);
}

} // namespace
} // namespace strata::traffic
