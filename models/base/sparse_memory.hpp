// SPDX-License-Identifier: Apache-2.0
// Bytes of a large memory, kept only where written; unwritten bytes read as zero. Kernel-free.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <unordered_map>

namespace strata::base {

class sparse_memory {
public:
  static constexpr std::uint64_t page_bytes = 4096;

  void read(std::uint64_t address, unsigned char* to, std::uint64_t length) const {
    walk(address, length, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t n) {
      const auto it = m_pages.find(number);
      if (it == m_pages.end())
        std::memset(to + done, 0, n);
      else
        std::memcpy(to + done, it->second->data() + offset, n);
    });
  }
  void write(std::uint64_t address, const unsigned char* from, std::uint64_t length) {
    walk(address, length, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t n) {
      std::memcpy(page_at(number) + offset, from + done, n);
    });
  }
  /// Storage of the page that holds `address`, allocated if need be; stays valid (for DMI).
  unsigned char* page_of(std::uint64_t address) { return page_at(address / page_bytes); }

private:
  using page = std::array<unsigned char, page_bytes>;
  template <class F>
  static void walk(std::uint64_t address, std::uint64_t length, F&& visit) {
    for (std::uint64_t done = 0; done < length;) {
      const std::uint64_t offset = (address + done) % page_bytes;
      const std::uint64_t n = std::min(length - done, page_bytes - offset);
      visit((address + done) / page_bytes, offset, done, n);
      done += n;
    }
  }
  unsigned char* page_at(std::uint64_t number) {
    auto& p = m_pages[number];
    if (!p)
      p = std::make_unique<page>(page{});
    return p->data();
  }
  std::unordered_map<std::uint64_t, std::unique_ptr<page>> m_pages;
};

} // namespace strata::base
