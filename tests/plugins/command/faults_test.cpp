// SPDX-License-Identifier: Apache-2.0
// Programs that do what they should not.
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "plugins/command/scripted.hpp"

using namespace espalier;
using namespace espalier::test;
using command::Clock;
using command::Command;
using std::chrono::milliseconds;

namespace {

const std::string kGood = kGreets + kLoop + kAnswers + "done\n";

std::string with_hello(const std::string& hello)
{
    return "#!/bin/sh\nIFS= read -r hello\ncat <<'E'\n" + hello + "\nE\ncat >/dev/null\n";
}

/// A good program that does something else where the first choice is 3.
std::string good_but(const std::string& at_3)
{
    return kGreets + kLoop + "if [ $first = 3 ]; then\n" + at_3 + "\nelse\n" + kAnswers + "fi\ndone\n";
}

}  // namespace

TEST_CASE("programs that cannot be started are refused with what to do", "[command]")
{
    CHECK_THROWS_WITH(Command({}, {}), ContainsSubstring("neither a `program` nor a `script`"));
    CHECK_THROWS_WITH(Command({.program = "./latency.py"}, {}), ContainsSubstring("is a `script`"));
    CHECK_THROWS_WITH(Command({.program = "no-such-program-anywhere"}, {}),
                      ContainsSubstring("'no-such-program-anywhere' cannot be started: No such file or directory"));
    CHECK_THROWS_WITH(Command({.program = "/tmp"}, {}),
                      ContainsSubstring("'/tmp' cannot be started: Permission denied"));
    CHECK_THROWS_WITH(Command({.script = "/no/such/file"}, {}), ContainsSubstring("/no/such/file: no such file"));
    Scripted program(kGood);
    ::chmod(program.options.script.c_str(), 0644);
    CHECK_THAT(program.refusal(),
               ContainsSubstring("may not be executed: make it so (chmod +x), or name the `program`"));
    program.options.program = "sh";
    CHECK(program.refusal() == "");
    program.end();
    program.options.files = {program.options.script, "/no/such/table"};
    CHECK_THAT(program.refusal(), ContainsSubstring("files.1: /no/such/table: no such file"));
    Scripted strange("#!/no/such/interpreter\n");
    CHECK_THAT(strange.refusal(), ContainsSubstring("cannot be started: No such file or directory"));
}

TEST_CASE("programs that say no hello are refused with their last words", "[command]")
{
    const auto refusal = [](const std::string& text, double limit_s = 30) {
        return Scripted(text, {.start_timeout_s = limit_s}).refusal();
    };
    CHECK_THAT(refusal("#!/bin/sh\necho first >&2\necho 'no license' >&2\nexit 3\n"),
               ContainsSubstring("'program': it ended with status 3 before its hello; its last words: 'no license'"));
    CHECK_THAT(refusal("#!/bin/sh\nkill -SEGV $$\n"),
               ContainsSubstring("was killed by signal 11 (Segmentation fault)"));
    CHECK_THAT(refusal("#!/bin/sh\nexec >&-\ncat >/dev/null\n"),
               ContainsSubstring("closed its standard output before its hello"));
    CHECK_THAT(refusal("#!/bin/sh\necho loading >&2\nsleep 1000\n", 0.2),
               ContainsSubstring("has not said its hello within 0.2 s; its last words: 'loading'"));
    CHECK_THAT(refusal("#!/bin/sh\nprintf '{\"hello\"'\ncat >/dev/null\n", 0.2),
               ContainsSubstring("within 0.2 s; it wrote a line without an end: '{\"hello\"'"));
    CHECK_THAT(refusal("#!/bin/sh\necho loading weights\n"),
               ContainsSubstring("it wrote a line that is no JSON: 'loading weights'"));
    CHECK_THAT(refusal("#!/bin/sh\nyes | tr -d '\\n'\n"),
               ContainsSubstring("more than 1 MiB without the end of a line"));
}

