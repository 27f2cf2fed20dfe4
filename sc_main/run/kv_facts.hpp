// SPDX-License-Identifier: Apache-2.0
// Where KV lay in a run: memories of the devices and stores behind them.
#pragma once

#include "sc_main/run/kv_places.hpp"
#include "sc_main/run/run_result.hpp"

namespace strata::cli {

/// The tiers of all pools and what went through them.
std::vector<kv_tier_result> kv_tiers(double kv_B_per_token, const kv_places& places, const traffic::cluster& engines);

} // namespace strata::cli
