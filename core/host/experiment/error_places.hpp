// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/config.hpp"

namespace espalier::host {

/// Whether an error has been told at the value of `config`, or at one of the values or keys below it.
bool told_at(const Diagnostics&, const Config&);
bool told_below(const Diagnostics&, const Config&);

/// Whether it stands at this very value, not at one below it.
bool stands_at(const Diagnostic&, const Config&);

/// Sorts the errors that have a line in `file` by place; others stay behind them in their order.
void sort_by_place(Diagnostics&, const std::string& file);

}  // namespace espalier::host
