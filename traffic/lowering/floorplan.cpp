// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/floorplan.hpp"

#include "traffic/lowering/decode_path.hpp"
#include "traffic/lowering/no_room.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace strata::traffic {

namespace {

constexpr unsigned rounds = 6; ///< of evening out rectangles; they settle to a core or two in fewer

const device_view& device_of(const serving_plan& plan, const pipeline_stage& s) { return plan.platform->devices[s.device].front(); }

/// Bytes of weights that a stage keeps on its device's mesh.
double resident_weights(const serving_plan& plan, const pipeline_stage& s) {
  const device_placement& d = plan.devices[s.device];
  if (d.streams())
    return d.weights_in.front() + 2 * d.buffer_bytes;
  double bytes = 0;
  for (unsigned i = s.first_layer; i < s.first_layer + s.layers; ++i)
    bytes += d.layer_offset[i - d.first_layer + 1] - d.layer_offset[i - d.first_layer];
  const double embedding = plan.model->embedding_bytes() / plan.ranks;
  const bool first = &s == &plan.stages.front(), last = &s == &plan.stages.back();
  return bytes + (first ? embedding : 0) + (last && !(first && plan.model->tied_embeddings) ? embedding : 0) +
         (last && plan.draft ? plan.draft->devices[s.device].weight_bytes : 0);
}

/// Rows of rectangles, one after the other down a mesh of `columns` x `rows`, every second one from right to left.
/// False where a rectangle would have no core.
bool fold_rows(const std::vector<double>& areas, unsigned folds, unsigned columns, unsigned rows, std::vector<floor_region>& out) {
  const double all = std::accumulate(areas.begin(), areas.end(), 0.0);
  out.assign(areas.size(), {});
  std::size_t next = 0;
  double before = 0; // of the rows above
  unsigned y = 0;
  for (unsigned fold = 0; fold < folds; ++fold) {
    const std::size_t first = next;
    double row = 0;
    while (next < areas.size() && (fold + 1 == folds || before + row + areas[next] / 2 < all * (fold + 1) / folds))
      row += areas[next++];
    before += row;
    const auto bottom = fold + 1 == folds ? rows : static_cast<unsigned>(std::lround(rows * before / all));
    double along = 0;
    unsigned x = 0;
    for (std::size_t i = first; i < next; ++i) {
      along += areas[i];
      const auto end = i + 1 == next ? columns : static_cast<unsigned>(std::lround(columns * along / row));
      out[i] = {fold % 2 ? columns - end : x, y, end - x, bottom - y};
      if (end == x || bottom == y)
        return false;
      x = end;
    }
    if (first == next)
      return false;
    y = bottom;
  }
  return next == areas.size();
}

/// The same in columns that go down and up.
bool fold_columns(const std::vector<double>& areas, unsigned folds, unsigned columns, unsigned rows, std::vector<floor_region>& out) {
  if (!fold_rows(areas, folds, rows, columns, out))
    return false;
  for (floor_region& r : out)
    r = {r.y, r.x, r.height, r.width};
  return true;
}

/// Stages [first, first + count) of the plan: those of one device.
class device_placer {
public:
  device_placer(serving_plan& plan, std::size_t first, std::size_t count)
      : m_plan(plan), m_first(first), m_count(count), m_mesh(device_of(plan, plan.stages[first]).mesh), m_even(count, 1.0) {}

  void place(placement where) {
    std::vector<floor_region> best;
    double least = std::numeric_limits<double>::infinity();
    // Candidates must leave room for nine tenths of the tokens that the roomiest one has room for.
    const double wanted = where == placement::shortest ? 0.9 * most_tokens() : 0;
    for_each_fold(where == placement::shortest, [&](const std::vector<floor_region>& regions) {
      if (where == placement::shortest && tokens() < wanted)
        return;
      const double cost = where == placement::square ? narrowness(regions) : decode_time();
      if (cost < least) {
        least = cost;
        best = regions;
      }
    });
    take(best);
  }

private:
  pipeline_stage& stage(std::size_t i) { return m_plan.stages[m_first + i]; }

