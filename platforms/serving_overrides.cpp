// SPDX-License-Identifier: Apache-2.0
#include "platforms/serving_overrides.hpp"

#include "platforms/checked_platform.hpp"

#include <algorithm>

namespace strata::platforms {

std::vector<parameter_override> override_serving(serving_entry* serving, serving_entry* decode,
                                                 const std::vector<parameter_override>& overrides) {
  std::vector<parameter_override> others;
  for (const parameter_override& o : overrides) {
    std::string path = o.path;
    if (path.rfind(root_path + ".", 0) == 0)
      path.erase(0, root_path.size() + 1);
    if (path.rfind("serving.", 0) != 0) {
      if (size_name(o).empty()) // sizes have been used where the netlist was read
        others.push_back(o);
      continue;
    }
    std::string key = path.substr(8);
    if (!serving)
      throw base::input_error(o.where, "the platform has no serving section");
    serving_entry* entry = serving;
    if (decode) {
      const std::string pool = key.substr(0, key.find('.'));
      if ((pool != "prefill" && pool != "decode") || pool.size() == key.size())
        throw base::input_error(o.where, "the serving section has no '" + key + "', expected prefill.KEY or decode.KEY");
      entry = pool == "prefill" ? serving : decode;
      key.erase(0, pool.size() + 1);
    }
    if (key == "memories" || key == "stores" || key == "shared" || key == "pooled") {
      auto& list = key == "stores"   ? entry->stores
                   : key == "shared" ? entry->shared
                   : key == "pooled" ? entry->pooled
                                     : entry->memories;
      list.clear();
      for (std::size_t from = 0; from <= o.value.size() && o.value != "none";) {
        const std::size_t comma = std::min(o.value.find(',', from), o.value.size());
        list.push_back({o.value.substr(from, comma - from), o.where});
        from = comma + 1;
      }
      continue;
    }
    located* field = key == "driver"      ? &entry->driver
                     : key == "scheduler" ? &entry->scheduler
                     : key == "devices"   ? &entry->devices
                     : key == "tensor"    ? &entry->tensor
                     : key == "node"      ? &entry->node
                     : key == "pipeline"  ? &entry->pipeline
                     : key == "copier"     ? &entry->copier
                     : key == "weights_in" ? &entry->weights_in
                     : key == "tools"      ? &entry->tools
                                          : nullptr;
    const std::vector<std::string> known{"driver", "scheduler", "devices", "tensor", "node", "pipeline", "memories", "stores", "copier", "weights_in", "shared", "pooled", "tools"};
    if (!field)
      throw base::input_error(o.where, "the serving section has no '" + key + "'" + base::did_you_mean(key, known));
    *field = {o.value, o.where};
  }
  return others;
}

} // namespace strata::platforms
