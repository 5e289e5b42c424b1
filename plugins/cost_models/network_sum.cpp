// SPDX-License-Identifier: Apache-2.0
#include "network_sum.hpp"

#include <utility>

namespace espalier::cost_models {

NetworkSum::NetworkSum(const SearchSpace* space, Pricing pricing, Grouping grouping)
    : space_{space}, pricing_{std::move(pricing)}
{
    if (space_ != nullptr)
        tables_ = std::make_unique<DecisionTables>(*space_, pricing_, std::move(grouping));
}

double NetworkSum::operator()(const Candidate& candidate) const
{
    if (tables_ && candidate.space() == space_)
        return (*tables_)(candidate.canonical());
    double sum = 0;
    for (const Part& part : pricing_(candidate.network()))
        sum += part.value;
    return sum;
}

}  // namespace espalier::cost_models
