// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// What a device needs at once to run a network layer by layer, in the network's order: all weights, and the outputs
/// that somebody still needs, at the layer where these are most. The network's inputs count while they are needed. With
/// `in_place` a layer that works number by number (activations, normalisation, sums, products, dropout, flatten) writes
/// over an input that nobody needs later.
class Memory final : public CostModel {
public:
    struct Options {
        int batch = 1;
        double activation_bytes = 4, weight_bytes = 4;
        bool in_place = true;
        std::string as = "memory_bytes";
        static void describe(Describe<Options>&);
    };
    Memory(const Options&, const Setup&);
    std::vector<std::string> metrics() const override { return {options_.as}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

private:
    double bytes(const Network&) const;
    Options options_;
};

/// Numbers of one example that are alive at once at most, see Memory.
double peak_activations(const Network&, bool in_place);

}  // namespace espalier::cost_models
