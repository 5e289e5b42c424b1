// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/report/table.hpp"

#include "app/command.hpp"

namespace espalier::app {

/// What `--format` asks for. @throws UsageError.
report::Format chosen_format(const Arguments&);

}  // namespace espalier::app
