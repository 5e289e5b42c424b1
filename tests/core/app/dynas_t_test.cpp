// SPDX-License-Identifier: Apache-2.0
// DyNAS-T's results files: its own layout, on the spaces it searches.
#include "catch.hpp"
#include "shell.hpp"

namespace {

const std::string kHeader = "Sub-network,Date,Model Parameters,Latency (ms),MACs,Top-1 Acc (%)\n";
const std::string kFirst =
    "\"{'wid': None, 'ks': [7, 3, 3, 7, 5, 3, 3, 3, 7, 3, 7, 7, 7, 3, 7, 5, 3, 3, 3, 3], 'e': [3, 6, 6, 3, 6, 3, 6, 6, "
    "6, 6, 4, 3, 4, 6, 4, 3, 3, 6, 4, 4], 'd': [3, 2, 2, 3, 2], 'r': [224]}\"";
const std::string kSecond =
    "\"{'wid': None, 'ks': [3, 5, 3, 5, 5, 7, 5, 3, 7, 5, 7, 3, 5, 3, 7, 5, 7, 7, 5, 7], 'e': [3, 6, 3, 3, 6, 3, 4, 3, "
    "3, 3, 4, 4, 4, 6, 4, 3, 4, 4, 3, 6], 'd': [3, 4, 4, 4, 2], 'r': [224]}\"";
const std::string kFile = kHeader + kFirst + ",2023-02-17 21:08:49.689809,4536768,0,246958392,76.25\n" + kSecond +
                          ",2023-02-17 21:09:29,4543496,22.19,285884976,77.0\n" + kFirst +
                          ",2023-02-17 21:10:01.000001,4536768,14.412,0,76.25\n";

Outcome imported(const Shell& shell, const std::string& text, const std::string& space = "ofa_mobilenet_v3")
{
    shell.write("file.csv", text);
    std::filesystem::remove_all(shell.folder() / "made");
    return shell.espalier("import dynas_t file.csv made --space '" + space + "'");
}

}  // namespace

TEST_CASE("an imported file is a run, and exported it is the same file again", "[dynas_t]")
{
    const Shell shell;
    const Outcome made = imported(shell, kFile);
    CHECK(made.err == "");
    REQUIRE(made.status == 0);
    CHECK_THAT(made.out, ContainsSubstring("3 evaluations with latency_ms, macs, params, top1_pct"));
    CHECK(shell.espalier("results made --all --format dynas_t").out == kFile);
    // as published: carriage returns; and whatever else a file may have of its own
    std::string lines = kFile;
    for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 2)
        lines.insert(at, "\r");
    for (std::string own : {lines, "\xEF\xBB\xBF" + kFile, kFile.substr(0, kFile.size() - 1),
                            kHeader + kFirst + ",,4536768.0,nan,2.5e8,76.250\n" + kFirst + ",,0,0,0,0\n"}) {
        REQUIRE(imported(shell, own).status == 0);
        CHECK(shell.espalier("results made --all --format dynas_t").out == own);
    }
    const Outcome odd = imported(shell, kHeader + kFirst + ",,4536768.0,nan,,76.250\n");
    CHECK_THAT(odd.out, ContainsSubstring("2 cells that are empty, nan or infinite count as not measured"));
    const Outcome more = shell.espalier("import dynas_t file.csv more --space ofa_mobilenet_v3 --column 'Energy=e'");
    CHECK_THAT(more.err, ContainsSubstring("file.csv:1: no column 'Energy'"));
    REQUIRE(imported(shell, kFile).status == 0);

    const std::string all = shell.espalier("results made --all --format csv").out;
    CHECK_THAT(all,
               ContainsSubstring("index,architecture,key,status,latency_ms,macs,params,top1_pct\n"
                                 "0,ks 7 3 3 7 5 3 3 3 7 3 7 7 7 3 7 5 3 3 3 3 e 3 6 6 3 6 3 6 6 6 6 4 3 4 6 4 3 3 "
                                 "6 4 4 d 3 2 2 3 2,"));
    CHECK_THAT(all, ContainsSubstring(",ok,,246958392,4536768,76.25\n"));  // 0 is not measured
    CHECK_THAT(all, ContainsSubstring(",ok,14.412,,4536768,76.25\n"));
    CHECK_THAT(shell.espalier("results made").err, ContainsSubstring("imported, so that no winner was chosen"));
    CHECK_THAT(shell.espalier("resume made").out, ContainsSubstring("made is finished"));

    // 6.25 x 53,041,608 and of the second 0.75 x 14,115,024; the third lacks its MACs
    const Outcome compared = shell.espalier("compare made --reference top1_pct=70,macs=3e8 --format markdown");
    CHECK_THAT(compared.out, ContainsSubstring("| imported | 1 | 3 |"));
    CHECK_THAT(compared.out, ContainsSubstring("| 342096318 |"));
}

