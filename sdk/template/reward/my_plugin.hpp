// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/reward.hpp"
#include "espalier/setup.hpp"

namespace espalier::my_plugin_plugin {

/// score - slope max(0, cost / limit - 1)
class MyPluginComponent final : public Reward {
public:
    struct Options {
        MetricName score, cost;
        double limit = 0, slope = 1;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("score", &Options::score, "what is to be high").must();
            d("cost", &Options::cost, "what is to stay below the limit").must();
            d("limit", &Options::limit, "in the unit of `cost`").must();
            d("slope", &Options::slope, "lost where the cost is twice the limit").range(0, 1e9);
        }
    };
    /// @throws OptionError unless limit > 0.
    MyPluginComponent(const Options& options, const Setup&) : options_{options}
    {
        if (!(options.limit > 0))  // what a range cannot say; the message gets file, line and column
            throw OptionError("limit", "must be above 0");
    }

    /// A pure function of one architecture's metrics. @throws Error if one is missing.
    double operator()(const Metrics& metrics) const override
    {
        const double excess = value(metrics, options_.cost) / options_.limit - 1;
        return value(metrics, options_.score) - options_.slope * std::max(0.0, excess);
    }

private:
    static double value(const Metrics& metrics, const MetricName& metric)
    {
        const auto found = metrics.find(metric.name);
        if (found == metrics.end())
            throw Error("reward `my_plugin` needs the metric '" + metric.name + "'");
        return found->second;
    }

    Options options_;
};

}  // namespace espalier::my_plugin_plugin
