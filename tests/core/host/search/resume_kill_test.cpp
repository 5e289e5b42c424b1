// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

constexpr std::size_t kEvaluations = 250;
constexpr std::size_t kReferenceSteps = 40, kControllerSteps = 12, kFinalSteps = 40;

void pause(double ms)
{
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(ms));
}

/// A run with everything in it: a reference set that is learnt slowly, a measured cost with another value at every
/// measurement, a search, a phase of the strategy with slow saves, more search, and a winner that is trained.
struct Everything {
    explicit Everything(int workers, bool measured = false) : bench([this](Search& search) { steps(search); }, 4)
    {
        bench.experiment.execution.workers = workers;
        bench.experiment.budget.evaluations = kEvaluations;
        bench
            .cost("latency_ms",
                  [measured](const Candidate& c, Context&) {
                      const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
                      return scored(c, "latency_ms", measured ? static_cast<double>(now) : spelt(c) / 7);
                  })
            .measuring = measured;
        bench
            .evaluator([this](const Candidate& c, Context& context) {
                pause(static_cast<double>(stable_hash(c.key()) % 3) / 2);
                context.note("evaluated", spelt(c));
                return scored(c, "score", spelt(c) + static_cast<double>(stable_hash(reference) % 1000) / 1000);
            })
            .learning = [this](const Region&, Sampler) {
            auto phase = std::make_unique<Diary>(reference, kReferenceSteps);
            phase->before_step = [](Phase::Step&) { pause(3); };
            phase->while_saving = [] { pause(3); };
            return phase;
        };
        bench.final("top1_pct", [](const Candidate& c, Context& context) {
            std::string text;
            Diary diary(text, kFinalSteps);
            diary.before_step = [](Phase::Step&) { pause(2); };
            diary.while_saving = [] { pause(4); };
            context.phase("train", diary);
            return scored(c, "top1_pct", static_cast<double>(stable_hash(text) % 1000));
        });
    }

    void steps(Search& search)
    {
        Rng rng = search.rng("everything");
        const Region all(search.space().decisions());
        const auto some = [&](std::size_t left) {
            std::vector<Architecture> batch;
            while (search.remaining() > left) {
                batch.clear();
                for (int i = 0; i < 6; ++i)
                    batch.push_back(random_architecture(all, rng));
                for (const Evaluation& e : search.evaluate(batch))
                    if (e.ok())
                        search.note("score", e.metrics.at("score"));
            }
        };
        some(kEvaluations / 2);
        std::string text;
        Diary controller(text, kControllerSteps);
        controller.while_saving = [] { pause(5); };
        search.phase("controller", controller);
        rng = Rng(stable_hash(text));
        some(0);
    }

    Bench bench;
    std::string reference;
};

/// How far a run is, as its store tells: evaluations, steps of phases, and where.
struct Progress {
    std::size_t evaluations = 0, reference = 0, controller = 0, final = 0;
    std::size_t work() const { return evaluations + reference + controller + final; }
    static constexpr std::size_t kAll = kEvaluations + kReferenceSteps + kControllerSteps + kFinalSteps;
};

Progress progress(const std::filesystem::path& directory)
{
    Progress now;
    if (!std::filesystem::exists(directory / "run.db"))
        return now;
    try {
        const RunStore store = RunStore::read_only(directory);
        now.evaluations = store.evaluations();
        for (const StoredPhase& phase : store.phases()) {
            std::size_t& steps = phase.name.starts_with("evaluator")  ? now.reference
                                 : phase.name.starts_with("strategy") ? now.controller
                                                                      : now.final;
            steps = phase.steps;
        }
    } catch (const Error&) {
        // the child is just making the file
    }
    return now;
}

bool saving(const std::filesystem::path& directory)
{
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(directory / "phases", error), end; entry != end;
         entry.increment(error)) {
        if (error)
            return false;
        if (entry->path().filename().string().starts_with(".saving-"))
            return true;
    }
    return false;
}

/// Starts or resumes the run in a process of its own and kills it once `moment` holds. @return whether it was killed
/// before it ended.
template <class Moment>
bool killed(const std::filesystem::path& directory, int workers, bool measured, const Moment& moment)
{
    const pid_t child = fork();
    if (child == 0) {
        Everything everything(workers, measured);
        const RunOutcome outcome = everything.bench.run(directory);
        _exit(outcome.state == RunState::finished ? 0 : 1);
    }
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (moment()) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return WIFSIGNALED(status);
        }
        pause(0.3);
    }
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    return false;
}

std::string everything_known(const std::filesystem::path& directory)
{
    const RunStore store = RunStore::read_only(directory);
    std::string text = all_results(directory);
    for (const char* series : {"score", "evaluated", "diary"}) {
        text += series;
        for (const NotedValue& note : store.notes(series))
            text += fmt::format(" {:a}", note.value);
        text += '\n';
    }
    for (const StoredWinner& winner : store.winners())
        text += fmt::format("{} {} {}\n", winner.name, winner.text, winner.final_metrics.at("top1_pct"));
    return text;
}

