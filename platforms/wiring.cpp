// SPDX-License-Identifier: Apache-2.0
// Resolves bindings.
#include "platforms/wiring.hpp"

#include <map>
#include <tuple>

namespace strata::platforms {

using base::socket_kind;

namespace {

const char* text_of(socket_kind k) {
  switch (k) {
  case socket_kind::initiator: return "initiator";
  case socket_kind::target: return "target";
  case socket_kind::duplex: return "duplex";
  }
  return "";
}

} // namespace

std::vector<connection> connect(expansion& e, const std::vector<socket_reference>& driver, base::diagnostics& problems) {
  std::vector<connection> result;
  const auto& instances = e.instances();
  const auto name = [&](const socket_reference& s) { return name_of(instances, s); };
  using key = std::tuple<std::size_t, std::string, unsigned>;
  std::map<key, base::source_location> bound;
  const auto bind = [&](const socket_reference& s, const base::source_location& where) {
    const auto [at, is_new] = bound.emplace(key{s.instance, s.socket->name, s.index}, where);
    if (!is_new)
      problems.add(where, "'" + name(s) + "' is bound twice, first at " + to_text(at->second));
  };
  for (const socket_reference& s : driver)
    bind(s, {"the serving section's driver", 0});

  bool unresolved = false;
  for (std::size_t scope = 0; scope < e.scopes().size(); ++scope)
    for (const binding_entry& b : e.scopes()[scope].content->bindings)
      try {
        const auto as = e.sockets(scope, b.a), bs = e.sockets(scope, b.b);
        if (as.size() != bs.size()) {
          problems.add(b.where, "'" + b.a + "' names " + std::to_string(as.size()) + " sockets and '" + b.b + "' " +
                                    std::to_string(bs.size()) + ", expected equal numbers");
          unresolved = true;
          continue;
        }
        for (std::size_t i = 0; i < as.size(); ++i) {
          const socket_kind ka = as[i].socket->kind, kb = bs[i].socket->kind;
          if (ka == kb && ka != socket_kind::duplex)
            problems.add(b.where, "'" + b.a + "' and '" + b.b + "' are both " + text_of(ka) +
                                      " sockets, expected an initiator and a target");
          bind(as[i], b.where);
          bind(bs[i], b.where);
          result.push_back({as[i], bs[i], b.where});
        }
      } catch (const path_error& error) {
        unresolved = true;
        if (*error.what())
          problems.add(b.where, error.what());
      }

  if (unresolved) // sockets would be called dangling for a binding that has been reported already
    return result;
  for (std::size_t i = 0; i < instances.size(); ++i)
    for (const base::socket_description& s : instances[i].type->description->sockets)
      for (unsigned n = 0; s.required && n < socket_count(s, *instances[i].config); ++n)
        if (!bound.count(key{i, s.name, n}))
          problems.add(instances[i].where, "'" + name({i, &s, n}) + "' is bound to nothing, expected a binding (" +
                                               text_of(s.kind) + " socket: " + s.description + ")");
  return result;
}

} // namespace strata::platforms
