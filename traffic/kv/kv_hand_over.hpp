// SPDX-License-Identifier: Apache-2.0
// KV of prompts on its way from the engines that compute them to those that go on with them: which copies when, so that
// layers are sent while others are computed, and nothing before there is room for it. Kernel-free.
#pragma once

#include "traffic/kv/kv_stores.hpp"

#include <deque>
#include <map>
#include <optional>

namespace strata::traffic {

/// A request at an engine, by its number in the engine's records().
struct engine_request {
  unsigned engine;
  std::uint32_t request;
  bool operator<(const engine_request& o) const { return engine != o.engine ? engine < o.engine : request < o.request; }
};

/// What a chunk of a prompt adds is sent in two parts: all layers but the last while the chunk is computed, as engines do
/// layer by layer, the last one's when it is done. What was there before the receiver had room is sent at once then.
class kv_hand_over {
public:
  explicit kv_hand_over(unsigned layers) : m_layers(layers) {}

  /// `from` is about to compute a prompt of `prompt` tokens, with which `to` goes on.
  void open(const engine_request& from, const engine_request& to, std::uint32_t prompt);
  /// There is room at `to`, which has the first `held` tokens already, less than all of them.
  void expect(const engine_request& to, std::uint32_t held);
  /// `from` computes the prompt up to `tokens` now, and has done so.
  void computing(const engine_request& from, std::uint32_t tokens);
  void computed(const engine_request& from, std::uint32_t tokens);

  struct transfer {
    kv_copy copy; ///< from place 0 to next_pool
    unsigned from, to;
  };
  /// A copy that may start now, given out once; those of one engine in this order.
  std::optional<transfer> next();
  struct passed_on {
    engine_request from, to;
  };
  /// The copy is done; with the last one of a prompt, whose it was. Throws std::invalid_argument where it is not under way.
  std::optional<passed_on> done(std::uint64_t id);
  std::uint64_t tokens() const { return m_tokens; } ///< of all copies

private:
  struct passage {
    engine_request to;
    std::uint32_t prompt;
    std::uint32_t computed = 0, computing = 0, sent = 0; ///< tokens
    unsigned copies = 0;                  ///< ready or under way
    bool expected = false;
  };
  void send(const engine_request& from, passage& p, std::uint32_t tokens);
  void send_ahead(const engine_request& from, passage& p);

  unsigned m_layers;
  std::map<engine_request, passage> m_open;           ///< by sender
  std::map<engine_request, engine_request> m_senders; ///< by receiver, while there is no room
  std::map<std::uint64_t, engine_request> m_copies;   ///< under way -> sender
  std::deque<transfer> m_ready;
  std::uint64_t m_next_id = 1, m_tokens = 0;
};

} // namespace strata::traffic
