// SPDX-License-Identifier: Apache-2.0
#include "priced.hpp"

#include <utility>

#include "espalier/error.hpp"

namespace espalier::cost_models {

Priced::Priced(std::string metric, const SearchSpace* space, Pricing pricing, Grouping grouping)
    : metric_{std::move(metric)}, space_{space}, pricing_{std::move(pricing)}
{
    if (space_ != nullptr)
        tables_ = std::make_unique<DecisionTables>(*space_, pricing_, std::move(grouping));
}

double Priced::value(const Candidate& candidate)
{
    if (tables_ && candidate.space() == space_)
        return (*tables_)(candidate.canonical());
    double sum = 0;
    for (const Part& part : pricing_(candidate.network()))
        sum += part.value;
    return sum;
}

std::vector<Evaluation> Priced::operator()(std::span<const Candidate> batch)
{
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (const Candidate& candidate : batch) {
        try {
            results.push_back({.architecture = candidate.architecture(),
                               .metrics = {{metric_, value(candidate)}},
                               .status = Status::ok,
                               .reason = {}});
        } catch (const Error& error) {
            results.push_back(failed(candidate.architecture(), error.what()));
        }
    }
    return results;
}

}  // namespace espalier::cost_models
