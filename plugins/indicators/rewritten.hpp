// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/network.hpp"

namespace espalier::indicators {

/// The network without its batch normalisations. Weights keep their names.
Network without_normalisation(const Network&);

/// The same function with activations and pools that several layers repeat on one input computed once. Marks stay; a
/// branch that repeats another one stands at the same layer.
Network without_repetition(const Network&);

}  // namespace espalier::indicators