TEST_CASE("what is wrong with a hello is told", "[command]")
{
    const auto refusal = [](const std::string& hello, Command::Options options = {}) {
        return Scripted(with_hello(hello), std::move(options)).refusal();
    };
    CHECK(refusal(R"({"hello":{"protocol":1,"metrics":{"latency_ms":"ms","macs":"","energy_mj":"mj"}}})") == "");
    CHECK_THAT(refusal(R"({"hello":{"protocol":2,"metrics":{"latency_ms":"ms"}}})"),
               ContainsSubstring("it speaks protocol 2, this is protocol 1"));
    CHECK_THAT(refusal(R"({"hello":{"metrics":{"latency_ms":"ms"}}})"), ContainsSubstring("it speaks protocol ?"));
    CHECK_THAT(refusal(R"({"error":"no board is attached"})"), ContainsSubstring("it refuses: no board is attached"));
    CHECK_THAT(refusal(R"({"id":1,"metrics":{}})"), ContainsSubstring("its first line is no hello"));
    CHECK_THAT(refusal("[]"), ContainsSubstring("no JSON object: '[]'"));
    for (const char* metrics : {"", R"(,"metrics":{})", R"(,"metrics":["latency_ms"])"})
        CHECK_THAT(refusal(std::string(R"({"hello":{"protocol":1)") + metrics + "}}"),
                   ContainsSubstring("no 'metrics', each with its unit"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"latency_us":"ms"}}})"),
               ContainsSubstring("declares 'latency_us' in 'ms', but a metric's name ends in its unit"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"latency_ms":1}}})"),
               ContainsSubstring("'latency_ms' that is not a unit, a text"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"latency_ms":""}}})"),
               ContainsSubstring("a metric's name ends in its unit"));
    CHECK_THAT(refusal("{\"hello\":{\"protocol\":" + std::string(300'000, '[') + std::string(300'000, ']') + "}}"),
               ContainsSubstring("it speaks protocol ?"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"":""}}})"), ContainsSubstring("a metric without a name"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"x_ms":"ms"},"mesures":true}})"),
               ContainsSubstring("unknown key 'mesures'; did you mean 'measures'?"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"x_ms":"ms"},"slow":"no"}})"),
               ContainsSubstring("'slow' that is not true or false"));
    const auto conditions = [&](const std::string& told) {
        return refusal(R"({"hello":{"protocol":1,"metrics":{"x_ms":"ms"},"conditions":)" + told + "}}");
    };
    CHECK_THAT(conditions("3"), ContainsSubstring("'conditions' must be an object"));
    CHECK_THAT(conditions(R"({"threads":0})"), ContainsSubstring("'threads' that is not a whole number from 1"));
    CHECK_THAT(conditions(R"({"runtime":7})"), ContainsSubstring("'runtime' that is not a text"));
    CHECK_THAT(conditions(R"({"thread":1})"), ContainsSubstring("unknown key 'thread'; did you mean 'threads'?"));

    const std::string versioned = R"({"hello":{"protocol":1,"metrics":{"x_ms":"ms"},"version":"1.3"}})";
    CHECK(refusal(versioned, {.version = "1.3"}) == "");
    CHECK_THAT(refusal(versioned), ContainsSubstring("version: the program says that it is '1.3'"));
    CHECK_THAT(refusal(versioned, {.version = "1.2"}),
               ContainsSubstring("'1.2' is asked for; the program says that it"));
    CHECK_THAT(refusal(R"({"hello":{"protocol":1,"metrics":{"x_ms":"ms"}}})", {.version = "1.2"}),
               ContainsSubstring("'1.2' is asked for, but the program's hello says none"));
}

TEST_CASE("a program that dies is started again; the candidate over which it dies has failed", "[command]")
{
    Scripted program(kNotesStart + good_but("echo 'out of memory' >&2; exit 9"), {.restarts = 1});
    const std::vector<Evaluation> answers = program.ask_all({"100", "300", "400"});
    CHECK(answers[0].metrics == Metrics{{"latency_ms", 11}});
    CHECK(answers[1].status == Status::failed);
    CHECK(answers[1].reason == "'program': it ended with status 9 when it was asked; its last words: 'out of memory'");
    CHECK(answers[1].architecture.choices == std::vector<std::uint16_t>{3, 0, 0});
    CHECK(answers[2].metrics == Metrics{{"latency_ms", 14}});
    CHECK(program.lines("starts") == 3);  // the first, its restart, the next candidate's

    Scripted never_again(good_but("exit 9"), {.restarts = 0});
    CHECK_FALSE(never_again.ask("300").ok());
    CHECK(never_again.ask("200").ok());
}

TEST_CASE("a program that dies once is asked again", "[command]")
{
    Scripted program(
        good_but("if [ -e \"${0%/*}/died\" ]; then\n" + kAnswers + "else touch \"${0%/*}/died\"; kill -KILL $$\nfi"));
    CHECK(program.ask("300").metrics == Metrics{{"latency_ms", 13}});
    CHECK(program.lines("died") == 0);
    // a script of one request, as the simplest ones are
    Scripted once(kGreets + "IFS= read -r request\nid=${request#*:}; id=${id%%,*}; first=5\n" + kAnswers);
    for (int i = 0; i < 3; ++i)
        CHECK(once.ask("100").metrics == Metrics{{"latency_ms", 15}});
}

