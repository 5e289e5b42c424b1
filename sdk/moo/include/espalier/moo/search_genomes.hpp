// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/moo/optimiser.hpp"
#include "espalier/search.hpp"

namespace espalier::moo {

/// Evaluations as `Optimiser::tell` takes them.
struct Told {
    Genomes genomes;                 ///< `[evaluations][genes]`
    Points losses;                   ///< `[evaluations][objectives]`
    std::vector<double> violations;  ///< 0: feasible; infinity: failed
    std::size_t not_finite = 0;      ///< evaluations that are ok, but have a loss that is infinite or no number
};

/// A run's search in the terms of optimisers: genomes for architectures, losses to be minimised for objectives, a
/// violation for constraints. Belongs to one thread.
class SearchGenomes {
public:
    /// Both are lent. `constraints` are those of the strategy's Setup.
    /// @param by_reward one loss, minus the reward, instead of the objectives.
    SearchGenomes(const Search& search, std::span<const Constraint> constraints, bool by_reward = false);

    /// Architectures of one key count as different where `what` of them differs, such as costs that a table has for
    /// each architecture. Comes before `genome_space`; `what` must be pure.
    void distinguish(std::function<std::uint64_t(const Architecture&)> what) { what_ = std::move(what); }

    /// Genes count the options that `region` allows, of which alone it may be told. Comes before `genome_space`.
    void within(Region region) { region_ = std::move(region); }

    /// With keys, inactive and ordinal decisions of the search space. Refers to this object, which must outlive it.
    GenomeSpace genome_space() const;
    std::size_t losses() const { return by_reward_ ? 1 : search_.objectives().size(); }

    Architecture architecture(std::span<const Gene> genome) const;
    std::vector<Architecture> architectures(const Genomes& genomes) const;
    /// Equal for genomes that are the same network: a hash of `SearchSpace::key`, and of what else distinguishes them.
    std::uint64_t key(std::span<const Gene> genome) const;

    /// The objectives among `metrics`, maximised ones negated; left as it is where a metric is missing.
    /// @return whether none was missing.
    bool losses(const Metrics& metrics, std::span<double> losses) const;
    /// Of the constraints, added up, as `espalier::violation`.
    double violation(const Evaluation& evaluation) const { return espalier::violation(constraints_, evaluation); }

    /// For `Optimiser::tell`: what failed has an infinite violation, and so has what was never evaluated or lacks an
    /// objective although it is ok. An infeasible evaluation has a violation above 0; a loss that it lacks is the worst
    /// of the batch.
    Told told(std::span<const Evaluation> evaluations) const;

private:
    double violation_of(const Evaluation& evaluation) const;
    void decode(std::span<const Gene> genome, Architecture& architecture) const;
    struct Remembered {
        std::uint64_t genome = 0, key = 0;
    };

    const Search& search_;
    std::vector<Constraint> constraints_;
    bool by_reward_;
    std::function<std::uint64_t(const Architecture&)> what_;
    Region region_;                               ///< of which genes count the options
    mutable Architecture scratch_;                // one allocation for all keys
    mutable std::vector<Remembered> remembered_;  // keys are asked for twice: when proposed and when told
};

}  // namespace espalier::moo
