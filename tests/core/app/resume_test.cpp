// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

TEST_CASE("resuming a finished run says so and changes nothing", "[resume]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --out run --quiet").status == 0);
    const std::string before = shell.espalier("results run --all").out;
    const Outcome outcome = shell.espalier("resume run");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("run is finished"));
    CHECK(shell.espalier("results run --all").out == before);
}

TEST_CASE("a run goes on after a changed data file only when told to", "[resume]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    shell.write("added.txt", "0");
    REQUIRE(shell
                .espalier("run orchard.yaml --out run --quiet --set evaluator.file=added.txt "
                          "--set evaluator.never=true")
                .status == 1);
    shell.write("added.txt", "10");
    const Outcome refused = shell.espalier("resume run");
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, ContainsSubstring("added.txt has other contents"));
    CHECK_THAT(refused.err, ContainsSubstring("--accept-changes"));
    const Outcome accepted = shell.espalier("resume run --accept-changes");
    CHECK_THAT(accepted.err, ContainsSubstring("the orchard is closed"));  // it did go on
}

TEST_CASE("what is no run cannot be resumed", "[resume]")
{
    const Shell shell;
    const Outcome outcome = shell.espalier("resume nowhere");
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, ContainsSubstring("nowhere: is no run directory"));
}

TEST_CASE("resuming a folder of seeds gives its number of workers to those that are missing too", "[resume]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --seeds 3..4 --out many --quiet").status == 0);
    std::filesystem::remove_all(shell.folder() / "many" / "seed-4");
    REQUIRE(shell.espalier("resume many --workers 3 --quiet").status == 0);
    CHECK_THAT(shell.read("many/seed-4/experiment.yaml"), ContainsSubstring("workers: 3,"));
}
