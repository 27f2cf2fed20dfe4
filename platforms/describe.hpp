// SPDX-License-Identifier: Apache-2.0
// Readable accounts of platforms and of model classes, made from the same declarations that validation uses.
#pragma once

#include "platforms/checked_platform.hpp"

#include <string>

namespace strata::platforms {

/// Modules with parameters (value, source, confidence), bindings, address map, symmetry and serving, as indented text.
/// Elements of an array with equal parameters are said once.
std::string platform_text(const checked_platform& p);
/// The same as Markdown.
std::string platform_markdown(const checked_platform& p);

/// A model class: what it is, sockets, parameters with unit, default and range, meters, timing, limits, accuracy.
std::string component_text(const component_type& type);
/// The same as a Markdown datasheet (docs/models/<type>.md).
std::string datasheet_markdown(const component_type& type);

} // namespace strata::platforms
