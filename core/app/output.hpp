// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/report/table.hpp"

#include "app/command.hpp"

namespace espalier::app {

/// What `--format` asks for. @throws UsageError.
report::Format chosen_format(const Arguments&);
/// A file that an option names. @throws Error if it cannot be written.
void write_file(const std::filesystem::path&, const std::string& text);

}  // namespace espalier::app
