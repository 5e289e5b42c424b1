// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "espalier/counts.hpp"

#include "catch.hpp"
#include "command.hpp"
#include "space.hpp"
#include "toys/quiet.hpp"
#include "toys/setup_of.hpp"

using namespace espalier;
using command::Command;

namespace {

const std::string kExamples = ESPALIER_SOURCE_DIR "/examples/command/";

bool has_python()
{
    if (std::system("python3 -c '' 2>/dev/null") == 0)
        return true;
    WARN("skipped: there is no python3");
    return false;
}

}  // namespace

TEST_CASE("programs keep what cost models promise", "[command]")
{
    const nas_bench_201::NasBench201 space({.channels = 4, .cells = 1, .input = {}}, {});
    const std::vector<Candidate> batch = conformance::random_candidates(space, 20);
    Command shell({.script = kExamples + "energy.sh", .batch = 8}, test::setup_of(space));
    CHECK(conformance::check_cost_model(shell, batch) == conformance::Violations{});
    if (!has_python())
        return;
    Command python({.script = kExamples + "latency.py", .network = "layers"}, test::setup_of(space));
    CHECK(conformance::check_cost_model(python, batch) == conformance::Violations{});
    CHECK_THROWS_WITH(Command({.script = kExamples + "latency.py"}, test::setup_of(space)),
                      ContainsSubstring("it needs network: layers"));
}

TEST_CASE("the examples say what they should", "[command]")
{
    const nas_bench_201::NasBench201 space({.channels = 16, .cells = 5, .input = {}}, {});
    const Candidate candidate(space, {{3, 0, 1, 2, 4, 4}});
    Command shell({.script = kExamples + "energy.sh"}, test::setup_of(space));
    test::Quiet quiet;
    CHECK(shell.evaluate({&candidate, 1}, quiet).at(0).metrics == Metrics{{"energy_mj", 100 + 10 * 14}});
    if (!has_python())
        return;
    // all its time but for what begins a layer goes into multiply-adds
    Command python({.script = kExamples + "latency.py", .arguments = {"4"}, .network = "layers"},
                   test::setup_of(space));
    const double layers = static_cast<double>(candidate.network().size());
    CHECK(python.evaluate({&candidate, 1}, quiet).at(0).metrics.at("latency_ms") ==
          Approx(layers * 0.05 + static_cast<double>(macs(candidate.network())) / 4e6).epsilon(1e-9));
}
