// SPDX-License-Identifier: Apache-2.0
#include "host/study/expansion.hpp"

#include "espalier/error.hpp"

namespace espalier::host {

namespace {

constexpr double kMostArchitectures = 2e6;

/// The next one in the order of the choices. @return false behind the last.
bool advance(Architecture& a, std::span<const Decision> decisions)
{
    for (std::size_t d = decisions.size(); d-- > 0;) {
        if (++a.choices[d] < decisions[d].options.size())
            return true;
        a.choices[d] = 0;
    }
    return false;
}

}  // namespace

std::vector<Evaluation> every_architecture(const SearchSpace& space, const std::map<std::string, Metrics>& of_keys)
{
    const double size = Region(space.decisions()).size();
    if (size > kMostArchitectures)
        throw Error("the space has too many architectures to go through all of them");
    Architecture a;
    a.choices.resize(space.decisions().size());
    std::vector<Evaluation> all;
    do {
        if (const auto found = of_keys.find(space.key(a)); found != of_keys.end())
            all.push_back({.architecture = a, .metrics = found->second, .reason = {}});
    } while (advance(a, space.decisions()));
    return all;
}

std::vector<Evaluation> mean_by_key(const SearchSpace& space, std::vector<Evaluation> evaluations,
                                    const std::string& metric)
{
    struct Sum {
        double total = 0;
        int count = 0;
    };
    std::vector<Evaluation> means;
    std::vector<Sum> sums;
    std::map<std::string, std::size_t> place;
    for (Evaluation& one : evaluations) {
        const auto [found, is_new] = place.try_emplace(space.key(one.architecture), means.size());
        const auto value = one.metrics.find(metric);
        if (is_new)
            sums.emplace_back();
        if (value != one.metrics.end())
            sums[found->second].total += value->second, ++sums[found->second].count;
        if (is_new)
            means.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < means.size(); ++i)
        if (sums[i].count > 0)
            means[i].metrics[metric] = sums[i].total / sums[i].count;
    return means;
}

}  // namespace espalier::host
