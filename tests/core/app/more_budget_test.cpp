// SPDX-License-Identifier: Apache-2.0
// `resume --set budget.evaluations=N`: as if the run had had that budget from the start, or a refusal that changes
// nothing.
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "stopped_run.hpp"

namespace {

namespace fs = std::filesystem;

std::string experiment(const std::string& objectives, const std::string& strategy, int evaluations)
{
    return "name: more\nspace: {use: bits, bits: 8}\nevaluator: {use: patient, lessons: 2}\ncosts: [{use: size}]\n" +
           objectives + "strategy: {use: " + strategy + "}\nbudget: {evaluations: " + std::to_string(evaluations) +
           "}\nfinal: [{use: taste, saves: true}]\n";
}

/// What a strategy may want to go by.
const std::string kWishes[] = {"objectives: [{metric: ones, goal: max}, {metric: size_kib, goal: min}]\n",
                               "objectives: [{metric: ones, goal: max}]\n",
                               "objectives: [{metric: ones, goal: max}]\n"
                               "constraints: [{metric: size_kib, max: 12}]\n",
                               "reward: {use: weighted_sum, metrics: [ones], weights: [1]}\n"};

std::vector<std::string> strategies(const Shell& shell)
{
    std::vector<std::string> names;
    std::istringstream lines(shell.espalier("plugins").out);
    for (std::string kind, name, line; std::getline(lines, line);)
        if (std::istringstream(line) >> kind >> name && kind == "strategy" && name != "gradient" && name != "qos_nas" &&
            name != "u_boost")  // which train on images, and have no budget of evaluations
            names.push_back(name == "one_shot_predictor" ? name + ", samples: 12" : name);
    return names;
}

const std::string kStart = "run more.yaml --out run --quiet";
const std::string kMore = "resume run --quiet --set budget.evaluations=";

/// The winners, each of which has its own weights.
std::string winners_with_weights(const Shell& shell)
{
    std::string winners;
    for (const auto& winner : nlohmann::json::parse(shell.espalier("results run --format json").out)) {
        CHECK(shell.read("run/" + winner.value("model", "none") + "/weights") == winner["key"]);
        winners += winner["key"].get<std::string>() + "\n";
    }
    return winners;
}

void begin(const Shell& shell, const std::string& text)
{
    fs::remove_all(shell.folder() / "run");
    shell.write("more.yaml", text);
}

}  // namespace

TEST_CASE("every strategy goes on with a larger budget as if it had had it before, or says why not", "[more_budget]")
{
    const Shell shell;
    int extended = 0, refused = 0;
    for (const std::string& strategy : strategies(shell)) {
        std::string wish;
        for (const std::string& tried : kWishes) {
            begin(shell, experiment(wish = tried, strategy, 45));
            if (shell.espalier(kStart).status == 0)
                break;
        }
        CAPTURE(strategy);
        const std::string whole = picture(shell);
        for (const bool killed : {false, true}) {
            begin(shell, experiment(wish, strategy, 20));
            const Outcome first = shell.espalier(kStart, killed ? io_fault("kill", 110) : "");
            CAPTURE(killed, first.err);
            REQUIRE(first.status == (killed ? kKilled : 0));
            const std::string before = picture(shell);
            const Outcome more = shell.espalier(kMore + "45");
            CAPTURE(more.err);
            if (more.status == 0) {
                ++extended;
                CHECK(picture(shell) == whole);
                CHECK(shell.espalier("resume run").out.find("is finished") != std::string::npos);
                continue;
            }
            ++refused;
            CHECK(more.status == 1);
            CHECK_THAT(more.err,
                       ContainsSubstring("cannot go on with another budget") && ContainsSubstring("reuse: ["));
            CHECK(picture(shell) == before);
            CHECK(shell.espalier("resume run --quiet").status == 0);
        }
    }
    std::printf("%d extended, %d refused\n", extended, refused);
    CHECK(extended > 20);
    CHECK(refused >= 2);  // `evenly`, at least
}

TEST_CASE("an extension that is killed goes on", "[more_budget]")
{
    const Shell shell;
    begin(shell, experiment(kWishes[0], "random", 40));
    REQUIRE(shell.espalier(kStart).status == 0);
    const std::string whole = picture(shell);
    int kills = 0;
    for (int at = 1; at < 150; at += 7) {
        begin(shell, experiment(kWishes[0], "random", 20));
        REQUIRE(shell.espalier(kStart).status == 0);
        kills += shell.espalier(kMore + "40", io_fault("kill", at)).status == kKilled ? 1 : 0;
        const Outcome again = shell.espalier(kMore + "40");
        CAPTURE(at, again.err);
        CHECK(again.status == 0);
        CHECK(picture(shell) == whole);
    }
    CHECK(kills > 5);
}

