// SPDX-License-Identifier: Apache-2.0
// Declaration of the flash drive's parameters, and its bandwidth.
#include "models/flash/config.hpp"

#include <algorithm>

namespace strata::flash {

void flash_config::parameters(base::parameter_list& p) {
  using base::between;
  using base::non_negative;
  using base::positive;
  p.add("capacity", capacity, positive(), "addressable bytes");
  p.add("ports", ports, between(1, 1024), "number of target sockets");
  p.add("queue_depth", queue_depth, between(1, 65536), "requests that a port accepts before it holds the next one back");
  p.add("channels", channels, between(1, 1024), "buses between controller and dies");
  p.add("dies", dies, between(1, 1024), "dies on a channel");
  p.add("planes", planes, between(1, 64), "planes of a die, each reading or programming a page");
  p.add("page", page, positive(), "bytes that a plane reads or programs at once");
  p.add("read_time", read_time, positive(), "array to page register");
  p.add("program_time", program_time, positive(), "page register to array, mean over the pages of a cell");
  p.add("channel_bandwidth", channel_bandwidth, positive(), "of one channel");
  p.add("controller_latency", controller_latency, non_negative(), "command handling, translation and error correction");
  p.add("write_amplification", write_amplification, between(1, 100), "bytes programmed per byte written, garbage collection included");
  p.add("read_energy", read_energy, non_negative(), "array, channel and controller, read");
  p.add("write_energy", write_energy, non_negative(), "likewise, written");
  p.add("static_power", static_power, non_negative(), "power drawn while idle");
  p.add("level", level, "energy level that the meters report under");
}

double flash_config::bandwidth(bool write) const {
  const double array = all_planes() * page.value() / (write ? program_time : read_time).value();
  return std::min(array, channels * channel_bandwidth.value()) / (write ? write_amplification : 1);
}

} // namespace strata::flash
