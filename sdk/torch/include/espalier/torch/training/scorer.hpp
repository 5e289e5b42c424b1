// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/phase.hpp"
#include "espalier/torch/data/examples.hpp"
#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// How well a network does on the same examples, unchanged, as the data's task says. Threads may share one.
class ESPALIER_API Scorer {
public:
    struct Scored {
        Metrics metrics;  ///< of the task
        double loss;      ///< of the task, mean over the examples, not smoothed
    };

    /// @param data are lent.
    Scorer(const TensorData& data, Examples examples) : data_{data}, examples_{std::move(examples)} {}
    /// @param statistics that normalisations use; null: the weights' own. @throws Error if it is to stop.
    Scored operator()(const Network&, const Weights&, const Context&, Statistics* statistics = nullptr) const;

private:
    const TensorData& data_;
    Examples examples_;
};

}  // namespace espalier::torch_sdk
