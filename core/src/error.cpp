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

}  // namespace espalier
