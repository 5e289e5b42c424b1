// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "linas.hpp"
#include "one_shot_predictor.hpp"

using namespace espalier;

namespace {

template <class T>
conformance::Violations check(const typename T::Options& options, std::vector<Objective> objectives)
{
    conformance::StrategyTrial trial;
    trial.objectives = std::move(objectives);
    return conformance::check_strategy([&](const Setup& setup) { return std::make_unique<T>(options, setup); }, trial);
}

template <class T>
typename T::Options small(const std::string& preset)
{
    typename T::Options options;
    options.preset = preset;
    options.population = 10;
    options.inner_evaluations = 200;
    options.predictor = "ridge";
    return options;
}

const std::vector<Objective> kOne{{"score", true, false}};
const std::vector<Objective> kTwo{{"score", true, false}, {"cost", false, true}};
const std::vector<Objective> kThree{{"score", true, false}, {"cost", false, true}, {"third", false, false}};

}  // namespace

TEST_CASE("linas keeps what strategies promise", "[linas]")
{
    for (const char* preset : {"ours", "paper"})
        for (const auto& objectives : {kOne, kTwo, kThree}) {
            INFO(preset << ", " << objectives.size() << " objectives");
            CHECK(check<linas::Linas>(small<linas::Linas>(preset), objectives) == conformance::Violations{});
        }
}

TEST_CASE("any optimiser searches the predictions", "[linas]")
{
    for (const std::string& name : moo::optimiser_names()) {
        INFO(name);
        auto options = small<linas::Linas>("ours");
        options.optimiser = name;
        const bool one = name == "ga" || name == "constrained_ga";
        CHECK(check<linas::Linas>(options, one ? kOne : kTwo) == conformance::Violations{});
    }
}

TEST_CASE("the predictor made once keeps what strategies promise", "[linas]")
{
    auto options = small<linas::OneShotPredictor>("ours");
    options.samples = 30;
    for (const auto& objectives : {kOne, kTwo, kThree})
        CHECK(check<linas::OneShotPredictor>(options, objectives) == conformance::Violations{});
}
