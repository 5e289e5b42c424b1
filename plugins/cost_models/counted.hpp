// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "network_sum.hpp"

namespace espalier::cost_models {

/// Multiply-adds of one layer at real-valued widths. A layer's count is proportional to its output width and, if it is
/// a convolution that is not depthwise or a linear layer, to its input width; the other factors are those of the layer
/// as it stands.
class LayerMacs final : public LayerCosts {
public:
    explicit LayerMacs(bool products) : products_{products} {}
    LayerCost operator()(const Layer&, double width_in, double width_out) const override;

private:
    bool products_;  // count number by number products and means, too
};

/// Trainable numbers of one layer at real-valued widths. Weights that several layers of a network share are counted at
/// each of them. What a custom layer says of itself does not change with width.
class LayerParams final : public LayerCosts {
public:
    LayerCost operator()(const Layer&, double width_in, double width_out) const override;
};

/// Metric `macs`: multiply-adds of the live network's convolutions and linear layers for one example, as fvcore counts
/// them. With the rule of torchprofile, which DyNAS-T uses, the outputs of products (gates, h-swish) and of global
/// means, columns first and then rows, are counted, too.
class Macs final : public CostModel {
public:
    struct Options {
        std::string rule = "fvcore";
        static void describe(Describe<Options>&);
    };
    Macs(const Options&, const Setup&);
    std::vector<std::string> metrics() const override { return {"macs"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    const LayerCosts* layers(std::string_view metric) const override { return metric == "macs" ? &layers_ : nullptr; }

private:
    LayerMacs layers_;
    NetworkSum sum_;
};

/// Metric `params`: trainable numbers of the live network; shared weights count once. The sum over layers where a
/// network shares none.
class Params final : public CostModel {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Params(const Options&, const Setup&);
    std::vector<std::string> metrics() const override { return {"params"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    const LayerCosts* layers(std::string_view metric) const override { return metric == "params" ? &layers_ : nullptr; }

private:
    LayerParams layers_;
    NetworkSum sum_;
};

}  // namespace espalier::cost_models
