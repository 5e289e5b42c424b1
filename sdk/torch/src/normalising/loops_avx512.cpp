// SPDX-License-Identifier: Apache-2.0
#include "loops_of_width.hpp"

namespace espalier::torch_sdk::normalising {

const Loops kLoopsAvx512{kWidth, moments, apply, gradient_sums, input_gradient};

}  // namespace espalier::torch_sdk::normalising
