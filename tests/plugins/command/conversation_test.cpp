// SPDX-License-Identifier: Apache-2.0
// How programs are started, asked and ended.
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/network_json.hpp"

#include "catch.hpp"
#include "plugins/command/scripted.hpp"

using namespace espalier;
using namespace espalier::test;
using command::Clock;
using command::Command;
using std::chrono::milliseconds;

namespace {

const std::string kKeepsRequests = kGreets + "printf '%s\\n' \"$hello\" >\"${0%/*}/hello\"\n" + kLoop +
                                   "printf '%s\\n' \"$request\" >>\"${0%/*}/requests\"\n" + kAnswers + "done\n";

std::vector<nlohmann::json> messages(const Scripted& program, const std::string& file)
{
    std::istringstream text(program.read(file));
    std::vector<nlohmann::json> found;
    for (std::string line; std::getline(text, line);)
        found.push_back(nlohmann::json::parse(line));
    return found;
}

}  // namespace

TEST_CASE("a program is told the decisions, and of each candidate text, choices and device", "[command]")
{
    Scripted program(kKeepsRequests, {.prefix = "board_", .batch = 2});
    CHECK(program.command().metrics() == std::vector<std::string>{"board_latency_ms"});
    CHECK(program.ask_all({"123", "456", "789"})[2].metrics == Metrics{{"board_latency_ms", 17}});
    const nlohmann::json hello = messages(program, "hello").at(0).at("hello");
    CHECK(hello.at("protocol") == 1);
    CHECK(hello.at("network") == "none");
    CHECK(hello.at("decisions").size() == 3);
    CHECK(hello.at("decisions").at(1).at("name") == "digit 1");
    CHECK(hello.at("decisions").at(1).at("options").at(9) == "9");
    const std::vector<nlohmann::json> requests = messages(program, "requests");
    REQUIRE(requests.size() == 3);
    CHECK(requests[0] == nlohmann::json::parse(R"({"id":1,"more":true,"device":"cpu","architecture":"1,2,3",
                                                   "choices":[1,2,3]})"));
    CHECK(requests[1].at("more") == false);
    CHECK(requests[2].at("id") == 3);
    CHECK(requests[2].at("more") == false);
}

TEST_CASE("a program may be sent the network, also of a single operator", "[command]")
{
    Scripted program(kGreets + "while IFS= read -r request; do\nprintf '%s\\n' \"$request\" >>\"${0%/*}/requests\"\n" +
                         "id=${request#*:}; id=${id%%,*}; first=0\n" + kAnswers + "done\n",
                     {.network = "layers"});
    Network network;
    const std::size_t image = network.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    network.add(Op::conv, {image}, {{"out", {4}}, {"kernel", {3}}}, "a \"name\"\nof two lines");
    const Candidate fragment(network);
    REQUIRE(program.command().evaluate({&fragment, 1}, program.context).at(0).ok());
    const nlohmann::json request = messages(program, "requests").at(0);
    CHECK(request.at("network") == nlohmann::json::parse(to_json(network)));
    CHECK_FALSE(request.contains("architecture"));

    Scripted without(kKeepsRequests);
    CHECK_THAT(without.command().evaluate({&fragment, 1}, without.context).at(0).reason,
               ContainsSubstring("a single operator has no architecture"));
}

TEST_CASE("answers of a batch may come in any order", "[command]")
{
    Scripted program(kGreets + kLoop + "new=$(" + kAnswers + ")\nanswers=\"$new${answers:+\n$answers}\"\n" +
                         "case $request in *'\"more\":false'*) echo \"$answers\"; answers=;; esac\ndone\n",
                     {.batch = 3});
    const std::vector<Evaluation> answers = program.ask_all({"100", "200", "300", "400"});
    for (std::size_t i = 0; i < answers.size(); ++i)
        CHECK(answers[i].metrics == Metrics{{"latency_ms", 11.0 + static_cast<double>(i)}});
}

