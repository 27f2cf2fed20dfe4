// SPDX-License-Identifier: Apache-2.0
// Elaborated platforms: names, bindings and routes, seen by a software initiator at the driver socket.
#include "tests/support/sim_test.hpp"
#include "traffic/lowering/collective_group.hpp"

#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "models/core/command.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>
#include <unistd.h>

namespace strata::platforms {
namespace {

/// Software: one write or read at a time, and a mailbox that remembers what was written to it.
struct software : sc_core::sc_module, base::component, base::target_handler, base::initiator_handler {
  explicit software(const sc_core::sc_module_name& name) : sc_core::sc_module(name), out("out", 0, *this), mailbox_in("in", 0, *this) {
    expose_initiator("out", 0, out.socket);
    expose_target("in", 0, mailbox_in.socket);
  }
  std::string path() const override { return name(); }
  void on_request(unsigned, tlm::tlm_generic_payload& trans) override {
    mail.push_back(trans.get_address());
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    mailbox_in.respond(trans);
  }
  void on_response(unsigned, tlm::tlm_generic_payload& trans) override {
    statuses.push_back(trans.get_response_status());
    trans.release();
  }
  void b_transport(unsigned, tlm::tlm_generic_payload& trans, sc_core::sc_time&) override {
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned transport_dbg(unsigned, tlm::tlm_generic_payload&) override { return 0; }

  std::uint64_t peek(std::uint64_t address) {
    std::uint64_t value = 0;
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_READ_COMMAND);
    trans.set_address(address);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(8);
    trans.set_streaming_width(8);
    EXPECT_EQ(out.socket->transport_dbg(trans), 8u) << std::hex << address;
    return value;
  }
  void send(tlm::tlm_command command, std::uint64_t address, void* data, unsigned length) {
    out.send(pool.plain_payload(command, address, data, length));
  }

