// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/plugin.hpp"
#include "espalier/search.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

namespace espalier::hill_climbing {

/// Steps to the best of a few neighbours as long as one is better, then starts again somewhere else.
class HillClimbing final : public Strategy {
public:
    struct Options {
        int neighbours = 8;
        static void describe(Describe<Options>& d)
        {
            d("neighbours", &Options::neighbours, "how many are tried before a step").range(1, 1000);
        }
    };
    HillClimbing(const Options& options, const Setup& setup) : options_{options}
    {
        if (!setup.reward)
            throw OptionError("use", "hill_climbing needs something to climb; add a `reward` to the experiment");
    }

    void search(Search& search) override
    {
        Rng rng = search.rng("hill_climbing");
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
            search.note("top", height);
        }
    }

private:
    static std::vector<double> heights(Search& search, const std::vector<Architecture>& architectures)
    {
        std::vector<double> rewards;
        for (const Evaluation& evaluation : search.evaluate(architectures))
            rewards.push_back(search.reward(evaluation));
        return rewards;
    }

    Options options_;
};

void register_components(Registry& registry)
{
    registry.add<HillClimbing>("hill_climbing", "greedy steps to better neighbours, with restarts");
}

}  // namespace espalier::hill_climbing

ESPALIER_PLUGIN("hill_climbing", "0.1.0", espalier::hill_climbing::register_components)
