// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "examples.hpp"
#include "learnt_cost.hpp"

namespace espalier::predicted {

/// A cost model that learns another one, or a file of measurements, from a few hundred networks, in a phase of the run,
/// and answers in its place from then on. What it says of a network:
///
///   <metric>             what the other would say, as predicted; with `confidence` the conformal quantile
///   <metric>_sd_<unit>   how far predictions of networks that were held out were off: 68.3 % of them were within it
///
/// What it learns from is drawn uniformly, without repetition; what the other cannot price is left out. Which
/// regressors on which features, and how much each counts, is found by cross-validation (`regression::blend`). Notes at
/// the end of the phase how good held-out predictions are: "mape <metric>", "within_10_pct <metric>", "spearman
/// <metric>", "kendall <metric>"; and "left out <metric>", if any were.
class Predicted final : public CostModel {
public:
    struct Options {
        Use<CostModel> of;
        std::string metric;
        std::filesystem::path file;
        std::string column, arch_column = "arch", as, model = "auto", features = "auto";
        int samples = 200, folds = 10;
        double scale = 1, confidence = 0;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionErrors unless there is either `of` or `file`, for metrics and columns that they do not have, units
    /// that `scale` does not join, a nested model that has to learn itself, one that answers at once and prices nothing
    /// of the space, and fewer `samples` than `confidence` needs.
    Predicted(const Options&, const Setup&);
    ~Predicted() override;

    std::vector<std::string> metrics() const override { return {options_.as, deviation_}; }
    /// @throws Error before it has learnt.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    std::string key(const Candidate&) const override;
    std::unique_ptr<Phase> training(const Region&, Sampler paths) override;
    bool trains() const override { return true; }
    std::uint64_t seed() const override { return options_.seed; }

private:
    class Learning;
    const Architecture& genome(const Candidate&) const;
    /// The fewest examples that are enough.
    std::size_t fewest() const;
    /// @throws Error if there are too few with a value.
    LearntCost::Quality learn(const Examples&);

    Options options_;
    std::unique_ptr<CostModel> of_;  // none: a file
    const SearchSpace& space_;
    std::string deviation_;  // the metric's name
    LearntCost learnt_;
    bool ready_ = false;
    double shift_ = 0, spread_ = 0;  // from the prediction to what is priced; what `deviation_` says
};

}  // namespace espalier::predicted
