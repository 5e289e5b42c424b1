// SPDX-License-Identifier: Apache-2.0
#include "host/tell/progress.hpp"

#include <cstdio>
#include <thread>

#include "catch.hpp"

using namespace espalier::host;

namespace {

/// What a person without a terminal has read at the end.
template <class Work>
std::string told(const Work& work)
{
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    {
        const Experiment experiment;
        Terminal terminal(file);
        Progress progress(experiment, terminal, Verbosity::normal);
        work(progress);
        progress.finish();
    }
    std::string text(4096, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

}  // namespace

TEST_CASE("a phase is shown with its step and the rate of its steps", "[progress]")
{
    const std::string once = told([](Progress& progress) { progress.phase("training", 3); });
    CHECK(once.find("steps/s") == std::string::npos);  // one step has no rate yet
    CHECK_THAT(once, ContainsSubstring("training: step 3"));
    const std::string twice = told([](Progress& progress) {
        progress.phase("training", 3);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        progress.phase("training", 4);
    });
    CHECK_THAT(twice, ContainsSubstring("training: step 4 (") && ContainsSubstring(" steps/s)"));
    const std::string next = told([](Progress& progress) {
        progress.phase("training", 3);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        progress.phase("final", 1);
    });
    CHECK_THAT(next, ContainsSubstring("final: step 1"));
    CHECK(next.find("steps/s") == std::string::npos);
}
