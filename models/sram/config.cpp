// SPDX-License-Identifier: Apache-2.0
// Declaration of the SRAM parameters.
#include "models/sram/config.hpp"

#include "models/base/diagnostic.hpp"

namespace strata::sram {

void sram_config::parameters(base::parameter_list& p) {
  using base::between;
  using base::non_negative;
  using base::positive;
  p.add_choice("fidelity", fidelity, {{"burst", fidelity_kind::burst}, {"stream", fidelity_kind::stream}},
               "burst: every bank access of a tile timed; stream: flows at the rate that bank accesses show");
  p.add("capacity", capacity, positive(), "addressable bytes of all tiles");
  p.add("ports", ports, between(1, 1024), "number of target sockets");
  p.add("queue_depth", queue_depth, between(1, 65536), "requests that a port accepts before it holds the next one back");
  p.add("store_data", store_data, "keep written data and grant DMI");
  p.add("level", level, "energy level that the meters report under");
  p.add("tiles", tiles, between(1, 1e9), "identical tiles that a stream spreads over, word by word");
  p.add("banks", banks, between(1, 64), "single-ported banks of a tile");
  p.add("word_bits", word_bits, between(8, 4096), "width of a bank, a multiple of 8");
  p.add("read_words", read_words, between(1, 64), "words that a tile's read paths carry per cycle, at most its banks");
  p.add("write_words", write_words, between(1, 64), "words that a tile's write paths carry per cycle, at most its banks");
  p.add("clock", clock, positive(), "clock of banks and data paths");
  p.add("latency_cycles", latency_cycles, between(1, 100000), "request to data of an idle tile");
  p.add("read_energy", read_energy, non_negative(), "bank and data path, read");
  p.add("write_energy", write_energy, non_negative(), "bank and data path, write");
  p.add("static_power", static_power, non_negative(), "leakage of all tiles");
}

void sram_config::validate() const {
  base::diagnostics problems;
  if (word_bits % 8 != 0)
    problems.add({}, "word_bits: " + std::to_string(word_bits) + " is not a multiple of 8");
  if (read_words > banks)
    problems.add({}, "read_words: more than the " + std::to_string(banks) + " banks can deliver in a cycle");
  if (write_words > banks)
    problems.add({}, "write_words: more than the " + std::to_string(banks) + " banks can take in a cycle");
  problems.throw_if_any();
}

} // namespace strata::sram
