// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "app/command.hpp"
#include "host/tell/table.hpp"

namespace espalier::app {

/// What `--format` asks for. @throws UsageError.
host::Format chosen_format(const Arguments&);

}  // namespace espalier::app
