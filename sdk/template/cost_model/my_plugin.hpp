// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/cost_model.hpp"
#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/setup.hpp"

namespace espalier::my_plugin_plugin {

/// Metric `my_plugin_ms`: a latency, its multiply-adds at a constant speed and a constant overhead for each layer that
/// has any.
class MyPluginComponent final : public CostModel {
public:
    struct Options {
        double gmacs_per_s = 0, layer_us = 0;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("gmacs_per_s", &Options::gmacs_per_s, "speed of the device in 1e9 multiply-adds per second").must();
            d("layer_us", &Options::layer_us, "overhead of a layer in microseconds").range(0, 1e6);
        }
    };
    /// @throws OptionError unless gmacs_per_s > 0.
    MyPluginComponent(const Options& options, const Setup&) : options_{options}
    {
        if (!(options.gmacs_per_s > 0))  // what a range cannot say; the message gets file, line and column
            throw OptionError("gmacs_per_s", "must be above 0");
    }

    std::vector<std::string> metrics() const override { return {"my_plugin_ms"}; }

    /// The result depends on the candidate alone: not on the batch, the order, the thread or the time.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch)
            results.push_back(
                {candidate.architecture(), {{"my_plugin_ms", latency_ms(candidate.network())}}, Status::ok, {}});
        return results;
    }

private:
    double latency_ms(const Network& network) const
    {
        double latency = 0;
        for (const Layer layer : network)
            if (const double count = macs(layer); count > 0)
                latency += count / (options_.gmacs_per_s * 1e6) + options_.layer_us * 1e-3;
        return latency;
    }

    Options options_;
};

}  // namespace espalier::my_plugin_plugin
