// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "small_search.hpp"

using namespace small_search;

namespace {

/// What takes little time and is good: as random networks are proposed whatever they cost, the cost decides among the
/// same ones. `cost` is a line that marks the metric's name with the anchor `&cost`.
std::string good_and_cheap(const std::string& cost)
{
    return "name: good and cheap\n"
           "data: {use: idx, path: images, classes: 4}\n"
           "space: {use: nas_bench_201, channels: 4, cells: 1}\n"
           "evaluator: " +
           witnessed(20) + "\ncosts:\n" + cost +
           "objectives: [{metric: fi_strict, goal: max}, {metric: *cost, goal: min}]\n"
           "strategy: {use: random}\n"
           "budget: {evaluations: 40}\n";
}

/// The most accurate network of limited cost, as found by a search that follows the cost.
std::string accurate_within_bound(const std::string& cost)
{
    return std::string(
               "name: accurate within bound\n"
               "space: {use: nas_bench_201}\n"
               "evaluator: {use: witnessed, of: {use: table, file: '") +
           kTables + "/accuracy.csv.gz', column: cifar10_valid_acc_200ep_pct, as: valid_pct}}\ncosts:\n" + cost +
           "constraints: [{metric: *cost, max: 12}]\n"
           "objectives: [{metric: valid_pct, goal: max}]\n"
           "strategy: {use: aging_evolution, population: 20, sample: 5}\n"
           "budget: {evaluations: 150}\n";
}

const std::string kReuse = "--set reuse=";

class Runs {
public:
    Runs() : shell{kPlugins} { write_images(shell); }

    /// @return how often the evaluator was called
    std::size_t run(const std::string& name, const std::string& text, const std::string& more = "") const
    {
        shell.write(name + ".yaml", text);
        const Outcome outcome =
            shell.espalier("run " + name + ".yaml --out " + name + " " + more, "ESPALIER_WITNESS=" + name + ".log");
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
        if (more.starts_with(kReuse))
            CHECK_THAT(outcome.err, ContainsSubstring(" results taken over from other runs, 0 computed"));
        return lines(shell.read(name + ".log")).size() / 2;
    }
    std::string winners(const std::string& run) const { return shell.espalier("results " + run + " --format csv").out; }
    /// Of all evaluations, the columns with these names.
    std::string columns(const std::string& run, const std::set<std::string>& names) const
    {
        std::string text;
        std::vector<std::string> header;
        for (const std::string& line : lines(shell.espalier("results " + run + " --all --format csv").out)) {
            std::istringstream cells(line);
            std::vector<std::string> row;
            for (std::string cell; std::getline(cells, cell, ',');)
                row.push_back(cell);
            if (header.empty())
                header = row;
            for (std::size_t i = 0; i < row.size(); ++i)
                if (names.contains(header.at(i)))
                    text += row[i] + ' ';
            text += '\n';
        }
        return text;
    }

    Shell shell;
};

std::size_t differing_lines(const std::string& a, const std::string& b)
{
    const std::vector<std::string> of_a = lines(a), of_b = lines(b);
    REQUIRE(of_a.size() == of_b.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i)
        count += of_a[i] != of_b[i] ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("another cost is another line, other winners, and no call of the evaluator", "[end_to_end]")
{
    const Runs runs;
    const std::string first = good_and_cheap(table_cost("raspi4_cifar10_latency_ms", "&cost latency_ms"));
    const std::size_t calls = runs.run("raspi4", first);
    CHECK(calls >= 20 + 30);  // the reference set, then those of the 40 that are different networks
    const std::set<std::string> scores{"index", "architecture", "key", "status", "cj_count", "fi_equal", "fi_strict"};
    const std::string scored = runs.columns("raspi4", scores);
    for (const auto& [name, cost] : std::vector<std::pair<std::string, std::string>>{
             {"pixel3", table_cost("pixel3_cifar10_latency_ms", "&cost latency_ms")},
             {"macs", "  - {use: &cost macs}\n"},
             {"measured", measured_cost("&cost latency_ms")}}) {
        CAPTURE(name);
        const std::string swapped = good_and_cheap(cost);
        CHECK(differing_lines(first, swapped) == 1);
        CHECK(runs.run(name, swapped, kReuse + "raspi4") == 0);
        CHECK(runs.columns(name, scores) == scored);
        const std::string costs = runs.columns(name, {name == "macs" ? "macs" : "latency_ms"});
        CHECK(costs != runs.columns("raspi4", {"latency_ms"}));
        CHECK(costs.size() > 2 * 40);
        CHECK(runs.winners(name) != runs.winners("raspi4"));
    }
}

TEST_CASE("after all networks have been evaluated once, a search for another device calls the evaluator never",
          "[end_to_end]")
{
    const Runs runs;
    const std::string raspi4 = accurate_within_bound(table_cost("raspi4_cifar10_latency_ms", "&cost latency_ms"));
    const std::string pixel3 = accurate_within_bound(table_cost("pixel3_cifar10_latency_ms", "&cost latency_ms"));
    CHECK(differing_lines(raspi4, pixel3) == 1);
    CHECK(runs.run("all", raspi4,
                   "--set 'strategy={use: exhaustive, per: architecture}' --set constraints=[] --set budget={}") ==
          15'625);
    CHECK(runs.run("raspi4", raspi4, kReuse + "all") == 0);
    CHECK(runs.run("pixel3", pixel3, kReuse + "all") == 0);
    CHECK(runs.columns("raspi4", {"architecture"}) != runs.columns("pixel3", {"architecture"}));
    CHECK(runs.winners("raspi4") != runs.winners("pixel3"));
    CHECK(runs.run("computed", pixel3) == 150);
    CHECK(runs.winners("computed") == runs.winners("pixel3"));
}

TEST_CASE("one file serves seven cost models by one line", "[end_to_end]")
{
    std::ifstream file(ESPALIER_SOURCE_DIR "/configs/cost_models/swap.yaml");
    std::ostringstream all;
    all << file.rdbuf();
    std::string text = all.str();
    const std::string examples = ESPALIER_SOURCE_DIR "/examples";
    for (std::size_t at = 0; (at = text.find("../../examples", at)) != std::string::npos; at += examples.size())
        text.replace(at, std::string("../../examples").size(), examples);
    std::string first;
    std::vector<std::string> costs;
    for (const std::string& line : lines(text)) {
        if (line.starts_with("  - {use: ") && first.empty())
            costs.push_back(first = line);
        if (line.starts_with("# - {use: "))
            costs.push_back("  - " + line.substr(4));
    }
    REQUIRE(costs.size() == 7);
    const Runs runs;
    std::set<std::string> winners;
    for (std::size_t i = 0; i < costs.size(); ++i) {
        CAPTURE(costs[i]);
        std::string swapped = text;
        swapped.replace(swapped.find(first), first.size(), costs[i]);
        CHECK(differing_lines(text, swapped) == (i == 0 ? 0 : 1));
        const std::string name = "swap-" + std::to_string(i);
        runs.run(name, swapped);
        CHECK(lines(runs.columns(name, {"latency_ms"})).size() > 30);
        winners.insert(runs.winners(name));
    }
    CHECK(winners.size() == 7);
}
