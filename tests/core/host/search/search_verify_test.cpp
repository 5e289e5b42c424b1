// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <limits>
#include <sstream>

#include "catch.hpp"
#include "host/tell/verification.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::test;
using namespace espalier::host;

namespace {

/// Three winners of a front: the larger the score, the longer the search thinks they take.
struct Verified : Bench {
    Verified()
        : Bench([](Search& search) {
              search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2}), digits({3, 3, 3})});
          })
    {
        experiment.objectives.push_back({"latency_ms", false, true});
        cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c) / 100); });
    }
};

std::string winners_file(const std::filesystem::path& run)
{
    std::ostringstream text;
    text << std::ifstream(run / "winners.json").rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a deliberately wrong cost model is caught", "[verify]")
{
    const TemporaryFolder folder;
    Verified bench;
    bench.experiment.constraints = {{"latency_ms", -std::numeric_limits<double>::infinity(), 3.5, true}};
    bench.verify("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 500 / spelt(c)); });
    const RunOutcome outcome = bench.run(folder / "run");
    REQUIRE(outcome.winners.size() == 3);
    CHECK(outcome.winners[0].metrics.at("latency_ms") == 3.33);
    REQUIRE(outcome.winners[0].verified);
    CHECK(outcome.winners[0].verified->ok());
    CHECK(outcome.winners[0].verified->reason == "latency_ms at most 3.5: holds");
    REQUIRE(outcome.winners[2].verified);
    CHECK(outcome.winners[2].verified->metrics == Metrics{{"latency_ms", 500.0 / 111}});
    CHECK(outcome.winners[2].verified->status == Status::infeasible);
    CHECK(outcome.winners[2].verified->reason == "latency_ms at most 3.5: broken, it is 4.5045");

    const std::vector<VerifiedOrder> orders = verified_orders(outcome.winners);
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].kendall == -1);
    CHECK(orders[0].reversed.size() == 3);
    const std::vector<std::string> warnings = verification_warnings(outcome.winners);
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0] == "verified, front-3 breaks latency_ms at most 3.5: it is 4.5045");
    CHECK_THAT(warnings[1], Catch::Matchers::StartsWith(
                                "verified, latency_ms orders the 3 winners otherwise: Kendall's tau -1, 3 of 3 "
                                "pairs are the other way round: "));

    const RunStore store = RunStore::read_only(folder / "run");
    CHECK(store.winners()[2].verified == outcome.winners[2].verified);
    CHECK_THAT(winners_file(folder / "run"),
               ContainsSubstring("\"verified\": {") &&
                   ContainsSubstring("\"verdict\": \"latency_ms at most 3.5: broken, it is 4.5045\""));
}

TEST_CASE("a cost model that is right is not warned of", "[verify]")
{
    const TemporaryFolder folder;
    Verified bench;
    TestCost& device =
        bench.verify("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    device.others = {"energy_mj"};
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.winners.at(0).verified.value().status == Status::failed);  // it gives no energy
    CHECK_THAT(verification_warnings(outcome.winners).at(0),
               Catch::Matchers::StartsWith("3 of the 3 winners could not be verified: front-1, front-2, front-3; the "
                                           "first: verify 0 "));
    device.others.clear();
    Verified again;
    again.verify("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    const RunOutcome good = again.run(folder / "good");
    CHECK(good.winners.at(0).verified.value().reason.empty());
    CHECK(verification_warnings(good.winners).empty());
    CHECK(verified_orders(good.winners).at(0).kendall == 1);
}

TEST_CASE("winners are not measured again when a run that was stopped goes on", "[verify]")
{
    const TemporaryFolder folder;
    const auto measure = [](Verified& bench, int stop_after) -> TestCost& {
        TestCost& device =
            bench.verify("latency_ms", [&bench, stop_after, n = 0](const Candidate& c, Context&) mutable {
                bench.stop = ++n == stop_after;
                return scored(c, "latency_ms", spelt(c) + 1000 * stop_after);
            });
        device.measuring = true;
        return device;
    };
    {
        Verified bench;
        const TestCost& device = measure(bench, 2);
        CHECK(bench.run(folder / "run").state == RunState::interrupted);
        CHECK(device.calls == 2);
        CHECK_FALSE(std::filesystem::exists(folder / "run" / "winners.json"));
    }
    Verified bench;
    const TestCost& device = measure(bench, 0);
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::finished);
    CHECK(device.calls == 1);
    CHECK(outcome.winners.at(0).verified.value().metrics.at("latency_ms") == 2333);
    CHECK(outcome.winners.at(2).verified.value().metrics.at("latency_ms") == 111);
}
