// SPDX-License-Identifier: Apache-2.0
#include "metric.hpp"

#include <vector>

#include "espalier/error.hpp"

namespace espalier::rewards {

double value_of(const Metrics& metrics, const MetricName& metric, const std::string& reward)
{
    const auto found = metrics.find(metric.name);
    if (found == metrics.end()) {
        std::vector<std::string> known;
        for (const auto& [name, value] : metrics)
            known.push_back(name);
        throw Error("reward " + reward + ": there is no metric `" + metric.name + "`" + suggestion(metric.name, known));
    }
    return found->second;
}

}  // namespace espalier::rewards