  base::payload_pool pool;
  base::initiator_port out;
  base::target_port mailbox_in;
  std::vector<std::uint64_t> mail;
  std::vector<tlm::tlm_response_status> statuses;
};

checked_platform checked(const std::string& name, bool symmetry) {
  check_options options;
  options.symmetry = symmetry;
  return check(load_netlist(find_platform(name)), {}, options);
}

/// Every device answers at its control window, and a signal command from each arrives in the mailbox.
void exercise(const std::string& name, bool symmetry) {
  elaboration_options options;
  options.check_protocol = true;
  const auto p = elaborate(checked(name, symmetry), options);
  software s("software");
  p->bind_driver(s);
  std::vector<core::command> commands;
  for (const auto& stage : p->view().devices)
    for (const auto& d : stage) {
      core::command c{};
      c.op = core::opcode::signal;
      c.operand_count = 1;
      c.operands[0] = {p->view().mailbox + 8 * commands.size(), 8};
      c.work = 1;
      commands.push_back(c);
      (void)d;
    }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::size_t k = 0;
  for (const auto& stage : p->view().devices)
    for (const auto& d : stage) {
      EXPECT_EQ(s.peek(d.control + core::registers::id), core::registers::id_value) << d.name;
      s.send(tlm::TLM_WRITE_COMMAND, d.control + core::registers::queues, &commands[k++], sizeof(core::command));
    }
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  EXPECT_THAT(s.statuses, testing::Each(tlm::TLM_OK_RESPONSE));
  EXPECT_EQ(s.statuses.size(), commands.size());
  std::vector<std::uint64_t> expected;
  for (std::size_t n = 0; n < commands.size(); ++n)
    expected.push_back(p->view().mailbox + 8 * n);
  EXPECT_THAT(s.mail, testing::UnorderedElementsAreArray(expected));
}

SIM_TEST(elaborator, h100_is_driven_through_its_host) { exercise("h100", true); }
SIM_TEST(elaborator, dgx_h100_folded) { exercise("dgx_h100", true); }
SIM_TEST(elaborator, dgx_h100_in_full) { exercise("dgx_h100", false); }
SIM_TEST(elaborator, four_cs3) { exercise("cs3_llama70b", true); }
SIM_TEST(elaborator, cs3_memoryx) { exercise("cs3_memoryx", true); }
SIM_TEST(elaborator, agentic_dram_folded) { exercise("agentic_dram", true); }
SIM_TEST(elaborator, agentic_dram_in_full) { exercise("agentic_dram", false); }

SIM_TEST(elaborator, names_are_the_netlists_paths) {
  const auto p = elaborate(checked("dgx_h100", false));
  ASSERT_EQ(p->elements().size(), p->checked().instances.size());
  for (const auto& e : p->elements())
    EXPECT_EQ(e.component->path(), e.checked->path);
  EXPECT_NE(sc_core::sc_find_object("platform.gpu[7].hbm"), nullptr);
}

SIM_TEST(elaborator, an_unmapped_address_is_an_address_error) {
  const auto p = elaborate(checked("h100", true));
  software s("software");
  p->bind_driver(s);
  std::uint64_t data = 0;
  s.send(tlm::TLM_READ_COMMAND, 0x7, &data, 8);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  EXPECT_EQ(s.statuses, (std::vector<tlm::tlm_response_status>{tlm::TLM_ADDRESS_ERROR_RESPONSE}));
}

/// Energy and end of an all-reduce over 8 ranks in the whole platform.
struct outcome {
  double seconds = 0, dynamic_joules = 0, switch_joules = 0, link_joules = 0, static_watts = 0;
};

outcome all_reduce(bool symmetry) {
  const auto p = elaborate(checked("dgx_h100", symmetry));
  software s("software");
  p->bind_driver(s);
  const auto& ranks = p->view().devices.at(0);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto groups = traffic::form_groups(ranks, {8, 8}, 0, 0);
  for (traffic::register_write& w : groups)
    s.send(tlm::TLM_WRITE_COMMAND, w.address, w.data.data(), static_cast<unsigned>(w.data.size()));
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  std::vector<core::command> commands(2);
  commands[0].op = core::opcode::all_reduce;
  commands[0].work = 1 << 20;
  commands[1].op = core::opcode::signal;
  commands[1].operand_count = 1;
  commands[1].operands[0] = {p->view().mailbox, 8};
  for (const auto& d : ranks)
    s.send(tlm::TLM_WRITE_COMMAND, d.control + core::registers::queues, commands.data(), 2 * sizeof(core::command));
  const sc_core::sc_time start = sc_core::sc_time_stamp();
  outcome o;
  while (s.mail.size() < ranks.size() && sc_core::sc_time_stamp() < start + sc_core::sc_time(10, sc_core::SC_MS))
    sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_NS));
  EXPECT_EQ(s.mail.size(), ranks.size());
  o.seconds = (sc_core::sc_time_stamp() - start).to_seconds();
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS)); // let everything on its way arrive
  for (const auto& e : p->elements()) {
    const base::component& c = *e.component;
    o.static_watts += c.represents * c.static_power().value();
    for (const base::meter& m : c.meters()) {
      const double joules = m.amount * m.joules_per_unit * c.represents * c.port_represents;
      o.dynamic_joules += joules;
      if (e.checked->type->description->type == "crossbar_switch")
        o.switch_joules += joules;
      if (e.checked->path.find("nvlink") != std::string::npos)
        o.link_joules += joules;
    }
  }
  return o;
}

/// Runs all_reduce() in a child of the child: a process elaborates once.
outcome in_a_process(bool symmetry) {
  int channel[2];
  outcome o;
  EXPECT_EQ(pipe(channel), 0);
  const pid_t child = fork();
  if (child == 0) {
    o = all_reduce(symmetry);
    const bool written = write(channel[1], &o, sizeof o) == static_cast<ssize_t>(sizeof o);
    _exit(written && !testing::Test::HasFailure() ? 0 : 1);
  }
  close(channel[1]);
  EXPECT_EQ(read(channel[0], &o, sizeof o), static_cast<ssize_t>(sizeof o));
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return o;
}

SIM_TEST(symmetry, folded_and_full_agree_on_time_and_every_ledger) {
  const outcome folded = in_a_process(true), full = in_a_process(false);
  EXPECT_GT(full.switch_joules, 0);
  EXPECT_GT(full.seconds, 1e-6);
  EXPECT_NEAR(folded.seconds / full.seconds, 1, 0.01);
  // One flag stands for seven as well: six of 8 B are missing per seven messages.
  EXPECT_NEAR(folded.switch_joules / full.switch_joules, 1, 1e-5);
  // One write stands for seven: six bare answer headers in seven are missing, 16 B per 128 KiB of payload.
  EXPECT_NEAR(folded.link_joules / full.link_joules, 1, 2e-4);
  EXPECT_NEAR(folded.dynamic_joules / full.dynamic_joules, 1, 2e-4);
  EXPECT_DOUBLE_EQ(folded.static_watts, full.static_watts);
}

} // namespace
} // namespace strata::platforms