/// The first line that differs; empty: none.
std::string first_difference(const std::string& a, const std::string& b)
{
    std::istringstream of_a(a), of_b(b);
    std::string line_a, line_b;
    for (bool more = true; more;) {
        const bool more_a = static_cast<bool>(std::getline(of_a, line_a));
        const bool more_b = static_cast<bool>(std::getline(of_b, line_b));
        if (more_a != more_b || (more_a && line_a != line_b))
            return line_a.substr(0, 300) + "\n" + line_b.substr(0, 300);
        more = more_a;
    }
    return {};
}

struct Tally {
    int kills = 0, in_reference = 0, in_save = 0, in_final = 0;
};

/// Kills one run again and again, at moments spread over its work, and lets it end.
Tally kill_through(const std::filesystem::path& directory, int workers, bool measured)
{
    Tally tally;
    const auto count = [&](bool was_killed, bool in_save) {
        const Progress now = progress(directory);
        const double share = static_cast<double>(now.work()) / static_cast<double>(Progress::kAll);
        if (!was_killed || share < 0.05 || share > 0.95)
            return;
        ++tally.kills;
        tally.in_reference += now.evaluations == 0 ? 1 : 0;
        tally.in_final += now.final > 0 ? 1 : 0;
        tally.in_save += in_save ? 1 : 0;
    };
    const auto at = [&](auto reached) {
        count(killed(directory, workers, measured, [&] { return reached(progress(directory)); }), false);
    };
    const auto in_save = [&](auto reached) {
        bool seen = false;
        const bool was_killed = killed(directory, workers, measured,
                                       [&] { return seen = reached(progress(directory)) && saving(directory); });
        count(was_killed, seen);
    };
    for (const std::size_t step : {18U, 20U, 23U, 27U, 31U})
        at([=](const Progress& p) { return p.reference >= step; });
    in_save([](const Progress& p) { return p.reference >= 35; });
    for (std::size_t i = 1; i <= 6; ++i)
        at([=](const Progress& p) { return p.evaluations >= i * kEvaluations / 13; });
    for (const std::size_t step : {1U, 4U, 8U})
        in_save([=](const Progress& p) { return p.controller >= step; });
    for (std::size_t i = 7; i <= 12; ++i)
        at([=](const Progress& p) { return p.evaluations >= i * kEvaluations / 13; });
    for (const std::size_t step : {1U, 4U, 8U, 11U})
        in_save([=](const Progress& p) { return p.final >= step; });
    killed(directory, workers, measured, [] { return false; });
    return tally;
}

}  // namespace

TEST_CASE("a run that is killed again and again equals the one that was not", "[resume]")
{
    const TemporaryFolder folder;
    Everything whole(1);
    REQUIRE(whole.bench.run(folder / "whole").state == RunState::finished);
    for (const int workers : {1, 3}) {
        const auto killed = folder / fmt::format("killed-{}", workers);
        const Tally tally = kill_through(killed, workers, false);
        CAPTURE(workers, tally.kills, tally.in_reference, tally.in_save, tally.in_final);
        CHECK(tally.kills >= 20);
        CHECK(tally.in_reference >= 5);
        CHECK(tally.in_save >= 3);
        CHECK(tally.in_final >= 3);
        CHECK(first_difference(everything_known(killed), everything_known(folder / "whole")) == "");
    }
}

TEST_CASE("what was measured before a kill stays what it was", "[resume]")
{
    const TemporaryFolder folder;
    std::map<std::string, double> measured;
    const auto see = [&] {
        if (!std::filesystem::exists(folder / "run" / "run.db"))
            return;
        RunStore::read_only(folder / "run").for_each_result([&](const StoredResult& result) {
            if (result.fingerprint != "cost-latency_ms")
                return;
            const double value = result.evaluation.metrics.at("latency_ms");
            const auto [at, fresh] = measured.emplace(result.key, value);
            CHECK(at->second == value);
        });
    };
    for (std::size_t i = 1; i <= 10; ++i) {
        killed(folder / "run", 2, true, [&] { return progress(folder / "run").evaluations >= i * kEvaluations / 11; });
        see();
    }
    CHECK(!killed(folder / "run", 2, true, [] { return false; }));
    see();
    for (const StoredEvaluation& row : rows(folder / "run"))
        CHECK(row.evaluation.metrics.at("latency_ms") == measured.at(row.key));
}

TEST_CASE("a measurement is on the disk before the next one begins", "[resume]")
{
    const TemporaryFolder folder;
    const pid_t child = fork();
    if (child == 0) {
        Bench bench([](Search& search) {
            search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2}), digits({3, 3, 3})});
        });
        TestEvaluator* evaluator = nullptr;
        evaluator = &bench.evaluator([&](const Candidate& c, Context&) {
            if (evaluator->calls == 3)
                raise(SIGKILL);
            return scored(c, "score", spelt(c));
        });
        evaluator->measuring = true;
        bench.run(folder / "run");
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    std::size_t kept = 0;
    RunStore::read_only(folder / "run").for_each_result([&](const StoredResult&) { ++kept; });
    CHECK(kept == 2);
}
