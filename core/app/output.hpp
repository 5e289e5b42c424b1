// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "espalier/report/table.hpp"

#include "app/command.hpp"
#include "host/price/cost_breakdown.hpp"

namespace espalier::app {

/// What `--format` asks for. @throws UsageError.
report::Format chosen_format(const Arguments&);
/// What `--by` asks for. @throws UsageError.
host::Cutting chosen_parts(const Arguments&);
/// Text of any origin, in lines, with what no terminal is to obey escaped.
void say(std::FILE* out, std::string_view text);
/// A file that an option names. @throws Error if it cannot be written.
void write_file(const std::filesystem::path&, const std::string& text);

}  // namespace espalier::app