  void take(const std::vector<floor_region>& regions) {
    for (std::size_t i = 0; i < m_count; ++i)
      stage(i).region = regions[i];
  }

  /// Every way of folding; the stages have the rectangles while `use` looks at them.
  template <class F>
  void for_each_fold(bool columns_too, F use) {
    for (unsigned folds = 1; folds <= m_count; ++folds)
      for (const bool down : {false, true})
        if (const auto regions = down && !columns_too ? std::vector<floor_region>{} : balanced(folds, down); !regions.empty()) {
          take(regions);
          use(regions);
        }
  }

  /// Rectangles of that fold with room for most tokens: areas grow where a core would be fuller than elsewhere. Empty
  /// where the stages cannot be folded so.
  std::vector<floor_region> balanced(unsigned folds, bool down) {
    std::vector<floor_region> best, regions;
    std::vector<double> areas = m_even;
    double most = -1, length = 0; // tokens at which fullness is compared
    for (unsigned round = 0; round < rounds; ++round) {
      if (!(down ? fold_columns : fold_rows)(areas, folds, m_mesh.columns, m_mesh.rows, regions))
        break;
      take(regions);
      if (const double now = tokens(); now > most) {
        most = now;
        best = regions;
      }
      length = std::max(length, mean_tokens());
      for (std::size_t i = 0; i < m_count; ++i) {
        const core_use use = core_use_of(m_plan, stage(i));
        areas[i] = stage(i).region.cores() * (use.weights + length / stage(i).region.width * use.kv_per_position + 1) / use.room();
      }
    }
    return best;
  }

  /// What all stages together have room for.
  double mean_tokens() {
    double room = 0, per_token = 0;
    for (std::size_t i = 0; i < m_count; ++i) {
      const core_use use = core_use_of(m_plan, stage(i));
      room += stage(i).region.cores() * (use.room() - use.weights);
      per_token += stage(i).region.height * use.kv_per_position;
    }
    return per_token > 0 ? std::max(0.0, room / per_token) : 0;
  }

  double tokens() {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < m_count; ++i)
      least = std::min(least, core_use_of(m_plan, stage(i)).shortfall() > 0 ? 0 : kv_tokens(m_plan, stage(i)));
    return least;
  }
  double most_tokens() {
    double most = 0;
    for_each_fold(true, [&](const auto&) { most = std::max(most, tokens()); });
    return most;
  }

  /// Less is squarer: of the narrowest rectangle its shorter side, negative.
  static double narrowness(const std::vector<floor_region>& regions) {
    unsigned side = std::numeric_limits<unsigned>::max();
    for (const floor_region& r : regions)
      side = std::min({side, r.width, r.height});
    return -double(side);
  }

  /// Seconds of a token's way through the rectangles. Those of a row differ by a core at most: the first of each kind
  /// and height stands for the others, as trees take milliseconds to plan.
  double decode_time() {
    double sum = 0;
    std::vector<std::pair<std::size_t, double>> known; // stage, its time
    for (std::size_t i = 0; i < m_count; ++i) {
      const pipeline_stage& s = stage(i);
      const auto like = std::find_if(known.begin(), known.end(), [&](const auto& k) {
        const pipeline_stage& o = stage(k.first);
        return alike(s, o) && std::abs(double(s.region.width) - o.region.width) <= 1 &&
               std::abs(double(s.region.height) - o.region.height) <= 1;
      });
      if (like != known.end())
        sum += like->second;
      else
        sum += known.emplace_back(i, path_of(decode_commands(m_plan, s, typical_context), s.region, *m_mesh.policy).total()).second;
      if (i + 1 < m_count)
        sum += hand_over_path(m_plan, m_first + i, *m_mesh.policy).total();
    }
    return sum;
  }

  /// Do the same work.
  bool alike(const pipeline_stage& a, const pipeline_stage& b) const {
    const auto inner = [this](const pipeline_stage& s) {
      return s.layers == 1 && &s != &m_plan.stages.front() && &s != &m_plan.stages.back();
    };
    return inner(a) && inner(b) && m_plan.model->kind_of[a.first_layer] == m_plan.model->kind_of[b.first_layer];
  }

