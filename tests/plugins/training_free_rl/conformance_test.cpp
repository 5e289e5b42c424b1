// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "reinforce.hpp"

using namespace espalier;
using training_free_rl::Reinforce;

TEST_CASE("reinforce keeps what strategies promise", "[training_free_rl]")
{
    const auto made_with = [](const Reinforce::Options& options) {
        return [options](const Setup& setup) { return std::make_unique<Reinforce>(options, setup); };
    };
    CHECK(conformance::check_strategy(made_with({.hidden = 8})) == conformance::Violations{});
    CHECK(conformance::check_strategy(made_with({.samples = 4, .hidden = 8, .cell = "rnn", .entropy_bonus = 0.1})) ==
          conformance::Violations{});
}
