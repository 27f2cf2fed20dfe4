// SPDX-License-Identifier: Apache-2.0
// protocol_checker against components that break one rule each, and against traffic that breaks none; monitor's counts.
#include "models/link/serial_link.hpp"
#include "models/probe/monitor.hpp"
#include "models/probe/protocol_checker.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

#include <tlm_utils/simple_target_socket.h>

namespace strata::link_tests {
namespace {

using sc_core::sc_time;
using sc_core::SC_ZERO_TIME;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

/// Both ends of a binding with a checker between, saying whatever a test makes them say.
struct loose_ends : sc_core::sc_module {
  explicit loose_ends(sc_core::sc_module_name name) : sc_core::sc_module(name), checker("checker", {"here"}) {
    initiator.register_nb_transport_bw(this, &loose_ends::backward);
    target.register_nb_transport_fw(this, &loose_ends::forward);
    target.register_b_transport(this, &loose_ends::blocking);
    target.register_transport_dbg(this, &loose_ends::debug);
    target.register_get_direct_mem_ptr(this, &loose_ends::direct);
    initiator.bind(checker.in);
    checker.out.bind(target);
  }
  tlm_utils::simple_initiator_socket<loose_ends, 64> initiator{"initiator"};
  tlm_utils::simple_target_socket<loose_ends, 64> target{"target"};
  probe::protocol_checker checker;
  base::payload_pool pool;
  unsigned char data[64] = {};

