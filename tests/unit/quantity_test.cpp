// SPDX-License-Identifier: Apache-2.0
// Unit text: every unit and prefix, bits against bytes, SI against binary, and what the error messages say.
#include "models/base/quantity.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace strata::base {
namespace {

using namespace literals;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct parse_case {
  const char* text;
  double value;
  dimension dim;
};

class parsing : public testing::TestWithParam<parse_case> {};

TEST_P(parsing, gives_coherent_value_and_dimension) {
  const measure m = parse_measure(GetParam().text);
  EXPECT_DOUBLE_EQ(m.value, GetParam().value) << GetParam().text;
  EXPECT_TRUE(m.dim == GetParam().dim) << GetParam().text << " is in " << unit_text(m.dim);
}

INSTANTIATE_TEST_SUITE_P(
    quantity, parsing,
    testing::Values(
        // every SI prefix
        parse_case{"2 fs", 2e-15, duration::dim}, parse_case{"2 ps", 2e-12, duration::dim},
        parse_case{"2 ns", 2e-9, duration::dim}, parse_case{"2 us", 2e-6, duration::dim},
        parse_case{"2 \xC2\xB5s", 2e-6, duration::dim}, parse_case{"2 ms", 2e-3, duration::dim},
        parse_case{"2 s", 2, duration::dim}, parse_case{"2 kB", 2e3, bytes::dim}, parse_case{"2 MB", 2e6, bytes::dim},
        parse_case{"2 GB", 2e9, bytes::dim}, parse_case{"2 TB", 2e12, bytes::dim},
        parse_case{"2 PB", 2e15, bytes::dim}, parse_case{"2 EB", 2e18, bytes::dim},
        // every binary prefix
        parse_case{"3 KiB", 3072, bytes::dim}, parse_case{"3 MiB", 3 * 1048576.0, bytes::dim},
        parse_case{"24 GiB", 24 * 1073741824.0, bytes::dim}, parse_case{"3 TiB", 3 * std::pow(2, 40), bytes::dim},
        parse_case{"3 PiB", 3 * std::pow(2, 50), bytes::dim}, parse_case{"3 Kib", 3072, bits::dim},
        parse_case{"3 Gibit/s", 3 * 1073741824.0, bit_rate::dim},
        // bits and bytes, peta and tera: all different things
        parse_case{"21 PB/s", 21e15, byte_rate::dim}, parse_case{"21 TB/s", 21e12, byte_rate::dim},
        parse_case{"214 Pb/s", 214e15, bit_rate::dim}, parse_case{"214 Pbit/s", 214e15, bit_rate::dim},
        // the remaining units
        parse_case{"2 min", 120, duration::dim}, parse_case{"2 h", 7200, duration::dim},
        parse_case{"1.755 GHz", 1.755e9, frequency::dim}, parse_case{"7 byte", 7, bytes::dim},
        parse_case{"7 bit", 7, bits::dim}, parse_case{"7 b", 7, bits::dim}, parse_case{"5 J", 5, energy::dim},
        parse_case{"2 kWh", 7.2e6, energy::dim}, parse_case{"700 W", 700, power::dim},
        parse_case{"700 J/s", 700, power::dim}, parse_case{"989.5 TFLOPS", 989.5e12, flop_rate::dim},
        parse_case{"989.5 TFLOP/s", 989.5e12, flop_rate::dim}, parse_case{"4 GFLOP", 4e9, flop_count::dim},
        parse_case{"0.15 pJ/bit", 0.15e-12, energy_per_bit::dim}, parse_case{"0.15 pJ/b", 0.15e-12, energy_per_bit::dim},
        parse_case{"0.5 pJ/FLOP", 0.5e-12, energy_per_flop::dim}, parse_case{"30 kUSD", 30e3, money::dim},
        parse_case{"36 USD/h", 0.01, {-1, 0, 0, 0, 0, 1}}, parse_case{"81 %", 0.81, {}}, parse_case{"42", 42, {}},
        // spelling of the number
        parse_case{"3.35TB/s", 3.35e12, byte_rate::dim}, parse_case{"  +1.5e2 \t GB ", 150e9, bytes::dim},
        parse_case{"-3 ns", -3e-9, duration::dim}, parse_case{"5EB", 5e18, bytes::dim},
        parse_case{"6 TB / s", 6e12, byte_rate::dim}));

TEST(quantity, text_that_is_no_quantity_is_refused) {
  const auto refuses = [](const char* text, const char* because) {
    EXPECT_THAT([text] { parse_measure(text); }, ThrowsMessage<unit_error>(HasSubstr(because))) << text;
  };
  refuses("", "does not start with a number");
  refuses("fast", "does not start with a number");
  refuses("inf GB", "does not start with a number");
  refuses("nan", "does not start with a number");
  refuses("3 furlong", "unknown unit 'furlong' in '3 furlong'");
  refuses("3 KB", "unknown unit 'KB'"); // neither kB nor KiB
  refuses("3 gb", "unknown unit 'gb'");
  refuses("3 Kis", "unknown unit 'Kis'"); // binary prefixes belong to bytes and bits
  refuses("3 k%", "unknown unit");
  refuses("3 GB/", "unit missing after '/'");
  refuses("0x10 B", "unknown unit");
}

TEST(quantity, wrong_or_missing_dimension_says_what_is_due) {
  const auto refuses = [](dimension due, const char* text, const char* because) {
    EXPECT_THAT(([text, due] { parse_as(text, due); }), ThrowsMessage<unit_error>(HasSubstr(because)));
  };
  refuses(byte_rate::dim, "3.35", "'3.35' is a number without a unit, expected a quantity in B/s");
  refuses(byte_rate::dim, "3.35 TB", "'3.35 TB' is a quantity in B, expected a quantity in B/s");
  refuses(duration::dim, "3 GHz", "'3 GHz' is a quantity in Hz, expected a quantity in s");
  refuses(energy_per_bit::dim, "3 pJ", "is a quantity in J, expected a quantity in J/bit");
  refuses(power::dim, "3 J", "is a quantity in J, expected a quantity in W");
  refuses(bytes::dim, "50 %", "expected a quantity in B");
  EXPECT_THAT([] { parse_as("3 GB", {}); },
              ThrowsMessage<unit_error>("'3 GB' is a quantity in B, expected a plain number or %"));
}

TEST(quantity, bits_convert_to_bytes_only_by_their_unit_text) {
  EXPECT_DOUBLE_EQ(parse<byte_rate>("214 Pb/s").value(), 214e15 / 8);
  EXPECT_DOUBLE_EQ(parse<bit_rate>("3.35 TB/s").value(), 3.35e12 * 8);
  EXPECT_DOUBLE_EQ(parse<energy_per_bit>("8 pJ/B").value(), 1e-12);
  EXPECT_DOUBLE_EQ(to_bytes(to_bits(bytes::of(5))).value(), 5);
}

TEST(quantity, prints_with_the_prefix_that_reads_best) {
  EXPECT_EQ(to_text(byte_rate::of(3.35e12)), "3.35 TB/s");
  EXPECT_EQ(to_text(energy_per_bit::of(0.15e-12)), "150 fJ/bit");
  EXPECT_EQ(to_text(frequency::of(1.755e9)), "1.755 GHz");
  EXPECT_EQ(to_text(duration::of(0)), "0 s");
  EXPECT_EQ(to_text(duration::of(5.5e-8)), "55 ns");
  EXPECT_EQ(to_text(duration::of(-5.5e-8)), "-55 ns");
  EXPECT_EQ(to_text(bytes::of(999)), "999 B");
  EXPECT_EQ(to_text(bytes::of(1000)), "1 kB");
  EXPECT_EQ(to_text(power::of(700)), "700 W");
  EXPECT_EQ(to_text(flop_rate::of(989.5e12)), "989.5 TFLOP/s");
  EXPECT_EQ(to_text(0.25, {}), "0.25");
}

TEST(quantity, printed_text_reads_back) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-14, 19);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::pow(10, exponent(random));
    for (const dimension dim : {duration::dim, bytes::dim, bit_rate::dim, energy_per_bit::dim, power::dim, money::dim,
                                flop_rate::dim, dimension{}})
      EXPECT_NEAR(parse_as(to_text(value, dim), dim) / value, 1, 1e-11) << to_text(value, dim);
  }
}

TEST(quantity, arithmetic_keeps_dimensions) {
  const byte_rate bandwidth = "2 GB/s"_q;
  const duration t = bytes("1 MB"_q) / bandwidth;
  EXPECT_DOUBLE_EQ(t.value(), 5e-4);
  const energy e = energy_per_bit("4 pJ/bit"_q) * to_bits(bytes("1 kB"_q));
  EXPECT_DOUBLE_EQ(e.value(), 32e-9);
  const power p = e / t;
  EXPECT_DOUBLE_EQ(p.value(), 6.4e-5);
  EXPECT_THROW(duration d = "3 GB"_q; static_cast<void>(d), unit_error);
}

} // namespace
} // namespace strata::base
