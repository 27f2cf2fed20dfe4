// SPDX-License-Identifier: Apache-2.0
// Settles claims: figures from runs and netlists, and the verdict that follows from the cases whose bounds they keep.
#pragma once

#include "sc_main/claims/book.hpp"

#include <functional>
#include <string>
#include <vector>

namespace strata::cli {

enum class verdict { holds, conditional, fails };

/// "holds", "holds only if", "does not hold".
std::string to_text(verdict v);

struct settled_claim {
  claim what;
  std::vector<figure_value> figures; ///< as in `what`
  std::vector<bool> kept;            ///< by case: the figure lies within its bounds
  verdict ruling = verdict::fails;   ///< all cases kept: holds; some: conditional; none: fails
};

/// "holds only if A; or if B" for the cases kept.
std::string ruling_text(const settled_claim& c);

/// `look_up` gives parameters and measured figures. Throws base::input_error where units do not go together.
settled_claim judge(const claim& c, const std::function<figure_value(const claim_figure&)>& look_up);

/// A parameter of a platform as its netlist has it. Throws base::input_error at `where`.
figure_value netlist_figure(const std::string& platform, const std::string& path, const base::source_location& where);

/// All of `claims`, runs made `at_once` at a time; see experiment_list::run().
std::vector<settled_claim> settle(const std::vector<claim>& claims, std::size_t at_once, const simulator& simulate_one);

} // namespace strata::cli
