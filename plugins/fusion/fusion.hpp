// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/setup.hpp"

#include "ecdf.hpp"
#include "linear_fit.hpp"
#include "reference_set.hpp"
#include "smooth_ecdf.hpp"

namespace espalier::fusion {

/// Puts the metrics of another evaluator on one scale and fuses them. Learns a reference set of random, different
/// networks once. Gives the wrapped evaluator's metrics and, by `combine`:
///
/// mean_log_ecdf, after the aggregation of ranks of Lee and Ham, "AZ-NAS" (CVPR 2024), with a frozen reference set
/// instead of the networks seen so far:
///   <metric>_ecdf  where the value stands in the reference set (SmoothEcdf), in (0, 1]
///   fi             the geometric mean of these: for rewards
///   fi_log         its logarithm, strictly increasing in every metric also where `fi` is 1 but for rounding: for
///                  choosing winners. The option `as` names both
/// A metric of -infinity, an indicator that is not defined for a network, has the least place.
///
/// mean_ecdf and fitted, the fusion indicator FI of Tran and Bae, "Training-Free Hardware-Aware Neural Architecture
/// Search with Reinforcement Learning", JBE 26(7), 2021:
///   <metric>_ecdf  rank / n within the reference set, in [0.01, 1]: positive, so fit for products (Ecdf::rank)
///   fi_equal       the mean of these: training-free, in [0.01, 1], for rewards
///   fi_strict      the mean of the strictly increasing extensions (Ecdf::strict_rank): for choosing winners, since
///                  the best of a space all have rank 1
///   fi_fitted      `fitted` only: an accuracy in [0, 1], fitted on labelled networks outside the reference set.
/// Higher is better in all, as in the metrics that are fused.
///
/// Deviation: the paper takes FI from an earlier work whose weights and normalisation are not stated; the weighted sum
/// fitted to accuracies is `fi_fitted`, the others need no accuracy at all.
class Fusion : public Evaluator {
public:
    struct Options {
        Use<Evaluator> of;
        std::string combine = "mean_log_ecdf", as = "fi";
        std::vector<std::string> metrics{"cj_count", "nlr", "cnntk", "os_rel"};
        int reference = 200, per_step = 5, labelled = 100;
        Use<Evaluator> labels;
        double ridge = 0.01;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    Fusion(const Options&, const Setup&);
    ~Fusion() override;

    std::vector<std::string> metrics() const override;
    /// @throws Error if the reference set has not been learnt.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    std::string key(const Candidate& candidate) const override { return inner_->key(candidate); }
    std::unique_ptr<Phase> training(const Region&, Sampler paths) override;
    bool trains() const override { return true; }
    bool measures() const override { return inner_->measures(); }
    std::uint64_t seed() const override { return options_.seed; }

private:
    class Learning;
    void learn(const ReferenceSet& reference, const ReferenceSet& labelled);
    bool smooth() const { return options_.combine == "mean_log_ecdf"; }
    bool rankable(const Metrics&, const std::string& metric) const;
    std::vector<double> ranks(const Metrics&) const;
    Evaluation fused(Evaluation) const;
    void add_places(Metrics&) const;
    void add_ranks(Metrics&) const;

    Options options_;
    std::unique_ptr<Evaluator> inner_, labels_;
    const SearchSpace& space_;
    std::vector<Ecdf> distributions_;               // of options_.metrics; empty: not learnt
    std::vector<SmoothEcdf> smooth_distributions_;  // the same, for mean_log_ecdf
    std::optional<LinearFit> fit_;
};

}  // namespace espalier::fusion
