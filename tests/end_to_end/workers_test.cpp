// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "catch.hpp"
#include "small_search.hpp"

using namespace small_search;

namespace {

struct Order {
    std::size_t together = 0;  ///< the most evaluations under way at a time
    bool as_begun = true;      ///< they ended in the order in which they began
    std::vector<std::string> begun{};
};

Order order(const std::string& log)
{
    Order seen;
    std::vector<std::string> under_way;
    for (const std::string& line : lines(log)) {
        const std::string key = line.substr(line.find(' ') + 1);
        if (line.starts_with("begin ")) {
            under_way.push_back(key);
            seen.begun.push_back(key);
        } else {
            seen.as_begun = seen.as_begun && under_way.front() == key;
            under_way.erase(std::find(under_way.begin(), under_way.end(), key));
        }
        seen.together = std::max(seen.together, under_way.size());
    }
    return seen;
}

}  // namespace

TEST_CASE("indicators give the same run with one, two and four workers", "[end_to_end]")
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml", experiment(witnessed(10), table_cost("raspi4_cifar10_latency_ms", "latency_ms"),
                                         "epochs: 15, samples: 4"));
    std::string alone;
    for (const std::size_t workers : {1U, 2U, 4U}) {
        const std::string run = "workers-" + std::to_string(workers);
        const Outcome outcome = shell.espalier("run small.yaml --quiet --out " + run + " --workers " + run.substr(8),
                                               "ESPALIER_WITNESS=" + run + ".log");
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
        const std::string all =
            shell.espalier("results " + run + " --all --format csv").out + shell.read(run + "/winners.json");
        const Order seen = order(shell.read(run + ".log"));
        CAPTURE(workers, seen.together, seen.as_begun);
        if (workers == 1) {
            alone = all;
            CHECK(lines(all).size() > 40);
            CHECK(seen.together == 1);
        } else {
            CHECK(first_difference(all, alone) == "");
            CHECK(seen.together >= 2);
            CHECK(seen.together <= workers);
        }
        if (workers == 4)
            CHECK_FALSE(seen.as_begun);
    }
}

TEST_CASE("threads of LibTorch sleep while they wait, unless somebody says otherwise", "[end_to_end]")
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml",
                experiment(scored(5), table_cost("raspi4_cifar10_latency_ms", "latency_ms"), "epochs: 1"));
    const auto told = [&](const std::string& variables) {
        return shell.espalier("check small.yaml", "OMP_DISPLAY_ENV=true" + variables).err;
    };
    CHECK_THAT(told(""), ContainsSubstring("OMP_WAIT_POLICY = 'PASSIVE'"));
    CHECK_THAT(told(" OMP_WAIT_POLICY=active"), ContainsSubstring("OMP_WAIT_POLICY = 'ACTIVE'"));
}
