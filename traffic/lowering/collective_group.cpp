// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/collective_group.hpp"

#include "models/switch/multicast.hpp"

#include <algorithm>
#include <cstring>

namespace strata::traffic {

namespace multicast = switching::multicast;
namespace registers = core::registers;

namespace {

constexpr std::uint64_t whole_limit = 1 << 20; ///< B; class value of libraries' switch from trees to rings between nodes

/// Ranks of a group: devices, and how many ranks of it each stands for.
struct rank_share {
  const device_view* device;
  std::uint64_t ranks;
};

/// `ranks` of `devices`, from the one at `first` in steps of `stride`; a folded device goes on standing for them.
std::vector<rank_share> shares(const std::vector<device_view>& devices, std::size_t first, std::size_t stride, std::uint64_t ranks) {
  std::vector<rank_share> result;
  for (std::size_t d = first; ranks > 0 && d < devices.size(); d += stride) {
    result.push_back({&devices[d], std::min<std::uint64_t>(devices[d].represents, ranks)});
    ranks -= result.back().ranks;
  }
  return result;
}

template <class Entry>
void append(std::vector<unsigned char>& message, const Entry& entry) {
  const std::size_t at = message.size();
  message.resize(at + sizeof entry);
  std::memcpy(message.data() + at, &entry, sizeof entry);
}

/// Tells every device of a group of its peers, over what `path` says of the device, and a switch of its members.
void form_group(const std::vector<rank_share>& members, std::uint64_t ranks, const fabric_view device_view::*path,
                unsigned number, unsigned window, std::vector<register_write>& writes) {
  const fabric_view& shared = members.front().device->*path;
  const bool in_switch = shared.multicast && window < multicast::groups;
  if (in_switch) {
    register_write w{shared.multicast + multicast::members + multicast::stride * window, {}};
    for (const rank_share& m : members)
      append(w.data, multicast::member{m.device->inbox, m.ranks});
    writes.push_back(std::move(w));
  }
  for (std::size_t self = 0; self < members.size(); ++self) {
    const fabric_view& fabric = members[self].device->*path;
    core::group_header header{};
    header.ranks = ranks;
    header.bandwidth = static_cast<std::uint64_t>(fabric.bandwidth);
    header.latency = static_cast<std::uint64_t>(fabric.latency_s * 1e15);
    if (in_switch) {
      header.multicast = fabric.multicast + multicast::data + multicast::stride * window;
      header.multicast_share = static_cast<std::uint64_t>(fabric.multicast_share * 1e6);
    }
    std::vector<core::group_member> peers;
    for (std::size_t i = 1; i <= members.size(); ++i) {
      const std::size_t peer = (self + i) % members.size();
      if (const std::uint64_t others = members[peer].ranks - (peer == self ? 1 : 0))
        peers.push_back({members[peer].device->inbox, others});
    }
    header.listed = peers.size();
    register_write w{members[self].device->control + registers::groups + registers::group_stride * number, {}};
    append(w.data, header);
    for (const core::group_member& p : peers)
      append(w.data, p);
    writes.push_back(std::move(w));
  }
}

} // namespace

std::vector<register_write> form_groups(const std::vector<device_view>& devices, const rank_division& d, unsigned first_group,
                                        unsigned window) {
  std::vector<register_write> writes;
  const unsigned block = d.block(), set = d.set_ranks(), none = multicast::groups;
  const fabric_view device_view::*far = d.ranks <= d.node_ranks ? &device_view::fabric : &device_view::network;
  const auto places = [&devices](unsigned ranks) { return std::min<std::size_t>(devices.size(), ranks); };
  form_group(shares(devices, 0, 1, d.ranks), d.ranks, far, first_group + all_ranks, block < d.ranks ? none : window, writes);
  if (block < d.ranks)
    for (std::size_t first = 0; first < places(d.ranks); first += block)
      form_group(shares(devices, first, 1, block), block, &device_view::fabric, first_group + ranks_of_a_block,
                 window + static_cast<unsigned>(first % d.node_ranks / block), writes);
  if (block < set)
    for (std::size_t first = 0; first < places(d.ranks); first += set)
      for (std::size_t place = first; place < first + places(block); ++place)
        form_group(shares(devices, place, block, set / block), set / block, &device_view::network,
                   first_group + same_place_in_blocks_of_a_set, none, writes);
  if (d.sets > 1)
    for (std::size_t place = 0; place < places(set); ++place)
      form_group(shares(devices, place, set, d.sets), d.sets, far, first_group + same_place_in_all_sets, none, writes);
  if (d.key_ranks > 1)
    for (std::size_t first = 0; first < places(d.ranks); first += d.key_ranks)
      form_group(shares(devices, first, 1, d.key_ranks), d.key_ranks, &device_view::fabric, first_group + ranks_of_the_same_keys, none, writes);
  return writes;
}

std::vector<core::command> all_reduce(const core::command& like, std::uint64_t bytes, const rank_division& d) {
  const auto step = [&like](core::opcode op, std::uint64_t work, collective_group group, bool first) {
    core::command c = like;
    c.op = op;
    c.work = work;
    c.group = group;
    if (!first)
      c.flags = static_cast<std::uint8_t>(c.flags | core::fused);
    return c;
  };
  const unsigned block = d.block();
  if (block == d.set_ranks())
    return {step(core::opcode::all_reduce, bytes, d.sets > 1 ? ranks_of_a_block : all_ranks, true)};
  if (bytes <= whole_limit)
    return {step(core::opcode::all_reduce, bytes, ranks_of_a_block, true),
            step(core::opcode::all_reduce, bytes, same_place_in_blocks_of_a_set, false)};
  return {step(core::opcode::reduce_scatter, bytes, ranks_of_a_block, true),
          step(core::opcode::all_reduce, (bytes + block - 1) / block, same_place_in_blocks_of_a_set, false),
          step(core::opcode::all_gather, bytes, ranks_of_a_block, false)};
}

} // namespace strata::traffic
