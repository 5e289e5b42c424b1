// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "report.hpp"

namespace espalier::conformance {

Violations check_reward(const Reward& reward, std::span<const Metrics> examples, std::span<const std::string> needed)
{
    Report report;
    std::vector<double> first;
    const bool works = report.survives("the reward of an example", [&] {
        for (const Metrics& metrics : examples) {
            first.push_back(reward(metrics));
            report.require(std::isfinite(first.back()), "the reward of an example is not finite");
        }
    });
    if (!works)
        return report.take();
    for (std::size_t i = examples.size(); i-- > 0;)
        report.require(reward(examples[i]) == first[i], "equal metrics give different rewards from call to call");
    for (std::size_t i = 0; i < examples.size(); ++i) {
        Metrics more = examples[i];
        more["metric_of_somebody_else"] = 1e9;
        report.require(reward(more) == first[i], "a metric that the reward does not use changes it");
        for (const std::string& metric : needed) {
            Metrics fewer = examples[i];
            fewer.erase(metric);
            report.refuses("a missing metric '" + metric + "'", [&] { reward(fewer); });
        }
    }
    return report.take();
}

}  // namespace espalier::conformance
