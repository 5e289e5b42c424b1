// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "matrix_products.hpp"
#include "network_sum.hpp"

namespace espalier::cost_models {

/// A device that computes matrix products one layer after the other: a network's latency is the sum of its layers', its
/// utilisation multiply-adds / (peak rate * latency), which is the mean of the layers' weighted by their latencies.
/// Layers without multiply-adds (normalisation, activation, pooling, sums) are free.
class ArrayModel : public CostModel {
public:
    struct Options {
        int batch = 1;
        std::string as = "latency_ms", utilisation_as = "utilisation";
        static void describe(Describe<Options>&);
    };

    std::vector<std::string> metrics() const final { return {options_.as, options_.utilisation_as}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) final;
    /// Of both metrics: latencies add up, utilisations are weighted by them. A free layer's is 1.
    const LayerCosts* layers(std::string_view metric) const override;

protected:
    /// @param peak multiply-adds a millisecond. @throws OptionErrors if the metrics have no or the same name.
    ArrayModel(const Options&, double peak, const Setup&);
    int batch() const { return options_.batch; }

private:
    /// Of the whole batch.
    virtual LayerCost milliseconds(const MatrixProducts&) const = 0;

    class Milliseconds final : public LayerCosts {
    public:
        explicit Milliseconds(const ArrayModel& model) : model_{model} {}
        LayerCost operator()(const Layer&, double width_in, double width_out) const override;

    private:
        const ArrayModel& model_;
    };
    class Utilisation final : public LayerCosts {
    public:
        explicit Utilisation(const ArrayModel& model) : model_{model} {}
        LayerCost operator()(const Layer&, double width_in, double width_out) const override;
        std::string weighted_by() const override { return model_.options_.as; }

    private:
        const ArrayModel& model_;
    };

    Options options_;
    double peak_;
    NetworkSum latency_, macs_;
    Milliseconds layer_latency_{*this};
    Utilisation layer_utilisation_{*this};
};

}  // namespace espalier::cost_models
