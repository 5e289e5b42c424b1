// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/network.hpp"
#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// Which ReLU units are active (pre-activation > 0) for every sample of a batch, one bit a unit.
class ActivationPatterns {
public:
    explicit ActivationPatterns(std::int64_t samples) : samples_{samples} {}

    /// Appends the units of one layer. @param pre_activation [samples, ...].
    void add(const Tensor& pre_activation);
    std::int64_t samples() const { return samples_; }
    std::int64_t units() const { return units_; }
    /// How many units two samples have in common: both active or both not. Their number for i == j.
    std::int64_t equal(std::int64_t i, std::int64_t j) const;
    /// How many different patterns the samples have, those of `others` included. All have the same units.
    static std::size_t distinct(std::span<const ActivationPatterns> batches);

private:
    struct Layer {
        std::int64_t words;               // of one sample
        std::vector<std::uint64_t> bits;  // [samples, words]; bits beyond the units are 0
    };
    std::int64_t samples_, units_ = 0;
    std::vector<Layer> layers_;
};

/// To be called as ForwardOptions::observe: adds every ReLU. @param patterns must outlive it.
std::function<void(const Layer&, const Tensor&, const Tensor&)> watching_relus(ActivationPatterns& patterns);

}  // namespace espalier::indicators
