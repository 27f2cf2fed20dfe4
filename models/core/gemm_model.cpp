// SPDX-License-Identifier: Apache-2.0
#include "models/core/gemm_model.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

namespace {

constexpr unsigned k_step_bytes = 128;         ///< of a row of an operand in one step: a shared-memory swizzle's width
constexpr unsigned accumulator_elements = 128 * 256; ///< fp32 sums that a unit's registers or tensor memory hold
constexpr double drift_bytes = 4 * k_step_bytes; ///< of a row between the first and the last unit to read it: the stages of a tile's pipeline
constexpr unsigned output_bytes = 2;           ///< results are 16 bit
constexpr unsigned engine_sides[] = {64, 128}; ///< the side of a tile that one or two warp groups span
constexpr unsigned free_sides[] = {16, 32, 64, 96, 128, 192, 256};
// Of a kernel that is written for one tile: shared memory of a unit, published for Hopper and Blackwell; registers of 32 bits;
// the defaults of Triton's compiler; and what a thread holds beside sums, an estimate.
constexpr double shared_memory = 228 * 1024, register_words = 65536;
constexpr unsigned block_threads = 128, pipeline_stages = 3, block_registers = 64;
constexpr unsigned splits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

/// Tiles that cover the rows of `c`. The experts of a grouped product differ: their rows fall evenly from the fullest
/// one (`work`) to as far below the mean as that is above it, but not below one row.
double row_tiles(const command& c, unsigned rows) {
  const double groups = c.batch ? c.batch : 1;
  if (c.op != opcode::grouped_gemm)
    return std::ceil(double(c.m) / rows) * groups;
  const double mean = c.m / groups, excess = std::max(0.0, static_cast<double>(c.work) - mean);
  double tiles = 0;
  for (double e = 0; e < groups; ++e) {
    const double position = groups > 1 ? 1 - 2 * e / (groups - 1) : 0;
    tiles += std::ceil(std::max(1.0, mean + excess * position) / rows);
  }
  return tiles;
}

} // namespace

double gemm_model::clock_share(data_type t) const {
  const double limit = m_config.power_limit.value() - m_config.memory_power.value() - m_config.static_power.value() -
                       m_config.active_power.value();
  if (m_config.power_limit.value() <= 0)
    return 1;
  const double full = m_config.flop_energy[static_cast<unsigned>(m_config.native(t))].value() * m_config.flop_rate(t) *
                          m_config.matrix_efficiency +
                      m_config.cache_energy.value() * 8 * m_config.cache_bandwidth.value();
  return full > limit ? std::cbrt(std::max(0.0, limit) / full) : 1;
}

/// Units of a cluster share the loads of large tiles: pairs the longer side, groups of four both.
double gemm_model::sides_of(tile t) const {
  const double low = std::min(t.rows, t.columns), high = std::max(t.rows, t.columns);
  if (low < 128 || m_config.cluster < 2)
    return low + high;
  return m_config.cluster >= 4 ? (low + high) / 2 : low + high / 2;
}

