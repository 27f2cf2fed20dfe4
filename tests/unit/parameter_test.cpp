// SPDX-License-Identifier: Apache-2.0
// Declared parameters: defaults, ranges, whole numbers, choices, and what a refused value is told.
#include "models/base/parameter.hpp"

#include <gmock/gmock.h>

#include <cstdint>

namespace strata::base {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

enum class policy { fifo, fair };

struct config {
  byte_rate bandwidth = "64 GB/s"_q;
  duration latency = "20 ns"_q;
  double share = 0.5;
  unsigned ports = 1;
  std::uint8_t ways = 4;
  std::uint64_t seed = 7;
  bool enabled = true;
  std::string label = "none";
  policy order = policy::fifo;

  void parameters(parameter_list& p) {
    p.add("bandwidth", bandwidth, positive(), "payload bandwidth");
    p.add("latency", latency, between(0, 1e-6), "flight time");
    p.add("share", share, fraction(), "share of the peak");
    p.add("ports", ports, between(1, 64), "target sockets");
    p.add("ways", ways, positive(), "associativity");
    p.add("seed", seed, non_negative(), "of the random numbers");
    p.add("enabled", enabled, "whether it is there");
    p.add("label", label, "free text");
    p.add_choice("order", order, {{"fifo", policy::fifo}, {"fair", policy::fair}}, "arbitration");
  }
};

struct parameters : testing::Test {
  parameters() { c.parameters(list); }
  void set(const std::string& name, const std::string& text) { list.find(name)->set(text); }
  void refuses(const std::string& name, const std::string& text, const std::string& because) {
    const std::string before = list.find(name)->get();
    EXPECT_THAT(([&] { set(name, text); }), ThrowsMessage<unit_error>(HasSubstr(because)));
    EXPECT_EQ(list.find(name)->get(), before) << "a refused value must leave the field alone";
  }
  config c;
  parameter_list list;
};

TEST_F(parameters, are_listed_in_order_with_unit_and_range) {
  EXPECT_THAT(list.names(), ElementsAre("bandwidth", "latency", "share", "ports", "ways", "seed", "enabled", "label", "order"));
  EXPECT_EQ(list.find("bandwidth")->unit, "B/s");
  EXPECT_EQ(list.find("bandwidth")->range, "> 0 B/s");
  EXPECT_EQ(list.find("latency")->range, "0 s .. 1 us");
  EXPECT_EQ(list.find("ports")->unit, "integer");
  EXPECT_EQ(list.find("ports")->range, "1 .. 64");
  EXPECT_EQ(list.find("order")->unit, "fifo | fair");
  EXPECT_EQ(list.find("nonesuch"), nullptr);
}

TEST_F(parameters, every_default_is_accepted_by_its_own_setter) {
  for (const auto& p : list.all()) {
    const std::string text = p.get();
    EXPECT_NO_THROW(p.set(text)) << p.name;
    EXPECT_EQ(p.get(), text) << p.name;
  }
}

TEST_F(parameters, set_the_bound_field) {
  set("bandwidth", "3.35 TB/s");
  set("share", "81 %");
  set("ports", "64");
  set("seed", "9007199254740992");
  set("enabled", "false");
  set("label", "a b");
  set("order", "fair");
  EXPECT_DOUBLE_EQ(c.bandwidth.value(), 3.35e12);
  EXPECT_DOUBLE_EQ(c.share, 0.81);
  EXPECT_EQ(c.ports, 64u);
  EXPECT_EQ(c.seed, 9007199254740992u);
  EXPECT_FALSE(c.enabled);
  EXPECT_EQ(c.label, "a b");
  EXPECT_EQ(c.order, policy::fair);
}

TEST_F(parameters, refuse_values_out_of_range) {
  refuses("bandwidth", "0 B/s", "'0 B/s' is out of range, expected > 0 B/s");
  refuses("bandwidth", "-1 B/s", "out of range");
  refuses("latency", "1.1 us", "out of range, expected 0 s .. 1 us");
  refuses("share", "101 %", "expected 0 .. 1");
  refuses("ports", "0", "expected 1 .. 64");
  refuses("ports", "65", "expected 1 .. 64");
  refuses("order", "lifo", "'lifo' is not one of fifo | fair");
  refuses("enabled", "yes", "'yes' is neither true nor false");
}

TEST_F(parameters, refuse_the_wrong_dimension) {
  refuses("bandwidth", "64", "expected a quantity in B/s");
  refuses("latency", "64 B", "expected a quantity in s");
  refuses("share", "1 s", "expected a plain number or %");
  refuses("ports", "4 B", "expected a plain number");
}

TEST_F(parameters, refuse_what_the_integer_cannot_hold) {
  refuses("ports", "1.5", "is not a whole number");
  refuses("ways", "256", "at most 255");
  refuses("seed", "-1", "out of range");
  refuses("seed", "9007199254740994", "at most 9007199254740992");
}

} // namespace
} // namespace strata::base
