// SPDX-License-Identifier: Apache-2.0
// `espalier compare` on runs whose hypervolumes are computed by hand: of three bits, ones (highest) and size (lowest).
#include "catch.hpp"
#include "shell.hpp"

namespace {

const std::string kReference = " --reference ones=-1,size_kib=10 ";

/// all: every architecture, 000 001 010 011 100 101 110 111; poor: 111 fails; small: sizes up to 4 KiB; other: no size.
Shell& orchard()
{
    static Shell shell;
    static const bool made = [] {
        shell.write("two.yaml", std::string(kOrchard) + "");
        const auto run = [](const std::string& rest) {
            return shell
                       .espalier(
                           "run two.yaml --quiet --set 'objectives=[{metric: ones, goal: max}, {metric: size_kib, "
                           "goal: min}]' --out " +
                           rest)
                       .status == 0;
        };
        return run("all") && run("poor --set evaluator.fails=1,1,1") &&
               run("small --set 'constraints=[{metric: size_kib, max: 4}]'") && run("wide --set space.bits=4") &&
               run("seeds --seeds 1..3 --set 'strategy={use: random}' --set budget.evaluations=6") &&
               shell.espalier("run two.yaml --quiet --out other").status == 0;
    }();
    REQUIRE(made);
    return shell;
}

}  // namespace

TEST_CASE("the hypervolume of a run after each evaluation is what a hand gets", "[compare]")
{
    const Outcome outcome = orchard().espalier("compare all" + kReference + "--csv curve.csv");
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    // 000 is a box of 1 x 10; 001 adds 7.75, 011 5.5, 100 another 0.75, 101 0.75, 111 4
    CHECK(orchard().read("curve.csv") ==
          "group,run,seed,count,hypervolume,spread,runs\n"
          "exhaustive,all,1,1,10,,\nexhaustive,all,1,2,17.75,,\nexhaustive,all,1,4,23.25,,\nexhaustive,all,1,5,24,,\n"
          "exhaustive,all,1,6,24.75,,\nexhaustive,all,1,8,28.75,,\n"
          "exhaustive,,,1,10,,1\nexhaustive,,,2,17.75,,1\nexhaustive,,,4,23.25,,1\nexhaustive,,,5,24,,1\n"
          "exhaustive,,,6,24.75,,1\nexhaustive,,,8,28.75,,1\n");
    CHECK_THAT(outcome.out, ContainsSubstring("exhaustive     1      8      4        28.75"));
}

TEST_CASE("what failed or is infeasible is in no front; only what was paid for counts as an evaluation", "[compare]")
{
    const auto line = [](const std::string& arguments) {
        const Outcome outcome = orchard().espalier("compare --format markdown " + arguments + kReference);
        CHECK(outcome.status == 0);
        std::istringstream lines(outcome.out);
        std::string text;
        for (int i = 0; i < 3; ++i)
            std::getline(lines, text);
        return text;
    };
    CHECK_THAT(line("poor"), ContainsSubstring("| 1 | 8 | 3 | 24.75 |"));
    CHECK_THAT(line("small"), ContainsSubstring("| 1 | 6 | 3 | 24.75 |"));
    CHECK_THAT(line("small --count rows"), ContainsSubstring("| 1 | 8 | 3 | 24.75 |"));
    CHECK_THAT(line("all --normalise"), ContainsSubstring("| 1 | 8 | 4 | 0.71875 |"));  // of 4 x 10
    CHECK_THAT(line("all --at 4,9"), ContainsSubstring("| 28.75 | 23.25 |  |"));
}

TEST_CASE("groups, means and thresholds of several runs", "[compare]")
{
    const Outcome outcome = orchard().espalier(
        "compare --group both=all,poor --group poor=small --format markdown --threshold both@8 --threshold both@6" +
        kReference);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("| both | 2 | 8 | 4 | 26.75 | 2.82843 |"));
    CHECK_THAT(outcome.out, ContainsSubstring("| both@8 | 26.75 | poor | not reached | not reached |"));
    CHECK_THAT(outcome.out, ContainsSubstring("| both@6 | 24.75 | both | 6 | 6 | 6 | 6 | 2 of 2 |"));
    CHECK_THAT(outcome.out,
               ContainsSubstring("| both@6 | 24.75 | poor | 5 | 5 |  |  | 1 of 1 |"));  // 011 costs nothing
    CHECK_THAT(outcome.out, ContainsSubstring("| both@6 | both | poor | 1.2 |"));
    CHECK_THAT(outcome.err, ContainsSubstring("another `constraints`"));

    const Outcome seeds = orchard().espalier("compare seeds all --group x='po*' --format markdown" + kReference);
    CHECK(seeds.status == 0);
    CHECK_THAT(seeds.out, ContainsSubstring("| x | 1 | 8 | 3 | 24.75 |"));
    CHECK_THAT(seeds.out, ContainsSubstring("| random | 3 | 6 |"));
    CHECK_THAT(seeds.out, ContainsSubstring("| exhaustive | 1 | 8 | 4 | 28.75 |"));
}

TEST_CASE("the true front is a run or a CSV file", "[compare]")
{
    orchard().write("front.csv", "size_kib,name,ones\n0,a,0\n1.5,b,1\n3.75,c,2\n6,d,3\n");
    for (const char* front : {"all", "front.csv"}) {
        const Outcome outcome =
            orchard().espalier("compare poor --format markdown --true-front " + std::string(front) + kReference);
        CHECK(outcome.status == 0);
        CHECK_THAT(outcome.out, ContainsSubstring("| 0.86087 |"));  // 24.75 / 28.75
    }
    orchard().write("bad.csv", "size_kib,ones\n0,many\n");
    CHECK_THAT(orchard().espalier("compare poor --true-front bad.csv").err,
               ContainsSubstring("bad.csv:2:3: 'many' is no"));
    CHECK(orchard().espalier("compare poor --true-front nowhere").status == 2);
}

