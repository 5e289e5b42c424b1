// SPDX-License-Identifier: Apache-2.0
// Plug-ins that do every harm at every place that the host calls: each is named in a sentence, and the run goes on.
#include <algorithm>
#include <csignal>
#include <set>

#include <fmt/format.h>
#include <sys/resource.h>

#include "catch.hpp"
#include "shell.hpp"
#include "toys/sanitized.hpp"

namespace {

/// Evil and good plug-ins at hand. Crashes leave no core files.
class EvilShell : public Shell {
public:
    EvilShell() : Shell(ESPALIER_BINARY_DIR "/tests/app/plugins:" ESPALIER_BINARY_DIR "/tests/app/evil")
    {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
    }
};

/// Where harm is done, and how the sentence names it.
struct Place {
    const char *part, *place, *sentence;
};
const Place kPlaces[] = {
    {"evaluator", "evaluate", "evaluator 'evil' of plug-in 'evil' {} when it is asked about 'A'"},
    {"evaluator", "key", "evaluator 'evil' of plug-in 'evil' {} when it is asked for a key"},
    {"evaluator", "training", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"evaluator", "step", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"evaluator", "save", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"cost", "evaluate", "cost 0 'evil_cost' of plug-in 'evil' {} when it is asked about 'A'"},
    {"cost", "step", "cost 0 'evil_cost' of plug-in 'evil' {} when it learns"},
    {"final", "evaluate", "final 0 'evil' of plug-in 'evil' {} when it is asked about 'A'"},
    {"verify", "evaluate", "verify 0 'evil_cost' of plug-in 'evil' {} when it is asked about 'A'"},
    {"strategy", "search", "strategy 'evil' of plug-in 'evil' {} when it searches"},
    {"strategy", "step", "strategy 'evil' of plug-in 'evil' {} when it runs a phase"},
    {"reward", "reward", "reward 'evil' of plug-in 'evil' {} when it is asked for a reward"},
    {"space", "key", "space 'evil' of plug-in 'evil' {} when it is asked for a key"},
    {"space", "constructor", "space 'evil' of plug-in 'evil' {} when it is made"},
    {"evaluator", "constructor", "evaluator 'evil' of plug-in 'evil' {} when it is made"},
    {"strategy", "constructor", "strategy 'evil' of plug-in 'evil' {} when it is made"},
};

/// Harm done by a component within another, `within`, where its options stand for {}.
struct NestedPlace {
    const char *part, *within, *place, *sentence;
};
const char* const kAround = "around, of: {use: evil{}}";
const char* const kComposite = "composite, combine: max, as: evil_cost, of: [{use: evil_cost}, {use: evil_cost{}}]";
const NestedPlace kNestedPlaces[] = {
    {"evaluator", kAround, "evaluate", "evaluator 'evil' of plug-in 'evil' {} when it is asked about 'A'"},
    {"evaluator", kAround, "key", "evaluator 'evil' of plug-in 'evil' {} when it is asked for a key"},
    {"evaluator", kAround, "training", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"evaluator", kAround, "step", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"evaluator", kAround, "save", "evaluator 'evil' of plug-in 'evil' {} when it learns"},
    {"evaluator", "around, of: {use: composite, combine: max, as: evil, of: [{use: evil_cost{}}]}", "evaluate",
     "cost_model 'evil_cost' of plug-in 'evil' {} when it is asked about 'A'"},
    {"evaluator", "around, of: {use: evil}, network: {use: evil{}}", "network",
     "space 'evil' of plug-in 'evil' {} when it builds a network"},
    {"cost", kComposite, "evaluate", "cost_model 'evil_cost' of plug-in 'evil' {} when it is asked about 'A'"},
    {"cost", kComposite, "step", "cost_model 'evil_cost' of plug-in 'evil' {} when it learns"},
    {"final", kAround, "evaluate", "evaluator 'evil' of plug-in 'evil' {} when it is asked about 'A'"},
    {"verify", kComposite, "evaluate", "cost_model 'evil_cost' of plug-in 'evil' {} when it is asked about 'A'"},
    {"reward", kAround, "reward", "reward 'evil' of plug-in 'evil' {} when it is asked for a reward"},
    {"strategy", kAround, "search", "strategy 'evil' of plug-in 'evil' {} when it searches"},
    {"evaluator", kAround, "constructor", "evaluator 'evil' of plug-in 'evil' {} when it is made"},
    {"evaluator", kAround, "metrics", "evaluator 'evil' of plug-in 'evil' {} when it is asked what it gives"},
    {"evaluator", "evil{}", "metrics", "evaluator 'evil' of plug-in 'evil' {} when it is asked what it gives"},
};

/// How a process ends.
struct End {
    const char *deed, *how;
    int status;
};
const End kEnds[] = {
    {"segfault", "crashes (Segmentation fault)", 128 + SIGSEGV},
    {"abort", "crashes (Aborted)", 128 + SIGABRT},
    {"overflow", "crashes (Segmentation fault)", 128 + SIGSEGV},
    {"thread_segfault", "crashes (Segmentation fault)", 128 + SIGSEGV},
    {"exit", "ends the process", 1},
    {"quick_exit", "ends the process", 1},
    {"_exit", "ends the process", 1},
};

/// An experiment of four architectures, 00 the first, whose `part` is another.
std::string experiment_with(const std::string& part, const std::string& used)
{
    const auto of = [&](const std::string& other, const char* usual) { return other == part ? used : usual; };
    return fmt::format(
        "name: evil\nseed: 1\nspace: {{use: {}}}\ncosts: [{{use: {}}}]\nevaluator: {{use: {}}}\n"
        "reward: {{use: {}}}\nstrategy: {{use: {}}}\nfinal: [{{use: {}}}]\nverify: [{{use: {}}}]\n",
        of("space", "evil"), of("cost", "evil_cost"), of("evaluator", "evil"), of("reward", "evil"),
        of("strategy", "evil"), of("final", "taste"), of("verify", "evil_cost"));
}

/// The same with harm in one part.
std::string experiment(const std::string& part, const std::string& options)
{
    return experiment_with(part, (part == "cost" || part == "verify" ? "evil_cost" : "evil") + options);
}

std::string harm(const std::string& deed, const std::string& place, const std::string& at = "")
{
    return fmt::format(", deed: {}, place: {}, at: \"{}\"", deed, place, at);
}

std::string with(std::string sentence, const std::string& mark, const std::string& text)
{
    if (const std::size_t at = sentence.find(mark); at != sentence.npos)
        sentence.replace(at, mark.size(), text);
    return sentence;
}

const std::string kMended = "EVIL_MENDED=1";

void check_status(int status, int expected)
{
    if (espalier::test::kSanitized)
        CHECK(status != 0);
    else
        CHECK(status == expected);
}

std::string all_rows(const Shell& shell, const std::string& run)
{
    return shell.espalier("results --all --format csv " + run).out;
}

/// Each end of the process is told in the sentence, and the mended plug-in goes on from there. {} in `experiment` is
/// what is done.
void check_ends(const std::string& place, const std::string& told, const std::string& experiment)
{
    const EvilShell whole;
    whole.write("evil.yaml", with(experiment, "{}", "abort"));
    REQUIRE(whole.espalier("run evil.yaml --out run", kMended).status == 0);
    for (const End& end : kEnds) {
        CAPTURE(place, end.deed);
        const EvilShell shell;
        shell.write("evil.yaml", with(experiment, "{}", end.deed));
        const Outcome run = shell.espalier("run evil.yaml --out run --quiet");
        std::string sentence = with(told, "{}", end.how);
        sentence = sentence.substr(0, sentence.find(" 'A'"));
        CHECK_THAT(run.err, ContainsSubstring(sentence));
        check_status(run.status, end.status);
        CHECK(run.out == "");
        if (place == "constructor" || place == "metrics") {
            CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
            continue;
        }
        CHECK_THAT(run.err, ContainsSubstring("; what was computed is kept; go on with: espalier resume run"));
        const Outcome resumed = shell.espalier("resume run", kMended);
        CHECK_THAT(resumed.err, ContainsSubstring(std::string(" ended the run: it ") + end.how));
        REQUIRE(resumed.status == 0);
        CHECK(all_rows(shell, "run") == all_rows(whole, "run"));
        CHECK(shell.read("run/winners.json") == whole.read("run/winners.json"));
        CHECK_FALSE(std::filesystem::exists(shell.folder() / "run" / "calls"));
    }
}

}  // namespace

