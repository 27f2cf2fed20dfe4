// SPDX-License-Identifier: Apache-2.0
// Sparse storage against a plain array, over page borders, and the stability of pages that DMI relies on.
#include "models/base/sparse_memory.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace strata::base {
namespace {

TEST(sparse_memory, unwritten_bytes_are_zero) {
  const sparse_memory memory;
  std::vector<unsigned char> got(10000, 0xff);
  memory.read(~std::uint64_t{0} - 20000, got.data(), got.size());
  EXPECT_EQ(got, std::vector<unsigned char>(got.size(), 0));
}

TEST(sparse_memory, behaves_like_an_array) {
  constexpr std::uint64_t base = std::uint64_t{7} << 40, size = 5 * sparse_memory::page_bytes;
  sparse_memory memory;
  std::vector<unsigned char> reference(size, 0);
  std::mt19937_64 random(3);
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t at = random() % size, length = random() % (size - at) + 1;
    if (random() % 2) {
      for (std::uint64_t j = 0; j < length; ++j)
        reference[at + j] = static_cast<unsigned char>(random());
      memory.write(base + at, reference.data() + at, length);
    }
    std::vector<unsigned char> got(length, 0xaa);
    memory.read(base + at, got.data(), length);
    ASSERT_TRUE(std::equal(got.begin(), got.end(), reference.begin() + static_cast<std::ptrdiff_t>(at))) << i;
  }
}

TEST(sparse_memory, a_page_stays_where_it_is_and_sees_writes) {
  sparse_memory memory;
  unsigned char* page = memory.page_of(sparse_memory::page_bytes + 17);
  EXPECT_EQ(page[17], 0);
  for (std::uint64_t i = 0; i < 1000; ++i)
    memory.page_of(i * sparse_memory::page_bytes);
  const unsigned char value = 0x5a;
  memory.write(sparse_memory::page_bytes + 17, &value, 1);
  EXPECT_EQ(memory.page_of(sparse_memory::page_bytes), page);
  EXPECT_EQ(page[17], value);
}

} // namespace
} // namespace strata::base