TEST_CASE("a page is written and needs nothing else", "[compare]")
{
    REQUIRE(orchard().espalier("compare all seeds --html page.html --title 'Bits & pieces'").status == 0);
    const std::string page = orchard().read("page.html");
    CHECK_THAT(page, ContainsSubstring("<h1>Bits &amp; pieces</h1>"));
    CHECK_THAT(page, ContainsSubstring("size (KiB)"));
    CHECK_THAT(page, ContainsSubstring("seeds/seed-2"));
    CHECK_THAT(page, ContainsSubstring("0.1.0"));  // the version
    CHECK_THAT(page, ContainsSubstring("T"));
    CHECK(page.find("http") == std::string::npos);
    CHECK(orchard().espalier("compare all --html nowhere/page.html").status == 1);
}

TEST_CASE("what cannot be compared is refused in a sentence", "[compare]")
{
    const auto refused = [](const std::string& arguments) {
        const Outcome outcome = orchard().espalier("compare " + arguments);
        CHECK(outcome.status == 2);
        CHECK(outcome.out == "");
        return outcome.err;
    };
    CHECK_THAT(refused("all other"), ContainsSubstring("have other objectives (ones=max,size_kib=min and ones=max)"));
    CHECK_THAT(refused("all wide"), ContainsSubstring("search other spaces"));
    CHECK(orchard().espalier("compare all wide --any-space").status == 0);
    CHECK(orchard().espalier("compare all other --objectives ones=max").status == 0);
    CHECK_THAT(refused("all --objectives taste=max"),
               ContainsSubstring("none of its 8 evaluations has all of taste=max"));
    CHECK_THAT(refused("all --objectives ones=up"), ContainsSubstring("must be max or min"));
    CHECK_THAT(refused(""), ContainsSubstring("RUN... is missing"));
    CHECK_THAT(refused("--group a=all --group b=all"), ContainsSubstring("is in two groups: a and b"));
    CHECK_THAT(refused("--group all"), ContainsSubstring("must be NAME=RUN"));
    CHECK_THAT(refused("--group 'a=no-*'"), ContainsSubstring("no run matches"));
    CHECK_THAT(refused("nowhere"), ContainsSubstring("is no run directory"));
    CHECK_THAT(refused("all --reference ones"), ContainsSubstring("METRIC=VALUE"));
    CHECK_THAT(refused("all --reference ones=few"), ContainsSubstring("'few' is no finite number"));
    CHECK_THAT(refused("all --reference ones=inf"), ContainsSubstring("'inf' is no finite number"));
    CHECK_THAT(refused("all --reference ones=nan"), ContainsSubstring("'nan' is no finite number"));
    CHECK_THAT(refused("all --reference ones=1,ones=2"), ContainsSubstring("--reference: 'ones' is given twice"));
    CHECK_THAT(refused("all --objectives ones=max,ones=min"), ContainsSubstring("--objectives: 'ones' is given twice"));
    CHECK_THAT(refused("all --at 4,9,4"), ContainsSubstring("--at 4,9,4: '4' is given twice"));
    CHECK_THAT(refused("all --at 1,x"), ContainsSubstring("--at x: must be a whole number from 1"));
    CHECK_THAT(refused("all --at 1,,2"), ContainsSubstring("--at 1,,2: must be one or more, separated by commas"));
    CHECK_THAT(refused("all --at 0"), ContainsSubstring("--at 0: must be a whole number from 1"));
    CHECK_THAT(refused("all --reference one=1"), ContainsSubstring("did you mean 'ones'?"));
    CHECK_THAT(refused("all --threshold al"), ContainsSubstring("there is no group 'al'"));
}

TEST_CASE("of runs with other constraints the first is named, and how many more", "[compare]")
{
    const Shell& shell = orchard();
    for (const char* name : {"narrow-1", "narrow-2", "narrow-3"})
        REQUIRE(shell
                    .espalier("run two.yaml --quiet --set 'objectives=[{metric: ones, goal: max}, {metric: size_kib, "
                              "goal: min}]' --set 'constraints=[{metric: size_kib, max: 5}]' --out " +
                              std::string(name))
                    .status == 0);
    const std::string told = shell.espalier("compare --group x=all --group x='narrow-*'" + kReference).err;
    CHECK(told ==
          "the mean of x ends at 7, where its shortest run ends: narrow-1\n"
          "all and narrow-1 have another `constraints`, and so have 2 more: see that equal metrics mean the same\n");
}

TEST_CASE("a run without evaluations does not stop the others from being compared", "[compare]")
{
    REQUIRE(
        orchard()
            .espalier("run two.yaml --quiet --set evaluator.never=true --set 'objectives=[{metric: ones, goal: max}, "
                      "{metric: size_kib, goal: min}]' --out empty")
            .status == 1);
    const Outcome outcome = orchard().espalier("compare --group none=empty all" + kReference);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, ContainsSubstring("empty is not finished"));
    CHECK_THAT(outcome.err, ContainsSubstring("empty holds no evaluation, so none has no mean curve"));
    CHECK_THAT(orchard().espalier("compare empty").err, ContainsSubstring("nothing to compare"));
}