TEST_CASE("a plug-in that ends the process is named with the place, and the mended one goes on", "[evil]")
{
    for (const Place& place : kPlaces)
        check_ends(place.place, place.sentence, experiment(place.part, harm("{}", place.place)));
}

TEST_CASE("one within another is named itself when it ends the process", "[evil]")
{
    for (const NestedPlace& place : kNestedPlaces) {
        CAPTURE(place.part, place.within);
        check_ends(place.place, place.sentence,
                   experiment_with(place.part, with(place.within, "{}", harm("{}", place.place))));
    }
}

TEST_CASE("a space that ends the process when another component asks it is found out", "[evil]")
{
    for (const char* const deed : {"segfault", "abort", "exit"}) {
        CAPTURE(deed);
        const EvilShell shell;
        const auto experiment = [&](const std::string& space) {
            return "name: evil\nspace: {use: " + space + "}\nevaluator: {use: evil}\ncosts: [{use: params}]\n" +
                   "objectives: [{metric: params, goal: min}]\nstrategy: {use: evil}\n";
        };
        shell.write("evil.yaml", experiment("evil" + harm(deed, "network")));
        const Outcome run = shell.espalier("run evil.yaml --out run --quiet");
        CHECK_THAT(run.err, ContainsSubstring("cost 0 'params' of plug-in 'cost_models'"));
        const Outcome resumed = shell.espalier("resume run");
        CHECK_THAT(resumed.err,
                   ContainsSubstring("cost 0 'params' of plug-in 'cost_models' ended the run: it ") &&
                       ContainsSubstring("building its network alone does not come back either, so the "
                                         "mistake is in space 'evil' of plug-in 'evil'; it is asked once"));
        const Outcome mended = shell.espalier("resume run", kMended);
        CHECK(mended.status == 0);
        CHECK_THAT(mended.err, !ContainsSubstring("building its network"));
    }
}

