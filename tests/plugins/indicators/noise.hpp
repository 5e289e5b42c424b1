// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/ops/index_select.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/tensor.h>

#include "espalier/torch/data/data.hpp"
#include "espalier/torch/tensors/generator.hpp"

namespace espalier::test {

/// 40 random images of 3x16x16 in ten classes.
class Noise final : public torch_sdk::TensorData {
public:
    std::vector<Input> inputs() const override { return {{"image", {3, 16, 16}}}; }
    Shape output() const override { return {10}; }
    std::int64_t examples(torch_sdk::Split) const override { return 40; }
    using TensorData::batch;
    torch_sdk::Batch batch(torch_sdk::Split, std::span<const std::int64_t> indices, const torch_sdk::Augmentation&,
                           Rng&) const override
    {
        const at::Tensor rows = at::tensor(at::ArrayRef(indices.data(), indices.size()), at::kLong);
        return {{images_.index_select(0, rows)}, rows.remainder(10)};
    }

private:
    at::Tensor images_ = at::randn({40, 3, 16, 16}, torch_sdk::generator(1, "images"), at::TensorOptions(at::kFloat));
};

}  // namespace espalier::test
