// SPDX-License-Identifier: Apache-2.0
// What the file system says of paths that a user gives is told with the path, and with the option or key.
#include <chrono>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>

#include "catch.hpp"
#include "shell.hpp"

TEST_CASE("a path that cannot be is told with its place", "[no_place]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    std::filesystem::create_symlink("loop", shell.folder() / "loop");
    const std::string longest(300, 'x');
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier(arguments);
        INFO(arguments);
        CHECK((outcome.status == 1 || outcome.status == 2));
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK_THAT(outcome.err,
                   !ContainsSubstring("filesystem error") && !ContainsSubstring("[" + shell.folder().string()));
        CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    };
    refused("plugins check ''", "plugins check FILE: the file has no name");
    refused("check orchard.yaml --set 'reuse=[\"\"]'", "reuse: 0: is empty; the directory of a run is needed");
    refused("check orchard.yaml --set 'start={run: \"\"}'", "is empty; the directory of a run is needed");
    refused("check orchard.yaml --set 'reuse=[loop]'", "loop' is not the directory of a run: Too many levels");
    refused("check orchard.yaml --set 'reuse=[" + longest + "]'", "is not the directory of a run: File name too long");
    for (const auto& [path, why] : {std::pair<std::string, std::string>{"loop", "Too many levels of symbolic links"},
                                    {longest, "File name too long"}}) {
        refused("run orchard.yaml --out " + path, path + ": " + why + "; choose another directory with --out");
        refused("run " + path, path + ": " + why);
        for (const char* command : {"resume ", "results ", "compare ", "correlate --against x "})
            refused(command + path, why);
        refused("check orchard.yaml --set evaluator.file=" + path, why);
    }
}

TEST_CASE("pipes and devices are refused wherever a file or a run is named", "[no_place]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(::mkfifo((shell.folder() / "pipe").c_str(), 0600) == 0);
    REQUIRE(shell.espalier("run orchard.yaml --out whole").status == 0);
    std::filesystem::create_directory(shell.folder() / "run");
    REQUIRE(::mkfifo((shell.folder() / "run/run.db").c_str(), 0600) == 0);
    std::filesystem::create_directory(shell.folder() / "seeds");
    REQUIRE(::mkfifo((shell.folder() / "seeds/seeds").c_str(), 0600) == 0);
    for (const std::string& arguments :
         {std::string("check pipe"), std::string("check /dev/zero"), std::string("check ."), std::string("run pipe"),
          std::string("compare whole --csv pipe"), std::string("compare whole --html pipe"),
          std::string("predictor-study --log whole --metric ones --train 2 --test 2 --trials 1 --csv pipe"),
          std::string("results run"), std::string("resume run"), std::string("results seeds"),
          std::string("import dynas_t pipe made --space bits"),
          std::string("import dynas_t /dev/zero made --space bits"),
          std::string("predictor-study --log pipe --space bits --metric x"),
          std::string("check orchard.yaml --set 'evaluator={use: table, file: pipe, column: x}'"),
          std::string("check orchard.yaml --set 'evaluator={use: table, file: /dev/zero, column: x}'")}) {
        INFO(arguments);
        const pid_t child = shell.start(arguments);
        int status = 0;
        pid_t ended = 0;
        for (int wait = 0; wait < 600 && ended == 0; ++wait) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            ended = ::waitpid(child, &status, WNOHANG);
        }
        REQUIRE(ended == child);
        CHECK(WIFEXITED(status));
        CHECK((WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2));
        CHECK(!shell.read(".err").empty());
    }
}
