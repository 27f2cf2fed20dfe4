// SPDX-License-Identifier: Apache-2.0
// The claims book as its files say it: claims, the figures that settle them, the bounds within which they hold.
// Kernel-free.
#pragma once

#include "sc_main/claims/experiment.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

/// Where a figure comes from.
struct claim_figure {
  enum class origin { constant, parameter, measured, sum, difference, product, ratio };
  std::string name;
  origin from = origin::constant;
  figure_value value;                 ///< of a constant
  std::string source;                 ///< of a constant
  std::string platform, path;         ///< of a netlist's parameter: "cs[0].sram.bandwidth", "costs.price"
  std::string run, field;             ///< of a run: its name among the claim's, path as figure_at() takes it
  std::vector<std::size_t> operands;  ///< of arithmetic: earlier figures of the claim
  base::source_location where;
};

/// A circumstance under which the claim is judged: it holds where the figure lies within the bounds.
struct claim_case {
  std::string when; ///< completes "holds only if ..."; may be empty where it is the only case
  std::size_t figure = 0;
  std::optional<figure_value> least, most;
  base::source_location where;
};

struct claim_run {
  std::string name;
  experiment run;
};

struct claim {
  std::string id, text, articles, reading;
  std::vector<claim_run> runs;
  std::vector<claim_figure> figures;
  std::vector<claim_case> cases;
  double tolerance = 0.05; ///< relative, of every figure against a recorded book
  base::source_location where;
};

/// A claim that hardware cannot settle.
struct unsettled_claim {
  std::string text, articles, reason;
};

struct claims_book {
  std::vector<claim> claims;
  std::vector<unsettled_claim> out_of_scope;
};

/// Reads one file of the book, or all *.yaml of a folder in the order of their names. Throws base::input_error with
/// every problem found.
claims_book read_claims(const std::string& file_or_folder);

} // namespace strata::cli
