// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/evaluator.hpp"
#include "espalier/setup.hpp"

namespace espalier::my_plugin_plugin {

/// Metric `my_plugin_score`: the logarithm of a network's multiply-adds, with noise that depends on the seed and the
/// network.
class MyPluginComponent final : public Evaluator {
public:
    struct Options {
        double noise = 0.01;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>& d)
        {
            // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
            d("noise", &Options::noise, "largest number that is added").range(0, 1e6);
            d("seed", &Options::seed, "of the noise");
        }
    };
    MyPluginComponent(const Options& options, const Setup&) : options_{options} {}

    std::vector<std::string> metrics() const override { return {"my_plugin_score"}; }
    std::uint64_t seed() const override { return options_.seed; }

    /// The result depends on the candidate alone: not on the batch, the order, the thread or the time.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch)
            results.push_back(context.stopped() ? failed(candidate.architecture(), "stopped") : scored(candidate));
        return results;
    }

private:
    /// What cannot be evaluated is a value with a reason, and the search goes on.
    Evaluation scored(const Candidate& candidate) const
    {
        const double count = macs(candidate.network());
        if (count == 0)
            return failed(candidate.architecture(), "the network computes nothing");
        Rng rng(options_.seed, "noise " + candidate.key());
        const double score = std::log10(count) + options_.noise * rng.uniform();
        return {candidate.architecture(), {{"my_plugin_score", score}}, Status::ok, {}};
    }

    Options options_;
};

}  // namespace espalier::my_plugin_plugin