TEST_CASE("an exception that is no std::exception ends nothing but what it must", "[evil]")
{
    for (const Place& place : kPlaces) {
        CAPTURE(place.part, place.place);
        const EvilShell shell;
        shell.write("evil.yaml", experiment(place.part, harm("int", place.place)));
        const Outcome run = shell.espalier("run evil.yaml --out run");
        const std::string sentence = place.sentence;
        if (std::string(place.place) == "constructor") {
            CHECK(run.status == 2);
            CHECK_THAT(run.err, ContainsSubstring(sentence.substr(0, sentence.find(" {}")) +
                                                  " cannot be made: it throws something that is no std::exception"));
        } else if (std::string(place.place) == "evaluate") {
            CHECK(run.status == (std::set<std::string>{"final", "verify"}.contains(place.part) ? 0 : 4));
            CHECK_THAT(all_rows(shell, "run") + run.out,
                       ContainsSubstring("it threw something that is no std::exception"));
        } else {
            CHECK(run.status == 1);
            CHECK_THAT(run.err, ContainsSubstring(sentence.substr(0, sentence.find(" {}")) +
                                                  ": it threw something that is no std::exception"));
            CHECK(shell.espalier("resume run", kMended).status == 0);
        }
    }
}

TEST_CASE("a candidate that ends the process is asked about once more, and then passed over", "[evil]")
{
    for (const std::string options : {"", ", batch: 4", " --workers 3"}) {
        CAPTURE(options);
        const EvilShell shell;
        const bool batch = options.find("batch") != options.npos;
        shell.write("evil.yaml", experiment("evaluator", harm("segfault", "evaluate", "1,0") + (batch ? options : "")));
        const std::string workers = batch ? "" : options;
        // all four at once, so that there are batches
        const std::string at_once = " --set strategy.batch=4";
        check_status(shell.espalier("run evil.yaml --out run" + at_once + workers).status, 128 + SIGSEGV);
        std::string told;
        int resumed = 0;
        for (int status = 1; status != 0 && resumed < 6; ++resumed) {
            const Outcome outcome = shell.espalier("resume run" + workers);
            status = outcome.status;
            told += outcome.err;
        }
        CHECK(resumed == (batch ? 3 : 2));
        CHECK_THAT(told, ContainsSubstring("when it is asked about 1,0; it is asked once more"));
        CHECK_THAT(told, ContainsSubstring("that was the second time: recorded as failed"));
        if (batch)
            CHECK_THAT(told, ContainsSubstring("they are asked about one at a time from now on"));
        const std::string rows = all_rows(shell, "run");
        CHECK_THAT(rows, ContainsSubstring("crashes (Segmentation fault), twice"));
        CHECK(std::count(rows.begin(), rows.end(), '\n') == 5);
        std::size_t good = 0;
        for (std::size_t at = 0; (at = rows.find(",ok,", at)) != rows.npos; ++at)
            ++good;
        CHECK(good == 3);
    }
}

