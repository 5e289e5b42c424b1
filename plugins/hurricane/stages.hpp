// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/strategy.hpp"

#include "one_shot.hpp"

namespace espalier::hurricane {

/// The searches of Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling" (ECCV 2020),
/// which trains and searches the whole space, and of Zhang et al., "Fast Hardware-Aware Neural Architecture Search"
/// (CVPR Workshops 2020), algorithm 1, which does so with the last decisions first.
class StagedSearch : public Strategy {
public:
    void search(Search&) final;

protected:
    /// @param split first decisions, searched in a second stage. @param each_winner whether the first stage's winner is
    /// one.
    StagedSearch(const OneShot::Options& options, const Setup& setup, std::size_t split, bool each_winner)
        : one_shot_{options, setup}, split_{split}, each_winner_{each_winner}
    {
    }

private:
    OneShot one_shot_;
    std::size_t split_;
    bool each_winner_;
};

/// One stage.
class Spos final : public StagedSearch {
public:
    using Options = OneShot::Options;
    Spos(const Options& options, const Setup& setup) : StagedSearch(options, setup, 0, false) {}
};

/// Two stages. Option 0 of each decision is the best beforehand: the initial winner.
class TwoStages final : public StagedSearch {
public:
    struct Options : OneShot::Options {
        int split = 8;
        bool each_winner = false;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for a split beyond the decisions.
    TwoStages(const Options&, const Setup&);
};

}  // namespace espalier::hurricane
