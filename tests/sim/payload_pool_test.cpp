// SPDX-License-Identifier: Apache-2.0
// The payload pool: recycled payloads come back clean, and the stream extension is ignorable yet always there.
#include "models/base/stream.hpp"
#include "tests/support/sim_test.hpp"

#include <set>

namespace strata::base {
namespace {

struct foreign_extension : tlm::tlm_extension<foreign_extension> {
  explicit foreign_extension(int& count) : alive(count) { ++alive; }
  ~foreign_extension() override { --alive; }
  tlm_extension_base* clone() const override { return new foreign_extension(alive); }
  void copy_from(const tlm_extension_base&) override {}
  int& alive;
};

stream of(std::uint64_t bytes) {
  stream s;
  s.bytes = bytes;
  return s;
}

SIM_TEST(payload_pool, a_stream_payload_is_a_valid_single_access) {
  payload_pool pool;
  auto& trans = pool.stream_payload(tlm::TLM_READ_COMMAND, 0x1000, of(1 << 20));
  EXPECT_TRUE(trans.is_read());
  EXPECT_EQ(trans.get_address(), 0x1000u);
  EXPECT_EQ(trans.get_data_length(), payload_pool::access_unit);
  EXPECT_EQ(trans.get_streaming_width(), payload_pool::access_unit);
  EXPECT_NE(trans.get_data_ptr(), nullptr);
  EXPECT_EQ(trans.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  EXPECT_EQ(transfer_bytes(trans), 1u << 20);
  EXPECT_EQ(trans.get_ref_count(), 1);
  trans.release();

  auto& small = pool.stream_payload(tlm::TLM_WRITE_COMMAND, 0, of(5));
  EXPECT_EQ(small.get_data_length(), 5u);
  EXPECT_EQ(transfer_bytes(small), 5u);
  small.release();
}

SIM_TEST(payload_pool, a_plain_payload_is_no_stream) {
  payload_pool pool;
  pool.stream_payload(tlm::TLM_READ_COMMAND, 0, of(1 << 20)).release(); // leaves its mark on the recycled payload
  unsigned char data[16];
  auto& trans = pool.plain_payload(tlm::TLM_WRITE_COMMAND, 0x40, data, sizeof data);
  EXPECT_EQ(trans.get_data_ptr(), data);
  EXPECT_EQ(transfer_bytes(trans), sizeof data);
  EXPECT_EQ(stream_of(trans).bytes, sizeof data);
  EXPECT_EQ(stream_of(trans).rate_limit, 0);
  trans.release();
}

SIM_TEST(payload_pool, foreign_payloads_without_the_extension_are_plain) {
  tlm::tlm_generic_payload foreign;
  foreign.set_data_length(32);
  EXPECT_EQ(transfer_bytes(foreign), 32u);
  EXPECT_EQ(stream_of(foreign).bytes, 32u);
}

SIM_TEST(payload_pool, recycles_and_cleans) {
  payload_pool pool;
  int alive = 0;
  unsigned char enables[1] = {TLM_BYTE_ENABLED};
  auto& first = pool.stream_payload(tlm::TLM_READ_COMMAND, 0, of(64));
  first.set_response_status(tlm::TLM_OK_RESPONSE);
  first.set_dmi_allowed(true);
  first.set_byte_enable_ptr(enables);
  first.set_byte_enable_length(1);
  first.set_auto_extension(new foreign_extension(alive));
  first.release();
  EXPECT_EQ(alive, 0) << "an automatic extension must die with the transaction";

  auto& again = pool.stream_payload(tlm::TLM_READ_COMMAND, 0, of(128));
  EXPECT_EQ(&again, &first);
  EXPECT_EQ(again.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  EXPECT_FALSE(again.is_dmi_allowed());
  EXPECT_EQ(again.get_byte_enable_ptr(), nullptr);
  EXPECT_EQ(again.get_byte_enable_length(), 0u);
  EXPECT_EQ(again.get_extension<foreign_extension>(), nullptr);
  EXPECT_EQ(transfer_bytes(again), 128u);
  again.release();
}

SIM_TEST(payload_pool, payloads_in_use_are_distinct_and_wait_for_the_last_reference) {
  payload_pool pool;
  std::set<tlm::tlm_generic_payload*> in_use;
  for (int i = 0; i < 100; ++i)
    in_use.insert(&pool.stream_payload(tlm::TLM_READ_COMMAND, 0, of(64)));
  EXPECT_EQ(in_use.size(), 100u);
  auto& kept = **in_use.begin();
  kept.acquire();
  for (auto* trans : in_use)
    trans->release();
  for (int i = 0; i < 99; ++i) {
    auto& trans = pool.stream_payload(tlm::TLM_READ_COMMAND, 0, of(64));
    EXPECT_NE(&trans, &kept);
    EXPECT_EQ(in_use.count(&trans), 1u) << "a new payload although one was free";
  }
  kept.release();
}

} // namespace
} // namespace strata::base
