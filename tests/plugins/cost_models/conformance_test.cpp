// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include <set>

#include "espalier/layer_groups.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"
#include "layer_table.hpp"
#include "plugins/cost_models/nested_cost_models.hpp"
#include "space.hpp"
#include "table.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;

namespace {

/// Two convolutions of one of three kernels each.
class Stack final : public ToySpace {
public:
    Stack()
    {
        std::size_t x = super_.add(Op::input, {}, {{"shape", {3, 8, 8}}});
        for (int stage = 0; stage < 2; ++stage) {
            const std::string name = "stage" + std::to_string(stage);
            decisions_.push_back({name, {"1", "3", "5"}});
            std::vector<std::size_t> options;
            for (const int kernel : {1, 3, 5})
                options.push_back(super_.add(Op::conv, {x}, {{"out", {8}}, {"kernel", {double(kernel)}}},
                                             name + "." + std::to_string(kernel)));
            x = super_.add(Op::choice, options, {{"decision", {double(stage)}}});
        }
    }
};

}  // namespace

TEST_CASE("counted costs keep what cost models promise", "[cost_models]")
{
    const Stack space;
    const std::vector<Candidate> batch = conformance::random_candidates(space, 9);
    cost_models::Macs macs({}, {});
    CHECK(conformance::check_cost_model(macs, batch) == conformance::Violations{});
    cost_models::Params params({}, {});
    CHECK(conformance::check_cost_model(params, batch) == conformance::Violations{});
}

TEST_CASE("models of devices keep what cost models promise, in every space", "[cost_models]")
{
    const test::NestedComponents parts = test::nested_cost_models();
    const Stack stack;
    const nas_bench_201::NasBench201 cells({.channels = 4, .cells = 1, .input = {}}, {});
    for (const SearchSpace* space : std::initializer_list<const SearchSpace*>{&stack, &cells}) {
        const std::vector<Candidate> batch = conformance::random_candidates(*space, 40);
        Setup setup = parts.setup();
        setup.space = space;
        for (const char* yaml :
             {"{use: memory}", "{use: roofline, batch: 3}", "{use: systolic, rows: 8, columns: 8}",
              "{use: systolic, rows: 8, columns: 8, ceiling: smooth}", "{use: systolic_tiles, rows: 8, columns: 8}",
              "{use: device_profile, device: cpu}",
              "{use: blackbox, of: {use: systolic_tiles}, step: 2, largest: 16, utilisation: utilisation}",
              "{use: composite, of: [{use: roofline}, {use: systolic}], metrics: [latency_ms, latency_ms], as: sum_ms}",
              "{use: composite, of: [{use: roofline}, {use: memory}], metrics: [utilisation, memory_bytes], "
              "combine: max, as: largest}"}) {
            INFO(yaml);
            const std::unique_ptr<CostModel> model = setup.make(Use<CostModel>{yaml});
            CHECK(conformance::check_cost_model(*model, batch) == conformance::Violations{});
        }
    }
}

TEST_CASE("a table of groups of layers keeps what cost models promise", "[layer_table]")
{
    const Stack space;
    const TemporaryFolder folder;
    const std::vector<Candidate> batch = conformance::random_candidates(space, 9);
    std::set<std::string> groups;
    for (const Candidate& candidate : batch)
        for (const LayerGroup& group : layer_groups(candidate.network()))
            groups.insert(group.key);
    std::string table = "group,latency_ms\n";
    for (const std::string& group : groups)
        table += group + "," + std::to_string(group.size()) + "\n";
    folder.write("table.csv", table);
    cost_models::LayerTable model({.file = folder / "table.csv", .scale = 0.9, .per_group = 0.1, .constant = 2}, {});
    CHECK(conformance::check_cost_model(model, batch) == conformance::Violations{});
}

TEST_CASE("the shipped tables keep what cost models promise", "[table]")
{
    const nas_bench_201::NasBench201 space({.channels = 1, .cells = 1, .input = {}}, {});
    Setup setup;
    setup.space = &space;
    setup.constraints = {{.metric = "latency_ms_filled", .maximum = 0, .winners_only = true}};
    const std::string folder = ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201/";
    const std::vector<Candidate> batch = conformance::random_candidates(space, 60);
    for (const char* fill : {"none", "pairwise"}) {
        cost_models::Table latency({.file = folder + "latency.csv.gz",
                                    .column = "edgegpu_cifar10_latency_ms",
                                    .as = "latency_ms",
                                    .fill = fill,
                                    .minimum = 0.1},
                                   setup);
        CHECK(conformance::check_cost_model(latency, batch) == conformance::Violations{});
    }
    cost_models::Table accuracy({.file = folder + "accuracy.csv.gz", .column = "cifar10_test_acc_200ep_pct", .as = ""},
                                setup);
    CHECK(conformance::check_evaluator(accuracy, batch) == conformance::Violations{});
}
