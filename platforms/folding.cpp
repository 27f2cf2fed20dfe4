// SPDX-License-Identifier: Apache-2.0
// Spread of a fold along bindings, and the check that its elements are equal.
#include "platforms/folding.hpp"

#include <algorithm>
#include <set>

namespace strata::platforms {
namespace {

const array_position* position_in(const instance& i, const std::string& array) {
  for (const array_position& p : i.positions)
    if (p.array == array)
      return &p;
  return nullptr;
}

class folder {
public:
  folder(checked_platform& p, const fold_seed& seed) : m_platform(p), m_seed(seed) {}

  /// "" where the fold holds, else why it does not.
  std::string attempt() {
    std::vector<std::string> open{m_seed.array};
    m_arrays.insert(m_seed.array);
    while (!open.empty()) {
      const std::string array = open.back();
      open.pop_back();
      for (const connection& c : m_platform.connections)
        for (const auto& [own, other] : {std::pair(&c.a, &c.b), std::pair(&c.b, &c.a)}) {
          const array_position* at = position_in(m_platform.instances[own->instance], array);
          if (!at)
            continue;
          const instance& neighbour = m_platform.instances[other->instance];
          if (const array_position* same = position_in(neighbour, array)) {
            if (same->index != at->index)
              return "elements of " + array + " are bound to each other";
            continue;
          }
          const auto p = std::find_if(neighbour.positions.begin(), neighbour.positions.end(), [at](const array_position& n) {
            return n.count == at->count && n.index == at->index;
          });
          if (p != neighbour.positions.end() && m_arrays.insert(p->array).second)
            open.push_back(p->array);
        }
    }
    for (const std::string& array : m_arrays)
      if (std::string difference = unequal(array); !difference.empty())
        return difference;
    return "";
  }
  const std::set<std::string>& arrays() const { return m_arrays; }

private:
  /// What is inside element `index` and what it is bound to, in words that are equal for equal elements.
  std::vector<std::string> signature(const std::string& array, unsigned index) const {
    const std::string prefix = array + "[" + std::to_string(index) + "]";
    const auto inside = [&](std::size_t id) {
      const array_position* p = position_in(m_platform.instances[id], array);
      return p && p->index == index;
    };
    std::vector<std::string> words;
    for (std::size_t id = 0; id < m_platform.instances.size(); ++id)
      if (inside(id)) {
        const instance& i = m_platform.instances[id];
        const std::string name = i.path.substr(prefix.size());
        for (const effective_parameter& p : i.parameters)
          words.push_back(name + "." + p.name + " = " + p.value);
        words.push_back(name + " is a " + i.type->description->type);
      }
    for (const connection& c : m_platform.connections)
      for (const auto& [own, other] : {std::pair(&c.a, &c.b), std::pair(&c.b, &c.a)})
        if (inside(own->instance))
          words.push_back(m_platform.instances[own->instance].path.substr(prefix.size()) + "." + own->socket->name + "[" +
                          std::to_string(own->index) + "] is bound to " + neighbour(*other, index));
    std::sort(words.begin(), words.end());
    return words;
  }

  /// A socket as seen from element `index`: the same words from element k where it is element k of a folded array, or
  /// a socket of a shared component whichever its index.
  std::string neighbour(const socket_reference& s, unsigned index) const {
    const instance& i = m_platform.instances[s.instance];
    for (const array_position& p : i.positions)
      if (m_arrays.count(p.array) && p.index == index) {
        const std::string prefix = p.array + "[" + std::to_string(index) + "]";
        return p.array + "[same]" + i.path.substr(prefix.size()) + "." + s.socket->name + "[" + std::to_string(s.index) + "]";
      }
    return i.path + "." + s.socket->name;
  }

  std::string unequal(const std::string& array) const {
    unsigned count = 0;
    for (const instance& i : m_platform.instances)
      if (const array_position* p = position_in(i, array))
        count = p->count;
    for (unsigned k = 0; k < count; ++k) {
      const unsigned first = k - k % m_seed.block;
      if (k == first)
        continue;
      const auto a = signature(array, first), b = signature(array, k);
      const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
      if (differ.first != a.end() || differ.second != b.end())
        return array + "[" + std::to_string(k) + "] differs from [" + std::to_string(first) + "]: '" +
               (differ.second != b.end() ? *differ.second : *differ.first) + "'";
    }
    return "";
  }

  checked_platform& m_platform;
  const fold_seed& m_seed;
  std::set<std::string> m_arrays;
};

void mark_shared(checked_platform& p) {
  for (std::size_t id = 0; id < p.instances.size(); ++id) {
    instance& shared = p.instances[id];
    bool driven = false;
    for (const socket_reference& d : p.driver)
      driven = driven || d.instance == id;
    std::set<unsigned> factors;
    for (const connection& c : p.connections)
      for (const auto& [own, other] : {std::pair(&c.a, &c.b), std::pair(&c.b, &c.a)})
        if (own->instance == id)
          factors.insert(p.instances[other->instance].represents);
    if (!driven && factors.size() == 1 && *factors.begin() > shared.represents)
      shared.port_represents = *factors.begin() / shared.represents;
  }
}

} // namespace

void fold(checked_platform& p, const std::vector<fold_seed>& seeds) {
  for (const fold_seed& seed : seeds) {
    if (p.folded.count(seed.array))
      continue;
    folder f(p, seed);
    const std::string why_not = f.attempt();
    if (!why_not.empty()) {
      p.folding_notes.push_back(seed.array + " is simulated in full: " + why_not);
      continue;
    }
    for (const std::string& array : f.arrays()) {
      p.folded[array] = seed.block;
      p.folding_notes.push_back(array + ": one stands for " + std::to_string(seed.block));
    }
  }
  for (instance& i : p.instances)
    for (const array_position& at : i.positions)
      if (const auto folded = p.folded.find(at.array); folded != p.folded.end()) {
        i.represents *= folded->second;
        i.simulated = i.simulated && at.index % folded->second == 0;
      }
  mark_shared(p);
}

} // namespace strata::platforms
