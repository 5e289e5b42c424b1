// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/weights.hpp"

/// The network and input of the published test vector of the training-free method: a NAS-Bench-201 cell with
/// operations 3 3 4 1 2 0, C = 4, N = 1, three classes, built layer by layer.
struct VectorNetwork {
    VectorNetwork();
    espalier::Network network;
    espalier::torch_sdk::Weights weights;  ///< in double, filled with the vector's sines
    at::Tensor x;                          ///< [4, 3, 8, 8]
};
