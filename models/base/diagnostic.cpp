// SPDX-License-Identifier: Apache-2.0
#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <numeric>

namespace strata::base {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

} // namespace

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto& c : candidates)
    if (const std::size_t d = edit_distance(name, c); d < best_distance) {
      best_distance = d;
      best = &c;
    }
  return best ? " (did you mean '" + *best + "'?)" : "";
}

} // namespace strata::base