/// Tiles go over the units in blocks of `down` x `across`, a block a wave. What the tiles of a block share is read once where
/// the cache holds the steps along K by which they drift apart. A band of blocks meets one operand's panel again and again,
/// and each band the whole of the other operand: both are read once where the cache keeps them.
double gemm_model::read_again(const command& c, tile t) const {
  const double groups = c.batch ? c.batch : 1, m = c.op == opcode::grouped_gemm ? std::ceil(c.m / groups) : c.m;
  const double bytes = bits_of(c.compute) / 8.0, cache = m_config.cache_capacity.value() * m_config.cache_share;
  const double height = std::min<double>(m, t.rows), width = std::min<double>(c.n, t.columns);
  const double rows = std::ceil(m / t.rows), columns = std::ceil(double(c.n) / t.columns);
  const double left = m * c.k * bytes, right = double(c.n) * c.k * bytes;
  const double shared = sides_of(t) / (t.rows + t.columns); // of what a tile fetches, by its cluster
  double least = rows * columns * (height + width) * shared * c.k * bytes;
  for (double down = 1; down <= std::min<double>(m_config.units, rows); down *= 2) {
    const double across = std::min(columns, std::floor(m_config.units / down));
    const double drift = std::min(drift_bytes, c.k * bytes);
    if (((across > 1 ? down * height : 0) + (down > 1 ? across * width : 0)) * drift > cache)
      continue;
    // Bands of rows: each meets all of the right operand; or of columns, likewise.
    const double left_panel = down * height * c.k * bytes, right_panel = across * width * c.k * bytes;
    const double bands_of_rows = std::ceil(rows / down), bands_of_columns = std::ceil(columns / across);
    const double by_rows = left * (left_panel <= cache ? 1 : bands_of_columns) + right * (left_panel + right <= cache ? 1 : bands_of_rows);
    const double by_columns = right * (right_panel <= cache ? 1 : bands_of_rows) + left * (right_panel + left <= cache ? 1 : bands_of_columns);
    least = std::min({least, by_rows, by_columns});
  }
  return std::max(0.0, least - left - right) * groups;
}

/// `unit_rate`: FLOP/s of a unit's inner loop at full clock, of which the power limit leaves the share `clock`.
gemm_model::timing gemm_model::of(const command& c, tile t, unsigned split, double unit_rate, double clock) const {
  const double step_k = k_step_bytes * 8.0 / bits_of(c.compute);
  const double tiles = row_tiles(c, t.rows) * std::ceil(double(c.n) / t.columns) * split;
  const double busy = std::min<double>(m_config.units, tiles), even = std::max(1.0, tiles / m_config.units);
  const double waves = m_config.stream_k ? even : std::ceil(even);
  const double steps = std::ceil(c.k / (split * step_k));

  const double fetch_rate = std::min(m_config.unit_bandwidth.value(), m_config.cache_bandwidth.value() / busy);
  const double at_full_clock = 2.0 * t.rows * t.columns * step_k / unit_rate, multiply = at_full_clock / clock;
  const double fetch = sides_of(t) * k_step_bytes / fetch_rate;
  const double chain = bits_of(c.compute) == 4 ? m_config.fp4_step_latency.value() : 0;
  const double longest = std::max({multiply, fetch, chain});
  const double scale = c.flags & block_scaled ? m_config.scale_latency.value() : 0;
  const double loop = steps * (longest + scale);
  const double store = double(t.rows) * t.columns * output_bytes * busy / m_config.store_bandwidth.value();

  timing r;
  const double loops = even * steps; // steps of a unit if the last wave were as full as the others
  if (longest == multiply) {
    r.mma = loops * at_full_clock;
    r.power = loops * (multiply - at_full_clock);
  } else {
    (longest == fetch ? r.l2 : r.latency) = loops * longest;
  }
  r.latency += loops * scale;
  r.store = (waves - 1) * std::max(0.0, store - loop);
  r.tail = (waves - even) * loop + store;
  r.multiply = waves * steps * multiply;
  if (split > 1) {
    const double outputs = double(c.m) * c.n * (c.op == opcode::gemm && c.batch ? c.batch : 1);
    r.combine = m_config.launch_latency.value() + 2 * 4 * outputs * split / m_config.cache_bandwidth.value();
  }
  return r;
}

