// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "network_sum.hpp"

namespace espalier::cost_models {

/// Another cost model, asked about single layers at a grid of widths only: a layer costs what the nearest one on the
/// grid does, a network the sum of its layers. The baseline of U-Boost NAS (ECCV 2022, section 4) for search without a
/// differentiable model: there are no gradients by the widths. What was asked once is kept.
///
/// Layers without multiply-adds are free. With `utilisation` the other model's metric of that name is offered, too; a
/// network's is the layers' mean weighted by their costs.
///
/// Deviation: the authors' table was simulated for one example while their other models priced 64; here the grid has
/// whatever batch `of` says.
class Blackbox final : public CostModel {
public:
    struct Options {
        Use<CostModel> of;
        std::string metric = "latency_ms", utilisation;
        int step = 16, largest = 256;
        std::string as;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionErrors for a model that must learn, and metrics that it does not give.
    Blackbox(const Options&, const Setup&);
    ~Blackbox() override;

    std::vector<std::string> metrics() const override;
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    const LayerCosts* layers(std::string_view metric) const override;
    bool measures() const override { return of_->measures(); }
    bool slow() const override { return of_->slow(); }

private:
    struct Cost {
        double value = 0, utilisation = 1;
    };
    class Layers;
    /// @throws Error if the other model cannot price it.
    Cost nearest(const Layer&, double width_in, double width_out) const;
    double on_grid(double width, double groups) const;

    Options options_;
    std::unique_ptr<CostModel> of_;
    mutable std::mutex busy_;
    mutable std::map<std::string, Cost, std::less<>> known_;  // by the printed layer
    NetworkSum sum_, busy_sum_;                               // of costs; of costs times utilisation
    std::unique_ptr<const Layers> costs_, utilisations_;
};

}  // namespace espalier::cost_models
