// SPDX-License-Identifier: Apache-2.0
#include "traffic/collective_group.hpp"

#include <algorithm>
#include <cstring>

namespace strata::traffic {

std::vector<unsigned char> group_message(const std::vector<device_view>& devices, std::size_t self, unsigned ranks) {
  std::vector<std::uint64_t> stands_for; // by device that takes part
  for (std::uint64_t left = ranks; left > 0 && stands_for.size() < devices.size(); left -= stands_for.back())
    stands_for.push_back(std::min<std::uint64_t>(devices[stands_for.size()].represents, left));
  std::vector<core::group_member> members;
  for (std::size_t i = 1; i <= stands_for.size(); ++i) {
    const std::size_t peer = (self + i) % stands_for.size();
    if (const std::uint64_t others = stands_for[peer] - (peer == self ? 1 : 0))
      members.push_back({devices[peer].inbox, others});
  }
  core::group_header header{};
  header.ranks = ranks;
  header.listed = members.size();
  header.bandwidth = static_cast<std::uint64_t>(devices[self].fabric_bandwidth);
  header.latency = static_cast<std::uint64_t>(devices[self].fabric_latency_s * 1e15);
  std::vector<unsigned char> message(sizeof header + members.size() * sizeof members[0]);
  std::memcpy(message.data(), &header, sizeof header);
  if (!members.empty())
    std::memcpy(message.data() + sizeof header, members.data(), message.size() - sizeof header);
  return message;
}

} // namespace strata::traffic
