// SPDX-License-Identifier: Apache-2.0
// Executor of stream and burst fidelity: every step and copy goes through the simulated hardware.
#pragma once

#include "traffic/serving/executor.hpp"
#include "traffic/steps/step_simulator.hpp"

namespace strata::traffic {

/// Engine time follows kernel time, except that gaps with nothing in flight are skipped: a kernel at 1 fs resolution could
/// not hold a night of waiting. What meters count while several engines work goes to the one whose step ends next.
class stream_executor : public executor {
public:
  stream_executor(issuer& out, meter_reader read_meters, phase_account& account, roofline_check& roofline);

  void start(unsigned engine, const step& s, std::int64_t now) override;
  void start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) override;
  void hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) override;
  std::optional<ended_work> next(std::int64_t now, std::int64_t until) override;

  /// Engine time less kernel time, ps.
  std::int64_t skipped_ps() const { return m_skipped; }

private:
  struct running {
    std::uint64_t sequence;
    ended_work work; ///< its end is not known
    phase p;
  };
  std::int64_t engine_time() const { return m_skipped + static_cast<std::int64_t>(base::now() / 1000); }
  void begin(std::int64_t now);
  void take_meters(unsigned engine, phase p, std::int64_t now);

  issuer& m_out;
  meter_reader m_read_meters;
  phase_account& m_account;
  roofline_check& m_roofline;
  std::vector<running> m_in_flight;
  std::size_t m_steps = 0;      ///< of them
  std::int64_t m_skipped = 0;
  std::int64_t m_taken = 0;     ///< since when meters have not been taken
  std::vector<double> m_last, m_current, m_change;
};

} // namespace strata::traffic
