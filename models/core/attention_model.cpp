// SPDX-License-Identifier: Apache-2.0
#include "models/core/attention_model.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

namespace {

// Facts of the kernel libraries (TensorRT-LLM's XQA, masked multi-head and fused multi-head attention), not of a device.
constexpr double packed_rows = 32;         ///< most query rows that a decode kernel packs into a matrix tile
constexpr double few_queries = 8;          ///< up to so many new tokens of a sequence run in the decode kernel (drafts)
constexpr double matrix_rows = 64;         ///< rows of the smallest matrix tile: fewer queries waste the rest
constexpr double split_keys = 128;         ///< fewest keys for which a sequence is split
constexpr double most_parts = 6000;        ///< parts over all sequences: size of the workspace
constexpr double narrow_residency = 2;     ///< 8-bit decode items that a unit holds at a time
constexpr double skipped_part = 0.3;       ///< of an item's chain, for a part that finds its keys outside the window
constexpr double vector_key_s = 10e-9;     ///< of a key in a vector item: a step of dependent loads and reductions
constexpr double narrow_vector_flop = 24;  ///< of an 8-bit element on the vector engine: unpack, convert, scale, multiply-add
constexpr double wide_vector_flop = 10;    ///< of a 16-bit element
constexpr double prompt_rows = 128;        ///< query rows of a prompt's tile, in two groups of warps

double power_of_two_at_least(double x) { return std::exp2(std::ceil(std::log2(x))); }

/// Parts into which the library splits a sequence: by context, tempered so that the combination does not dominate, and
/// limited to `waves` waves of items.
double library_parts(double context, double items, double sequences, double waves, double units) {
  double parts = std::floor(context / split_keys);
  parts = std::max(1.0, std::min(parts, std::round(std::sqrt(8 * parts))));
  if (items * parts > waves * units)
    parts = std::max(1.0, std::floor(waves * units / items));
  return std::max(1.0, std::min(parts, std::floor(most_parts / sequences)));
}

/// Query-key pairs of `queries` new tokens behind `history` ones, within `window` (0 = all).
double causal_pairs(double queries, double history, double window) {
  const double all = queries * history + queries * (queries + 1) / 2;
  const double outside = window > 0 ? std::max(0.0, history + queries - window) : 0; // of the last query
  const double reaching = std::min(queries, outside);                                // queries that miss some keys
  return all - (reaching * outside - reaching * (reaching - 1) / 2);
}

} // namespace

attention_model::shape attention_model::shape_of(const command& c) {
  shape s{};
  s.sequences = std::max(1u, c.batch);
  s.queries = std::max(1.0, c.m / s.sequences);
  s.keys = std::max(1.0, double(c.work) / std::max(1u, c.m));
  s.context = std::max<double>(c.context ? c.context : std::ceil(s.queries > 1 ? s.queries : s.keys), s.queries);
  s.heads = std::max(1u, c.n);
  s.kv_heads = c.kv_heads ? c.kv_heads : s.heads;
  s.dim = c.k;
  s.value_dim = c.value_dim ? c.value_dim : c.k;
  s.window = c.window;
  double last_read = 0;
  unsigned reads = 0;
  for (unsigned i = 0; i < c.operand_count; ++i)
    if (c.use[i] == operand_use::read) {
      last_read = static_cast<double>(c.operands[i].bytes);
      s.key_bytes += last_read;
      ++reads;
    }
  if (reads > 1)
    s.key_bytes -= last_read; // the queries
  s.narrow = bits_of(c.compute) <= 8;
  s.type = c.compute;
  return s;
}

double attention_model::unit_rate(const shape& s) const {
  return m_config.flop_rate(s.type) * m_config.matrix_efficiency / m_config.units;
}

void attention_model::plan(const command& c, execution_plan& p) const {
  const shape s = shape_of(c);
  const bool decodes = s.context > s.queries && s.queries <= few_queries;
  const timing t = decodes ? decode(s) : prompt(s, static_cast<double>(c.work) / s.sequences);
  const unsigned kernels = decodes ? m_config.attention.setup_kernels : m_config.attention.prompt_setup_kernels;
  p.launch += kernels * (p.launch + p.fill);
  for (const auto& [part, seconds] : {std::pair{time_part::mma, t.mma}, {time_part::vector, t.vector}, {time_part::l2, t.l2},
                                      {time_part::latency, t.latency}, {time_part::tail, t.tail}, {time_part::combine, t.combine}})
    p.engine[part] = base::time_for(seconds, 1);
  p.drain = base::time_for(t.exposed, 1); // one item's chain hides behind no stream
  p.matrix_flop = useful_flop(c);
}

