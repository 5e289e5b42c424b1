// SPDX-License-Identifier: Apache-2.0
#include "host/study/expansion.hpp"

#include <cmath>
#include <map>
#include <string>
#include <unordered_map>

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

/// Exact where all are equal, so that ties stay ties.
class Mean {
public:
    explicit Mean(double first) : first_{first} {}
    void add(double value)
    {
        equal_ = equal_ && value == first_;
        total_ += value;
        ++count_;
    }
    double mean() const { return equal_ ? first_ : total_ / count_; }

private:
    double first_, total_ = 0;
    int count_ = 0;
    bool equal_ = true;
};

}  // namespace

std::vector<Evaluation> every_architecture(const SearchSpace& space, std::span<const Evaluation> known)
{
    const double size = Region(space.decisions()).size();
    if (size > kMostArchitectures)
        throw Error("the space has too many architectures to go through all of them");
    std::unordered_map<std::string, const Metrics*> of_keys;
    std::unordered_map<Architecture, const Metrics*> own;
    for (const Evaluation& one : known) {
        of_keys.emplace(space.key(one.architecture), &one.metrics);
        own.emplace(one.architecture, &one.metrics);
    }
    Architecture a;
    a.choices.resize(space.decisions().size());
    std::vector<Evaluation> all;
    do {
        const auto found = of_keys.find(space.key(a));
        if (found == of_keys.end())
            continue;
        const auto itself = own.find(a);
        all.push_back(
            {.architecture = a, .metrics = itself != own.end() ? *itself->second : *found->second, .reason = {}});
    } while (advance(a, space.decisions()));
    return all;
}

std::vector<Evaluation> mean_by_key(const SearchSpace& space, std::vector<Evaluation> evaluations)
{
    std::vector<Evaluation> means;
    std::vector<std::map<std::string, Mean>> sums;
    std::unordered_map<std::string, std::size_t> place;
    for (Evaluation& one : evaluations) {
        const auto [found, is_new] = place.try_emplace(space.key(one.architecture), means.size());
        if (is_new)
            sums.emplace_back();
        for (const auto& [metric, value] : one.metrics)
            sums[found->second].try_emplace(metric, value).first->second.add(value);
        if (is_new)
            means.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < means.size(); ++i) {
        means[i].metrics.clear();
        for (const auto& [metric, sum] : sums[i])
            if (!std::isnan(sum.mean()))  // of both infinities there is none
                means[i].metrics.emplace(metric, sum.mean());
    }
    return means;
}

}  // namespace espalier::host