  serving_plan& m_plan;
  const std::size_t m_first, m_count;
  const mesh_view& m_mesh;
  const std::vector<double> m_even;
};

std::string whole(double value) { return std::to_string(static_cast<long long>(std::ceil(value))); }

void check_cores(const serving_plan& plan, const pipeline_stage& s) {
  const core_use use = core_use_of(plan, s);
  if (use.shortfall() <= 0)
    return;
  throw no_room(
      {plan.platform->path, 0},
      plan.model->name + ": a core of the " + std::to_string(s.region.width) + " x " + std::to_string(s.region.height) +
          " that have " + name_of(plan, s) + " has " + whole(use.memory) + " bytes and needs " + whole(use.weights) +
          " for weights, " + whole(use.activations) + " for activations and " + whole(use.code) + " for code, with a reserve of " +
          whole(use.reserve) + ": " + whole(use.shortfall()) +
          " bytes short",
      "narrower --weights such as fp8, or a larger memory_share");
}

} // namespace

std::string name_of(const serving_plan& plan, const pipeline_stage& s) {
  if (s.layers == 0)
    return "the LM head";
  const std::string last = std::to_string(s.first_layer + s.layers - 1);
  const std::string layers = s.layers == 1 ? "layer " + last : "layers " + std::to_string(s.first_layer) + " to " + last;
  return layers + (&s == &plan.stages.back() ? " and the LM head" : &s == &plan.stages.front() ? " and the embedding" : "");
}

core_use core_use_of(const serving_plan& plan, const pipeline_stage& s) {
  const device_view& d = device_of(plan, s);
  const double cores = s.region.cores(), width = s.region.width, height = s.region.height;
  core_use use;
  use.memory = static_cast<double>(d.memories.front().capacity) / (double(d.mesh.columns) * d.mesh.rows);
  use.reserve = use.memory * (1 - d.memory_share);
  use.code = d.mesh.code_bytes;
  double held = 0, elements = 0; // of the matrices: in the fullest core, in all
  for (const core::command& c : decode_commands(plan, s, typical_context)) {
    if (c.op != core::opcode::gemm && c.op != core::opcode::grouped_gemm)
      continue;
    const double k = std::ceil(c.k / width), n = std::ceil(c.n / height), times = std::max(1u, c.batch);
    held += k * n * times;
    elements += double(c.k) * c.n * times;
    use.activations = std::max(use.activations, 2 * 2 * k + 4 * n); // 16-bit inputs, fp32 sums
  }
  use.weights = resident_weights(plan, s) / cores * (elements > 0 ? held * cores / elements : 1);
  const auto add_kv = [&](const attention_shape& a) {
    const unsigned heads = a.latent ? 1 : plan.kv_heads_on_rank(a);
    const double rows = std::max(1.0, std::floor(height / heads)); // of cores that share a head's elements
    use.kv_per_position += std::ceil(heads / height) * std::ceil(double(plan.kv_bytes(a)) / plan.formats.kv.bytes() / heads / rows) *
                           plan.formats.kv.bytes();
  };
  for (unsigned i = s.first_layer; i < s.first_layer + s.layers; ++i)
    add_kv(plan.model->layer(i).attention);
  if (&s == &plan.stages.back() && plan.draft)
    for (unsigned i = 0; i < plan.draft->model->layers(); ++i)
      add_kv(plan.draft->model->layer(i).attention);
  return use;
}

double kv_tokens(const serving_plan& plan, const pipeline_stage& s) {
  const core_use use = core_use_of(plan, s);
  return use.kv_per_position > 0 ? use.positions() * s.region.width : 1e18;
}

void place_stages(serving_plan& plan, placement where) {
  for (std::size_t first = 0, next; first < plan.stages.size(); first = next) {
    next = first + 1;
    while (next < plan.stages.size() && plan.stages[next].device == plan.stages[first].device)
      ++next;
    if (device_of(plan, plan.stages[first]).mesh.columns == 0)
      continue;
    device_placer(plan, first, next - first).place(where);
    for (std::size_t s = first; s < next; ++s)
      check_cores(plan, plan.stages[s]);
  }
}

} // namespace strata::traffic
