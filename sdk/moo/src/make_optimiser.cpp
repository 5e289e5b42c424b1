// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "espalier/error.hpp"

#include "algorithms.hpp"

namespace espalier::moo {
namespace {

struct Method {
    std::string name;
    std::unique_ptr<Optimiser> (*make)(GenomeSpace, const Settings&);
};

const std::vector<Method>& methods()
{
    static const std::vector<Method> all{
        {"age_moea", make_age_moea},
        {"c_taea", make_c_taea},
        {"constrained_ga", make_constrained_ga},
        {"ga", make_ga},
        {"local_search", make_local_search},
        {"moead", make_moead},
        {"motpe", make_motpe},
        {"nsga2", make_nsga2},
        {"random", make_random},
        {"regularised_evolution", make_regularised_evolution},
        {"u_nsga3", make_u_nsga3},
    };
    return all;
}

}  // namespace

const std::vector<std::string>& optimiser_names()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const Method& method : methods())
            result.push_back(method.name);
        return result;
    }();
    return names;
}

std::unique_ptr<Optimiser> make_optimiser(std::string_view name, GenomeSpace space, const Settings& settings)
{
    std::string known;
    for (const Method& method : methods()) {
        if (method.name == name)
            return method.make(std::move(space), settings);
        known += (known.empty() ? "" : ", ") + method.name;
    }
    throw Error("there is no optimiser `" + std::string(name) + "`; there are " + known);
}

void check_settings(std::string_view name, std::size_t objectives, Settings settings)
{
    constexpr std::size_t kEnough = 32;  // members; no rule speaks of more
    settings.population = std::min(settings.population, kEnough);
    make_optimiser(name, {.options = {2, 2}, .objectives = objectives}, settings);
}

}  // namespace espalier::moo
