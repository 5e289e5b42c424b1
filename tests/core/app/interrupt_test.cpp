// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "catch.hpp"
#include "shell.hpp"

namespace {

const std::string kSlow = "--set space.bits=6 --set evaluator.delay_ms=30";

}  // namespace

TEST_CASE("a signal stops cleanly with status 130, and the resumed run equals an uninterrupted one", "[interrupt]")
{
    for (const std::string signal : {"INT", "TERM"}) {
        const Shell shell;
        shell.write("orchard.yaml", kOrchard);
        // timeout passes on the status of what it stopped
        shell.write("run.sh", "timeout --preserve-status --foreground -s " + signal +
                                  " 0.7 " ESPALIER_BINARY_DIR "/bin/espalier run orchard.yaml --out run " + kSlow +
                                  " >out 2>err; echo $? >status\n");
        const std::string plugins = "ESPALIER_PLUGIN_PATH=" ESPALIER_BINARY_DIR "/tests/app/plugins";
        REQUIRE(std::system(("cd '" + shell.folder().string() + "' && " + plugins + " sh run.sh").c_str()) == 0);
        CHECK(shell.read("status") == "130\n");
        CHECK_THAT(shell.read("err"), ContainsSubstring("espalier resume run"));

        const Outcome resumed = shell.espalier("resume run --quiet");
        CHECK(resumed.err == "");
        CHECK(resumed.status == 0);
        REQUIRE(shell.espalier("run orchard.yaml --out whole --quiet --set space.bits=6").status == 0);
        const std::string whole = shell.espalier("results whole --all --format csv").out;
        CHECK(std::count(whole.begin(), whole.end(), '\n') == 65);
        CHECK(shell.espalier("results run --all --format csv").out == whole);
    }
}

TEST_CASE("without a terminal progress is plain lines, and quiet says nothing", "[interrupt]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const Outcome plain = shell.espalier("run orchard.yaml --out plain");
    CHECK_THAT(plain.err, ContainsSubstring("8 evaluated"));
    CHECK_THAT(plain.err, ContainsSubstring("ones 3 (best)"));
    CHECK(plain.err.find('\r') == std::string::npos);
    CHECK(shell.espalier("run orchard.yaml --out quiet --quiet").err == "");
}
