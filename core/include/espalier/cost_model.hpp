// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "espalier/evaluator.hpp"

namespace espalier {

/// What one layer costs at real-valued widths, with the partial derivatives by the widths, in plain numbers.
struct LayerCost {
    double value = 0, d_in = 0, d_out = 0;
};

/// A cost layer by layer; serves differentiable search without LibTorch. A network's is the sum over its layers, or
/// their mean weighted by another such cost: the utilisation of a device is the mean of its layers' weighted by their
/// latencies.
class ESPALIER_API LayerCosts {
public:
    virtual ~LayerCosts();
    /// @param width_in,width_out channels or features, real-valued.
    virtual LayerCost operator()(const Layer&, double width_in, double width_out) const = 0;
    /// Empty: a sum. Else the metric of the same cost model, itself a sum, whose layers weight the mean.
    virtual std::string weighted_by() const { return {}; }
};

/// An evaluator cheap enough to be asked about anything, before anything costly runs.
class ESPALIER_API CostModel : public Evaluator {
public:
    ~CostModel() override;
    /// Whether a price takes so long, more than about a tenth of a millisecond, that workers are to find it while
    /// others work. Others are found at once, on the strategy's thread.
    virtual bool slow() const { return measures(); }
    /// Null if `metric` is neither a sum nor a mean over layers. Lives as long as this object.
    virtual const LayerCosts* layers(std::string_view metric) const;
};

}  // namespace espalier