TEST_CASE("one within another that ends the process twice, or ignores its time, is named itself and passed over",
          "[evil]")
{
    for (const char* const deed : {"segfault", "hang"})
        for (const char* const workers : {"", " --workers 3"}) {
            CAPTURE(deed, workers);
            const EvilShell shell;
            shell.write("evil.yaml", experiment_with("evaluator", with(kAround, "{}", harm(deed, "evaluate", "1,0"))) +
                                         "execution: {timeout_s: 0.01}\n");
            std::string told = shell.espalier(std::string("run evil.yaml --out run") + workers).err;
            int resumed = 0;
            for (int status = 1; status != 0 && resumed < 6; ++resumed) {
                const Outcome outcome = shell.espalier(std::string("resume run") + workers);
                status = outcome.status;
                told += outcome.err;
            }
            const bool hangs = deed == std::string("hang");
            CHECK(resumed == (hangs ? 1 : 2));
            CHECK_THAT(told,
                       ContainsSubstring(hangs ? "evaluator 'evil' of plug-in 'evil' ignores its time-out of 0.01 s "
                                                 "(candidate 1,0)"
                                               : "evaluator 'evil' of plug-in 'evil' ended the run: it crashes "
                                                 "(Segmentation fault) when it is asked about 1,0; that was the "
                                                 "second time: recorded as failed"));
            CHECK_THAT(told, !ContainsSubstring("'around'"));
            const std::string rows = all_rows(shell, "run");
            CHECK_THAT(rows, ContainsSubstring(hangs ? "ignored by evaluator 'evil' of plug-in 'evil'"
                                                     : "evaluator 'evil' of plug-in 'evil' crashes (Segmentation "
                                                       "fault), twice"));
            CHECK(std::count(rows.begin(), rows.end(), '\n') == 5);
        }
}

TEST_CASE("a plug-in that hangs when it is opened, or a component when it is made, is named", "[evil]")
{
    for (const std::string part : {"space", "evaluator", "strategy", "evaluator within another"}) {
        CAPTURE(part);
        const EvilShell shell;
        const std::string kind = part.substr(0, part.find(' '));
        const std::string evil = "evil" + harm("hang", "constructor");
        shell.write("evil.yaml", experiment_with(kind, kind == part ? evil : "around, of: {use: " + evil + "}"));
        for (const std::string command : {"run evil.yaml --out run", "check evil.yaml"}) {
            const Outcome outcome = shell.espalier(command, "ESPALIER_PATIENCE_S=1");
            CHECK(outcome.status == 1);
            CHECK_THAT(outcome.err, ContainsSubstring(kind + " 'evil' of plug-in 'evil' has not come back 1 s after it "
                                                             "is made"));
        }
    }
    const EvilShell shell;
    shell.write("evil.yaml", experiment("evaluator", ""));
    const Outcome opened = shell.espalier("check evil.yaml", "ESPALIER_PATIENCE_S=1 EVIL_WHEN_OPENED=hang");
    CHECK(opened.status == 1);
    CHECK_THAT(opened.err, ContainsSubstring("plug-in 'evil' (") && ContainsSubstring("1 s after it is opened"));
}

