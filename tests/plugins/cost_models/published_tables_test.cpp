// SPDX-License-Identifier: Apache-2.0
// The tables that the experiments on several devices read: every cell has every number.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "catch.hpp"
#include "cell.hpp"
#include "space.hpp"
#include "table.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using cost_models::Table;
using nas_bench_201::NasBench201;

namespace {

using espalier::test::Quiet;

struct Published {
    const char *file, *column;
    double first, smallest, largest;  ///< of cell 0 of the benchmark; of all
};

const Published kPublished[] = {
    {"hwnasbench201/hwnasbench201_cifar10.csv.gz", "raspi4_cifar10_latency_ms", 10.481977, 0.011284, 98.887521},
    {"hwnasbench201/hwnasbench201_cifar10.csv.gz", "fpga_cifar100_latency_ms", 2.57296, 1.13296, 8.67856},
    {"nb201_latency_help/nb201_latency_help.csv.gz", "titan_rtx_1_latency_ms", 5.5567, 2.4856, 12.1831},
    {"nb201_latency_help/nb201_latency_help.csv.gz", "gold_6226_latency_ms", 10.5246, 2.6647, 20.3731},
    {"nasbench201/nasbench201.csv.gz", "cifar100_valid_acc_200ep_1seed_pct", 53.68, 1, 73.26},
    {"nasbench201/nasbench201.csv.gz", "cifar100_test_acc_200ep_pct", 52.9133, 1, 73.5133},
};

}  // namespace

TEST_CASE("published tables of devices and CIFAR-100 are read whole", "[table]")
{
    const char* const data = std::getenv("ESPALIER_DATA");
    if (data == nullptr) {
        WARN("skipped: ESPALIER_DATA does not say where the tables are");
        return;
    }
    const NasBench201 space({.channels = 1, .cells = 1, .input = {}}, {});
    Setup setup;
    setup.space = &space;
    std::vector<Candidate> all;
    std::size_t first = 0;
    for (std::size_t rank = 0; rank < nas_bench_201::kCells; ++rank) {
        all.emplace_back(space, nas_bench_201::cell_at(rank));
        first = nas_bench_201::benchmark_index(all.back().architecture()) == 0 ? rank : first;
    }
    for (const Published& published : kPublished) {
        CAPTURE(published.column);
        const std::filesystem::path file = std::filesystem::path(data) / published.file;
        if (!std::filesystem::exists(file)) {
            WARN("skipped: there is no " << file.string());
            continue;
        }
        Table table({.file = file, .column = published.column, .as = "value"}, setup);
        Quiet quiet;
        const std::vector<Evaluation> results = table.evaluate(all, quiet);
        REQUIRE(std::all_of(results.begin(), results.end(), [](const Evaluation& e) { return e.ok(); }));
        const auto value = [](const Evaluation& e) { return e.metrics.at("value"); };
        const auto [least, most] = std::minmax_element(
            results.begin(), results.end(), [&](const auto& a, const auto& b) { return value(a) < value(b); });
        CHECK(value(results[first]) == published.first);
        CHECK(value(*least) == published.smallest);
        CHECK(value(*most) == published.largest);
    }
}
