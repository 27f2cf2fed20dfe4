// SPDX-License-Identifier: Apache-2.0
// Simulations in processes of their own, so that one test can compare several: SystemC elaborates once per process.
#pragma once

#include "sc_main/command/process_pool.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace strata::tests {

/// What `body` returns, null where it threw; then the test has failed with its message.
inline nlohmann::json apart(const std::function<nlohmann::json()>& body) {
  const cli::process_job job = [&](const std::function<void(double)>&) { return body().dump(); };
  const auto outcome = cli::run_in_processes({job}, 1, {[](std::size_t) {}, [](std::size_t, double) {},
                                                        [](std::size_t, const cli::process_outcome&) {}}).front();
  if (outcome.ended == cli::process_outcome::state::finished)
    return nlohmann::json::parse(outcome.text);
  ADD_FAILURE() << outcome.text;
  return {};
}

} // namespace strata::tests