  tlm_generic_payload& payload() { return pool.plain_payload(read, 0x100, data, 64); }
  /// Each side's call, `delay` annotated, and what the other side replies to it.
  void say_forward(tlm_generic_payload& t, tlm_phase p, sc_time delay = SC_ZERO_TIME) { initiator->nb_transport_fw(t, p, delay); }
  void say_backward(tlm_generic_payload& t, tlm_phase p, sc_time delay = SC_ZERO_TIME) { target->nb_transport_bw(t, p, delay); }
  struct reply {
    tlm_sync_enum status = tlm::TLM_ACCEPTED;
    tlm_phase phase = tlm::UNINITIALIZED_PHASE;
    sc_time delay = SC_ZERO_TIME;
  };
  reply on_forward, on_backward;
  std::function<void(tlm_generic_payload&, sc_time&)> on_blocking = [](tlm_generic_payload& t, sc_time&) {
    t.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  unsigned debug_count = 64;
  std::function<bool(tlm::tlm_dmi&)> on_direct;

  /// A request accepted and answered properly up to the response.
  tlm_generic_payload& under_way() {
    auto& t = payload();
    say_forward(t, tlm::BEGIN_REQ);
    return t;
  }
  tlm_generic_payload& requested() {
    auto& t = under_way();
    say_backward(t, tlm::END_REQ);
    return t;
  }

private:
  static tlm_sync_enum answer(const reply& r, tlm_phase& phase, sc_time& delay) {
    if (r.status == tlm::TLM_UPDATED)
      phase = r.phase;
    if (r.status != tlm::TLM_ACCEPTED)
      delay = r.delay;
    return r.status;
  }
  tlm_sync_enum forward(tlm_generic_payload&, tlm_phase& p, sc_time& d) { return answer(on_forward, p, d); }
  tlm_sync_enum backward(tlm_generic_payload&, tlm_phase& p, sc_time& d) { return answer(on_backward, p, d); }
  void blocking(tlm_generic_payload& t, sc_time& d) { on_blocking(t, d); }
  unsigned debug(tlm_generic_payload&) { return debug_count; }
  bool direct(tlm_generic_payload&, tlm::tlm_dmi& dmi) { return on_direct(dmi); }
};

struct breach {
  const char* rule;
  std::function<void(loose_ends&)> act;
};

void answered_with(loose_ends& e, const std::function<void(tlm_generic_payload&)>& tamper) {
  auto& t = e.requested();
  t.set_response_status(tlm::TLM_OK_RESPONSE);
  tamper(t);
  e.say_backward(t, tlm::BEGIN_RESP);
}
void requested_with(loose_ends& e, const std::function<void(tlm_generic_payload&)>& tamper) {
  auto& t = e.payload();
  tamper(t);
  e.say_forward(t, tlm::BEGIN_REQ);
}
void blocking_with(loose_ends& e, std::function<void(tlm_generic_payload&, sc_time&)> target, sc_time delay = SC_ZERO_TIME) {
  e.on_blocking = std::move(target);
  auto& t = e.payload();
  e.initiator->b_transport(t, delay);
}
void direct_with(loose_ends& e, const std::function<bool(tlm::tlm_dmi&)>& target) {
  e.on_direct = target;
  tlm::tlm_dmi dmi;
  e.initiator->get_direct_mem_ptr(e.payload(), dmi);
}

unsigned char some_byte;
sc_time later() { return sc_time(5, sc_core::SC_NS); }

std::vector<breach> breaches() {
  using p = tlm_generic_payload;
  return {
      // attributes of a request
      {"data pointer is null", [](auto& e) { requested_with(e, [](p& t) { t.set_data_ptr(nullptr); }); }},
      {"data length is 0", [](auto& e) { requested_with(e, [](p& t) { t.set_data_length(0); }); }},
      {"streaming width is 0", [](auto& e) { requested_with(e, [](p& t) { t.set_streaming_width(0); }); }},
      {"byte enable length is 0", [](auto& e) { requested_with(e, [](p& t) { t.set_byte_enable_ptr(&some_byte); }); }},
      {"response status of a request is not incomplete",
       [](auto& e) { requested_with(e, [](p& t) { t.set_response_status(tlm::TLM_OK_RESPONSE); }); }},
      {"DMI hint of a request is set", [](auto& e) { requested_with(e, [](p& t) { t.set_dmi_allowed(true); }); }},
      {"non-blocking payload without memory manager or reference",
       [](auto& e) {
         p t; // nobody manages it
         t.set_command(read);
         t.set_data_ptr(e.data);
         t.set_data_length(64);
         t.set_streaming_width(64);
         e.say_forward(t, tlm::BEGIN_REQ);
       }},
      // attributes under way and answered
      {"command was modified", [](auto& e) { answered_with(e, [](p& t) { t.set_command(write); }); }},
      {"data pointer was modified", [](auto& e) { answered_with(e, [](p& t) { t.set_data_ptr(&some_byte); }); }},
      {"data length was modified", [](auto& e) { answered_with(e, [](p& t) { t.set_data_length(32); }); }},
      {"streaming width was modified", [](auto& e) { answered_with(e, [](p& t) { t.set_streaming_width(128); }); }},
      {"byte enables were modified", [](auto& e) { answered_with(e, [](p& t) { t.set_byte_enable_length(4); }); }},
      {"address was not restored", [](auto& e) { answered_with(e, [](p& t) { t.set_address(0); }); }},
      {"stream was not restored",
       [](auto& e) { answered_with(e, [](p& t) { t.get_extension<base::stream_extension>()->value.rate_limit = 1; }); }},
      {"response status is incomplete",
       [](auto& e) { answered_with(e, [](p& t) { t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); }); }},
      {"data length was modified",
       [](auto& e) {
         auto& t = e.under_way();
         t.set_data_length(1);
         e.say_backward(t, tlm::END_REQ);
       }},
      {"response status is incomplete",
       [](auto& e) {
         e.on_forward.status = tlm::TLM_COMPLETED;
         e.under_way();
       }},
      // order of phases
      {"BEGIN_REQ of a transaction under way", [](auto& e) { e.say_forward(e.requested(), tlm::BEGIN_REQ); }},
      {"request exclusion",
       [](auto& e) {
         e.under_way();
         e.under_way();
       }},
      {"response exclusion",
       [](auto& e) {
         auto &first = e.requested(), &second = e.requested();
         first.set_response_status(tlm::TLM_OK_RESPONSE);
         second.set_response_status(tlm::TLM_OK_RESPONSE);
         e.say_backward(first, tlm::BEGIN_RESP);
         e.say_backward(second, tlm::BEGIN_RESP);
       }},
      {"END_RESP without BEGIN_RESP", [](auto& e) { e.say_forward(e.requested(), tlm::END_RESP); }},
      {"phase of the backward path on the forward path", [](auto& e) { e.say_forward(e.requested(), tlm::END_REQ); }},
      {"phase of the forward path on the backward path", [](auto& e) { e.say_backward(e.under_way(), tlm::BEGIN_REQ); }},
      {"END_REQ out of order", [](auto& e) { e.say_backward(e.requested(), tlm::END_REQ); }},
      {"BEGIN_RESP twice",
       [](auto& e) {
         auto& t = e.requested();
         t.set_response_status(tlm::TLM_OK_RESPONSE);
         e.say_backward(t, tlm::BEGIN_RESP);
         e.say_backward(t, tlm::BEGIN_RESP);
       }},
      {"not under way", [](auto& e) { e.say_backward(e.payload(), tlm::END_REQ); }},
      {"BEGIN_REQ answered with a phase of the forward path",
       [](auto& e) {
         e.on_forward = {tlm::TLM_UPDATED, tlm::END_RESP, SC_ZERO_TIME};
         e.under_way();
       }},
      {"END_RESP answered with a further phase",
       [](auto& e) {
         auto& t = e.requested();
         t.set_response_status(tlm::TLM_OK_RESPONSE);
         e.say_backward(t, tlm::BEGIN_RESP);
         e.on_forward = {tlm::TLM_UPDATED, tlm::END_REQ, SC_ZERO_TIME};
         e.say_forward(t, tlm::END_RESP);
       }},
      {"END_REQ answered with more than acceptance",
       [](auto& e) {
         e.on_backward.status = tlm::TLM_COMPLETED;
         e.requested();
       }},
      {"BEGIN_RESP answered with a phase other than END_RESP",
       [](auto& e) {
         answered_with(e, [&e](p&) { e.on_backward = {tlm::TLM_UPDATED, tlm::BEGIN_REQ, SC_ZERO_TIME}; });
       }},
      // time
      {"time of a transaction runs backwards",
       [](auto& e) {
         auto& t = e.payload();
         e.say_forward(t, tlm::BEGIN_REQ, later());
         e.say_backward(t, tlm::END_REQ);
       }},
      {"time of a transaction runs backwards",
       [](auto& e) {
         e.on_forward = {tlm::TLM_UPDATED, tlm::END_REQ, SC_ZERO_TIME};
         e.say_forward(e.payload(), tlm::BEGIN_REQ, later());
       }},
      {"time of a transaction runs backwards",
       [](auto& e) {
         blocking_with(e, [](p& t, sc_time& d) { t.set_response_status(tlm::TLM_OK_RESPONSE), d = SC_ZERO_TIME; }, later());
       }},
      // blocking, debug and direct accesses
      {"response status is incomplete", [](auto& e) { blocking_with(e, [](p&, sc_time&) {}); }},
      {"address was not restored",
       [](auto& e) {
         blocking_with(e, [](p& t, sc_time&) { t.set_response_status(tlm::TLM_OK_RESPONSE), t.set_address(1); });
       }},
      {"b_transport of a transaction under way",
       [](auto& e) {
         sc_time delay;
         e.initiator->b_transport(e.requested(), delay);
       }},
      {"debug access returned more bytes than asked for",
       [](auto& e) {
         e.debug_count = 65;
         e.initiator->transport_dbg(e.payload());
       }},
      {"DMI region ends before it starts",
       [](auto& e) {
         direct_with(e, [](tlm::tlm_dmi& d) { return d.set_start_address(2), d.set_end_address(1), false; });
       }},
      {"DMI granted without a pointer",
       [](auto& e) { direct_with(e, [](tlm::tlm_dmi& d) { return d.init(), d.allow_read_write(), true; }); }},
      {"DMI region excludes the address asked for",
       [](auto& e) {
         direct_with(e, [](tlm::tlm_dmi& d) {
           return d.init(), d.set_dmi_ptr(&some_byte), d.set_start_address(0x200), d.allow_read_write(), true;
         });
       }},
      {"DMI granted without the access asked for",
       [](auto& e) {
         direct_with(e, [](tlm::tlm_dmi& d) { return d.init(), d.set_dmi_ptr(&some_byte), d.allow_write(), true; });
       }},
      {"DMI invalidation ends before it starts", [](auto& e) { e.target->invalidate_direct_mem_ptr(2, 1); }},
  };
}

SIM_TEST(protocol_checker, names_every_rule_that_a_foreign_component_breaks) {
  const auto all = breaches();
  std::vector<std::unique_ptr<loose_ends>> ends;
  for (std::size_t i = 0; i < all.size(); ++i)
    ends.push_back(std::make_unique<loose_ends>(("ends_" + std::to_string(i)).c_str()));
  sc_core::sc_start(SC_ZERO_TIME);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string said = "nothing";
    try {
      all[i].act(*ends[i]);
    } catch (const sc_core::sc_report& r) {
      EXPECT_STREQ(r.get_msg_type(), "strata/protocol");
      said = r.get_msg();
    }
    EXPECT_NE(said.find(all[i].rule), std::string::npos) << "breach " << i << ": " << said;
    EXPECT_EQ(said.find("here: "), 0u) << said;
    EXPECT_EQ(ends[i]->checker.violations(), 1u) << all[i].rule;
  }
}

SIM_TEST(protocol_checker, a_phase_returned_after_the_transaction_moved_on_is_a_breach) {
  loose_ends e("ends");
  struct eager : sc_core::sc_module {
    explicit eager(sc_core::sc_module_name n) : sc_core::sc_module(n) { socket.register_nb_transport_fw(this, &eager::forward); }
    tlm_sync_enum forward(tlm_generic_payload& t, tlm_phase& p, sc_time& d) {
      tlm_phase nested = tlm::END_REQ;
      socket->nb_transport_bw(t, nested, d);
      p = tlm::END_REQ; // said already
      return tlm::TLM_UPDATED;
    }
    tlm_utils::simple_target_socket<eager, 64> socket{"socket"};
  } target("eager");
  struct quiet : sc_core::sc_module {
    explicit quiet(sc_core::sc_module_name n) : sc_core::sc_module(n) {
      socket.register_nb_transport_bw(this, &quiet::backward);
    }
    tlm_sync_enum backward(tlm_generic_payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; }
    tlm_utils::simple_initiator_socket<quiet, 64> socket{"socket"};
  } initiator("quiet");
  probe::protocol_checker checker("checker", {});
  initiator.socket.bind(checker.in);
  checker.out.bind(target.socket);
  sc_core::sc_start(SC_ZERO_TIME);
  tlm_phase phase = tlm::BEGIN_REQ;
  sc_time delay;
  EXPECT_THROW(initiator.socket->nb_transport_fw(e.payload(), phase, delay), sc_core::sc_report);
  EXPECT_EQ(checker.violations(), 1u);
}

SIM_TEST(protocol_checker, correct_exchanges_pass_unchanged) {
  loose_ends e("ends");
  sc_core::sc_start(SC_ZERO_TIME);
  // Four phases, one by one.
  auto& four = e.requested();
  four.set_response_status(tlm::TLM_OK_RESPONSE);
  e.say_backward(four, tlm::BEGIN_RESP, later());
  e.say_forward(four, tlm::END_RESP, later());
  // BEGIN_RESP that implies END_REQ, ended by the return value.
  auto& two = e.under_way();
  two.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  e.on_backward = {tlm::TLM_COMPLETED, {}, later()};
  e.say_backward(two, tlm::BEGIN_RESP);
  // Blocking, debug, direct.
  blocking_with(e, [](tlm_generic_payload& t, sc_time& d) { t.set_response_status(tlm::TLM_OK_RESPONSE), d += later(); });
  EXPECT_EQ(e.initiator->transport_dbg(e.payload()), 64u);
  direct_with(e, [](tlm::tlm_dmi& d) { return d.init(), d.set_dmi_ptr(&some_byte), d.allow_read(), true; });
  e.target->invalidate_direct_mem_ptr(1, 2);
  EXPECT_EQ(e.checker.violations(), 0u);
  EXPECT_EQ(e.checker.in_progress(), 0u);
}

SIM_TEST(monitor, counts_what_passes_and_how_long_it_took) {
  plain_memory memory("memory", 1e12, 50 * ns);
  requester source("source");
  probe::monitor monitor("monitor", {});
  source.initiators()[0].bind(monitor.in);
  monitor.out.bind(*memory.targets()[0].socket);
  source.transfer(0, write, 0, 100'000);           // 100 ns + 50 ns
  source.transfer(1000 * ns, read, 0, 1'000'000);  // 1 us + 50 ns
  sc_core::sc_start();
  EXPECT_EQ(meter(monitor, "transactions").amount, 2);
  EXPECT_EQ(meter(monitor, "written").amount, 100'000);
  EXPECT_EQ(meter(monitor, "read").amount, 1'000'000);
  expect_time(monitor.latency().least, 150e-9);
  expect_time(monitor.latency().most, 1050e-9);
  expect_time(monitor.latency().sum, 1200e-9);
}

} // namespace
} // namespace strata::link_tests
