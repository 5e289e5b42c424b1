// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "espalier/report/table.hpp"

#include "host/plugins/catalog.hpp"

namespace espalier::host {

/// `espalier plugins list`: name, version and components of every plug-in, then the refused ones with the reason.
std::string plugin_list(const Catalog&);

/// `espalier plugins show NAME`: a plug-in with its components, or a component (of every kind that has it) with its
/// options. @throws Error naming the nearest if nothing is named so.
std::string plugin_details(const Catalog&, std::string_view name);

/// `espalier plugins check FILE`: whether the command would use it, or why not.
std::string plugin_verdict(const CheckedPlugin&);

/// Name, type, default, what is allowed, the paper's symbol and the meaning of each option.
report::Table option_table(std::span<const Option>);

}  // namespace espalier::host
