// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include <cmath>

#include "espalier/sdk/conformance.hpp"

#include "expect.hpp"
#include "one_convolution.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    const OneConvolution space;
    MyPluginComponent model({.gmacs_per_s = 2, .layer_us = 10}, Setup{});

    // what every cost model promises
    expect(conformance::check_cost_model(model, conformance::random_candidates(space, 8)));

    // what this one promises: 3 x 3 x 4 x 4 x 64 = 9,216 multiply-adds at 2e9 a second are 4.608 us, and 10 us overhead
    Undisturbed context;
    const Candidate three_by_three(space, Architecture{{1}});
    const Evaluation evaluation = model.evaluate(std::span(&three_by_three, 1), context).front();
    expect(std::abs(evaluation.metrics.at("my_plugin_ms") - 0.014608) < 1e-12, "latency of the convolution, by hand");

    try {
        MyPluginComponent({}, Setup{});
        expect(false, "a device without speed is refused");
    } catch (const OptionError& error) {
        expect(error.option() == "gmacs_per_s", "the message names the option");
    }
    return failures == 0 ? 0 : 1;
}
