// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/error.hpp"

namespace espalier::cost_models {

/// A column that an option names.
struct NamedColumn {
    std::string option, name;
};

/// What is wrong with the file of option `file`, of which the beginning is read, and with the columns, of which the
/// first is that of the costs: one that a table which says how it was measured has measured.
std::vector<OptionError> wrong_columns(const std::filesystem::path& file, const std::vector<NamedColumn>&);

}  // namespace espalier::cost_models
