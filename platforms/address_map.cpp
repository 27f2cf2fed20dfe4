// SPDX-License-Identifier: Apache-2.0
// Walks entries into devices, then looks for overlaps.
#include "platforms/address_map.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace strata::platforms {
namespace {

class mapper {
public:
  mapper(expansion& e, base::diagnostics& problems) : m_expansion(e), m_problems(problems) {}

  std::vector<region> all() {
    map_scope(0, 0);
    find_overlaps();
    return std::move(m_regions);
  }

private:
  void map_scope(std::size_t scope, std::uint64_t offset) {
    for (const address_entry& a : m_expansion.scopes()[scope].content->address_map)
      try {
        const auto targets = m_expansion.find(scope, a.target);
        if (targets.size() > 1 && !a.stride)
          m_problems.add(a.where, "'" + a.target + "' names " + std::to_string(targets.size()) +
                                      " elements and has no 'stride', expected the distance between their addresses");
        if (a.interleave && targets.size() < 2)
          m_problems.add(a.where, "'" + a.target + "' is interleaved, expected an array such as " + a.target + "[*]");
        for (std::size_t i = 0; i < targets.size(); ++i)
          map_target(scope, a, targets[i], offset + a.base + i * a.stride.value_or(0));
      } catch (const path_error& error) {
        if (*error.what())
          m_problems.add(a.where, error.what());
      }
  }

  void map_target(std::size_t scope, const address_entry& a, const expansion::target& t, std::uint64_t base) {
    if (t.is_device) {
      if (m_expansion.scopes()[t.id].content->address_map.empty())
        m_problems.add(a.where, "device '" + a.target + "' has no address map of its own, expected a component");
      map_scope(t.id, base);
      return;
    }
    const instance& i = m_expansion.instances()[t.id];
    const auto window = i.config->window(t.socket);
    if (!window) {
      m_problems.add(a.where, "'" + a.target + "' has no addresses (" + i.type->description->type +
                                  (t.socket.empty() ? " as a whole" : "." + t.socket) +
                                  "), expected a memory or a socket with registers" + addressable(i));
      return;
    }
    const std::uint64_t size = a.size.value_or(*window);
    if (size != *window)
      m_problems.add(a.where, "'" + a.target + "' is mapped with " + std::to_string(size) + " B but serves " +
                                  std::to_string(*window) + " B, expected the same or no 'size'");
    if (size > 0 && base > ~std::uint64_t{0} - size)
      m_problems.add(a.where, "'" + a.target + "' at " + hexadecimal(base) + " ends beyond 64-bit addresses");
    const std::string group = a.interleave ? m_expansion.scopes()[scope].path + "." + a.target : "";
    m_regions.push_back({t.id, t.socket, {base, size}, group, a.where});
  }

  static std::string addressable(const instance& i) {
    std::string names;
    for (const auto& s : i.type->description->sockets)
      if (i.config->window(s.name))
        names += (names.empty() ? ": " : ", ") + s.name;
    return names;
  }

  void find_overlaps() {
    std::vector<std::size_t> order(m_regions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return m_regions[a].range.base < m_regions[b].range.base; });
    for (std::size_t k = 0; k < order.size(); ++k) {
      const region& r = m_regions[order[k]];
      if (r.range.contains(mailbox.base) || mailbox.contains(r.range.base))
        m_problems.add(r.where, name(r) + " overlaps the mailbox, which every platform has at " + hexadecimal(mailbox.base));
      if (k > 0 && m_regions[order[k - 1]].range.contains(r.range.base)) {
        const region& before = m_regions[order[k - 1]];
        m_problems.add(r.where, name(r) + " overlaps " + name(before) + " (" + to_text(before.where) +
                                    "), expected disjoint address ranges");
      }
    }
  }

  std::string name(const region& r) const {
    return "'" + m_expansion.instances()[r.instance].path + (r.socket.empty() ? "" : "." + r.socket) + "' at " +
           hexadecimal(r.range.base) + " + " + hexadecimal(r.range.size);
  }

  expansion& m_expansion;
  base::diagnostics& m_problems;
  std::vector<region> m_regions;
};

} // namespace

std::string hexadecimal(std::uint64_t address) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

std::vector<region> map_addresses(expansion& e, base::diagnostics& problems) { return mapper(e, problems).all(); }

} // namespace strata::platforms
