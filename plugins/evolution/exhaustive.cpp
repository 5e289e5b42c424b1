// SPDX-License-Identifier: Apache-2.0
#include "exhaustive.hpp"

#include <sstream>

#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

namespace espalier::evolution {
namespace {

constexpr double kMostArchitectures = 1e7;

/// Counts up, the last decision fastest. @return whether there was another one.
bool advance(Architecture& a, std::span<const Decision> decisions)
{
    for (std::size_t i = decisions.size(); i-- > 0;) {
        if (++a.choices[i] < decisions[i].options.size())
            return true;
        a.choices[i] = 0;
    }
    return false;
}

}  // namespace

void Exhaustive::Options::describe(Describe<Options>& d)
{
    d("per", &Options::per, "`class`: one of all architectures that are the same network; `architecture`: all of them")
        .one_of({"class", "architecture"});
    d("in_flight", &Options::in_flight, "architectures evaluated at the same time; changes nothing in the results")
        .range(1, 10'000);
}

Exhaustive::Exhaustive(const Options& options, const Setup& setup) : options_{options}
{
    const double size = Region(setup.space->decisions()).size();
    if (size <= kMostArchitectures)
        return;
    std::ostringstream text;
    text << "exhaustive: the space has " << size << " architectures, at most 10,000,000 can be gone through; use "
         << "`random` or `aging_evolution`";
    throw Error(text.str());
}

void Exhaustive::search(Search& search)
{
    const SearchSpace& space = search.space();
    const bool all = options_.per == "architecture";
    Architecture next{std::vector<std::uint16_t>(space.decisions().size())};
    int flying = 0;
    bool more = true;
    while (more || flying > 0) {
        for (; more && flying < options_.in_flight; more = more && advance(next, space.decisions())) {
            if (!all && space.canonical(next) != next)
                continue;
            if (search.remaining() == 0) {
                more = false;
                break;
            }
            search.submit(next);
            ++flying;
        }
        if (flying > 0) {
            search.collect();
            --flying;
        }
    }
}

}  // namespace espalier::evolution
