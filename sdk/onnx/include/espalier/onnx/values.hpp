// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::onnx_sdk {

/// A tensor's numbers, row by row.
struct Values {
    Shape shape;
    std::vector<float> numbers;
};

/// A network's weights and running statistics by full name, "stem.conv.weight".
using NamedValues = std::map<std::string, Values, std::less<>>;

/// Random ones: convolutions and linear layers normal with variance 2 / fan_in (He et al., ICCV 2015), which keeps the
/// numbers of deep networks in range, biases 0, normalisations 1, 0, 0, 1. They depend on seed, name and size only.
NamedValues initial_values(const Network&, std::uint64_t seed);

}  // namespace espalier::onnx_sdk