TEST_CASE("a program that dies when it is started again ends the search", "[command]")
{
    Scripted program("#!/bin/sh\nif [ -e \"${0%/*}/died\" ]; then echo 'board is gone' >&2; exit 1; fi\n" +
                     good_but("touch \"${0%/*}/died\"; exit 1"));
    CHECK(program.ask("100").ok());
    CHECK_THROWS_WITH(program.ask("300"),
                      ContainsSubstring("it ended with status 1 before its hello; its last words: 'board is gone'"));

    Scripted changed(
        "#!/bin/sh\nmetric=a_ms; [ -e \"${0%/*}/died\" ] && metric=b_ms\ntouch \"${0%/*}/died\"\n"
        "echo \"{\\\"hello\\\":{\\\"protocol\\\":1,\\\"metrics\\\":{\\\"$metric\\\":\\\"ms\\\"}}}\"\n"
        "read -r hello\nread -r request\n");
    CHECK_THROWS_WITH(changed.ask("100"), ContainsSubstring("started again, it says another hello than before"));
}

TEST_CASE("a program that hangs is killed with all that it started", "[command]")
{
    Scripted program(kNotesStart + good_but("sleep 1000 & echo $! >\"${0%/*}/child\"; wait"), {.timeout_s = 0.5});
    const Clock::time_point begin = Clock::now();
    const std::vector<Evaluation> answers = program.ask_all({"100", "300", "200"});
    CHECK(seconds_since(begin) < 5);
    CHECK(answers[0].ok());
    CHECK(answers[1].reason == "time-out after 0.5 s: 'program': it did not answer");
    CHECK(answers[2].ok());
    CHECK(program.lines("starts") == 2);  // it is not asked again about the one over which it hung
    CHECK(ends(program.process("child"), milliseconds(1000)));
}

TEST_CASE("of a batch, only the candidate over which a program breaks down has failed", "[command]")
{
    for (const std::string at_3 : {"exit 9", "sleep 1000", "echo hm"}) {
        Scripted program(good_but(at_3), {.batch = 3, .timeout_s = 1});
        const std::vector<Evaluation> answers = program.ask_all({"100", "300", "200", "400", "500", "600"});
        INFO(at_3 << ": " << answers[1].reason);
        for (std::size_t i = 0; i < answers.size(); ++i)
            CHECK(answers[i].ok() == (i != 1));
    }
}

TEST_CASE("lines that are no answers are quoted", "[command]")
{
    const auto reason = [](const std::string& line) {
        Scripted program(good_but("printf '%b\\n' '" + line + "'"), {.restarts = 1});
        const std::vector<Evaluation> answers = program.ask_all({"300", "200"});
        CHECK(answers[1].ok());
        return answers[0].reason;
    };
    CHECK(reason("epoch 1\\0033[2J") == "'program': it wrote a line that is no JSON: 'epoch 1\\x1b[2J'");
    CHECK_THAT(reason(""), ContainsSubstring("no JSON: ''"));
    CHECK_THAT(reason("\\0377\\0376"), ContainsSubstring("no JSON: '\\xff\\xfe'"));
    CHECK_THAT(reason("{\"id\":1"), ContainsSubstring("no JSON: '{\"id\":1'"));
    CHECK_THAT(reason("3"), ContainsSubstring("no JSON object: '3'"));
    CHECK_THAT(reason("{\"id\":99,\"metrics\":{}}"),
               ContainsSubstring("answers a request that was not made: '{\"id\":99"));
    CHECK_THAT(reason("{\"id\":-1,\"metrics\":{}}"), ContainsSubstring("without the 'id' of a request"));
    CHECK_THAT(reason("{\"id\":1.5,\"metrics\":{}}"), ContainsSubstring("without the 'id' of a request"));
    CHECK_THAT(reason("{\"metrics\":{}}"), ContainsSubstring("without the 'id' of a request"));
    CHECK_THAT(reason("{\"id\":1}"), ContainsSubstring("either 'metrics' or an 'error'"));
    CHECK_THAT(reason("{\"id\":1,\"metrics\":{},\"error\":\"x\"}"),
               ContainsSubstring("either 'metrics' or an 'error'"));
    CHECK_THAT(reason("{\"id\":1,\"error\":3}"), ContainsSubstring("'error' that is no text"));
    CHECK_THAT(reason("{\"id\":1,\"metrics\":[3]}"), ContainsSubstring("'metrics' that are no object"));
    CHECK_THAT(reason("{\"id\":1,\"metrics\":{\"latency_ms\":\"3\"}}"), ContainsSubstring("a value that is no number"));
    Scripted deep(good_but("printf '%01000000d\\n' 0 | tr 0 '['"));
    CHECK(deep.ask("300").reason.size() < 400);
}

TEST_CASE("an id that is answered twice is refused", "[command]")
{
    Scripted program(kGreets + kLoop + "[ $first = 3 ] && " + kAnswers + kAnswers + "done\n", {.batch = 2});
    const std::vector<Evaluation> answers = program.ask_all({"300", "200"});
    CHECK(answers[0].ok());  // the first answer was right
    CHECK(answers[1].ok());  // asked again, of a new process
    Scripted between(kGreets + kLoop + "sleep 0.1\n" + kAnswers + kAnswers + "done\n", {.batch = 2, .restarts = 0});
    CHECK(between.ask_all({"300", "200"})[0].ok());
}

