// SPDX-License-Identifier: Apache-2.0
// The table of kinds, and what they share.
#include "sc_main/validate/kernel_kind.hpp"

#include "sc_main/command/command_line.hpp"
#include "sc_main/command/number_text.hpp"

namespace strata::cli {

const std::vector<kernel_kind_entry>& kernel_kinds() {
  static const std::vector<kernel_kind_entry> table{
      {"gemm", "y[m,n] = x[m,k] * w[n,k], activations quantised first where the weights are narrower", make_gemm_kind},
      {"attention_decode", "one query token per sequence against its cached keys and values", make_attention_decode_kind},
      {"attention_prefill", "causal attention of whole prompts", make_attention_prefill_kind},
      {"collectives", "all-reduce, all-gather, reduce-scatter and all-to-all over the first devices of a platform", make_collective_kind},
  };
  return table;
}

const kernel_kind_entry& find_kernel_kind(const std::string& option, const std::string& name) {
  std::vector<std::string> names;
  std::string list;
  for (const kernel_kind_entry& e : kernel_kinds()) {
    if (name == e.name)
      return e;
    names.push_back(e.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  throw base::input_error(command_line_location(), option + ": there is no kind '" + name + "'" +
                                                       base::did_you_mean(name, names) + ", expected one of " + list);
}

kernel_label size_class(const std::string& dimension, double value, const std::vector<double>& limits) {
  int order = 0;
  for (const double limit : limits) {
    if (value <= limit)
      return {dimension, "<= " + with_prefix(limit, ""), order};
    ++order;
  }
  return {dimension, "> " + with_prefix(limits.back(), ""), order};
}

} // namespace strata::cli
