// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/torch/data/data.hpp"

namespace espalier::torch_sdk {

/// Some examples of one split.
struct Examples {
    Split split = Split::train;
    std::vector<std::int64_t> indices;
};

/// What is trained on, and what tells how well it went.
struct TrainingExamples {
    Examples train, score;
};

/// All test examples; `count` training examples drawn at random, all for 0.
ESPALIER_API TrainingExamples with_test(const TensorData&, std::int64_t count, Rng&);
/// The validation examples that the data set aside; where they have none, the part `held_out` of the training examples
/// takes their place, drawn with those that are trained on.
/// @throws Error if there are fewer than that.
ESPALIER_API TrainingExamples with_validation(const TensorData&, std::int64_t count, double held_out, Rng&);

/// Which examples are for validation and which are left, both in ascending order.
struct SetAside {
    std::vector<std::int64_t> aside, kept;
};
/// `count` examples, from each class in proportion to its size; always the same ones.
ESPALIER_API SetAside set_aside(std::span<const std::int64_t> labels, std::int64_t count);

}  // namespace espalier::torch_sdk
