// SPDX-License-Identifier: Apache-2.0
// A mesh of cores that talk by coloured wavelets, word by word: routers that pass a colour on as their switch says,
// multicast without extra cost, back-pressure, and cores that run small programs of sends, additions and receives.
// Values travel with the words, so that results can be checked. One calendar, nothing idle is looked at. Kernel-free.
//
// A colour of a router has up to four switch positions, each an input and a set of outputs; the last wavelet of a
// message moves the switch on. A word waits at its input until the switch faces it, every output of the set is free in
// this cycle, and all next queues have room. Where words compete for an output the lowest colour goes first.
#pragma once

#include "models/base/reduce_tree.hpp"
#include "models/fabric/mesh_port.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace strata::fabric {

using cycle = std::uint64_t;

struct colour_mesh_config {
  unsigned width = 16, height = 1;
  base::mesh_timing timing;
  unsigned colours = 24;    ///< Luczynski et al., HPDC 2024
  unsigned queue_depth = 4; ///< words of a colour at a router's input, beyond those on the way
};

/// One position of a router's switch for one colour.
struct switch_position {
  mesh_port from;
  std::uint8_t to; ///< set of ports, a bit each
};
constexpr std::uint8_t to_port(unsigned p) { return static_cast<std::uint8_t>(1u << p); }

/// What a core does to `words` words of its memory from `offset` on, one a cycle. With an input colour each received
/// word is added to the memory's, or replaces it; with an output colour the word is sent on. It starts once the first
/// `after` operations of the core's last thread are done.
struct core_operation {
  static constexpr int none = -1;
  int in = none, out = none;
  bool add = false;
  std::uint32_t offset = 0, words = 0, after = 0;
};

class colour_mesh {
public:
  explicit colour_mesh(const colour_mesh_config& c);

  /// Cores are numbered row by row. A switch stays at its last position. Throws base::input_error where a link would
  /// leave the mesh, or positions or colours are more than there are.
  void set_route(std::uint32_t router, unsigned colour, const std::vector<switch_position>& positions);
  /// Operations in order. Threads run side by side: together they take in one word a cycle and send one, and those
  /// added first go first.
  void add_thread(std::uint32_t core, const std::vector<core_operation>& operations);
  std::vector<std::uint32_t>& memory(std::uint32_t core) { return m_memory[core]; }

  /// Runs all programs from cycle 0 and returns when the last core was done. Once only. Throws std::logic_error where
  /// programs wait for each other for ever.
  cycle run();

  std::uint64_t word_hops() const { return m_hops; } ///< links passed
  std::uint64_t words_sent() const { return m_sent; } ///< by cores
  std::uint64_t words_received() const { return m_received; }
  /// Bytes of router and core state.
  std::size_t footprint() const;

private:
  static constexpr std::uint32_t nothing = ~std::uint32_t{0};
  struct word {
    std::uint32_t value;
    bool last;
    cycle ready;
  };
  /// A colour's state at one router.
  struct lane {
    std::uint32_t router;
    std::uint8_t colour, position, positions;
    std::array<switch_position, 4> at;
    std::array<std::uint32_t, ports> queue; ///< by input port
    std::array<std::uint32_t, ports> next;  ///< queue behind each output port
  };
  struct queue {
    std::uint32_t lane;               ///< that reads it; nothing: a core does
    std::uint32_t producer, consumer; ///< units: routers, then cores
    std::uint8_t port, first, count, space;
    std::uint8_t number;              ///< among the queues of its consumer
  };
  struct thread {
    std::uint32_t core, start, first, end; ///< operations: its own from start to end, not yet done from first on
    std::uint32_t done = 0;         ///< words of the first one
  };
  struct operation {
    std::uint32_t in, out; ///< queues
    bool add;
    std::uint32_t offset, words, after;
  };

  std::uint32_t neighbour(std::uint32_t router, unsigned port) const;
  void wire();
  std::uint32_t make_queue(std::uint32_t lane_number, std::uint32_t producer, std::uint32_t consumer, unsigned port, unsigned room);
  void push(std::uint32_t q, std::uint32_t value, bool last, cycle ready);
  word pop(std::uint32_t q);
  const word& front(std::uint32_t q) const { return m_words[std::size_t{q} * m_room + m_queues[q].first]; }
  void wake(std::uint32_t unit, cycle at);
  bool step_router(std::uint32_t router);
  bool move(queue& from, std::uint32_t number, std::uint32_t& used);
  bool step_core(std::uint32_t core);
  bool step_thread(thread& t, bool& in_used, bool& out_used);
  void next_operation(thread& t);

  const colour_mesh_config m_config;
  const std::uint32_t m_cores;
  unsigned m_room = 0;           ///< words that the storage of a queue holds
  cycle m_now = 0, m_end = 0;
  std::uint64_t m_hops = 0, m_sent = 0, m_received = 0;
  std::size_t m_running = 0;     ///< threads not yet done

  std::vector<lane> m_lanes;
  std::vector<queue> m_queues;
  std::vector<word> m_words;
  std::vector<std::uint32_t> m_first_queue;  ///< by router; its queues are consecutive
  std::vector<std::uint64_t> m_filled;       ///< by router: queues that hold words

  std::vector<std::vector<std::uint32_t>> m_memory;
  std::vector<std::pair<std::uint32_t, std::vector<core_operation>>> m_programs;
  std::vector<thread> m_threads;             ///< by core
  std::vector<std::uint32_t> m_first_thread; ///< by core, and one more
  std::vector<operation> m_operations;

  std::vector<std::vector<std::uint32_t>> m_calendar; ///< units by cycle, cyclic
  std::vector<std::uint32_t> m_due;                   ///< by unit: cycles of the calendar that hold it
  std::vector<std::uint32_t> m_freed;                 ///< queues with a word fewer since this cycle
};

} // namespace strata::fabric
