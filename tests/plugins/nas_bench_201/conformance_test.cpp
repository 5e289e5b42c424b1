// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "space.hpp"
#include "table.hpp"

using namespace espalier;
using nas_bench_201::NasBench201;
using nas_bench_201::Table;

TEST_CASE("the space keeps what spaces promise, with and without the network around the cells", "[nas_bench_201]")
{
    CHECK(conformance::check_space(NasBench201({.channels = 4, .cells = 1, .input = {}}, {})) ==
          conformance::Violations{});
    const NasBench201 bare({.channels = 1, .cells = 1, .input = {1, 3, 3}, .stem = false, .reductions = false}, {});
    CHECK(conformance::check_space(bare) == conformance::Violations{});
}

TEST_CASE("the shipped tables keep what cost models promise", "[table]")
{
    const NasBench201 space({.channels = 1, .cells = 1, .input = {}}, {});
    Setup setup;
    setup.space = &space;
    setup.constraints = {{.metric = "latency_ms_filled", .maximum = 0, .winners_only = true}};
    const std::string folder = ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201/";
    const std::vector<Candidate> batch = conformance::random_candidates(space, 60);
    for (const char* fill : {"none", "pairwise"}) {
        Table latency({.file = folder + "latency.csv.gz",
                       .column = "edgegpu_cifar10_latency_ms",
                       .as = "latency_ms",
                       .fill = fill,
                       .minimum = 0.1},
                      setup);
        CHECK(conformance::check_cost_model(latency, batch) == conformance::Violations{});
    }
    Table accuracy({.file = folder + "accuracy.csv.gz", .column = "cifar10_test_acc_200ep_pct", .as = ""}, setup);
    CHECK(conformance::check_evaluator(accuracy, batch) == conformance::Violations{});
}
