// SPDX-License-Identifier: Apache-2.0
#include "platforms/provenance.hpp"

#include <set>
#include <tuple>

namespace strata::platforms {

provenance provenance_of(const checked_platform& p) {
  provenance result;
  std::set<std::tuple<std::string, std::size_t, std::string>> seen;
  for (const instance& i : p.instances)
    for (const effective_parameter& e : i.parameters) {
      if (e.confidence.empty() || e.unit == "text" || !seen.emplace(e.where.file, e.where.line, e.name).second)
        continue;
      const auto kind = e.confidence == "published" ? provenance::published
                        : e.confidence == "derived" ? provenance::derived
                        : e.confidence == "estimate" ? provenance::estimate
                                                     : provenance::calibrated;
      ++result.count[kind];
    }
  return result;
}

} // namespace strata::platforms
