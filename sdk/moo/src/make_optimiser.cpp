// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"
#include "espalier/moo/methods.hpp"

namespace espalier::moo {
namespace {

struct Method {
    std::string name;
    std::unique_ptr<Optimiser> (*make)(GenomeSpace, const Settings&);
    void (*check)(std::size_t objectives, const Settings&);
};

template <class Own>
Own with(const Settings& shared)
{
    Own settings;
    static_cast<Settings&>(settings) = shared;
    return settings;
}

template <class... Owns>
std::vector<Method> methods_of()
{
    return {
        {Owns::kName,
         [](GenomeSpace space, const Settings& shared) { return make_optimiser(std::move(space), with<Owns>(shared)); },
         [](std::size_t objectives, const Settings& shared) { check_settings(with<Owns>(shared), objectives); }}...};
}

const std::vector<Method>& methods()
{
    static const auto all = methods_of<AgeMoeaSettings, CTaeaSettings, ConstrainedGaSettings, GaSettings,
                                       LocalSearchSettings, MoeadSettings, MotpeSettings, Nsga2Settings, RandomSettings,
                                       RegularisedEvolutionSettings, UNsga3Settings>();
    return all;
}

const Method& method_named(std::string_view name)
{
    std::string known;
    for (const Method& method : methods()) {
        if (method.name == name)
            return method;
        known += (known.empty() ? "" : ", ") + method.name;
    }
    throw Error("there is no optimiser `" + std::string(name) + "`; there are " + known);
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
    return method_named(name).make(std::move(space), settings);
}

void check_settings(std::string_view name, std::size_t objectives, const Settings& settings)
{
    method_named(name).check(objectives, settings);
}

}  // namespace espalier::moo
