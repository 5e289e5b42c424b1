// SPDX-License-Identifier: Apache-2.0
#include "loops_of_width.hpp"

namespace espalier::torch_sdk::depthwise {

const Loops kLoops{kWidth, correlate, accumulate};

}  // namespace espalier::torch_sdk::depthwise
