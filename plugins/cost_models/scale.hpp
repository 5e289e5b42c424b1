// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::cost_models {

/// Whether a factor can stand between a column's unit and its metric's.
inline bool is_scale(double factor)
{
    return factor != 0 && std::isfinite(factor);
}

inline OptionError no_scale()
{
    return {"scale", "must be a number other than 0: values are multiplied by it"};
}

}  // namespace espalier::cost_models
