// SPDX-License-Identifier: Apache-2.0
// Typed physical quantities: a number whose dimension is part of its C++ type, with parsing and printing of
// unit text ("3.35 TB/s", "24 GiB", "0.15 pJ/bit"). Bytes and bits are different dimensions; SI prefixes are
// powers of ten, binary prefixes (KiB, GiB) powers of two. Kernel-free.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace strata::base {

/// Exponents of the base dimensions: second, byte, bit, joule, floating-point operation, US dollar.
struct dimension {
  int time = 0, byte = 0, bit = 0, energy = 0, flop = 0, money = 0;
  friend constexpr bool operator==(const dimension& a, const dimension& b) {
    return a.time == b.time && a.byte == b.byte && a.bit == b.bit && a.energy == b.energy && a.flop == b.flop &&
           a.money == b.money;
  }
  friend constexpr bool operator!=(const dimension& a, const dimension& b) { return !(a == b); }
};

/// A number of dimension s^T B^BY bit^BI J^E FLOP^F USD^M, held in coherent units (seconds, bytes, joules ...).
template <int T, int BY, int BI, int E, int F, int M = 0>
class quantity {
public:
  static constexpr dimension dim{T, BY, BI, E, F, M};
  constexpr quantity() = default;
  /// `value` in coherent units: seconds, bytes, bits, joules, FLOP and their products.
  static constexpr quantity of(double value) {
    quantity q;
    q.m_value = value;
    return q;
  }
  constexpr double value() const { return m_value; }

  constexpr quantity& operator+=(quantity o) { return m_value += o.m_value, *this; }
  constexpr quantity& operator-=(quantity o) { return m_value -= o.m_value, *this; }
  friend constexpr quantity operator+(quantity a, quantity b) { return a += b; }
  friend constexpr quantity operator-(quantity a, quantity b) { return a -= b; }
  friend constexpr quantity operator*(quantity a, double k) { return of(a.m_value * k); }
  friend constexpr quantity operator*(double k, quantity a) { return a * k; }
  friend constexpr quantity operator/(quantity a, double k) { return of(a.m_value / k); }
  friend constexpr double operator/(quantity a, quantity b) { return a.m_value / b.m_value; }
  friend constexpr bool operator==(quantity a, quantity b) { return a.m_value == b.m_value; }
  friend constexpr bool operator!=(quantity a, quantity b) { return a.m_value != b.m_value; }
  friend constexpr bool operator<(quantity a, quantity b) { return a.m_value < b.m_value; }
  friend constexpr bool operator>(quantity a, quantity b) { return b < a; }
  friend constexpr bool operator<=(quantity a, quantity b) { return !(b < a); }
  friend constexpr bool operator>=(quantity a, quantity b) { return !(a < b); }

private:
  double m_value = 0;
};

template <int T, int BY, int BI, int E, int F, int M, int T2, int BY2, int BI2, int E2, int F2, int M2>
constexpr auto operator*(quantity<T, BY, BI, E, F, M> a, quantity<T2, BY2, BI2, E2, F2, M2> b) {
  return quantity<T + T2, BY + BY2, BI + BI2, E + E2, F + F2, M + M2>::of(a.value() * b.value());
}
template <int T, int BY, int BI, int E, int F, int M, int T2, int BY2, int BI2, int E2, int F2, int M2>
constexpr auto operator/(quantity<T, BY, BI, E, F, M> a, quantity<T2, BY2, BI2, E2, F2, M2> b) {
  return quantity<T - T2, BY - BY2, BI - BI2, E - E2, F - F2, M - M2>::of(a.value() / b.value());
}

using duration = quantity<1, 0, 0, 0, 0>;         ///< s
using frequency = quantity<-1, 0, 0, 0, 0>;       ///< Hz
using bytes = quantity<0, 1, 0, 0, 0>;            ///< B
using bits = quantity<0, 0, 1, 0, 0>;             ///< bit
using byte_rate = quantity<-1, 1, 0, 0, 0>;       ///< B/s
using bit_rate = quantity<-1, 0, 1, 0, 0>;        ///< bit/s
using energy = quantity<0, 0, 0, 1, 0>;           ///< J
using power = quantity<-1, 0, 0, 1, 0>;           ///< W
using energy_per_bit = quantity<0, 0, -1, 1, 0>;  ///< J/bit
using flop_count = quantity<0, 0, 0, 0, 1>;       ///< FLOP
using flop_rate = quantity<-1, 0, 0, 0, 1>;       ///< FLOP/s
using energy_per_flop = quantity<0, 0, 0, 1, -1>; ///< J/FLOP
using money = quantity<0, 0, 0, 0, 0, 1>;         ///< USD

/// The one place where bytes become bits and back.
constexpr bits to_bits(bytes b) { return bits::of(b.value() * 8); }
constexpr bytes to_bytes(bits b) { return bytes::of(b.value() / 8); }
constexpr bit_rate to_bits(byte_rate b) { return bit_rate::of(b.value() * 8); }
constexpr byte_rate to_bytes(bit_rate b) { return byte_rate::of(b.value() / 8); }

/// Unit text could not be read, or has another dimension than the one due. what() says both.
class unit_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A number with the dimension its unit text named.
struct measure {
  double value = 0;
  dimension dim;
};

/// Reads "<number> <unit>"; a bare number is dimensionless, "81 %" is 0.81. Throws unit_error.
measure parse_measure(std::string_view text);

/// Reads `text` as a number of dimension `due`; bits are converted to bytes (and back) where only that differs,
/// since the unit text says which was meant. Throws unit_error naming `due`'s unit.
double parse_as(std::string_view text, dimension due);

/// `value` (coherent units) with the prefix that reads best, e.g. "3.35 TB/s" (12 significant digits).
std::string to_text(double value, dimension dim);

/// Coherent unit of `dim`, e.g. "B/s", "J/bit", "" for a plain number.
std::string unit_text(dimension dim);

template <class Q>
Q parse(std::string_view text) {
  return Q::of(parse_as(text, Q::dim));
}
template <int T, int BY, int BI, int E, int F, int M>
std::string to_text(quantity<T, BY, BI, E, F, M> q) {
  return to_text(q.value(), q.dim);
}

/// Typed defaults as unit text: `byte_rate bandwidth = "3.35 TB/s"_q;`. Throws unit_error where the dimension differs.
class quantity_text {
public:
  constexpr explicit quantity_text(std::string_view text) : m_text(text) {}
  template <int T, int BY, int BI, int E, int F, int M>
  operator quantity<T, BY, BI, E, F, M>() const {
    return parse<quantity<T, BY, BI, E, F, M>>(m_text);
  }

private:
  std::string_view m_text;
};
namespace literals {
constexpr quantity_text operator""_q(const char* text, std::size_t length) {
  return quantity_text(std::string_view(text, length));
}
} // namespace literals

} // namespace strata::base
