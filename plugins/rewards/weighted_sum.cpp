// SPDX-License-Identifier: Apache-2.0
#include "weighted_sum.hpp"

#include <cmath>
#include <string>

#include "espalier/error.hpp"

#include "metric.hpp"

namespace espalier::rewards {
namespace {

/// An empty list stands for `value` for every metric.
void check_length(const char* option, std::vector<double>& list, std::size_t metrics, double value)
{
    if (list.empty())
        list.assign(metrics, value);
    if (list.size() != metrics)
        throw OptionError(option, "has " + std::to_string(list.size()) + " numbers for " + std::to_string(metrics) +
                                      " metrics; one each, in the order of `metrics`");
}

}  // namespace

void WeightedSum::Options::describe(Describe<Options>& d)
{
    d("metrics", &Options::metrics, "the terms of the sum").must();
    d("weights", &Options::weights, "one a metric; empty: all 1");
    d("offsets", &Options::offsets, "subtracted from the metric first; empty: all 0");
    d("scales", &Options::scales, "the metric is divided by it, so that weights compare; empty: all 1");
}

WeightedSum::WeightedSum(const Options& options, const Setup&) : options_{options}
{
    if (options_.metrics.empty())
        throw OptionError("metrics", "names no metric; a sum needs at least one");
    check_length("weights", options_.weights, options_.metrics.size(), 1);
    check_length("offsets", options_.offsets, options_.metrics.size(), 0);
    check_length("scales", options_.scales, options_.metrics.size(), 1);
    for (std::size_t i = 0; i < options_.scales.size(); ++i)
        if (options_.scales[i] == 0)
            throw OptionError("scales." + std::to_string(i), "must not be 0: metrics are divided by it");
}

double WeightedSum::operator()(const Metrics& metrics) const
{
    double sum = 0;
    for (std::size_t i = 0; i < options_.metrics.size(); ++i)
        sum += options_.weights[i] * (value_of(metrics, options_.metrics[i], "weighted_sum") - options_.offsets[i]) /
               options_.scales[i];
    if (!std::isfinite(sum))
        return kWorst;
    return sum;
}

}  // namespace espalier::rewards