/// As compilers of tile languages make such kernels (Triton): blocks of four warps, several of which a unit holds, each with
/// a pipeline of its own along K. A block's step takes what is left of its operands' latency when the stages ahead are under
/// way; the blocks of a unit take turns on its engines. Blocks go over the units in waves. Scale factors are no operands of a
/// matrix instruction, which alone are loaded ahead: a step waits for its own, and holds its product beside the sums.
gemm_model::choice gemm_model::given(const command& c) const {
  const tile t{c.tile_rows, c.tile_columns};
  const double depth = c.tile_depth, bytes = bits_of(c.compute) / 8.0;
  const double by_memory = shared_memory / (pipeline_stages * (t.rows + t.columns) * depth * bytes);
  const double scales = c.flags & block_scaled ? 1 : 0;
  const double by_registers = register_words / ((1 + scales) * t.rows * t.columns + block_threads * block_registers);
  const double held = std::max(1.0, std::floor(std::min(by_memory, by_registers)));
  const double tiles = row_tiles(c, t.rows) * std::ceil(double(c.n) / t.columns);
  const double waves = std::ceil(tiles / (m_config.units * held)), steps = std::ceil(c.k / depth);
  const double together = std::min(held, std::ceil(tiles / m_config.units)); // blocks of a unit

  const double busy = std::min<double>(m_config.units, tiles);
  const double fetch_rate = std::min(m_config.unit_bandwidth.value(), m_config.cache_bandwidth.value() / busy);
  const double unit_rate = m_config.flop_rate(c.compute) * m_config.matrix_efficiency / m_config.units;
  const double multiply = together * 2.0 * t.rows * t.columns * depth / unit_rate / clock_share(c.compute);
  const double fetch = together * (t.rows + t.columns) * depth * bytes / fetch_rate;
  const double wait = m_config.operand_latency.value() * (1.0 / (pipeline_stages - 1) + scales);
  const double scale = m_config.scale_latency.value() * scales;
  const double longest = std::max({multiply, fetch, wait});

  timing r;
  (longest == wait ? r.latency : longest == fetch ? r.l2 : r.mma) = waves * steps * longest;
  r.latency += waves * steps * scale;
  r.tail = together * t.rows * t.columns * output_bytes * busy / m_config.store_bandwidth.value();
  r.multiply = waves * steps * multiply;
  return {r, read_again(c, t)};
}

gemm_model::choice gemm_model::best(const command& c) const {
  const double unit_rate = m_config.flop_rate(c.compute) * m_config.matrix_efficiency / m_config.units;
  const double clock = clock_share(c.compute);
  const bool scaled = c.flags & block_scaled;
  const unsigned longest = scaled ? m_config.scaled_tile : 256;
  timing best;
  tile chosen{};
  for (const unsigned engine_side : engine_sides)
    for (const unsigned free_side : free_sides)
      for (const tile t : {tile{engine_side, free_side}, tile{free_side, engine_side}})
        for (const unsigned split : splits) {
          // Parts of a split K must be worth a pipeline; sums of scaled blocks are not split.
          if (t.rows * t.columns > accumulator_elements || free_side > longest || split > m_config.max_split ||
              (split > 1 && (scaled || c.k / split * bits_of(c.compute) / 8 < 2 * k_step_bytes)))
            continue;
          const timing candidate = of(c, t, split, unit_rate, clock);
          if (best.total() == 0 || candidate.total() < best.total()) {
            best = candidate;
            chosen = t;
          }
        }
  return {best, read_again(c, chosen)};
}

void gemm_model::plan(const command& c, execution_plan& p) const {
  const shape key{c.m, c.n, c.k, c.batch, c.op == opcode::grouped_gemm ? c.work : 0, c.op, c.compute, c.flags,
                  c.op == opcode::grouped_gemm ? std::uint64_t{c.tile_rows} << 32 | c.tile_columns << 16 | c.tile_depth : 0};
  auto it = m_known.find(key);
  if (it == m_known.end())
    it = m_known.emplace(key, key.tile ? given(c) : best(c)).first;
  const timing& t = it->second.time;
  for (const auto& [part, seconds] : {std::pair{time_part::mma, t.mma}, {time_part::power, t.power}, {time_part::l2, t.l2},
                                      {time_part::latency, t.latency}, {time_part::store, t.store}, {time_part::tail, t.tail}})
    p.engine[part] = base::time_for(seconds, 1);
  p.combine = base::time_for(t.combine, 1);
  p.multiply = base::time_for(t.multiply, 1);
  p.read_again = it->second.read_again;
  p.drain = base::to_femtoseconds(m_config.memory_ramp);
  p.matrix_flop = useful_flop(c);
}

} // namespace strata::core
