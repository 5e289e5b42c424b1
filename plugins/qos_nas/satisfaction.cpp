// SPDX-License-Identifier: Apache-2.0
#include "satisfaction.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace espalier::qos_nas {

double satisfied_pct(std::span<const FixedModel> models, const Distribution& distribution, const RequestRange& range)
{
    std::vector<FixedModel> fastest(models.begin(), models.end());
    std::ranges::sort(fastest, std::ranges::greater{}, &FixedModel::fps);
    double satisfied = 0, best = 0;
    for (std::size_t i = 0; i < fastest.size(); ++i) {
        best = std::max(best, fastest[i].accuracy_pct);
        // the requests that this one meets and the next one does not, which all up to this one meet
        const double next = i + 1 < fastest.size() ? distribution.cumulative(range.share(fastest[i + 1].fps)) : 0;
        satisfied += best * (distribution.cumulative(range.share(fastest[i].fps)) - next);
    }
    return satisfied;
}

Answers answers(std::span<const double> requested, std::span<const double> fps, std::span<const std::uint8_t> correct)
{
    Answers sum;
    for (std::size_t i = 0; i < requested.size(); ++i) {
        const bool met = fps[i] >= requested[i];
        sum.met_pct += met ? 1 : 0;
        sum.accuracy_pct += correct[i];
        sum.satisfied_pct += met ? correct[i] : 0;
        sum.mean_fps += fps[i];
    }
    const auto count = static_cast<double>(requested.size());
    return {.satisfied_pct = 100 * sum.satisfied_pct / count,
            .met_pct = 100 * sum.met_pct / count,
            .accuracy_pct = 100 * sum.accuracy_pct / count,
            .mean_fps = sum.mean_fps / count};
}

}  // namespace espalier::qos_nas
