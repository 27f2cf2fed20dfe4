// SPDX-License-Identifier: Apache-2.0
// The one explicit table of model classes that netlists can name. A new model family is one line in its .cpp.
#pragma once

#include "models/base/component.hpp"
#include "models/base/parameter.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::platforms {

/// A model's config with its parameters bound to it, the type forgotten.
class component_config {
public:
  virtual ~component_config() = default;
  component_config() = default;
  component_config(const component_config&) = delete;
  component_config& operator=(const component_config&) = delete;

  base::parameter_list& parameters() { return m_parameters; }
  const base::parameter_list& parameters() const { return m_parameters; }
  /// Throws base::input_error where parameters do not fit each other.
  virtual void validate() const = 0;
  /// Bytes of address space that target socket `socket` ("" = the component as a whole) serves; nullopt = not addressed.
  virtual std::optional<std::uint64_t> window(const std::string& socket) const = 0;
  /// Bytes per second that can pass through, or out of a memory; 0 = no limit of its own.
  virtual double bandwidth() const = 0;
  /// Time that passing through takes besides serialisation; 0 = not passed through, or at once.
  virtual base::duration latency() const = 0;
  virtual std::unique_ptr<base::component> construct(const std::string& name) const = 0;
  /// The config itself where it is a `Config`, else null.
  template <class Config>
  const Config* as() const;

protected:
  base::parameter_list m_parameters;
};

template <class Config>
class config_holder : public component_config {
public:
  Config value;
};
template <class Config>
const Config* component_config::as() const {
  const auto* holder = dynamic_cast<const config_holder<Config>*>(this);
  return holder ? &holder->value : nullptr;
}

struct component_type {
  const base::component_description* description;
  bool decodes; ///< takes routes: its initiator sockets are chosen by address
  std::unique_ptr<component_config> (*make_config)();
};

/// All model classes, in the order of the table.
const std::vector<component_type>& component_table();
/// Type of that name, or null.
const component_type* find_component_type(const std::string& name);
std::vector<std::string> component_type_names();

} // namespace strata::platforms
