// SPDX-License-Identifier: Apache-2.0
#include "espalier/setup.hpp"

#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

namespace espalier {

const LayerCosts& Setup::layer_costs(std::string_view metric) const
{
    std::vector<std::string> offered;
    for (const CostModel* model : costs) {
        for (const std::string& given : model->metrics()) {
            const LayerCosts* found = model->layers(given);
            if (found != nullptr && given == metric)
                return *found;
            if (found != nullptr)
                offered.push_back(given);
        }
    }
    throw Error(fmt::format("no cost model gives '{}' layer by layer{}", metric,
                            offered.empty() ? "; none of this experiment's cost models does that for any metric"
                                            : suggestion(metric, offered)));
}

}  // namespace espalier
