// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/examples.hpp"

#include <algorithm>

namespace espalier::torch_sdk {
namespace {

TrainingExamples with_split(const TensorData& data, Split split, std::int64_t count, Rng& rng)
{
    const std::int64_t all = data.examples(Split::train);
    return {{Split::train, random_indices(all, count > 0 ? count : all, rng)},
            {split, first_indices(data.examples(split))}};
}

}  // namespace

TrainingExamples with_test(const TensorData& data, std::int64_t count, Rng& rng)
{
    return with_split(data, Split::test, count, rng);
}

TrainingExamples with_validation(const TensorData& data, std::int64_t count, double held_out, Rng& rng)
{
    if (data.examples(Split::validation) > 0)
        return with_split(data, Split::validation, count, rng);
    const std::int64_t all = data.examples(Split::train);
    const auto apart = std::max<std::int64_t>(1, static_cast<std::int64_t>(held_out * static_cast<double>(all)));
    const std::vector<std::int64_t> drawn = random_indices(all, count > 0 ? apart + count : all, rng);
    return {{Split::train, {drawn.begin() + apart, drawn.end()}},
            {Split::train, {drawn.begin(), drawn.begin() + apart}}};
}

}  // namespace espalier::torch_sdk
