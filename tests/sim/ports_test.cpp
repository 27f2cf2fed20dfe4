// SPDX-License-Identifier: Apache-2.0
// target_port and initiator_port against hand-written foreign components with plain sockets: annotated delays,
// exclusion rules, back-pressure and early completion, with a protocol checker between.
#include "models/probe/protocol_checker.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

#include <tlm_utils/simple_target_socket.h>

namespace strata::link_tests {
namespace {

using sc_core::sc_time;
using sc_core::SC_NS;
using sc_core::SC_ZERO_TIME;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

struct event {
  const tlm_generic_payload* trans;
  double ns;
};
double now_ns() { return sc_core::sc_time_stamp().to_seconds() * 1e9; }

/// A foreign target whose replies a test chooses; it notes when each phase came.
struct foreign_target : sc_core::sc_module {
  explicit foreign_target(sc_core::sc_module_name n) : sc_core::sc_module(n) {
    socket.register_nb_transport_fw(this, &foreign_target::forward);
  }
  tlm_utils::simple_target_socket<foreign_target, 64> socket{"socket"};
  std::function<tlm_sync_enum(tlm_generic_payload&, tlm_phase&, sc_time&)> on_request;
  std::vector<event> requests, ends;
  tlm_sync_enum say(tlm_generic_payload& t, tlm_phase p, sc_time delay = SC_ZERO_TIME) {
    if (p == tlm::BEGIN_RESP)
      t.set_response_status(tlm::TLM_OK_RESPONSE);
    return socket->nb_transport_bw(t, p, delay);
  }

private:
  tlm_sync_enum forward(tlm_generic_payload& t, tlm_phase& p, sc_time& d) {
    const bool request = p == tlm::BEGIN_REQ;
    (request ? requests : ends).push_back({&t, now_ns()});
    return request ? on_request(t, p, d) : tlm::TLM_COMPLETED;
  }
};

/// A foreign initiator that notes what comes back and ends responses itself, or not, as a test chooses.
struct foreign_initiator : sc_core::sc_module {
  explicit foreign_initiator(sc_core::sc_module_name n) : sc_core::sc_module(n) {
    socket.register_nb_transport_bw(this, &foreign_initiator::backward);
  }
  tlm_utils::simple_initiator_socket<foreign_initiator, 64> socket{"socket"};
  bool end_at_once = true;
  std::vector<event> request_ends, responses;
  tlm_sync_enum say(tlm_generic_payload& t, tlm_phase p, sc_time delay = SC_ZERO_TIME) {
    const tlm_sync_enum status = socket->nb_transport_fw(t, p, delay);
    if (status == tlm::TLM_UPDATED && p == tlm::END_REQ)
      request_ends.push_back({&t, now_ns()});
    return status;
  }

private:
  tlm_sync_enum backward(tlm_generic_payload& t, tlm_phase& p, sc_time&) {
    if (p == tlm::END_REQ) {
      request_ends.push_back({&t, now_ns()});
      return tlm::TLM_ACCEPTED;
    }
    responses.push_back({&t, now_ns()});
    return end_at_once ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
  }
};

struct initiator_side : sc_core::sc_module, base::initiator_handler {
  explicit initiator_side(sc_core::sc_module_name n)
      : sc_core::sc_module(n), port("port", 3, *this), checker("checker", {}), target("target") {
    port.socket.bind(checker.in);
    checker.out.bind(target.socket);
  }
  base::initiator_port port;
  probe::protocol_checker checker;
  foreign_target target;
  base::payload_pool pool;
  unsigned char data[8] = {};
  std::vector<event> responses;
  tlm_generic_payload& payload() { return pool.plain_payload(read, 0, data, 8); }
  void on_response(unsigned number, tlm_generic_payload& t) override {
    EXPECT_EQ(number, 3u);
    responses.push_back({&t, now_ns()});
  }
};

struct target_side : sc_core::sc_module, base::target_handler {
  explicit target_side(sc_core::sc_module_name n, unsigned capacity)
      : sc_core::sc_module(n), initiator("initiator"), checker("checker", {}), port("port", 5, *this, capacity) {
    initiator.socket.bind(checker.in);
    checker.out.bind(port.socket);
  }
  foreign_initiator initiator;
  probe::protocol_checker checker;
  base::target_port port;
  base::payload_pool pool;
  unsigned char data[8] = {};
  bool answer_at_once = false;
  std::vector<event> requests;
  tlm_generic_payload& payload() { return pool.plain_payload(read, 0, data, 8); }
  void answer(tlm_generic_payload& t) {
    t.set_response_status(tlm::TLM_OK_RESPONSE);
    port.respond(t);
  }
  void on_request(unsigned number, tlm_generic_payload& t) override {
    EXPECT_EQ(number, 5u);
    requests.push_back({&t, now_ns()});
    if (answer_at_once)
      answer(t);
  }
  void b_transport(unsigned, tlm_generic_payload& t, sc_time& delay) override {
    delay += sc_time(7, SC_NS);
    t.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned transport_dbg(unsigned, tlm_generic_payload&) override { return 4; }
};

void run_for(double ns_) { sc_core::sc_start(sc_time(ns_, SC_NS)); }

SIM_TEST(initiator_port, early_completion_takes_effect_after_its_annotated_delay) {
  initiator_side s("s");
  s.target.on_request = [](tlm_generic_payload& t, tlm_phase&, sc_time& d) {
    t.set_response_status(tlm::TLM_OK_RESPONSE);
    d += sc_time(12, SC_NS);
    return tlm::TLM_COMPLETED;
  };
  run_for(1);
  auto& t = s.payload();
  s.port.send(t);
  EXPECT_TRUE(s.responses.empty());
  run_for(20);
  ASSERT_EQ(s.responses.size(), 1u);
  EXPECT_DOUBLE_EQ(s.responses[0].ns, 13);
}

SIM_TEST(initiator_port, a_response_returned_from_the_request_is_ended_and_delivered_after_its_delay) {
  initiator_side s("s");
  s.target.on_request = [](tlm_generic_payload& t, tlm_phase& p, sc_time& d) {
    t.set_response_status(tlm::TLM_OK_RESPONSE);
    p = tlm::BEGIN_RESP;
    d += sc_time(4, SC_NS);
    return tlm::TLM_UPDATED;
  };
  run_for(1);
  s.port.send(s.payload());
  run_for(10);
  ASSERT_EQ(s.responses.size(), 1u);
  EXPECT_DOUBLE_EQ(s.responses[0].ns, 5);
  EXPECT_EQ(s.target.ends.size(), 1u);
  EXPECT_EQ(s.checker.in_progress(), 0u);
}

SIM_TEST(initiator_port, the_next_request_waits_for_end_req_and_order_is_kept) {
  initiator_side s("s");
  s.target.on_request = [](tlm_generic_payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload(), *c = &s.payload();
  for (auto* t : {a, b, c})
    s.port.send(*t);
  EXPECT_EQ(s.target.requests.size(), 1u);
  run_for(5);
  s.target.say(*a, tlm::END_REQ);
  ASSERT_EQ(s.target.requests.size(), 2u);
  EXPECT_EQ(s.target.requests[1].trans, b);
  run_for(5);
  s.target.say(*b, tlm::BEGIN_RESP); // says END_REQ too
  ASSERT_EQ(s.target.requests.size(), 3u);
  EXPECT_EQ(s.target.requests[2].trans, c);
  ASSERT_EQ(s.responses.size(), 1u);
  EXPECT_EQ(s.responses[0].trans, b);
  EXPECT_DOUBLE_EQ(s.responses[0].ns, 11);
}

SIM_TEST(initiator_port, a_delayed_end_req_holds_the_next_request_until_it_takes_effect) {
  initiator_side s("s");
  s.target.on_request = [](tlm_generic_payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload();
  s.port.send(*a);
  s.port.send(*b);
  s.target.say(*a, tlm::END_REQ, sc_time(6, SC_NS));
  run_for(20);
  ASSERT_EQ(s.target.requests.size(), 2u);
  EXPECT_DOUBLE_EQ(s.target.requests[1].ns, 7);
}

SIM_TEST(initiator_port, responses_out_of_order_and_with_delays_reach_their_instants) {
  initiator_side s("s");
  s.target.on_request = [](tlm_generic_payload&, tlm_phase& p, sc_time&) { return p = tlm::END_REQ, tlm::TLM_UPDATED; };
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload();
  s.port.send(*a);
  s.port.send(*b);
  EXPECT_EQ(s.target.say(*b, tlm::BEGIN_RESP, sc_time(9, SC_NS)), tlm::TLM_COMPLETED);
  EXPECT_EQ(s.target.say(*a, tlm::BEGIN_RESP, sc_time(2, SC_NS)), tlm::TLM_COMPLETED);
  run_for(20);
  ASSERT_EQ(s.responses.size(), 2u);
  EXPECT_EQ(s.responses[0].trans, a);
  EXPECT_DOUBLE_EQ(s.responses[0].ns, 3);
  EXPECT_EQ(s.responses[1].trans, b);
  EXPECT_DOUBLE_EQ(s.responses[1].ns, 10);
}

SIM_TEST(target_port, a_request_reaches_the_model_after_its_annotated_delay) {
  target_side s("s", 4);
  run_for(1);
  EXPECT_EQ(s.initiator.say(s.payload(), tlm::BEGIN_REQ, sc_time(6, SC_NS)), tlm::TLM_UPDATED);
  run_for(5);
  EXPECT_TRUE(s.requests.empty());
  run_for(5);
  ASSERT_EQ(s.requests.size(), 1u);
  EXPECT_DOUBLE_EQ(s.requests[0].ns, 7);
}

SIM_TEST(target_port, an_immediate_answer_is_an_early_completion_and_leaves_no_reference) {
  target_side s("s", 1);
  s.answer_at_once = true;
  run_for(1);
  for (unsigned i = 0; i < 3; ++i) { // more than the capacity: each one leaves at once
    auto& t = s.payload();
    EXPECT_EQ(s.initiator.say(t, tlm::BEGIN_REQ), tlm::TLM_COMPLETED);
    EXPECT_EQ(t.get_ref_count(), 1);
  }
  EXPECT_TRUE(s.initiator.responses.empty());
  EXPECT_EQ(s.checker.in_progress(), 0u);
}

SIM_TEST(target_port, a_request_beyond_capacity_is_held_back_until_there_is_room) {
  target_side s("s", 2);
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload(), *c = &s.payload();
  EXPECT_EQ(s.initiator.say(*a, tlm::BEGIN_REQ), tlm::TLM_UPDATED);
  EXPECT_EQ(s.initiator.say(*b, tlm::BEGIN_REQ), tlm::TLM_UPDATED);
  EXPECT_EQ(s.initiator.say(*c, tlm::BEGIN_REQ), tlm::TLM_ACCEPTED);
  run_for(9);
  EXPECT_EQ(s.initiator.request_ends.size(), 2u);
  s.answer(*b);
  ASSERT_EQ(s.initiator.request_ends.size(), 3u);
  EXPECT_EQ(s.initiator.request_ends[2].trans, c);
  EXPECT_DOUBLE_EQ(s.initiator.request_ends[2].ns, 10);
  s.answer(*c);
  s.answer(*a);
  EXPECT_EQ(s.initiator.responses.size(), 3u);
  EXPECT_EQ(s.checker.in_progress(), 0u);
  for (auto* t : {a, b, c})
    EXPECT_EQ(t->get_ref_count(), 1);
}

SIM_TEST(target_port, a_held_request_may_be_answered_first) {
  target_side s("s", 1);
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload();
  s.initiator.say(*a, tlm::BEGIN_REQ);
  s.initiator.say(*b, tlm::BEGIN_REQ);
  s.answer(*b); // BEGIN_RESP stands for END_REQ; no END_REQ may follow
  s.answer(*a);
  EXPECT_EQ(s.initiator.request_ends.size(), 1u);
  EXPECT_EQ(s.initiator.responses.size(), 2u);
  EXPECT_EQ(s.checker.in_progress(), 0u);
}

SIM_TEST(target_port, the_next_response_waits_for_end_resp) {
  target_side s("s", 4);
  s.initiator.end_at_once = false;
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload();
  s.initiator.say(*a, tlm::BEGIN_REQ);
  s.initiator.say(*b, tlm::BEGIN_REQ);
  s.answer(*b);
  s.answer(*a);
  EXPECT_EQ(s.initiator.responses.size(), 1u);
  run_for(4);
  s.initiator.say(*b, tlm::END_RESP);
  ASSERT_EQ(s.initiator.responses.size(), 2u);
  EXPECT_EQ(s.initiator.responses[1].trans, a);
  EXPECT_DOUBLE_EQ(s.initiator.responses[1].ns, 5);
  s.initiator.say(*a, tlm::END_RESP);
  EXPECT_EQ(a->get_ref_count(), 1);
}

SIM_TEST(target_port, a_delayed_end_resp_holds_the_next_response_until_it_takes_effect) {
  target_side s("s", 4);
  s.initiator.end_at_once = false;
  run_for(1);
  tlm_generic_payload *a = &s.payload(), *b = &s.payload();
  s.initiator.say(*a, tlm::BEGIN_REQ);
  s.initiator.say(*b, tlm::BEGIN_REQ);
  s.answer(*a);
  s.answer(*b);
  s.initiator.say(*a, tlm::END_RESP, sc_time(8, SC_NS));
  run_for(20);
  ASSERT_EQ(s.initiator.responses.size(), 2u);
  EXPECT_DOUBLE_EQ(s.initiator.responses[1].ns, 9);
}

SIM_TEST(target_port, blocking_and_debug_calls_reach_the_model) {
  target_side s("s", 1);
  run_for(1);
  sc_time delay(3, SC_NS);
  s.initiator.socket->b_transport(s.payload(), delay);
  EXPECT_DOUBLE_EQ(delay.to_seconds() * 1e9, 10);
  EXPECT_EQ(s.initiator.socket->transport_dbg(s.payload()), 4u);
}

SIM_TEST(ports, two_ports_back_to_back_answer_everything_under_a_narrow_door) {
  bench b;
  plain_memory memory("memory", 1e9, 10 * ns, 1); // holds every second request back
  requester source("source");
  b.connect(source, "out", 0, memory, "port", 0);
  std::vector<const requester::request*> all;
  for (unsigned i = 0; i < 50; ++i)
    all.push_back(&source.transfer(i / 5 * ns, i % 2 ? read : write, i * 64, 64));
  sc_core::sc_start();
  for (const auto* r : all)
    EXPECT_EQ(r->status, tlm::TLM_OK_RESPONSE);
}

} // namespace
} // namespace strata::link_tests
