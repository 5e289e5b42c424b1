// SPDX-License-Identifier: Apache-2.0
#include "stages.hpp"

#include <numeric>

namespace espalier::hurricane {
namespace {

/// Its decisions are open from `first` on, up to `end`.
struct SearchStage {
    std::string name;
    std::size_t first, end;
};

Region around(const Architecture& winner, std::span<const Decision> decisions, const SearchStage& stage)
{
    Region region(winner);
    for (std::size_t d = stage.first; d < stage.end; ++d) {
        std::vector<std::uint16_t> all(decisions[d].options.size());
        std::iota(all.begin(), all.end(), std::uint16_t{0});
        region.allow(d, std::move(all));
    }
    return region;
}

}  // namespace

void TwoStages::Options::describe(Describe<Options>& d)
{
    d("split", &Options::split,
      "the first decisions, searched in stage 2, when stage 1 has chosen the others; 0: all at "
      "once, as `spos`")
        .range(0, 1'000'000)
        .symbol("t");
    d("each_winner", &Options::each_winner, "the winner of stage 1 is a winner of the run, too, for `final`");
    d.include<OneShot::Options>();
}

TwoStages::TwoStages(const Options& options, const Setup& setup)
    : StagedSearch(options, setup, static_cast<std::size_t>(options.split), options.each_winner)
{
    if (const std::size_t all = setup.space->decisions().size(); static_cast<std::size_t>(options.split) > all)
        throw OptionError("split", "must be at most the decisions of the space, " + std::to_string(all));
}

/// Algorithm 1 of Zhang et al., behind the choice of the operators, which the space makes.
void StagedSearch::search(Search& search)
{
    const std::span<const Decision> decisions = search.space().decisions();
    std::vector<SearchStage> stages;
    if (split_ < decisions.size())
        stages.push_back({"stage 1", split_, decisions.size()});
    if (split_ > 0)
        stages.push_back({"stage 2", 0, split_});

    Architecture winner{std::vector<std::uint16_t>(decisions.size())};
    std::vector<Winner> winners;
    for (std::size_t left = stages.size(); left > 0 && search.remaining() > 0; --left) {
        const SearchStage& stage = stages[stages.size() - left];
        const std::size_t remaining = search.remaining();
        const std::size_t share = remaining / left + (remaining % left > 0 ? 1 : 0);
        const auto best = one_shot_.best(search, stage.name, around(winner, decisions, stage), share);
        if (!best)
            continue;
        winner = best->architecture;
        winners.push_back({stage.name, winner, best->metrics, {}});
    }
    if (winners.empty())
        return;
    winners.back().name = "best";
    for (Winner& found : std::span(winners).subspan(each_winner_ ? 0 : winners.size() - 1))
        search.winner(std::move(found));
}

}  // namespace espalier::hurricane
