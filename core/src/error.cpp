// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"

#include <utility>

namespace espalier {

Error::~Error() = default;
ConfigError::~ConfigError() = default;
OptionError::~OptionError() = default;

OptionError::OptionError(std::string option, const std::string& sentence)
    : Error(option + ": " + sentence), option_{std::move(option)}, sentence_{sentence}
{
}

OptionErrors::~OptionErrors() = default;

namespace {

std::string joined(const std::vector<OptionError>& errors)
{
    std::string lines;
    for (const OptionError& error : errors)
        lines += (lines.empty() ? "" : "\n") + std::string(error.what());
    return lines;
}

}  // namespace

OptionErrors::OptionErrors(std::vector<OptionError> errors) : Error(joined(errors)), errors_{std::move(errors)} {}

}  // namespace espalier