attention_model::timing attention_model::decode(const shape& s) const {
  const attention_config& a = m_config.attention;
  const double rows = s.queries * s.heads / s.kv_heads;
  const bool latent = s.value_dim != s.dim; // has kernels of its own, which pack all heads
  const bool vector = s.queries == 1 && !latent && (rows < a.packed_from || rows > packed_rows);
  const double items = s.sequences * (vector ? s.heads : s.kv_heads);
  if (a.split_waves > 0 && !vector)
    return decode_split(s, library_parts(s.context, items, s.sequences, a.split_waves, m_config.units), vector);
  timing best = decode_split(s, 1, vector);
  const double slots = m_config.units * (vector ? a.vector_residency : s.narrow ? narrow_residency : a.packed_residency);
  for (double parts = 2; s.context / parts >= split_keys && items * parts <= 2 * slots; parts *= 2) {
    const timing t = decode_split(s, parts, vector);
    if (t.total() < best.total())
      best = t;
  }
  return best;
}

attention_model::timing attention_model::decode_split(const shape& s, double parts, bool vector) const {
  const attention_config& a = m_config.attention;
  const double rows = s.queries * s.heads / s.kv_heads;
  const double sharing = vector ? rows : 1; // items that read the same keys
  const double part_keys = std::min(s.keys, std::ceil(s.context / parts));
  const double full = s.context > s.keys ? std::min(parts, std::ceil(s.keys / part_keys) + 1) : parts;
  const double items = s.sequences * s.kv_heads * sharing * (full + skipped_part * (parts - full));
  const double residency = vector ? a.vector_residency : s.narrow ? narrow_residency : a.packed_residency;
  // Two waves run in lockstep; beyond, items drift apart, start as others end, and end unevenly: half an item on average.
  const double filled = items / (m_config.units * residency);
  const double waves = filled <= 2 ? std::ceil(filled) : filled + 0.5;
  const double busy = std::min(1.0, items / m_config.units); // share of the units
  const double pairs = s.sequences * s.kv_heads * s.keys;
  const double chain = (s.narrow && !vector ? a.item_latency_8bit : a.item_latency).value();

  timing items_path, engines; // whichever takes longer
  if (vector) {
    items_path = {0, waves * part_keys * vector_key_s, 0, waves * chain};
    const double elements = pairs * sharing * (s.dim + s.value_dim);
    const double compute = elements * (s.narrow ? narrow_vector_flop : wide_vector_flop) / (m_config.vector_rate.value() * busy);
    const double fetch = s.key_bytes * sharing / m_config.cache_bandwidth.value();
    (compute > fetch ? engines.vector : engines.l2) = std::max(compute, fetch);
  } else {
    // A unit takes the keys and values of its items in turn, whatever memory they come from.
    const double key_bytes = part_keys * (s.dim + s.value_dim) * (s.narrow ? 1 : 2);
    items_path.latency = waves * (chain + s.dim * a.item_latency_per_dim.value());
    items_path.l2 = waves * key_bytes / m_config.unit_bandwidth.value();
    const double padded = std::ceil(rows / matrix_rows) * matrix_rows;
    engines.mma = 2 * (s.dim + s.value_dim) * padded * pairs / (unit_rate(s) * m_config.units * busy);
  }
  timing r = items_path.total() < engines.total() ? engines : items_path;
  r.combine = parts > 1 ? a.item_latency.value() : 0; // the last part to end collects the others
  r.exposed = items_path.total() / waves + r.combine;
  return r;
}

attention_model::timing attention_model::prompt(const shape& s, double pairs) const {
  const attention_config& a = m_config.attention;
  const double units = m_config.units, history = s.context - s.queries;
  const double key_block = s.dim <= 64 ? 256 : 128;
  double keys = 0, longest = 0; // of the tiles of one head
  const double tiles = std::ceil(s.queries / prompt_rows);
  for (double first = history; first < s.context; first += prompt_rows) {
    const double end = std::min(s.context, first + prompt_rows);
    const double begin = s.window > 0 ? std::max(0.0, first - s.window + 1) : 0;
    const double read = (std::ceil(end / key_block) - std::floor(begin / key_block)) * key_block;
    keys += read;
    longest = std::max(longest, read);
  }
  const double uneven = std::max(1.0, pairs / causal_pairs(s.queries, history, s.window)); // sequences of unequal lengths
  keys *= uneven;
  longest *= uneven;

  const bool half = s.queries <= matrix_rows; // the second group of warps has no rows
  const double rows = half ? matrix_rows : prompt_rows;
  // 8-bit kernels exist for powers of two and pad other heads.
  const double dims = s.narrow ? power_of_two_at_least(s.dim) + power_of_two_at_least(s.value_dim) : s.dim + s.value_dim;
  const double products = rows * 2 * dims / unit_rate(s), exponentials = rows / (a.exponentials * m_config.clock.value()); // per key
  const double chain = (a.item_latency.value() + dims / 2 * a.item_latency_per_dim.value()) * (half ? 0.5 : 1);
  const double items = s.sequences * s.heads * tiles;
  const auto path = [&](double read, double chains) {
    return timing{read * products, read * exponentials, 0, chains * chain, 0, 0, chain};
  };
  const timing last = path(longest, 1);
  if (items <= units)
    return last;
  // Tiles of unequal length end unevenly: half of the longest one on average.
  timing even = path(s.sequences * s.heads * keys / units, items / units);
  even.tail = std::max(last.total() / 2, last.total() - even.total());
  return even;
}

} // namespace strata::core
