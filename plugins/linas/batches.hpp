// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <unordered_set>

#include "inner_search.hpp"

namespace espalier::linas {

/// Which architectures are validated next: the batches Q of Algorithm 1.
class Batches {
public:
    /// All are lent.
    /// @param drop_duplicates no network is validated twice, and what the inner search leaves short is filled up
    Batches(const moo::SearchGenomes& genomes, const Predictors& predictors, bool drop_duplicates, std::uint64_t seed);

    /// Uniformly random ones that meet the constraints on exact costs; with `drop_duplicates` distinct networks. Where
    /// random ones hardly ever do, a genetic algorithm looks for some.
    /// @return fewer if there are no more; a single one that meets them not if none does.
    moo::Genomes first(std::size_t count);
    /// Nothing that `first` looked at meets the constraints on costs, or has any.
    bool hopeless() const { return hopeless_; }
    /// What meets the constraints on exact costs of the last population of the inner search, or where nothing does what
    /// `first` finds. With `drop_duplicates` the best first and only new networks that are
    /// predicted to meet all constraints, filled up from all that the inner search saw, then with mutants of the best
    /// of it, then with what only predictions hold against, then with random ones.
    moo::Genomes next(const Found& found, std::size_t count);
    /// Never proposed again, whatever became of them.
    void remember(std::span<const Evaluation> evaluations);

private:
    bool take(std::span<const moo::Gene> genome, moo::Genomes& batch);
    void take_best(const moo::Population& from, const std::vector<bool>& may, std::size_t count, moo::Genomes& batch);
    void take_mutants(const Found& found, std::size_t count, moo::Genomes& batch);
    void take_random(std::size_t count, moo::Genomes& batch);
    void draw(std::size_t count, moo::Genomes& batch);
    void take_affordable(const moo::Genomes& from, std::size_t count, moo::Genomes& batch) const;
    void take_bred(std::size_t count, moo::Genomes& batch);

    const moo::SearchGenomes& genomes_;
    const Predictors& predictors_;
    bool drop_duplicates_, hopeless_ = false;
    moo::GenomeSpace space_;
    Rng rng_;
    std::unique_ptr<moo::Optimiser> random_;
    std::unordered_set<std::uint64_t> seen_;
};

}  // namespace espalier::linas
