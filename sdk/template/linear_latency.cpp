// SPDX-License-Identifier: Apache-2.0
#include "linear_latency.hpp"

#include "espalier/counts.hpp"
#include "espalier/error.hpp"

namespace espalier::linear_latency {

void LinearLatency::Options::describe(Describe<Options>& d)
{
    // parsing, checking, `espalier plugins show`, the documentation and the editor's schema all come from here
    d("gmacs_per_s", &Options::gmacs_per_s, "speed of the device in 1e9 multiply-adds per second").must();
    d("layer_us", &Options::layer_us, "overhead of a layer in microseconds").range(0, 1e6);
}

LinearLatency::LinearLatency(const Options& options, const Setup&) : options_{options}
{
    if (!(options.gmacs_per_s > 0))  // what a range cannot say; the message gets file, line and column
        throw OptionError("gmacs_per_s", "must be above 0");
}

std::vector<Evaluation> LinearLatency::evaluate(std::span<const Candidate> batch, Context&)
{
    std::vector<Evaluation> results;
    for (const Candidate& candidate : batch)
        results.push_back(
            {candidate.architecture(), {{"latency_ms", latency_ms(candidate.network())}}, Status::ok, {}});
    return results;
}

double LinearLatency::latency_ms(const Network& network) const
{
    double latency = 0;
    for (const Layer layer : network)
        if (const double count = macs(layer); count > 0)
            latency += count / (options_.gmacs_per_s * 1e6) + options_.layer_us * 1e-3;
    return latency;
}

}  // namespace espalier::linear_latency
