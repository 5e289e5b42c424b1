// SPDX-License-Identifier: Apache-2.0
#include "linear_latency.hpp"

#include <cmath>
#include <cstdio>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

using namespace espalier;
using espalier::linear_latency::LinearLatency;

namespace {

/// One convolution, of kernel 1 or 3, on an image of 8 x 8 with 4 channels.
class OneConvolution final : public SearchSpace {
public:
    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override
    {
        if (!region.single())
            throw Error("this space builds single architectures only");
        const double kernel = region.options(0)[0] == 0 ? 1 : 3;
        Network network;
        const std::size_t image = network.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        network.add(Op::conv, {image}, {{"kernel", {kernel}}, {"pad", {(kernel - 1) / 2}}, {"out", {4}}}, "conv");
        return network;
    }

private:
    std::vector<Decision> decisions_{{"kernel", {"1", "3"}, true}};
};

/// Nobody stops the work or wants to know of it.
class Undisturbed final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

int failures = 0;

void check(bool holds, const std::string& sentence)
{
    if (!holds)
        std::printf("FAILED: %s\n", sentence.c_str()), ++failures;
}

}  // namespace

int main()
{
    const OneConvolution space;
    LinearLatency model({.gmacs_per_s = 2, .layer_us = 10}, Setup{});

    // what every cost model promises
    for (const std::string& violation : conformance::check_cost_model(model, conformance::random_candidates(space, 8)))
        check(false, violation);

    // what this one promises: 3 x 3 x 4 x 4 x 64 = 9,216 multiply-adds at 2e9 a second are 4.608 us, and 10 us overhead
    Undisturbed context;
    const Candidate three_by_three(space, Architecture{{1}});
    const Evaluation evaluation = model.evaluate(std::span(&three_by_three, 1), context).front();
    check(std::abs(evaluation.metrics.at("latency_ms") - 0.014608) < 1e-12, "latency of the convolution, by hand");

    try {
        LinearLatency({}, Setup{});
        check(false, "a device without speed is refused");
    } catch (const OptionError& error) {
        check(error.option() == "gmacs_per_s", "the message names the option");
    }
    return failures == 0 ? 0 : 1;
}
