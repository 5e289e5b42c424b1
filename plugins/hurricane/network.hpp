// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/network.hpp"

#include "backbone.hpp"
#include "lists.hpp"
#include "operators.hpp"

namespace espalier::hurricane {

/// All networks of a space: decision l - 1 is the operator of layer l, one of its list. Each operator has weights of
/// its own, "layer<l>.<operator>.<part>", batch normalisations too: "<part>.bn".
Network super_network(const Backbone&, const ImageTask&, const Style&, const Lists&);

}  // namespace espalier::hurricane
