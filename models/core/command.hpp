// SPDX-License-Identifier: Apache-2.0
// What a compute device executes: 192-byte command descriptors written to its queue window, and the register map of
// its control socket. Plain little-endian data, so that a traffic generator, a test, another simulator or firmware on
// an instruction-set simulator can drive a device alike. Kernel-free.
#pragma once

#include <cstdint>

namespace strata::core {

/// Element types. Values are part of the register map.
enum class data_type : std::uint8_t { fp32, bf16, fp16, fp8, int8, fp4, int4 };
constexpr unsigned data_type_count = 7;
/// Storage bits of one element, scale factors of block formats left out.
constexpr unsigned bits_of(data_type t) {
  switch (t) {
  case data_type::fp32: return 32;
  case data_type::bf16:
  case data_type::fp16: return 16;
  case data_type::fp8:
  case data_type::int8: return 8;
  case data_type::fp4:
  case data_type::int4: return 4;
  }
  return 16;
}

constexpr const char* name_of(data_type t) {
  constexpr const char* names[] = {"fp32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"};
  return names[static_cast<unsigned>(t)];
}

enum class opcode : std::uint8_t {
  nop,
  gemm,        ///< y[m,n] = x[m,k] * w[n,k], `batch` independent ones
  grouped_gemm, ///< mixture of experts: m rows in all, spread over `batch` experts of weights [n,k] each, `work` of them
                ///< at the fullest expert (at most the mean of m/batch counts as an even spread)
  attention,   ///< fused attention: m query tokens in `batch` sequences, n query heads of dimension k; `compute` is
               ///< the type of keys and values, in which kernels also form the products; operands of use `read` are
               ///< keys and values, then the queries
  elementwise, ///< norms, rotary embedding, activation functions, sampling: `work` vector operations, of which `m`
               ///< dependent reductions over a row
  copy,        ///< operand 0 is read and written to operand 1; with a signal after it, a send to a peer. On a wafer over
               ///< `n` links side by side, 0 = all of the rectangle's side
  all_reduce,  ///< sum of `work` bytes per rank over group `group`
  signal,      ///< writes `work` as 8 bytes to operand 0's address
  wait,        ///< holds the lane until semaphore m is at least `work`; a receive
  all_gather,     ///< every rank ends with `work` bytes, of which it brought its share
  reduce_scatter, ///< every rank brings `work` bytes and ends with its share of the sum
  all_to_all,     ///< every rank splits `work` bytes evenly over all ranks, or, where there are operands, sends the bytes
                  ///< of operand i to member i of the group
  send_receive,   ///< every rank sends `work` bytes to the next one and receives as many from the one before
};
constexpr opcode last_opcode = opcode::send_receive;
constexpr const char* name_of(opcode op) {
  constexpr const char* names[] = {"nop", "gemm", "grouped_gemm", "attention", "elementwise", "copy", "all_reduce", "signal", "wait",
                                   "all_gather", "reduce_scatter", "all_to_all", "send_receive"};
  return names[static_cast<unsigned>(op)];
}

constexpr bool is_collective(opcode op) { return op == opcode::all_reduce || op >= opcode::all_gather; }

/// How a collective is carried out. Values are part of the register map: field `n` of a collective command.
enum class collective_algorithm : std::uint8_t {
  fastest,   ///< what its kernel or library would choose for the size
  one_shot,  ///< all_reduce: every rank sends all to every peer and adds up
  two_shot,  ///< all_reduce: every rank sends each peer its part, adds up its own, and sends the sum to every peer
  ring,      ///< parts go round in steps from neighbour to neighbour
  in_switch, ///< all_reduce: the switch adds up what it reads from all ranks and multicasts the sums
  direct,    ///< all_to_all: every rank writes to every peer at once
};
constexpr collective_algorithm last_collective_algorithm = collective_algorithm::direct;
constexpr const char* name_of(collective_algorithm a) {
  constexpr const char* names[] = {"fastest", "one_shot", "two_shot", "ring", "in_switch", "direct"};
  return names[static_cast<unsigned>(a)];
}

/// Where an operand's bytes live and what is done with them.
enum class operand_use : std::uint8_t {
  none,
  read,
  write,            ///< to the memory
  write_activation, ///< consumed by a following command: stays in the device's cache where it fits
};

struct operand {
  std::uint64_t address;
  std::uint64_t bytes;
};

constexpr unsigned max_operands = 8;

/// One command. Unused fields are zero.
struct command {
  opcode op;
  data_type compute;          ///< type in which products are formed
  std::uint8_t operand_count; ///< operands used, <= max_operands
  std::uint8_t flags;         ///< command_flags
  std::uint32_t tag;          ///< caller's; not interpreted
  operand_use use[max_operands];
  std::uint16_t group;        ///< collective group
  union {
    std::uint16_t kv_heads;   ///< attention: heads of keys and values, 0 = n; 1 for absorbed latent attention
    std::uint16_t tile_rows;  ///< grouped_gemm: of the output tile that the kernel was written for, 0 = the fastest
  };
  union {
    std::uint16_t value_dim;  ///< attention: dimension of values, 0 = k; other than k for latent attention (MLA):
                              ///< k = 576, value_dim = 512 absorbed, 192 and 128 in prompts
    std::uint16_t tile_columns; ///< grouped_gemm with tile_rows
  };
  union {
    std::uint16_t hops;       ///< copy: links on the way to the next rectangle, 0 = the two adjoin (wafer)
    std::uint16_t tile_depth; ///< grouped_gemm with tile_rows: elements along k of a step
  };
  std::uint32_t m, n, k;      ///< shape, see opcode
  std::uint32_t batch;        ///< independent repetitions (gemm), experts (grouped_gemm), sequences (attention); 0 counts as 1
  std::uint64_t work;         ///< elementwise: vector operations; attention: query-key pairs summed over sequences,
                              ///< per head; collectives: bytes; signal: value; wait: threshold
  std::uint32_t context;      ///< attention: keys of the longest sequence, this command's tokens included; more than
                              ///< m / batch continues a sequence (decode, chunk of a prompt). 0 = whole prompts where
                              ///< m > batch, else the mean that `work` tells
  std::uint32_t window;       ///< attention: newest keys that a query sees, 0 = all
  std::uint16_t x, y, width, height; ///< rectangle of cores that the command runs on, its first column and row first; no
                              ///< width: an equal share of the mesh (wafer)
  operand operands[max_operands];
};
static_assert(sizeof(command) == 192, "the descriptor is part of the register map");

enum command_flags : std::uint8_t {
  captured = 1, ///< launched from a pre-built graph: pays the graph's launch latency instead of the host's
  library = 2,  ///< collectives: by the communication library (NCCL class) only, not by the framework's own kernel
  fused = 4,    ///< collectives: goes on within the collective before it and pays no launch latency
  block_scaled = 8, ///< operands carry scale factors by blocks along k, applied to partial sums (fp8 blocks, nvfp4)
  foldable = 16, ///< elementwise: rotary embedding and cache write ahead of a decode attention, with `compute` the type
                 ///< of keys and values; no kernel of its own where the device's attention does it
  dependent = 32, ///< launched by program while the kernel before runs: saves the device's launch_overlap, as GEMMs do
  background = 64, ///< beside the work of a step, as a copy of what a later command reads: no engine is counted as busy.
                   ///< Of a collective: the lane goes on, and its next collective or wait begins when this one has ended
};

/// 2 * m * n * k per gemm (of a grouped one in all); 2 * pairs * heads * (dimension + value dimension) per attention
/// (scores and weighted sum).
inline double useful_flop(const command& c) {
  const double batch = c.batch ? c.batch : 1;
  switch (c.op) {
  case opcode::gemm: return 2.0 * c.m * c.n * c.k * batch;
  case opcode::grouped_gemm: return 2.0 * c.m * c.n * c.k;
  case opcode::attention: return 2.0 * static_cast<double>(c.work) * c.n * (c.k + (c.value_dim ? c.value_dim : c.k));
  default: return 0;
  }
}

/// Control socket, byte offsets from the device's control base. 64-bit registers unless said otherwise.
namespace registers {
constexpr std::uint64_t id = 0x0000;               ///< ro: "STRATAcc"
constexpr std::uint64_t version = 0x0008;          ///< ro: layout version, 3
constexpr std::uint64_t lanes = 0x0010;            ///< rw: independent command queues the device is divided into;
                                                   ///< writable while idle, 1 .. max_lanes
constexpr std::uint64_t queue_depth = 0x0018;      ///< ro: descriptors per queue
constexpr std::uint64_t lane_limit = 0x0030;       ///< ro: largest value of `lanes`
constexpr std::uint64_t completed = 0x0020;        ///< ro: commands completed since reset
constexpr std::uint64_t busy_lanes = 0x0028;       ///< ro: lanes with unfinished commands
constexpr std::uint64_t semaphores = 0x1000;       ///< rw: semaphore i at + 8*i
constexpr unsigned semaphore_count = 512;
constexpr std::uint64_t queue_free = 0x4000;       ///< ro: free descriptors of lane i at + 8*i
constexpr std::uint64_t groups = 0x8000;           ///< wo: collective group g at + group_stride*g, see group_entry
constexpr std::uint64_t group_stride = 0x1000;
constexpr unsigned group_count = 8;
constexpr std::uint64_t queues = 0x100000;         ///< wo: queue window of lane i at + queue_stride*i; a write of
                                                   ///< n*192 bytes anywhere in it enqueues n descriptors, all or none
constexpr std::uint64_t queue_stride = 0x100000;
constexpr unsigned max_lanes = 128;
constexpr std::uint64_t window_bytes = queues + max_lanes * queue_stride;
constexpr std::uint64_t id_value = 0x6363415441525453; ///< "STRATAcc"
constexpr std::uint64_t version_value = 3;
} // namespace registers

/// A collective group as written to registers::groups: header, then `listed` members.
struct group_header {
  std::uint64_t ranks;     ///< participants including this device
  std::uint64_t listed;    ///< members that follow
  std::uint64_t bandwidth; ///< payload B/s of a device's way to its peers, 0 = no limit known
  std::uint64_t latency;   ///< fs one way to a peer
  std::uint64_t multicast; ///< address at which a switch reads from and writes to all ranks at once, 0 = none does
  std::uint64_t multicast_share; ///< of the bandwidth that such accesses reach, in parts per million
};
/// A peer's inbox; peers follow in the order of ranks, beginning with the next one. Where symmetry folds several peers
/// into one, `multiplicity` says how many it stands for.
struct group_member {
  std::uint64_t inbox;
  std::uint64_t multiplicity;
};

/// Fabric-side window of a device, byte offsets from its inbox base.
namespace inbox {
constexpr std::uint64_t arrivals = 0x0000;   ///< collective payloads of group g, phase p at + arrival_stride*g + 8*(p mod
                                             ///< phase_slots); after them a plain write of how many messages came
constexpr std::uint64_t arrival_stride = 0x1000;
constexpr unsigned phase_slots = 512;
constexpr std::uint64_t semaphores = 0x8000; ///< wo: the semaphores of the control window, for peers
} // namespace inbox
constexpr std::uint64_t inbox_bytes = 0x10000;

} // namespace strata::core
