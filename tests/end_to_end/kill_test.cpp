// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <fmt/format.h>

#include "catch.hpp"
#include "host/store/store.hpp"
#include "killed_run.hpp"
#include "small_search.hpp"

using namespace small_search;
using espalier::host::RunStore;

namespace {

/// Networks in the reference set, architectures proposed, epochs of the winner's training.
struct Size {
    int reference, search, final;
};

/// All that a run leaves: evaluations, winners, curves.
std::string everything_known(const Shell& shell, const std::string& run)
{
    std::string text = shell.espalier("results " + run + " --all --format csv").out +
                       shell.espalier("results " + run + " --format json").out + shell.read(run + "/winners.json");
    const RunStore store = RunStore::read_only(shell.folder() / run);
    for (const char* series : {"reward", "entropy", "distinct", "feasible", "final_policy_latency_ms",
                               "final_policy_feasible", "train_loss"})
        for (const auto& note : store.notes(series))
            text += fmt::format("{} {} {:a}\n", series, note.row, note.value);
    return text;
}

struct Moments {
    std::vector<std::size_t> reference, saves_of_reference, search, final, saves_of_final;
    std::size_t all() const
    {
        return reference.size() + saves_of_reference.size() + search.size() + final.size() + saves_of_final.size();
    }
};

void kill_through(KilledRun& run, const Moments& moments)
{
    for (const std::size_t step : moments.reference)
        run.kill_at(&Progress::reference, step);
    for (const std::size_t step : moments.saves_of_reference)
        run.kill_in_save(&Progress::reference, step);
    for (const std::size_t step : moments.search)
        run.kill_at(&Progress::evaluations, step);
    for (const std::size_t step : moments.final)
        run.kill_at(&Progress::final, step);
    for (const std::size_t step : moments.saves_of_final)
        run.kill_in_save(&Progress::final, step);
    run.finish();
}

Tally kill_and_compare(const Size& size, const Moments& moments)
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml", experiment(scored(size.reference), table_cost("raspi4_cifar10_latency_ms", "latency_ms"),
                                         "epochs: " + std::to_string(size.search), size.final));
    const Outcome whole = shell.espalier("run small.yaml --out whole --quiet");
    INFO(whole.err);
    REQUIRE(whole.status == 0);
    KilledRun killed(shell, "small.yaml", "killed", progress(shell.folder() / "whole").work());
    kill_through(killed, moments);
    WARN(killed.tally().text());
    CHECK(first_difference(shell.espalier("results killed --all").out, shell.espalier("results whole --all").out) ==
          "");
    const std::string known = everything_known(shell, "whole");
    CHECK(lines(known).size() > 5U * static_cast<std::size_t>(size.search));
    CHECK(first_difference(everything_known(shell, "killed"), known) == "");
    return killed.tally();
}

/// What was measured in a run so far, by the key of the network.
std::map<std::string, double> measurements(const std::filesystem::path& run)
{
    std::map<std::string, double> found;
    RunStore::read_only(run).for_each_result([&](const espalier::host::StoredResult& result) {
        if (result.evaluation.metrics.contains("latency_ms"))
            CHECK(found.emplace(result.key, result.evaluation.metrics.at("latency_ms")).second);
    });
    return found;
}

/// Kills a run with a measured cost at these numbers of evaluations. @return how many measurements outlived a kill
std::size_t kill_and_measure(std::size_t proposals, const std::vector<std::size_t>& evaluations)
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml",
                experiment(scored(5), measured_cost("latency_ms"), "epochs: " + std::to_string(proposals)));
    KilledRun killed(shell, "small.yaml", "killed", 5 + proposals);
    std::map<std::string, double> before;
    std::string rows;
    const auto compare = [&] {
        const std::map<std::string, double> now = measurements(killed.directory());
        for (const auto& [key, value] : before)
            CHECK((now.contains(key) && now.at(key) == value));
        const std::string all = shell.espalier("results killed --all --format csv").out;
        CHECK(first_difference(all.substr(0, rows.size()), rows) == "");
        before = now, rows = all;
    };
    for (const std::size_t step : evaluations) {
        killed.kill_at(&Progress::evaluations, step);
        compare();
    }
    const std::size_t outlived = before.size();
    killed.finish();
    compare();
    CHECK(lines(rows).size() == 1 + proposals);
    RunStore::read_only(killed.directory()).for_each_evaluation([&](const espalier::host::StoredEvaluation& row) {
        CHECK(row.evaluation.metrics.at("latency_ms") == before.at(row.key));
    });
    return outlived;
}

}  // namespace

TEST_CASE("the command, killed in every part of a run and resumed, ends as if it had not been", "[end_to_end]")
{
    const Moments moments{
        .reference = {6, 9}, .saves_of_reference = {12}, .search = {10, 25}, .final = {2}, .saves_of_final = {6}};
    const Tally tally = kill_and_compare({20, 40, 30}, moments);
    CHECK(tally.kills == static_cast<int>(moments.all()));
    CHECK(tally.in_save >= 2);
}

TEST_CASE("the command, killed at 24 moments and resumed, ends as if it had not been", "[end_to_end][slow]")
{
    const Moments moments{.reference = {10, 14, 18, 22, 26},
                          .saves_of_reference = {30, 34, 37},
                          .search = {5, 13, 21, 29, 37, 45, 53, 61, 69, 77},
                          .final = {2, 6, 10},
                          .saves_of_final = {14, 18, 22}};
    const Tally tally = kill_and_compare({40, 80, 40}, moments);
    CHECK(tally.kills >= 20);
    CHECK(tally.in_reference >= 5);
    CHECK(tally.in_final >= 3);
    CHECK(tally.in_save >= 3);
}

TEST_CASE("what the command has measured before a kill is what it was after", "[end_to_end]")
{
    CHECK(kill_and_measure(40, {10, 30}) >= 25);
}

TEST_CASE("what the command has measured before ten kills is what it was after", "[end_to_end][slow]")
{
    CHECK(kill_and_measure(80, {5, 12, 20, 27, 34, 42, 50, 58, 66, 74}) >= 60);
}
