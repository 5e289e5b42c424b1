// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/sdk/conformance.hpp"

namespace espalier::conformance {

/// One line per violation.
inline std::string joined(const Violations& violations)
{
    std::string text;
    for (const std::string& violation : violations)
        text += violation + "\n";
    return text;
}

}  // namespace espalier::conformance