TEST_CASE("nothing is imported over what is there", "[dynas_t]")
{
    const Shell shell;
    REQUIRE(imported(shell, kFile).status == 0);
    for (const char* taken : {"made", "file.csv"}) {
        const Outcome again =
            shell.espalier(std::string("import dynas_t file.csv ") + taken + " --space ofa_mobilenet_v3");
        CHECK(again.status == 2);
        CHECK_THAT(again.err, ContainsSubstring(std::string(taken) + ": is there already; a run is imported into a "
                                                                     "new or an empty folder"));
        CHECK_THAT(again.err, !ContainsSubstring("--out"));
    }
}

TEST_CASE("a search can start from an imported run", "[dynas_t]")
{
    const Shell shell;
    REQUIRE(imported(shell, kFile).status == 0);
    shell.write("next.yaml",
                "space: {use: ofa_mobilenet_v3}\ncosts: [{use: macs}, {use: params}]\n"
                "objectives: [{metric: macs, goal: min}, {metric: params, goal: min}]\n"
                "strategy: {use: nsga2, population: 4}\nbudget: {evaluations: 8}\nstart: {run: made}\n");
    const Outcome next = shell.espalier("run next.yaml --out next --quiet");
    CHECK(next.err == "");
    CHECK(next.status == 0);
    // an imported run says nothing of constraints, which is what an empty list says
    const Outcome compared = shell.espalier("compare made next --objectives macs=min,params=min");
    CHECK(compared.status == 0);
    CHECK_THAT(compared.err, ContainsSubstring("`costs`") && !ContainsSubstring("`constraints`"));
    const Outcome exported = shell.espalier("results next --all --format dynas_t");
    CHECK(exported.status == 0);
    CHECK_THAT(exported.out, ContainsSubstring("\r\n\"{'wid': None, 'ks': ["));
    CHECK_THAT(exported.out, ContainsSubstring("'r': [224]}\",20"));
    CHECK_THAT(exported.out, ContainsSubstring(",0,"));
    CHECK_THAT(imported(shell, exported.out).out, ContainsSubstring("8 evaluations with macs, params;"));
}

TEST_CASE("ResNet50's widths are indices, and a first depth of 1 is 0", "[dynas_t]")
{
    const Shell shell;
    const std::string rest =
        ", 2, 1, 0, 2], 'e': [0.2, 0.25, 0.35, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, "
        "0.35], 'w': [1, 1, 1, 0, 1, 2], 'r': [224]}\",2023-02-17 21:08:49.689809,25000000,0,4000000000,78.5\n";
    const Outcome made =
        imported(shell, kHeader + "\"{'d': [2" + rest + "\"{'d': [1" + rest, "{use: ofa_resnet50, resolution: 224}");
    CHECK(made.err == "");
    REQUIRE(made.status == 0);
    CHECK_THAT(shell.espalier("results made --all").out, ContainsSubstring("w 0.8 0.8 0.8 0.65 0.8 1"));
    CHECK(shell.espalier("results made --all --format dynas_t").out ==
          kHeader + "\"{'d': [2" + rest + "\"{'d': [1" + rest);
}

