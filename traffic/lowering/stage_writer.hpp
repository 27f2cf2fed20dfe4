// SPDX-License-Identifier: Apache-2.0
// The commands of one pipeline stage on one tensor rank: layers of any kind that models have, embedding, LM head and
// sampling. Kernel-free.
#pragma once

#include "traffic/lowering/kernel_tile.hpp"
#include "traffic/lowering/layer_range.hpp"
#include "traffic/lowering/serving_plan.hpp"
#include "traffic/lowering/step_shape.hpp"

#include <array>
#include <functional>
#include <vector>

namespace strata::traffic {

class stage_writer {
public:
  /// Appends to `out`. `sequence` orders the steps that fetch weights.
  stage_writer(const serving_plan& plan, const pipeline_stage& stage, const device_view& device,
               const step_shape& shape, std::vector<core::command>& out, std::uint64_t sequence = 0);

  void embed();
  void write_layers(const layer_range& range);
  /// Final norm, LM head on `tokens` of them, choice of each one's next token.
  void sample(std::uint32_t tokens);
  void wait_for(unsigned semaphore, std::uint64_t value);
  void signal(std::uint64_t address, std::uint64_t value);
  /// Hands the activations over to the stage that computes the next layers.
  void hand_over(const pipeline_stage& next);
  /// The rectangle of all commands so far, where the device is a mesh.
  void place_commands();

  /// Where weights are streamed: what fetches them, for a lane of its own.
  const std::vector<core::command>& loads() const { return m_loads; }
  /// Useful operations, and bytes by memory, of what was written so far.
  double flop() const { return m_flop; }
  const std::array<double, max_tiers>& bytes() const { return m_bytes; }

private:
  static constexpr unsigned activation_bytes = 2; ///< activations are 16 bit

  using command = core::command;

  /// The new tokens of prompts, or of decodes, as one attention command sees them in a layer. Where keys lie on several sets of
  /// ranks: tokens of this set and keys of one set, or, of decodes, tokens of all sets; where ranks have parts of the same
  /// keys, heads of all these ranks.
  struct part {
    std::uint32_t tokens, sequences, heads;
    std::uint64_t context;          ///< keys held, summed over sequences
    std::uint64_t pairs;            ///< query-key pairs in the layer's window
    double seen;                    ///< share of the KV that the window leaves; tiers are taken to hold it evenly
    std::array<std::uint64_t, max_tiers> kv_tokens;
    std::uint32_t window;           ///< newest keys that a query sees, 0 = all
  };
  part prompts(const attention_shape& a) const;
  part decodes(const attention_shape& a) const;
  part prompts_of_a_set(const attention_shape& a) const;
  part window_of_a_set(const attention_shape& a) const;
  part decodes_of_a_part(part p) const;
  /// What a query asks keys with and gets back: elements of all heads of this rank.
  struct row_width {
    double query, output;
    unsigned heads;
  };

  void layer(unsigned number);
  // Each block takes and returns the weight offset of what it uses.
  double grouped_attention(const attention_shape& a, double at);
  double latent_attention(const attention_shape& a, double at);
  double dense_ffn(std::uint32_t width, double at);
  double experts(const ffn_shape& f, double at);

  // Once where all keys are at hand, else for the keys of one set after the other.
  void attend_prompts(const attention_shape& a, const row_width& row, const std::function<void(const part&, bool other_keys)>& attend);
  void attend_decodes(const attention_shape& a, const row_width& row, const std::function<void(const part&)>& attend);
  void gather_keys(const attention_shape& a);
  collective_group sharers_of_keys() const;
  std::uint64_t passed_window_keys(const attention_shape& a) const;
  void pass_on(double bytes, bool beside);
  void merge(double tokens, const row_width& row);
  void attend(const attention_shape& a, const part& p);
  void attend_latent(const attention_shape& a, const part& p);
  command& attention_command(const part& p, std::uint32_t kv_heads, unsigned dim, unsigned value_dim);
  void norm(std::uint32_t tokens);
  void rotate(const attention_shape& a, std::uint32_t width);
  void vector_work(double operations, double read_elements, double written_elements);
  void quantise(std::uint32_t tokens, std::uint32_t width, const number_format& format);
  double gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k, const number_format& format, double at,
              std::uint32_t batch = 1);
  /// Of a grouped product: rows over `touched` experts, `fullest` at one; those that its kernel reads, and those that it
  /// writes.
  struct grouped_rows {
    double rows, touched, fullest, read, written;
  };
  double grouped_gemm(const grouped_rows& r, std::uint32_t n, std::uint32_t k, const number_format& format, kernel_tile tile, double at);
  void exchange(core::opcode op, double bytes, collective_group among);
  void all_reduce(std::uint32_t tokens);
  void reduce_bytes(std::uint64_t message);

  command& add(core::opcode op);
  void begin_streamed(double offset, double size);
  void end_streamed();
  double buffer() const;
  void put_activation(command& c, core::operand_use use, double bytes);
  void in_memory(command& c, core::operand_use use, unsigned tier, double offset, double size);
  void weights(command& c, double offset, double size);
  void stored_weights(command& c, double offset, double size);
  void kv(command& c, core::operand_use use, unsigned tier, double size);
  unsigned tiers() const;
  double tier_share(unsigned t) const;

  const serving_plan& m_plan;
  const llm_architecture& m_model;
  const pipeline_stage& m_stage;
  const device_view& m_device;
  const device_placement& m_place;
  const step_shape& m_step;      ///< of all ranks
  const step_shape m_shape;      ///< what this rank has of the step
  std::vector<command>& m_out;
  std::uint32_t m_tokens;        ///< of them
  std::uint64_t m_sequence;
  std::vector<command> m_loads;
  unsigned m_streamed = 0;       ///< pieces begun in this step
  double m_piece = -1;           ///< offset of the weights now in the buffer, -1 = none are
  unsigned m_layer = 0; ///< being written, from the stage's first one
  double m_flop = 0;
  std::array<double, max_tiers> m_bytes{};
};

} // namespace strata::traffic
