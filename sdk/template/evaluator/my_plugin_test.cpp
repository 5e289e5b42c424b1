// SPDX-License-Identifier: Apache-2.0
#include "my_plugin.hpp"

#include "espalier/sdk/conformance.hpp"

#include "expect.hpp"
#include "one_convolution.hpp"

using namespace espalier;
using espalier::my_plugin_plugin::MyPluginComponent;

int main()
{
    const OneConvolution space;
    MyPluginComponent evaluator({.noise = 0, .seed = 1}, Setup{});

    // what every evaluator promises
    expect(conformance::check_evaluator(evaluator, conformance::random_candidates(space, 8)));

    // what this one promises: 3 x 3 x 4 x 4 x 64 = 9,216 multiply-adds
    Undisturbed context;
    const Candidate three_by_three(space, Architecture{{1}});
    const Evaluation evaluation = evaluator.evaluate(std::span(&three_by_three, 1), context).front();
    expect(std::abs(evaluation.metrics.at("my_plugin_score") - std::log10(9216.0)) < 1e-12, "the score, by hand");
    return failures == 0 ? 0 : 1;
}
