// SPDX-License-Identifier: Apache-2.0
#include "models/base/component.hpp"

#include <stdexcept>

namespace strata::base {

void component::add_route(const address_range&, const std::string& name, unsigned) {
  throw std::logic_error(path() + " does not decode addresses (route to '" + name + "')");
}

void component::set_base(const std::string& name, std::uint64_t) {
  throw std::logic_error(path() + " has no address of its own (base of '" + name + "')");
}

meter& component::add_meter(meter m) {
  m_meters.push_back(std::move(m));
  return m_meters.back();
}

} // namespace strata::base
