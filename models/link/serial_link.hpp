// SPDX-License-Identifier: Apache-2.0
// Full-duplex serial link between two sides: NVLink, NVLink-C2C, PCIe, CXL, SwarmX, Ethernet, InfiniBand, optics.
#pragma once

#include "models/base/cut_through_hop.hpp"
#include "models/base/parameter.hpp"
#include "models/link/bit_errors.hpp"

namespace strata::link {

class serial_link : public base::cut_through_hop {
public:
  /// Defaults: PCIe 5.0 x16. Technology files hold the other links.
  struct config {
    unsigned lanes = 16;
    base::bit_rate lane_rate = base::bit_rate::of(32e9);
    double encoding = 128.0 / 130;
    base::bytes packet_payload = base::bytes::of(256);
    base::bytes packet_overhead = base::bytes::of(24);
    base::duration latency = base::duration::of(250e-9);
    base::duration correction_latency;
    double bit_error_rate = 0;
    std::uint64_t seed = 1;
    base::duration sleep_after;
    base::duration wake_latency;
    base::power sleep_power;
    unsigned credits = 0;
    base::bytes credit_bytes = base::bytes::of(64);
    base::energy_per_bit wire_energy = base::energy_per_bit::of(6.5e-12);
    base::power static_power;
    unsigned outstanding = 256;
    std::string level = "pcie";
    void parameters(base::parameter_list& p);
    /// Throws base::input_error where a link that sleeps would draw more than one that is awake.
    void validate() const;
  };
  /// Timing of one direction.
  static base::flow_channel::config direction(const config& c);

  serial_link(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();

private:
  unsigned route(unsigned in, std::uint64_t) const override { return 1 - in; }
  void account(unsigned egress, std::uint64_t bytes, double packets) override;
  base::femtoseconds wake_up() override;
  base::femtoseconds stall(unsigned egress, std::uint64_t bytes) override;
  void rest() override { m_idle_since = base::now(); }

  struct leaving {
    base::meter *payload, *packets, *replays;
    bit_errors errors;
    base::femtoseconds replay_time; ///< what one replay costs
  };
  std::vector<leaving> m_leaving; ///< by egress port: 0 = a (so b to a), 1 = b
  base::femtoseconds m_sleep_after, m_wake_latency;
  base::femtoseconds m_idle_since = 0;
  base::meter* m_asleep;
};

} // namespace strata::link
