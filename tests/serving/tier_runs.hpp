// SPDX-License-Identifier: Apache-2.0
// Runs whose KV does not fit the GPU: a trace of conversations, and a platform with small stores behind.
#pragma once

#include "tests/serving/runs.hpp"

#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace strata::tests {

/// Conversations that take turns; prompts are in blocks of 512 tokens.
struct turns {
  unsigned talks = 6, turns = 3, gap_ms = 1000;
  unsigned blocks = 4, more_blocks = 2; ///< of a first prompt, and what each turn adds
  unsigned output = 8;
};

/// In Mooncake's format.
class turns_file {
public:
  explicit turns_file(const turns& t = {}) {
    std::ofstream out(m_path);
    for (unsigned turn = 0; turn < t.turns; ++turn)
      for (unsigned talk = 0; talk < t.talks; ++talk) {
        const unsigned blocks = t.blocks + t.more_blocks * turn;
        out << "{\"timestamp\": " << t.gap_ms * (t.talks * turn + talk) << ", \"input_length\": " << 512 * blocks - 100
            << ", \"output_length\": " << t.output << ", \"hash_ids\": [";
        for (unsigned b = 0; b < blocks; ++b)
          out << (b ? ", " : "") << 1000 * talk + b;
        out << "]}\n";
      }
  }
  ~turns_file() { std::remove(m_path.c_str()); }
  const std::string& path() const { return m_path; }

private:
  std::string m_path = testing::TempDir() + "strata_tiers_" + std::to_string(::getpid()) + ".jsonl";
};

inline cli::run_options tiers_run(const std::string& trace, cli::fidelity fidelity, const std::string& stores) {
  cli::run_options o;
  o.platform = "dgx_h100_tiers";
  o.model = "llama-3.1-8b";
  o.trace = trace;
  o.prefix_cache = true;
  o.fidelity = fidelity;
  o.check_protocol = true;
  // 16.1 GB of weights in 17.6 GB leave room for some 11 k tokens; 1 GB of DRAM and expander hold 7.6 k each.
  o.set = {"sizes.gpus=1", "gpu[*].core.memory_share=0.22", "dram[*].capacity=1 GB", "expander[*].capacity=1 GB",
           "serving.stores=" + stores};
  return o;
}

} // namespace strata::tests
