// SPDX-License-Identifier: Apache-2.0
#include "u_boost.hpp"

#include <algorithm>
#include <numeric>

#include "espalier/error.hpp"

namespace espalier::u_boost {
namespace {

/// The decisions that channel masks carry out.
std::vector<bool> widths(const SearchSpace& space)
{
    std::vector<bool> are(space.decisions().size());
    for (const Layer layer : space.network(Region(space.decisions())))
        if (layer.op() == Op::channel_mask)
            are[layer.decision()] = true;
    return are;
}

/// The decisions of one kind open, the others as in `fixed`.
Region opened(const std::vector<bool>& is_width, bool of_widths, const Architecture& fixed, const SearchSpace& space)
{
    Region region(space.decisions());
    for (std::size_t d = 0; d < is_width.size(); ++d)
        if (is_width[d] != of_widths)
            region.fix(d, fixed.choices[d]);
    return region;
}

}  // namespace

void UBoost::Options::describe(Describe<Options>& d)
{
    d("width", &Options::width, "of every convolution while operations are searched").range(1, 1e6);
    d("width_epochs", &Options::width_epochs, "passes over the training images while widths are searched")
        .range(1, 100'000);
    d.include<SearchOptions>();
}

UBoost::UBoost(const Options& o, const Setup& setup) : options_{o}, partners_{o, setup}, is_width_{widths(*setup.space)}
{
    const auto decisions = setup.space->decisions();
    if (std::ranges::count(is_width_, true) == 0 || std::ranges::count(is_width_, false) == 0)
        throw Error("needs a space that decides on operations and on widths; `gradient` searches others");
    for (std::size_t d = 0; d < decisions.size(); ++d) {
        const auto& options = decisions[d].options;
        const auto found = std::ranges::find(options, std::to_string(o.width));
        if (is_width_[d] && found == options.end())
            throw OptionError("width", std::to_string(o.width) + " is no option of '" + decisions[d].name + "'");
        first_.choices.push_back(is_width_[d] ? static_cast<std::uint16_t>(found - options.begin()) : 0);
    }
}

void UBoost::search(Search& search)
{
    const SearchSpace& space = search.space();
    RelaxedSearch operations("operations ", space, opened(is_width_, false, first_, space), options_, partners_,
                             options_.epochs, search.rng("operations"));
    search.phase("stage 1: operations", operations);
    const Architecture cell = operations.best(first_);
    RelaxedSearch widths("widths ", space, opened(is_width_, true, cell, space), options_, partners_,
                         options_.width_epochs, search.rng("widths"));
    search.phase("stage 2: widths", widths);
    announce(search, widths.best(cell), operations.timed_operations(cell));
}  // stage 3 is the experiment's `final`

}  // namespace espalier::u_boost
