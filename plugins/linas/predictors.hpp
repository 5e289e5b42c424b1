// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "espalier/moo/search_genomes.hpp"
#include "espalier/regression/genome_predictor.hpp"
#include "espalier/setup.hpp"

#include "options.hpp"

namespace espalier::linas {

/// What objectives and constraints speak of, and where the inner search has it from. Found once, from the Setup.
struct Targets {
    struct Metric {
        std::string name, predictor;
        bool exact = false;  ///< a cost model gives it
    };
    std::vector<Objective> objectives;
    std::vector<Constraint> constraints;
    std::vector<Metric> metrics;  ///< the objectives' in their order, then the constraints'

    /// Costs are exact where `rules` say so and no cost model measures: asking for costs asks all of them. Those that a
    /// constraint bounds are so in any case, because a prediction keeps no bound.
    /// @throws Error without objectives. @throws OptionError for `predictors` of a metric that is not predicted.
    static Targets of(const Setup& setup, const PredictionOptions& options, const PredictionRules& rules);
    bool any_exact() const;
    /// A hash of the exact costs of an architecture: a table may have other costs for another way to write the same
    /// network, which is then worth looking at, too.
    std::uint64_t hash_of_costs(Search& search, const Architecture& architecture) const;
    std::size_t column(const std::string& metric) const;
};

/// Notes how many of them have an objective that is infinite or no number, if any: nothing is learnt from those.
void note_not_finite(Search& search, const moo::SearchGenomes& genomes, std::span<const Evaluation> evaluations);

/// One regressor for each metric that is not known exactly (Algorithm 1: "fit predictor m on all of D").
class Predictors {
public:
    /// All are lent.
    Predictors(Search& search, const moo::SearchGenomes& genomes, const Targets& targets, const PredictionRules& rules);

    /// On all evaluations that have the metric and did not fail: an infeasible one that was measured tells where the
    /// constraint lies. @return whether there was one of every metric.
    bool fit(std::span<const Evaluation> validated);
    bool fitted() const { return fitted_; }

    /// What is believed of genomes, row by row.
    struct Forecast {
        moo::Points losses;
        std::vector<double> violations;    ///< of all constraints; infinity: a cost model refuses the architecture
        std::vector<double> unaffordable;  ///< of constraints on exact costs alone
    };
    /// Only after a fit.
    Forecast forecast(const moo::Genomes& genomes) const;
    /// `unaffordable` of a forecast; needs no fit.
    std::vector<double> unaffordable(const moo::Genomes& genomes) const;

    /// Notes how good the predictions of `evaluations` were: "mape <metric>" in % and "tau <metric>", Kendall's.
    /// Comes before those evaluations are fitted.
    void note_quality(std::span<const Evaluation> evaluations) const;

private:
    /// `[genomes][metrics]`, NaN where not known; rows that a cost model refuses are told by `refused`.
    moo::Points costs(const moo::Genomes& genomes, std::vector<bool>& refused) const;

    Search& search_;
    const moo::SearchGenomes& genomes_;
    const Targets& targets_;
    std::vector<std::optional<regression::GenomePredictor>> regressors_;  // none: exact
    bool fitted_ = false;
};

}  // namespace espalier::linas
