// SPDX-License-Identifier: Apache-2.0
// Collectives word by word: right sums, the published cost model, and the stream level against them.
#include "models/base/diagnostic.hpp"
#include "models/fabric/collective_program.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace strata::fabric {
namespace {

using base::collective;
using base::collective_request;
using base::reduce_algorithm;

constexpr reduce_algorithm algorithms[] = {reduce_algorithm::star, reduce_algorithm::chain, reduce_algorithm::tree,
                                           reduce_algorithm::two_phase, reduce_algorithm::auto_gen, reduce_algorithm::overlapped};

std::uint64_t burst_cycles(const collective_request& r, base::mesh_timing t = {}) {
  colour_mesh_config c;
  c.timing = t;
  return simulate(r, c).cycles;
}

TEST(reduce_tree, shapes_of_the_published_trees) {
  const auto shape = [](reduce_algorithm a) { return base::shape_of(base::make_reduce_tree(a, 64, 1, {})); };
  EXPECT_EQ(shape(reduce_algorithm::star).depth, 1u);
  EXPECT_EQ(shape(reduce_algorithm::star).contention, 63u);
  EXPECT_EQ(shape(reduce_algorithm::chain).depth, 63u);
  EXPECT_EQ(shape(reduce_algorithm::chain).energy, 63u);
  EXPECT_EQ(shape(reduce_algorithm::tree).depth, 6u);
  EXPECT_EQ(shape(reduce_algorithm::tree).energy, 6u * 32);
  EXPECT_EQ(shape(reduce_algorithm::two_phase).depth, 2u * 8 - 2);
  EXPECT_EQ(shape(reduce_algorithm::two_phase).contention, 2u);
}

TEST(reduce_tree, planned_trees_are_pre_order_and_no_slower_than_fixed_ones) {
  for (const unsigned cores : {2u, 3u, 7u, 64u, 100u, 333u})
    for (const std::uint64_t words : {1u, 20u, 300u, 4096u}) {
      const auto planned = base::make_reduce_tree(reduce_algorithm::overlapped, cores, words, {});
      const auto published = base::make_reduce_tree(reduce_algorithm::auto_gen, cores, words, {});
      for (const auto& tree : {planned, published}) {
        ASSERT_EQ(tree.size(), cores);
        for (std::uint32_t i = 1; i < cores; ++i) // a core's parent is the one before it or one of that one's ancestors
          for (std::uint32_t p = i - 1; p != tree[i]; p = tree[p])
            ASSERT_GT(p, tree[i]);
      }
      for (const auto a : algorithms) {
        const auto tree = base::make_reduce_tree(a, cores, words, {});
        EXPECT_LE(base::stream_cycles(planned, words, {}), base::stream_cycles(tree, words, {}));
      }
    }
}

TEST(collectives, stream_level_is_what_the_words_do) {
  for (const unsigned hop_cycles : {1u, 2u})
    for (const unsigned width : {2u, 3u, 16u, 37u, 64u})
      for (const std::uint64_t words : {1u, 5u, 64u, 300u}) {
        const base::mesh_timing t{hop_cycles, 2};
        const auto compare = [&](const collective_request& r) {
          colour_mesh_config c;
          c.timing = t;
          const auto burst = simulate(r, c), stream = base::cost_of(r, t);
          EXPECT_NEAR(static_cast<double>(stream.cycles) / static_cast<double>(burst.cycles), 1, 0.02)
              << "kind " << static_cast<int>(r.kind) << " algorithm " << static_cast<int>(r.algorithm) << ", " << r.width << 'x' << r.height
              << ", " << words << " words, hop " << hop_cycles;
          if (words >= 10 * width) { // chunks of rings are equal enough
            EXPECT_NEAR(static_cast<double>(stream.word_hops) / static_cast<double>(burst.word_hops), 1, 0.02);
          }
        };
        for (const auto a : algorithms)
          if (a != reduce_algorithm::star || width * words < 5000)
            compare({collective::reduce, a, width, 1, words});
        for (const auto kind : {collective::broadcast, collective::all_reduce, collective::ring_all_reduce, collective::shift})
          compare({kind, reduce_algorithm::two_phase, width, 1, words});
        if (width * words < 5000)
          compare({collective::all_gather, reduce_algorithm::two_phase, width, 1, words});
      }
}

TEST(collectives, two_dimensions_are_rows_then_a_column) {
  for (const auto kind : {collective::reduce, collective::broadcast, collective::all_reduce})
    for (const auto a : {reduce_algorithm::chain, reduce_algorithm::tree, reduce_algorithm::auto_gen}) {
      const collective_request r{kind, a, 24, 17, 40};
      const auto stream = base::cost_of(r, {});
      EXPECT_NEAR(static_cast<double>(stream.cycles) / static_cast<double>(burst_cycles(r)), 1, 0.02);
      EXPECT_EQ(stream.word_hops, simulate(r, {}).word_hops);
    }
}

// Luczynski et al., HPDC 2024; their model is within 4 % of a WSE-2.
TEST(collectives, published_formulas_of_chain_broadcast_and_ring_hold_to_the_cycle) {
  for (const std::uint64_t p : {16u, 64u, 250u, 750u})
    for (const std::uint64_t b : {1u, 30u, 512u}) {
      const auto cores = static_cast<unsigned>(p);
      EXPECT_EQ(burst_cycles({collective::reduce, reduce_algorithm::chain, cores, 1, b}), b + 6 * (p - 1));
      EXPECT_EQ(burst_cycles({collective::broadcast, reduce_algorithm::chain, cores, 1, b}), b + p + 4);
      EXPECT_EQ(burst_cycles({collective::reduce, reduce_algorithm::star, cores, 1, 1}), p - 1 + 5 + 1); // and one hop
    }
  for (const std::uint64_t p : {16u, 64u})
    for (const std::uint64_t chunk : {1u, 8u})
      EXPECT_EQ(burst_cycles({collective::ring_all_reduce, reduce_algorithm::chain, static_cast<unsigned>(p), 1, p * chunk}),
                2 * (p - 1) * chunk + 4 * p - 6 + 10 * (p - 1));
}

/// Error of the words against the published model of the best published tree.
double model_error(collective kind, unsigned cores, std::uint64_t words) {
  const collective_request r{kind, reduce_algorithm::auto_gen, cores, 1, words};
  return static_cast<double>(burst_cycles(r)) / base::model_cycles(r, {}) - 1;
}

TEST(collectives, reduce_and_all_reduce_keep_to_the_published_model) {
  double sum = 0;
  unsigned count = 0, beyond = 0;
  for (const unsigned cores : {16u, 32u, 64u, 128u, 256u, 750u})
    for (const std::uint64_t words : {1u, 4u, 16u, 64u, 256u, 1024u, 4096u}) {
      if (cores == 750 && words % 3 == 1 && words > 1 && words < 4096)
        continue; // 4 B, 16 KB suffice at full width: planning and words take time
      const double reduce = model_error(collective::reduce, cores, words), all_reduce = model_error(collective::all_reduce, cores, words);
      EXPECT_LT(std::abs(reduce), 0.065) << cores << " cores, " << words << " words";
      EXPECT_LT(std::abs(all_reduce), 0.05) << cores << " cores, " << words << " words";
      sum += std::abs(reduce);
      beyond += std::abs(reduce) > 0.05;
      ++count;
    }
  EXPECT_LT(sum / count, 0.02);
  EXPECT_LE(beyond, 3u) << "of " << count;
}

TEST(collectives, concurrent_ones_share_the_links) {
  // Two broadcasts of one row at once, from the same core: words of both pass every link.
  colour_mesh_config c;
  c.width = 100;
  collective_program program(c);
  const auto row = straight_line(0, 1, 100);
  program.broadcast(row, 0, 400);
  program.broadcast(row, 400, 400);
  colour_mesh mesh(c);
  for (std::uint32_t i = 0; i < 100; ++i)
    mesh.memory(i).assign(800, 7);
  program.load(mesh);
  const auto one = base::cost_of({collective::broadcast, reduce_algorithm::chain, 100, 1, 400}, {});
  EXPECT_NEAR(static_cast<double>(base::concurrent_cycles({one, one})) / static_cast<double>(mesh.run()), 1, 0.02);
}

TEST(collectives, a_wafer_of_cores_is_small_before_it_works) {
  colour_mesh_config c;
  c.width = 750, c.height = 1200; // 900,000 cores
  const colour_mesh mesh(c);
  EXPECT_LT(mesh.footprint(), 100u << 20);
}

TEST(colour_mesh, words_wait_where_nobody_takes_them) {
  colour_mesh_config c;
  c.width = 3;
  colour_mesh mesh(c);
  mesh.set_route(0, 0, {{core, to_port(east)}});
  mesh.set_route(1, 0, {{west, to_port(east)}});
  mesh.set_route(2, 0, {{west, to_port(core)}});
  mesh.memory(0).assign(100, 1);
  mesh.add_thread(0, {{core_operation::none, 0, false, 0, 100}});
  EXPECT_THROW(mesh.run(), std::logic_error);
  const std::uint64_t ramp = c.queue_depth + c.timing.ramp_cycles + 1, link = c.queue_depth + c.timing.hop_cycles;
  EXPECT_EQ(mesh.words_sent(), 2 * ramp + 2 * link); // all queues on the way, full
  EXPECT_EQ(mesh.words_received(), 0u);
}

TEST(colour_mesh, lower_colours_go_first) {
  colour_mesh_config c;
  c.width = 3;
  colour_mesh mesh(c);
  for (const unsigned colour : {0u, 1u}) { // core `colour` sends to core 2; both need the link between 1 and 2
    for (std::uint32_t r = colour; r < 3; ++r)
      mesh.set_route(r, colour, {{r == colour ? core : west, to_port(r == 2 ? core : east)}});
    mesh.memory(colour).assign(50, 1);
    mesh.add_thread(colour, {{core_operation::none, static_cast<int>(colour), false, 0, 50}});
  }
  mesh.memory(2).assign(100, 0);
  mesh.add_thread(2, {{0, core_operation::none, false, 0, 50}});
  mesh.add_thread(2, {{1, core_operation::none, false, 50, 50}});
  EXPECT_EQ(mesh.run(), 100u + 5 + 1); // core 1's words fill the gap until core 0's come, then wait for them
  EXPECT_EQ(mesh.words_received(), 100u);
}

TEST(colour_mesh, rejects_routes_that_lead_nowhere) {
  colour_mesh_config c;
  c.width = 3;
  colour_mesh mesh(c);
  EXPECT_THROW(mesh.set_route(0, 0, {{core, to_port(west)}}), base::input_error);
  EXPECT_THROW(mesh.set_route(0, 24, {{core, to_port(east)}}), base::input_error);
  EXPECT_THROW(mesh.set_route(0, 0, {}), base::input_error);
  mesh.set_route(0, 0, {{core, to_port(east)}});
  EXPECT_THROW(mesh.run(), base::input_error); // core 1 does not take it in
}

} // namespace
} // namespace strata::fabric
