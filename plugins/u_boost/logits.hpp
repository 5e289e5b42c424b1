// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/optimiser.hpp"

namespace espalier::u_boost {
using at::Tensor;

/// What is learnt about the open decisions of a super-network: a number for each option, and Adam that moves them. They
/// are no weights: weight decay never touches them.
class Logits {
public:
    /// Of operations normal with `deviation`; of widths the density of a normal distribution with a deviation of one
    /// option around a random one (U-Boost NAS, as its authors' code begins).
    Logits(const Network& super, const Region& open, double learning_rate, double deviation, Rng&);

    /// A sample of each decision's relaxed distribution, differentiable by the logits.
    torch_sdk::Gates sample(double temperature, Rng&) const;
    /// The largest of each, the other decisions as in `fixed`.
    Architecture best(Architecture fixed) const;
    /// Mean over the decisions, in nats, of the distributions softmax(logits).
    double entropy() const;
    torch_sdk::Optimiser& optimiser() { return adam_; }
    const std::map<std::size_t, Tensor>& values() const { return values_; }

    void save(const std::string& folder) const;
    void load(const std::string& folder);

private:
    std::map<std::size_t, Tensor> values_;  // by decision, in double on the CPU
    torch_sdk::Optimiser adam_;
};

}  // namespace espalier::u_boost
