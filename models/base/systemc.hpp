// SPDX-License-Identifier: Apache-2.0
// The one place that includes SystemC and TLM-2.0, hides what differs between SystemC 2.3 and 3.0, and converts
// between Strata's quantities and sc_time.
#pragma once

#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES
#endif
#include <systemc>
#include <tlm>
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

// SystemC 3.0 deprecates SC_HAS_PROCESS and 2.3 needs it.
#if defined(SC_VERSION_MAJOR) && SC_VERSION_MAJOR >= 3
#define STRATA_HAS_PROCESS(type)
#else
#define STRATA_HAS_PROCESS(type) SC_HAS_PROCESS(type)
#endif

#include "models/base/femtoseconds.hpp"

namespace strata::base {

/// sc_time of `t`, exact at a resolution of 1 fs and rounded up otherwise: who waits that long must not wake before
/// the instant waited for, find nothing to do, and wait for the rest, which rounds to nothing, for ever.
inline sc_core::sc_time to_sc_time(femtoseconds t) {
  static const double femtoseconds_per_unit = sc_core::sc_get_time_resolution().to_seconds() * 1e15;
  const auto per_unit = static_cast<femtoseconds>(femtoseconds_per_unit + 0.5);
  return per_unit <= 1 ? sc_core::sc_time::from_value(t) : sc_core::sc_time::from_value((t + per_unit - 1) / per_unit);
}

/// Femtoseconds of an sc_time.
inline femtoseconds to_femtoseconds(const sc_core::sc_time& t) {
  static const auto per_unit =
      static_cast<femtoseconds>(sc_core::sc_get_time_resolution().to_seconds() * 1e15 + 0.5);
  return t.value() * (per_unit ? per_unit : 1);
}

/// Simulated time now.
inline femtoseconds now() { return to_femtoseconds(sc_core::sc_time_stamp()); }

} // namespace strata::base