TEST_CASE("numbers that are none, missing and undeclared metrics are told as everywhere", "[command]")
{
    const auto answer = [](const std::string& metrics) {
        Scripted program(good_but("echo \"{\\\"id\\\":$id,\\\"metrics\\\":" + metrics + "}\""));
        return program.ask("300");
    };
    for (const char* const nan : {"NaN", "null", "\\\"NaN\\\""})
        CHECK(answer(std::string("{\\\"latency_ms\\\":") + nan + "}").reason == "metric latency_ms is not a number");
    CHECK(answer("{\\\"latency_ms\\\": -Infinity}").metrics == Metrics{{"latency_ms", -INFINITY}});
    CHECK(answer("{\\\"latency_ms\\\":Infinity}").metrics == Metrics{{"latency_ms", INFINITY}});
    CHECK(answer("{}").reason == "metric latency_ms is missing");
    CHECK_THROWS_WITH(answer("{\\\"latency_ms\\\":1,\\\"NaN\\\":2}"),
                      ContainsSubstring("gives the metric 'NaN', which its hello does not declare"));
}

TEST_CASE("a program may refuse one candidate", "[command]")
{
    Scripted program(good_but("echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"does not fit on the board\\\"}\""));
    const std::vector<Evaluation> answers = program.ask_all({"300", "200"});
    CHECK(answers[0].status == Status::failed);
    CHECK(answers[0].reason == "does not fit on the board");
    CHECK(answers[1].ok());
}

TEST_CASE("a program that closes its standard output or input is started again", "[command]")
{
    Scripted deaf(good_but("exec >&-; sleep 1000"), {.restarts = 0});
    CHECK_THAT(deaf.ask("300").reason, ContainsSubstring("it closed its standard output when it was asked"));
    CHECK(deaf.ask("200").ok());
    // nothing is lost by a write that nobody reads: there is no signal
    Scripted mute("#!/bin/sh\nIFS= read -r hello\nexec <&-\n" + kGreets + "sleep 1000\n", {.restarts = 0});
    CHECK_THAT(mute.ask("100").reason, ContainsSubstring("it closed its standard input when it was asked"));
}

TEST_CASE("a flood of standard error is read, and its beginning kept", "[command]")
{
    Scripted program(good_but("yes 'a line of nothing' | head -c 30000000 >&2\n" + kAnswers));
    CHECK(program.ask("200").ok());
    CHECK(program.context.lines.empty());
    CHECK(program.ask("300").ok());
    CHECK(program.context.lines.at(0) == "a line of nothing");
    CHECK(program.context.lines.back() == "(more than 10 MiB: the rest is not kept)");
    std::size_t bytes = 0;
    for (const std::string& line : program.context.lines)
        bytes += line.size() + 1;
    CHECK(bytes > 10U << 20);
    CHECK(bytes < 13U << 20);
}

TEST_CASE("a flood without the end of a line is refused", "[command]")
{
    Scripted program(good_but("yes | tr -d '\\n'"), {.restarts = 0});
    const std::string reason = program.ask("300").reason;
    CHECK_THAT(reason,
               ContainsSubstring("it wrote more than 1 MiB without the end of a line; it wrote a line without an "
                                 "end: 'yyyyyyyyyy"));
    CHECK(reason.size() < 400);
    CHECK(program.ask("200").ok());
}

TEST_CASE("what a program says unasked is not taken for an answer", "[command]")
{
    Scripted program(
        kNotesStart + kGreets + kLoop + kAnswers + "echo '{\"id\":2,\"metrics\":{\"latency_ms\":777}}'\ndone\n",
        {.restarts = 0});
    CHECK(program.ask("100").metrics == Metrics{{"latency_ms", 11}});
    std::this_thread::sleep_for(milliseconds(200));
    CHECK(program.ask("200").metrics == Metrics{{"latency_ms", 12}});
    CHECK(program.lines("starts") == 2);
}

TEST_CASE("a stop is heard while a program is silent", "[command]")
{
    Scripted program(good_but("echo $$ >\"${0%/*}/self\"; sleep 1000"));
    program.command();
    std::thread later([&] {
        program.process("self");
        program.context.stop = true;
    });
    const Clock::time_point begin = Clock::now();
    const std::vector<Evaluation> answers = program.ask_all({"300", "200"});
    later.join();
    CHECK(seconds_since(begin) < 3);
    CHECK(answers[0].reason == "stopped before it was answered");
    CHECK(answers[1].reason == "stopped before it was answered");
    CHECK(ends(program.process("self"), milliseconds(1000)));
}
