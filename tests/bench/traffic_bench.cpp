// SPDX-License-Identifier: Apache-2.0
// The traffic hot paths: picking steps, and lowering one to commands.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/lowering.hpp"
#include "traffic/requests/generator.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace strata;

/// Output tokens through the serving engine alone; the argument is the batch.
void engine_tokens(benchmark::State& state) {
  const auto batch = static_cast<std::uint32_t>(state.range(0));
  traffic::engine_config config;
  config.kv_capacity_tokens = {10'000'000};
  std::int64_t tokens = 0;
  for (auto _ : state) {
    traffic::serving_engine engine(config, traffic::fixed_batch(batch, 100, 200));
    for (std::int64_t now = 0; const traffic::step* step = engine.next_step(now); ++now) {
      tokens += step->shape.sampled_tokens;
      engine.complete_step(step->id, now + 1);
    }
  }
  state.SetItemsProcessed(tokens);
}
BENCHMARK(engine_tokens)->Arg(1)->Arg(50)->Arg(256);

/// Lowering of a decode step of Llama-3.1-70B on eight GPUs; items are commands.
void lower_decode_step(benchmark::State& state) {
  const auto checked = platforms::check(platforms::load_netlist(platforms::find_platform("dgx_h100")));
  const auto model = traffic::load_llm("llama-3.1-70b", {STRATA_SOURCE_DIR "/traffic/models"});
  const auto plan = traffic::make_plan(checked.view, model, {traffic::weight_formats::parse("fp8"), {}});
  const traffic::lowering lowering(plan);
  traffic::step_shape shape;
  shape.decode_sequences = shape.sampled_tokens = 50;
  shape.decode_context = 50'000;
  shape.decode_kv[0] = 50'050;
  traffic::lowered_step lowered;
  std::uint64_t sequence = 0;
  for (auto _ : state)
    lowering.lower(shape, ++sequence, plan.platform->mailbox, lowered);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lowered.programs[0].commands.size()));
}
BENCHMARK(lower_decode_step);

} // namespace
