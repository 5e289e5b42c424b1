// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <unordered_set>
#include <vector>

#include "espalier/moo/search_genomes.hpp"

namespace espalier::linas {

/// D of Algorithm 1, every architecture once: a predictor is not to weigh one by how often it was chosen. The reference
/// drops duplicates before it fits, too.
class Validated {
public:
    /// `genomes` is lent.
    explicit Validated(const moo::SearchGenomes& genomes) : genomes_{genomes} {}

    /// @return whether one of the networks was new. Another way to write a network is no new network, but teaches.
    bool append(std::span<const Evaluation> evaluations)
    {
        bool any = false;
        for (const Evaluation& evaluation : evaluations) {
            any = networks_.insert(genomes_.key(evaluation.architecture.choices)).second || any;
            if (architectures_.insert(evaluation.architecture).second)
                all_.push_back(evaluation);
        }
        return any;
    }
    const std::vector<Evaluation>& all() const { return all_; }

private:
    const moo::SearchGenomes& genomes_;
    std::vector<Evaluation> all_;
    std::unordered_set<Architecture> architectures_;
    std::unordered_set<std::uint64_t> networks_;
};

}  // namespace espalier::linas
