// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/regression/genome_predictor.hpp"
#include "espalier/search_space.hpp"

namespace espalier::predicted {

/// Some networks as predictors see them.
struct Networks {
    std::vector<regression::Gene> genes;  ///< `[networks][decisions]`
    std::size_t decisions = 0;
    std::vector<double> rows;  ///< `[networks][columns]` of NetworkFeatures
    std::size_t columns = 0;   ///< 0: nobody looks at networks

    std::size_t size() const { return genes.size() / decisions; }
    regression::Genomes genomes() const { return {genes, decisions}; }
    Networks some(std::span<const std::size_t> places) const;
};

/// A regressor on one kind of features: one of those that cross-validation weighs.
class Member {
public:
    /// The kinds of features that are numbers of the network instead of its genome, and both: how often each option was
    /// taken, and those.
    static constexpr const char *kNetwork = "network", *kCountsNetwork = "counts_network";

    /// @param features a name of `regression::feature_kind_names()`, `kNetwork` or `kCountsNetwork`.
    Member(const SearchSpace& space, const std::string& model, const std::string& features);
    /// Forgets what it learnt before.
    void fit(const Networks&, std::span<const double> targets);
    void predict(const Networks&, std::span<double> out) const;
    bool looks_at_networks() const { return by_row_ != nullptr; }

private:
    std::vector<double> rows(const Networks&) const;
    void choose_columns(std::span<const double> rows, std::size_t networks);
    std::vector<double> standardised(std::span<const double> rows, std::size_t networks) const;

    std::optional<regression::GenomePredictor> by_genome_;
    std::unique_ptr<regression::Regressor> by_row_;
    std::optional<regression::Features> counts_;  // in rows, too
    /// A column that tells something: its mean, and 1 / deviation, in the networks that it learnt from.
    struct Column {
        std::size_t of_row;
        double mean, scale;
    };
    std::vector<Column> columns_;
};

}  // namespace espalier::predicted
