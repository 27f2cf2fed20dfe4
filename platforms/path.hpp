// SPDX-License-Identifier: Apache-2.0
// Hierarchical names in netlists and options: "gpu[3].hbm", "gpu[*].core.memory[1..4]", and globs over them.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace strata::platforms {

/// A path could not be read or leads nowhere. what() says what was expected; empty where another problem, already
/// reported, is the cause.
class path_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `name`, `name[3]`, `name[1..4]` or `name[*]`.
struct path_step {
  enum class index_kind { none, range, all };
  std::string name;
  index_kind kind = index_kind::none;
  unsigned first = 0, last = 0; ///< inclusive, of a range
  std::string index_text() const;
};

/// Steps of "a.b[2].c". Throws path_error.
std::vector<path_step> parse_path(const std::string& text);

/// Indices that `step` chooses out of `count`. `is_array` tells whether an index is due; `what` names it in messages.
/// Throws path_error.
std::vector<unsigned> chosen_indices(const path_step& step, unsigned count, bool is_array, const std::string& what);

/// True where `glob` covers `text`: '*' stands for any run of characters other than '.'.
bool matches(const std::string& glob, const std::string& text);

} // namespace strata::platforms