TEST_CASE("what is wrong in a DyNAS-T file is told with its place", "[dynas_t]")
{
    const Shell shell;
    const auto refused = [&](std::string text, const std::string& from, const std::string& to) {
        if (!from.empty())
            text.replace(text.find(from), from.size(), to);
        const Outcome outcome = imported(shell, text);
        CHECK(outcome.status == 1);
        CHECK_FALSE(std::filesystem::exists(shell.folder() / "made"));
        return outcome.err;
    };
    CHECK_THAT(refused(kFile, "[7, 3, 3", "[9, 3, 3"),
               ContainsSubstring("file.csv:2:2: sub-network: '9' is no option of decision 'ks1.1'; allowed: 3, 5, 7"));
    CHECK_THAT(refused(kFile, "'d': [3, 2", "'d': [2"), ContainsSubstring("'d' has 4 values, the space has 5"));
    CHECK_THAT(refused(kFile, "'d': [3, 2, 2, 3, 2], ", ""), ContainsSubstring("it says nothing of 'd'"));
    CHECK_THAT(refused(kFile, "[224]", "[192]"), ContainsSubstring("file.csv:3:2: sub-network: 'r' differs from row"));
    CHECK_THAT(refused(kFile, "None", "{}"), ContainsSubstring("position 9: a dictionary within"));
    CHECK_THAT(refused(kFile, ", 'r'", " 'r'"), ContainsSubstring("a comma or the closing brace is expected"));
    CHECK_THAT(refused(kFile, "'d': [3", "'e': [3"), ContainsSubstring("'e' is given twice"));
    CHECK_THAT(refused(kFile, "76.25", "good"), ContainsSubstring(": 'good' is no number"));
    CHECK_THAT(refused(kHeader, "", ""), ContainsSubstring("holds no row"));
    CHECK_THAT(refused(kFile, "Sub-network", "Subnet"), ContainsSubstring("Sub-network"));

    CHECK_THAT(shell.espalier("import dynas file.csv made").err, ContainsSubstring("did you mean 'dynas_t'?"));
    CHECK_THAT(shell.espalier("import dynas_t file.csv made").err, ContainsSubstring("--space is missing"));
    CHECK_THAT(shell.espalier("import dynas_t none.csv made --space bits").err, ContainsSubstring("is no file"));
    CHECK_THAT(shell.espalier("import dynas_t file.csv made --space ofa").err, ContainsSubstring("ofa"));
    shell.write("file.csv", kFile);
    REQUIRE(shell.espalier("import dynas_t file.csv made --space ofa_mobilenet_v3").status == 0);
    CHECK_THAT(shell.espalier("import dynas_t file.csv made --space ofa_mobilenet_v3").err,
               ContainsSubstring("made: is there already"));
}

TEST_CASE("the export says what it leaves out, and may rename a metric", "[dynas_t]")
{
    const Shell shell;
    shell.write("orchard.yaml", std::string(kOrchard) + "constraints: [{metric: size_kib, max: 4}]\n");
    REQUIRE(shell.espalier("run orchard.yaml --out run --quiet").status == 0);
    const Outcome outcome = shell.espalier("results run --all --format dynas_t --rename ones=top1_pct");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, ContainsSubstring("2 rows that failed or were infeasible are left out"));
    CHECK_THAT(outcome.out, ContainsSubstring("\"{'bit': [1, 0, 1]}\",20"));
    CHECK_THAT(outcome.out, ContainsSubstring(",0,0,0,2.0\r\n"));
    CHECK(shell.espalier("results run --format dynas_t").status == 2);
    CHECK(shell.espalier("results run --all --rename a=b").status == 2);
    CHECK(shell.espalier("results run --all --format dynas_t --rename ones").status == 2);
}
