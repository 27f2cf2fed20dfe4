// SPDX-License-Identifier: Apache-2.0
// Weights for which a device, or a core of one, has no room: by how much, and what would help. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"

#include <optional>
#include <string>

namespace strata::traffic {

class no_room : public base::input_error {
public:
  /// `lack` says what needs how much, `remedy` what else than more devices helps.
  no_room(base::source_location where, std::string lack, std::string remedy, std::optional<unsigned> devices = {})
      : base::input_error(where, lack + ". Expected " +
                                     (devices ? std::to_string(*devices) + " or more such devices, " : std::string{}) + remedy),
        m_where(std::move(where)), m_lack(std::move(lack)), m_remedy(std::move(remedy)) {}
  const std::string& lack() const { return m_lack; }
  /// The same, with the number of devices that would do.
  no_room with(std::optional<unsigned> devices) const { return {m_where, m_lack, m_remedy, devices}; }

private:
  base::source_location m_where;
  std::string m_lack, m_remedy;
};

} // namespace strata::traffic
