// SPDX-License-Identifier: Apache-2.0
// What a component did for a while, told to whoever watches it (traces). Nothing is put together where nobody does.
#pragma once

#include "models/base/femtoseconds.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace strata::base {

struct activity_argument {
  const char* name;
  std::uint64_t value;
};

struct activity {
  const char* name;
  unsigned lane;           ///< activities of one lane follow each other
  femtoseconds begin, end;
  const activity_argument* arguments;
  std::size_t argument_count;
};

/// A component that tells of its activities when they end.
class activity_source {
public:
  std::function<void(const activity&)> on_activity; ///< may be empty

protected:
  ~activity_source() = default;
};

} // namespace strata::base