TEST_CASE("an extension keeps the former winners, whatever stops it, until there are others", "[more_budget]")
{
    const Shell shell;
    const auto extended = [&](const std::string& environment) {
        begin(shell, experiment(kWishes[0], "random", 20));
        REQUIRE(shell.espalier(kStart).status == 0);
        return shell.espalier(kMore + "40", environment);
    };
    begin(shell, experiment(kWishes[0], "random", 20));
    REQUIRE(shell.espalier(kStart).status == 0);
    const std::string former = winners_with_weights(shell), former_file = shell.read("run/winners.json");
    REQUIRE(extended("").status == 0);
    const std::string later = winners_with_weights(shell), later_file = shell.read("run/winners.json");
    REQUIRE(former != later);
    REQUIRE(!former.empty());
    const std::string whole = picture(shell);
    std::size_t kept = 0, replaced = 0;
    for (const std::string kind : {"kill", "full"})
        for (int at = 1;; at += kind == "kill" ? 1 : 9) {
            const Outcome stopped = extended(io_fault(kind, at));
            if (stopped.status == 0 || (kind == "full" && at > 300))
                break;
            CAPTURE(kind, at, stopped.err);
            const std::string now = winners_with_weights(shell), file = shell.read("run/winners.json");
            CHECK((now == former || now == later));
            CHECK((file == former_file || file == later_file));
            CHECK(fs::exists(shell.folder() / "run" / "winners" / "front-1" / "weights"));
            ++(now == former ? kept : replaced);
            if (at % 3 == 0)  // stopped once more, and given yet another budget
                shell.espalier(kMore + "30", io_fault("kill", at / 2));
            REQUIRE(shell.espalier(kMore + "40").status == 0);
            REQUIRE(picture(shell) == whole);
        }
    CHECK(kept > 50);
    CHECK(replaced > 3);
}

TEST_CASE("an extension that fails leaves the former winners, and says so", "[more_budget]")
{
    const Shell shell;
    begin(shell, experiment(kWishes[0], "random", 20));
    REQUIRE(shell.espalier(kStart).status == 0);
    const std::string former = winners_with_weights(shell);
    REQUIRE(shell.espalier(kMore + "40", io_fault("full", 60)).status == 1);
    CHECK(winners_with_weights(shell) == former);
    CHECK_THAT(shell.espalier("results run").err,
               ContainsSubstring("run: not finished with its new budget, the winners are those of before; go on with: "
                                 "espalier resume run"));
    REQUIRE(shell.espalier("resume run --quiet").status == 0);
    CHECK(winners_with_weights(shell) != former);
    CHECK(shell.espalier("results run").err == "");
}

TEST_CASE("a run that has begun changes its budget, workers and time-out, and nothing else", "[more_budget]")
{
    const Shell shell;
    begin(shell, experiment(kWishes[0], "random", 20));
    REQUIRE(shell.espalier(kStart).status == 0);
    const std::string before = picture(shell);
    for (const auto& [change, reason] :
         {std::pair("strategy.population=3",
                    "--set strategy.population: a run that has begun may change "
                    "budget.evaluations, budget.minutes, execution.timeout_s, "
                    "execution.workers;"),
          std::pair("seed=3", "--set seed: "), std::pair("budget.evaluations=19", "20 are spent already"),
          std::pair("budget.evaluations=few", "few")}) {
        const Outcome outcome = shell.espalier(std::string("resume run --set ") + change);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(reason));
        CHECK(picture(shell) == before);
    }
    REQUIRE(shell.espalier("resume run --quiet --set execution.workers=3 --set budget.evaluations=30").status == 0);
    CHECK_THAT(shell.read("run/experiment.yaml"),
               ContainsSubstring("workers: 3") && ContainsSubstring("evaluations: 30"));
}

TEST_CASE("a folder of seeds gets more budget, for the seeds that are missing, too", "[more_budget]")
{
    const Shell shell;
    begin(shell, experiment(kWishes[0], "random", 30));
    REQUIRE(shell.espalier("run more.yaml --seeds 1..2 --out run --quiet").status == 0);
    const std::string whole = picture(shell);
    begin(shell, experiment(kWishes[0], "random", 20));
    REQUIRE(shell.espalier("run more.yaml --seeds 1..2 --out run --quiet").status == 0);
    fs::remove_all(shell.folder() / "run" / "seed-2");
    REQUIRE(shell.espalier(kMore + "30").status == 0);
    CHECK(picture(shell) == whole);
}