TEST_CASE("where failures end the run, a crash is never recorded as one", "[evil]")
{
    const EvilShell shell;
    shell.write("evil.yaml",
                experiment("evaluator", harm("abort", "evaluate", "1,0")) + "execution: {on_failure: abort}\n");
    check_status(shell.espalier("run evil.yaml --out run").status, 128 + SIGABRT);
    for (int i = 0; i < 3; ++i)
        check_status(shell.espalier("resume run").status, 128 + SIGABRT);
    CHECK(shell.espalier("resume run", kMended).status == 0);
    CHECK(all_rows(shell, "run").find("fail") == std::string::npos);
}

TEST_CASE("a killed process blames nobody, and says what was under way", "[evil]")
{
    const EvilShell shell;
    shell.write("evil.yaml", experiment("evaluator", harm("hang", "evaluate", "1,0")));
    for (const std::string call : {"run evil.yaml --out run", "resume run", "resume run"}) {
        const pid_t process = shell.start(call);
        const bool resumed = call == "resume run";
        const std::string file = resumed ? ".err" : "run/calls";
        const std::string sign = resumed ? "the run was ended from outside while evaluator 'evil' of plug-in 'evil' is "
                                           "asked about 1,0"
                                         : "is asked aboutevaluator1 0";
        for (int i = 0; i < 600 && shell.read(file).find(sign) == std::string::npos; ++i)
            usleep(50'000);
        CHECK_THAT(shell.read(file), ContainsSubstring(sign));
        if (resumed)  // until it is asked again
            usleep(500'000);
        kill(process, SIGKILL);
        waitpid(process, nullptr, 0);
    }
    CHECK(shell.espalier("resume run", kMended).status == 0);
    CHECK(all_rows(shell, "run").find("fail") == std::string::npos);
}

TEST_CASE("what the machine lacks is no failure of an architecture: it ends the run, which goes on later", "[evil]")
{
    for (const std::string part : {"evaluator", "cost", "final", "verify"})
        for (const std::string deed : {"bad_alloc", "no_threads", "allocate"})
            for (const std::string workers : {"1", "2"}) {
                if (espalier::test::kSanitized && deed == "allocate")
                    continue;  // no room is left for the shadow
                CAPTURE(part, deed, workers);
                const EvilShell shell;
                shell.write("evil.yaml", experiment(part, harm(deed, "evaluate")));
                const std::string limited = deed == "allocate" ? "prlimit --as=2000000000" : "";
                const Outcome run = shell.espalier("run evil.yaml --out run --workers " + workers, limited);
                CHECK(run.status == 1);
                CHECK_THAT(run.err, ContainsSubstring(part) &&
                                        ContainsSubstring(deed == "no_threads" ? "Resource temporarily unavailable"
                                                                               : "there is not enough memory") &&
                                        ContainsSubstring("espalier resume run"));
                CHECK(all_rows(shell, "run").find("fail") == std::string::npos);
                CHECK(shell.espalier("resume run", kMended).status == 0);
                CHECK(all_rows(shell, "run").find("fail") == std::string::npos);
            }
}

TEST_CASE("answers that break what the component declares are refused", "[evil]")
{
    const EvilShell shell;
    for (const std::string deed : {"undeclared", "status"}) {
        CAPTURE(deed);
        shell.write("evil.yaml", experiment("evaluator", harm(deed, "evaluate", "1,0")));
        const Outcome run = shell.espalier("run evil.yaml --out " + deed);
        CHECK(run.status == 1);
        CHECK_THAT(run.err, ContainsSubstring("evaluator 'evil': "));
        CHECK_THAT(run.err,
                   ContainsSubstring(deed == "undeclared"
                                         ? "gives the metric 'size_kib', which it does not declare (it declares evil)"
                                         : "answers with the status 77"));
        CHECK(shell.espalier("resume " + deed, kMended).status == 0);
    }
    for (const std::string deed : {"missing", "nan"}) {
        CAPTURE(deed);
        shell.write("evil.yaml", experiment("evaluator", harm(deed, "evaluate", "1,0")));
        CHECK(shell.espalier("run evil.yaml --out " + deed).status == 0);
        CHECK_THAT(all_rows(shell, deed),
                   ContainsSubstring(deed == "missing" ? "metric evil is missing" : "metric evil is not a number"));
    }
}

TEST_CASE("what plug-ins print is no result", "[evil]")
{
    for (const std::string call : {"run evil.yaml --out run --quiet", "evaluate evil.yaml 0,0 --quiet"})
        for (const Place& place : kPlaces) {
            CAPTURE(call, place.part, place.place);
            const EvilShell shell;
            shell.write("evil.yaml", experiment(place.part, harm("print", place.place)));
            const Outcome loud = shell.espalier(call);
            std::filesystem::remove_all(shell.folder() / "run");
            const Outcome silent = shell.espalier(call, kMended);
            CHECK(loud.out == silent.out);
            CHECK(loud.status == silent.status);
            CHECK(silent.err == "");
        }
    const EvilShell shell;
    shell.write("evil.yaml", experiment("evaluator", ""));
    const Outcome opened = shell.espalier("check evil.yaml", "EVIL_WHEN_OPENED=print");
    CHECK(opened.out == "");
    CHECK(opened.err == "boo\nboo\n");
    CHECK(opened.status == 0);
}

TEST_CASE("a plug-in that closes files of ours is told of, and the run goes on later", "[evil]")
{
    const EvilShell shell;
    shell.write("evil.yaml", experiment("evaluator", harm("close_ours", "evaluate", "1,0")));
    const Outcome opened = shell.espalier("run evil.yaml --out run", "EVIL_WHEN_OPENED=close_ours");
    CHECK(opened.status == 3);
    CHECK_THAT(opened.err, ContainsSubstring("/espalier_evil.so: closes files that are not its own when it is opened"));
    CHECK(shell.espalier("run evil.yaml --out run", "EVIL_WHEN_OPENED=close").status == 3);  // nothing is left to tell

    const Outcome run = shell.espalier("run evil.yaml --out run");
    CHECK(run.status == 1);
    CHECK_THAT(run.err, ContainsSubstring("evaluator 'evil': files of the command were closed while it was asked") &&
                            ContainsSubstring("espalier resume run"));
    CHECK(run.out == "");
    CHECK(shell.espalier("resume run", kMended).status == 0);
    CHECK(shell.espalier("run evil.yaml --out whole", kMended).status == 0);
    CHECK(all_rows(shell, "run") == all_rows(shell, "whole"));
}

TEST_CASE("a library that does harm when it is opened is named", "[evil]")
{
    const EvilShell shell;
    shell.write("evil.yaml", experiment("evaluator", ""));
    for (const End& end : kEnds) {
        CAPTURE(end.deed);
        if (espalier::test::kSanitized && end.deed == std::string_view("thread_segfault"))
            continue;  // the sanitizer's report would wait for the loader, which waits for the thread
        const Outcome run = shell.espalier("run evil.yaml --out run", std::string("EVIL_WHEN_OPENED=") + end.deed);
        check_status(run.status, end.status);
        CHECK_THAT(run.err, ContainsSubstring("plug-in 'evil' (") && ContainsSubstring("/espalier_evil.so) ") &&
                                ContainsSubstring(std::string(end.how) + " when it is opened"));
        CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
    }
}
