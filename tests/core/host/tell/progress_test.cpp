// SPDX-License-Identifier: Apache-2.0
#include "host/tell/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <thread>

#include "catch.hpp"
#include "screen.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using Work = std::function<void(Progress&)>;

/// What a person without a terminal has read at the end.
std::string told(const Work& work, const Experiment& experiment = {}, Verbosity verbosity = Verbosity::normal)
{
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    {
        Terminal terminal(file);
        Progress progress(experiment, terminal, verbosity);
        work(progress);
        progress.finish();
    }
    std::string text(4096, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

Evaluation scored(double quality, double cost)
{
    return {{}, {{"quality", quality}, {"cost", cost}}, Status::ok, ""};
}

}  // namespace

TEST_CASE("a phase is shown with its step and the rate of its steps", "[progress]")
{
    const std::string once = told([](Progress& progress) { progress.phase("training", 3, {}); });
    CHECK_THAT(once, ContainsSubstring("training: step 3") && !ContainsSubstring("steps/s"));  // no rate yet
    const std::string twice = told([](Progress& progress) {
        progress.phase("training", 3, {});
        std::this_thread::sleep_for(50ms);
        progress.phase("training", 4, {});
    });
    CHECK_THAT(twice, ContainsSubstring("training: step 4 (") && ContainsSubstring(" steps/s)"));
    const std::string long_one = told([](Progress& progress) {
        progress.phase("training", 3, 10);
        std::this_thread::sleep_for(50ms);
        progress.phase("training", 4, 10);
    });
    CHECK_THAT(long_one, ContainsSubstring("training: step 4 of 10 (") && ContainsSubstring(" s left)"));
    const double rate = std::stod(twice.substr(twice.find('(') + 1));
    CHECK(rate > 0);
    CHECK(rate <= 20);
    const std::string half = told([](Progress& progress) {
        progress.phase("training", 499, 1000);
        std::this_thread::sleep_for(50ms);
        progress.phase("training", 500, 1000);
    });
    REQUIRE_THAT(half, ContainsSubstring(" steps/s, ") && ContainsSubstring(" s left)"));
    const double rate_at_half = std::stod(half.substr(half.find('(') + 1));  // of which four digits are shown
    CHECK(std::abs(std::stod(half.substr(half.find(", ") + 2)) - 500 / rate_at_half) < 1.1);
    const std::string last = told([](Progress& progress) {
        progress.phase("training", 9, 10);
        std::this_thread::sleep_for(5ms);
        progress.phase("training", 10, 10);
    });
    CHECK_THAT(last, ContainsSubstring(" steps/s)") && !ContainsSubstring("left"));
    for (const char* next : {"final", "training"}) {  // another one, and one that begins again
        const std::string text = told([&](Progress& progress) {
            progress.phase("training", 3, {});
            std::this_thread::sleep_for(5ms);
            progress.phase(next, 1, {});
        });
        CHECK_THAT(text, ContainsSubstring(std::string(next) + ": step 1") && !ContainsSubstring("steps/s"));
    }
    const std::string again = told([](Progress& progress) {
        for (const std::size_t step : {3U, 1U, 2U}) {
            progress.phase("training", step, {});
            std::this_thread::sleep_for(5ms);
        }
    });
    CHECK_THAT(again, ContainsSubstring("training: step 2 (") && ContainsSubstring(" steps/s)"));
    CHECK(told([](Progress& progress) { progress.phase("training", 3, {}); }, {}, Verbosity::verbose)
              .starts_with("training: step 3\n"));
}

TEST_CASE("what a phase has said goes away with it", "[progress]")
{
    const std::string over = told([](Progress& progress) {
        progress.evaluated(1, scored(1, 1));
        progress.noted("top", 5);
        progress.phase("training", 1, 2);
        progress.noted("loss", 0.5);
        progress.phase("training", 2, 2);
        progress.phase_ended("training");
    });
    CHECK_THAT(over, ContainsSubstring("1 evaluated") && ContainsSubstring("  top 5"));
    CHECK_THAT(over, !ContainsSubstring("training") && !ContainsSubstring("loss"));
    const std::string other = told([](Progress& progress) {
        progress.phase("final 0 'train'", 1, 3);
        progress.phase("train 1,2", 4, 9);
        progress.phase_ended("final 0 'train'");
    });
    CHECK_THAT(other, ContainsSubstring("train 1,2: step 4 of 9"));
}

TEST_CASE("while nothing is feasible, what comes nearest is shown, with what is dropped", "[progress]")
{
    Experiment experiment;
    experiment.budget.evaluations = 9;
    experiment.objectives = {{"quality", true, false}};
    experiment.constraints = {{"cost", -std::numeric_limits<double>::infinity(), 5, false}};
    const auto infeasible = [](double cost) { return Evaluation{{}, {{"cost", cost}}, Status::infeasible, ""}; };
    const Work nothing = [&](Progress& progress) {
        for (const double cost : {8.0, 6.0, 7.0})
            progress.evaluated(0, infeasible(cost));
        progress.evaluated(0, failed({}, "no power"));
    };
    CHECK_THAT(
        told(nothing, experiment),
        ContainsSubstring("0/9") && ContainsSubstring("  nothing feasible yet, nearest cost 6, must be at most 5 "
                                                      " 3 infeasible  1 failed (last: no power)\n"));
    const Work at_last = [&](Progress& progress) {
        nothing(progress);
        progress.evaluated(1, scored(3, 4));
        progress.evaluated(1, infeasible(5.5));
    };
    CHECK_THAT(told(at_last, experiment),
               ContainsSubstring("  quality 3 (best)  4 infeasible") && !ContainsSubstring("nearest"));
}

TEST_CASE("the best reward and what is only priced are shown", "[progress]")
{
    CHECK_THAT(told([](Progress& progress) {
                   progress.rewarded(0.25);
                   progress.rewarded(0.75);
                   progress.rewarded(-std::numeric_limits<double>::infinity());
                   progress.evaluated(1, scored(1, 1));
               }),
               ContainsSubstring("  reward 0.75 (best)\n"));
    const Work pricing = [](Progress& progress) {
        progress.priced(100);
        progress.priced(50);
    };
    CHECK_THAT(told(pricing), ContainsSubstring("0 evaluated  150 priced\n"));
    CHECK_THAT(told([&](Progress& progress) {
                   pricing(progress);
                   progress.evaluated(1, scored(1, 1));
               }),
               !ContainsSubstring("priced"));
}

TEST_CASE("the budget, the rate and what is left of the time are shown", "[progress]")
{
    Experiment experiment;
    experiment.budget.evaluations = 40;
    const std::string text = told(
        [](Progress& progress) {
            std::this_thread::sleep_for(600ms);
            progress.evaluated(20, scored(1, 1));
        },
        experiment);
    CHECK(text.starts_with("20/40  "));
    REQUIRE_THAT(text, ContainsSubstring("/s  ") && ContainsSubstring(" s left"));
    const double rate = std::stod(text.substr(7));
    CHECK(rate > 0);
    CHECK(rate <= 20 / 0.6);
    CHECK(std::stod(text.substr(text.find("/s  ") + 4)) == std::ceil(20 / rate));
    CHECK_THAT(told([](Progress& progress) { progress.evaluated(40, scored(1, 1)); }, experiment),
               ContainsSubstring("40/40") && !ContainsSubstring("left"));
    CHECK_THAT(told([](Progress& progress) { progress.evaluated(7, scored(1, 1)); }),
               ContainsSubstring("7 evaluated  ") && !ContainsSubstring("left"));
    CHECK(told([](Progress& progress) { progress.noted("loss", 1); }).starts_with("0 evaluated  loss 1"));
}

TEST_CASE("seconds, minutes and hours are left", "[progress]")
{
    // about as many, and more where the machine is slow
    const auto left = [](double seconds) {
        Experiment experiment;
        const std::string text = told(
            [&](Progress& progress) {
                const auto begin = Clock::now();
                std::this_thread::sleep_for(200ms);
                const double lasted = std::chrono::duration<double>(Clock::now() - begin).count();
                experiment.budget.evaluations = 1 + static_cast<std::size_t>(seconds / lasted);
                progress.evaluated(1, scored(1, 1));
            },
            experiment);
        return text.substr(text.find("/s  ") + 4);
    };
    const std::string seconds = left(65), minutes = left(65.0 * 60), hours = left(3.0 * 3600);
    CHECK_THAT(seconds, ContainsSubstring(" s left"));
    CHECK_THAT(minutes, ContainsSubstring(" min left"));
    CHECK_THAT(hours, ContainsSubstring(" h left"));
    for (const auto& [text, least] : {std::pair{seconds, 64}, std::pair{minutes, 64}, std::pair{hours, 2}}) {
        CHECK(std::stod(text) >= least);
        CHECK(std::stod(text) <= 1.5 * least + 3);
    }
}

TEST_CASE("the rate is that of some time, not of the last few evaluations", "[progress]")
{
    const std::string text = told([](Progress& progress) {
        std::this_thread::sleep_for(200ms);
        for (std::size_t done = 1; done <= 100; ++done)
            progress.evaluated(done, scored(1, 1));
    });
    REQUIRE(text.starts_with("100 evaluated  "));
    CHECK(std::stod(text.substr(15)) <= 100 / 0.2);
}

TEST_CASE("the rate forgets how fast a resumed run was at first", "[progress][slow]")
{
    const std::string text = told([](Progress& progress) {
        for (std::size_t done = 1; done <= 1000; ++done)
            progress.evaluated(done, scored(1, 1));
        for (std::size_t done = 1001; done <= 1025; ++done) {
            std::this_thread::sleep_for(510ms);
            progress.evaluated(done, scored(1, 1));
        }
    });
    const std::size_t line = text.rfind("1025 evaluated  ");
    REQUIRE(line != std::string::npos);
    CHECK(std::stod(text.substr(line + 16)) <= 1 / 0.51);
}

TEST_CASE("the best is that of the first objective among what meets the constraints", "[progress]")
{
    Experiment experiment;
    experiment.objectives = {{"quality", true}, {"cost", false}};
    experiment.constraints = {{"cost", 0, 5}};
    const Work work = [](Progress& progress) {
        progress.evaluated(1, scored(3, 4));
        progress.evaluated(2, scored(2, 1));
        progress.evaluated(3, scored(9, 6));
        progress.evaluated(4, {{}, {{"quality", 8}}, Status::infeasible, "too large"});
        progress.evaluated(5, {{}, {}, Status::ok, ""});
    };
    CHECK_THAT(told(work, experiment), ContainsSubstring("  quality 3 (best)  1 infeasible\n"));
    experiment.objectives = {{"cost", false}};
    CHECK_THAT(told(work, experiment), ContainsSubstring("  cost 1 (best)  1 infeasible\n"));
    experiment.constraints.push_back({"other", 0, 1});  // nobody gives it, so nothing is known to meet it
    CHECK_THAT(told(work, experiment), !ContainsSubstring("(best)"));
}

TEST_CASE("failures are counted, and told one by one to who asks for it", "[progress]")
{
    const Work work = [](Progress& progress) {
        progress.evaluated(1, failed({}, "no power"));
        progress.evaluated(2, failed({}, "no light"));
        progress.evaluated(3, {{}, {}, Status::infeasible, "too large"});
        progress.message("a sentence");
    };
    const std::string normal = told(work);
    CHECK_THAT(normal, ContainsSubstring("3 evaluated") && ContainsSubstring("  2 failed"));
    CHECK_THAT(normal, !ContainsSubstring("no power") && ContainsSubstring("a sentence\n"));
    CHECK_THAT(told(work, {}, Verbosity::verbose), ContainsSubstring("evaluation 1 failed: no power\n") &&
                                                       ContainsSubstring("evaluation 2 failed: no light\n") &&
                                                       !ContainsSubstring("too large"));
    CHECK(told(work, {}, Verbosity::quiet).empty());
}

TEST_CASE("of many curves four are shown, with their last values", "[progress]")
{
    const std::string text = told([](Progress& progress) {
        for (const char* series : {"e", "d", "c", "b", "a", "a"})
            progress.noted(series, series[0]);
        progress.noted("a", 0.12345678);
    });
    CHECK_THAT(text, ContainsSubstring("  a 0.1235  b 98  c 99  d 100\n"));
}

TEST_CASE("without a terminal a line is printed every few seconds, and the last state once", "[progress]")
{
    const std::string text = told([](Progress& progress) {
        for (std::size_t done = 1; done <= 100; ++done)
            progress.evaluated(done, scored(1, 1));
        progress.finish();
    });
    CHECK_THAT(text, ContainsSubstring("100 evaluated"));
    CHECK(std::ranges::count(text, '\n') == 1);
}

TEST_CASE("on a terminal one line is drawn over at most every tenth of a second", "[progress]")
{
    const Screen screen("xterm", 80);
    Terminal terminal(screen.file());
    const Experiment experiment;
    const auto begin = Clock::now();
    Progress progress(experiment, terminal, Verbosity::normal);
    progress.evaluated(1, scored(1, 1));
    if (Clock::now() - begin < 100ms)
        CHECK(screen.sent().empty());
    screen.sent();
    std::this_thread::sleep_for(120ms);
    progress.evaluated(2, scored(1, 1));
    CHECK_THAT(screen.sent(), ContainsSubstring("\r\x1b[K2 evaluated"));
    const auto middle = Clock::now();
    for (std::size_t done = 3; done < 1000; ++done)
        progress.evaluated(done, scored(1, 1));
    const std::string many = screen.sent();
    CHECK(std::ranges::count(many, '\r') <= (Clock::now() - middle) / 100ms + 1);
    progress.message("a sentence");
    CHECK_THAT(screen.sent(), ContainsSubstring("a sentence\n\r\x1b[K"));
    progress.finish();
    CHECK(screen.sent() == "\r\x1b[K");  // the line is gone, and no last one is printed
}
