// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/kv_shares.hpp"

#include <algorithm>

namespace strata::traffic {

std::vector<kv_share> kv_shares(const serving_plan& from, const serving_plan& to) {
  std::vector<kv_share> shares;
  const unsigned pairs = std::max(from.split(), to.ranks);
  for (unsigned s = 0; s < from.devices.size(); ++s)
    for (unsigned t = 0; t < to.devices.size(); ++t) {
      const device_placement &source = from.devices[s], &target = to.devices[t];
      double bytes = 0; // of a rank of the target, in the layers that both have
      for (unsigned layer = std::max(source.first_layer, target.first_layer);
           layer < std::min(source.first_layer + source.layers, target.first_layer + target.layers); ++layer)
        bytes += to.kv_bytes(to.model->layer(layer).attention);
      if (bytes == 0)
        continue;
      bytes /= to.key_ranks;
      const std::size_t sources = from.platform->devices[s].size(), targets = to.platform->devices[t].size();
      if (sources == 1 && targets == 1) { // of as many ranks: one of them, or one for all
        shares.push_back({s, 0, t, 0, bytes});
        continue;
      }
      for (unsigned set = 0; set < from.sets; ++set)
        for (unsigned i = 0; i < pairs; ++i) {
          const unsigned source_rank = (set * pairs + i) * from.split() / pairs, target_rank = i * to.ranks / pairs;
          if (source_rank < sources && target_rank < targets)
            shares.push_back({s, source_rank, t, target_rank, bytes * to.ranks / pairs / from.sets});
        }
    }
  return shares;
}

} // namespace strata::traffic
