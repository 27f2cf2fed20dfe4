// SPDX-License-Identifier: Apache-2.0
// Many clients of several kinds as a source of requests: each with its own share of a rate, burstiness and lengths, alone
// or in conversations, as production traffic was found to be made up (ServeGen, arXiv:2505.09999). Kernel-free.
#pragma once

#include "traffic/requests/arrival_process.hpp"
#include "traffic/requests/mixture.hpp"
#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

/// Sessions of several steps: each goes on with the context of the one before.
struct conversation {
  mixture turns;      ///< steps of a session
  mixture append;     ///< prompt tokens of a step behind the context so far
  mixture gap;        ///< s, from an answer to the next step
  bool tools = false; ///< what fills the gap, else people
};

/// Clients of one kind.
struct client_group {
  std::uint8_t service = 0;  ///< class of their requests
  std::uint32_t priority = highest_priority;
  std::uint32_t clients = 1;
  double rate = 1;           ///< sessions, or requests by themselves, per second of all of them
  double skew = 0;           ///< shares of the rate go as rank^-skew: 0 = all ask alike, 1 and more: few ask most
  gap_shape gaps;            ///< of a client
  rate_profile profile;
  mixture prompt, output;    ///< tokens; prompts of first steps
  double spread = 0;         ///< between clients: sigma of the logarithm of a factor on their lengths
  std::uint32_t most_context = 1u << 17; ///< prompt and output together: prompts are clipped, conversations end before
  std::optional<conversation> talk{};
};

struct workload {
  double duration_s = 0;          ///< sessions start in that time
  std::uint32_t block_tokens = 0; ///< steps of a conversation share its blocks of so many tokens; 0 = nothing is known of them
  std::vector<service_class> classes;
  std::vector<client_group> groups;
};

/// Equal for equal seeds on every C++ library; clients draw apart, so that a further one leaves the others as they are.
/// Of `options`, all act as on a trace. Throws base::input_error where no request comes within the duration.
request_trace generate(const workload& w, std::uint64_t seed, const trace_options& options);

} // namespace strata::traffic