TEST_CASE("what a program says of itself decides how it is asked", "[command]")
{
    const auto model = [](const std::string& more) {
        return "#!/bin/sh\necho '{\"hello\":{\"protocol\":1,\"metrics\":{\"x\":\"\"}" + more + "}}'\ncat >/dev/null\n";
    };
    Scripted plain(model(""));
    CHECK(plain.command().slow());
    CHECK_FALSE(plain.command().measures());
    CHECK(plain.command().batch_size() == 1);
    Scripted quick(model(",\"slow\":false,\"name\":\"a formula\""));
    CHECK_FALSE(quick.command().slow());
    Scripted measuring(model(",\"measures\":true,\"slow\":false"));
    CHECK(measuring.command().measures());
    CHECK(measuring.command().slow());
    CHECK(measuring.command().conditions() == MeasuringConditions{});
    Scripted elsewhere(model(",\"conditions\":{\"processor\":\"board\",\"threads\":4,\"runtime\":\"vendor 2\"}"));
    CHECK(elsewhere.command().conditions() ==
          MeasuringConditions{.processor = "board", .runtime = "vendor 2", .threads = 4});
}

TEST_CASE("one process serves calls one after the other, and several at once have one each", "[command]")
{
    Scripted program(kNotesStart + kGreets + kLoop + "sleep 0.05\n" + kAnswers + "done\n");
    for (int i = 0; i < 3; ++i)
        CHECK(program.ask("100").ok());
    CHECK(program.lines("starts") == 1);
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, digit = std::to_string(thread + 1)] {
            for (int i = 0; i < 5; ++i)
                right += program.ask(digit + "00").metrics == Metrics{{"latency_ms", std::stod("1" + digit)}} ? 1 : 0;
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(right == 20);
    CHECK(program.lines("starts") <= 4);
    CHECK(program.lines("starts") >= 2);
}

TEST_CASE("a program that its input leaves ends by itself; one that does not is killed", "[command]")
{
    Scripted program(kGreets + kLoop + kAnswers +
                     "done\nsleep 0.2\nyes | head -c 1000000 >&2\necho tidied "
                     ">\"${0%/*}/tidied\"\n");
    CHECK(program.ask("100").ok());
    const Clock::time_point begin = Clock::now();
    program.end();
    CHECK(program.read("tidied") == "tidied\n");
    CHECK(seconds_since(begin) < 5);

    Scripted stubborn(kGreets + "echo $$ >\"${0%/*}/self\"\nsleep 1000\n");
    stubborn.command();
    const pid_t self = stubborn.process("self");
    CHECK(runs(self));
    stubborn.end();
    CHECK_FALSE(runs(self));
}

TEST_CASE("processes end in the same time, and not one after the other", "[command]")
{
    Scripted program(kNotesStart + kGreets + kLoop + "sleep 0.3\n" + kAnswers + "done\nsleep 1000\n");
    program.command();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 6; ++thread)
        threads.emplace_back([&] { program.ask("100"); });
    for (std::thread& thread : threads)
        thread.join();
    REQUIRE(program.lines("starts") > 3);
    const Clock::time_point begin = Clock::now();
    program.end();
    CHECK(seconds_since(begin) < 5);
}

TEST_CASE("no program outlives the process that started it, however that ends", "[command]")
{
    Scripted program(kGreets + "echo $$ >\"${0%/*}/self\"\nsleep 1000 &\necho $! >\"${0%/*}/child\"\nwait\n");
    const pid_t owner = ::fork();
    if (owner == 0) {
        program.command();
        program.process("child");
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(owner, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (const char* const file : {"self", "child"}) {
        INFO(file);
        CHECK(ends(program.process(file), milliseconds(5000)));
    }
}

TEST_CASE("a process that was forked asks a program of its own", "[command]")
{
    Scripted program(kNotesStart + kGreets + kLoop + kAnswers + "done\n");
    program.command();
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(program.ask("500").metrics == Metrics{{"latency_ms", 15}} ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(program.ask("200").metrics == Metrics{{"latency_ms", 12}});
    CHECK(program.lines("starts") == 2);
}

TEST_CASE("a request may be longer than a pipe holds, in a batch whose answers are, too", "[command]")
{
    Scripted program(kGreets + kLoop +
                         "echo \"{\\\"id\\\":$id,\\\"metrics\\\":{\\\"latency_ms\\\":1$first},\\\"pad\\\":\\\"" +
                         std::string(5000, 'x') + "\\\"}\"\ndone\n",
                     {.batch = 256});
    const std::vector<std::string> many(256, "400");
    for (const Evaluation& answer : program.ask_all(many))
        REQUIRE(answer.metrics == Metrics{{"latency_ms", 14}});
}
