// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/search.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

namespace espalier::my_plugin_plugin {

/// Steps to the best of a few neighbours as long as one is better, then starts again somewhere else.
class MyPluginComponent final : public Strategy {
public:
    struct Options {
        int neighbours = 8;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("neighbours", &Options::neighbours, "how many are tried before a step").range(1, 1000);
        }
    };
    /// @throws Error without a reward.
    MyPluginComponent(const Options& options, const Setup& setup) : options_{options}
    {
        if (setup.reward == nullptr)
            throw Error("strategy `my_plugin` needs something to climb; add a `reward` to the experiment");
    }

    /// Reads like the algorithm of the paper. All randomness comes from `search.rng`, so that runs can be resumed.
    void search(Search& search) override
    {
        Rng rng = search.rng("my_plugin");
        const Region all(search.space().decisions());
        while (search.remaining() > 0) {
            Architecture here = random_architecture(all, rng);
            double height = heights(search, {here}).front();
            for (bool better = true; better && search.remaining() > 0;) {
                std::vector<Architecture> around;
                for (int i = 0; i < options_.neighbours; ++i)
                    around.push_back(mutated_once(here, all, rng));
                const std::vector<double> found = heights(search, around);
                const auto best = std::ranges::max_element(found);
                better = *best > height;
                if (better) {
                    height = *best;
                    here = around[static_cast<std::size_t>(best - found.begin())];
                }
            }
            search.note("top", height);  // a curve of the run
        }
    }

private:
    /// Minus infinity for what is infeasible, failed or beyond the budget.
    static std::vector<double> heights(Search& search, const std::vector<Architecture>& architectures)
    {
        std::vector<double> rewards;
        for (const Evaluation& evaluation : search.evaluate(architectures))
            rewards.push_back(search.reward(evaluation));
        return rewards;
    }

    Options options_;
};

}  // namespace espalier::my_plugin_plugin
