// SPDX-License-Identifier: Apache-2.0
// `espalier inspect`.
#include "catch.hpp"
#include "shell.hpp"

namespace {

const char* const kLayered = R"(name: layered
space: {use: hurricane, backbone: mini, operators: paper_dsp}
costs: [{use: device_profile, device: dsp}]
objectives: [{metric: latency_ms, goal: min}]
strategy: {use: random}
budget: {evaluations: 20}
final: [{use: taste, model: true}]
)";

/// 20 operators: this one, and SPOS' first for the rest.
std::string layered(const std::string& first)
{
    std::string text = first;
    for (int layer = 1; layer < 20; ++layer)
        text += ",Choice_3";
    return text;
}

/// With the run `r` of the experiment `e.yaml`.
struct ShellWithRun : Shell {
    explicit ShellWithRun(const std::string& file = kLayered)
    {
        write("e.yaml", file);
        const Outcome made = espalier("run e.yaml --out r --quiet");
        REQUIRE(made.status == 0);
    }
};

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

}  // namespace

TEST_CASE("inspect tells the layers of a winner, their costs and check sums", "[inspect]")
{
    const ShellWithRun shell;
    const Outcome told = shell.espalier("inspect r --format csv");
    REQUIRE(told.status == 0);
    CHECK_THAT(told.err, ContainsSubstring("best: ") && ContainsSubstring(", weights of r/winners/best"));
    const std::vector<std::string> lines = lines_of(told.out);
    REQUIRE(lines.size() == 1 + 1 + 20 + 1 + 2);  // the header, the stem, layers, the head, sum and total
    CHECK(lines[0] == "part,weights,layers,input,output,params,macs,latency_ms,checksum");
    CHECK_THAT(lines[1], Catch::Matchers::StartsWith("stem,stem,3x3,3x32x32,8x32x32,"));
    CHECK_THAT(lines[2], Catch::Matchers::StartsWith("block 1,layer1."));
    CHECK_THAT(lines[21], ContainsSubstring(",160x2x2,160x2x2,"));
    CHECK_THAT(lines[22], Catch::Matchers::StartsWith("head,\"head, classifier\",\"1x1, linear\",160x2x2,10,"));
    CHECK_THAT(lines[24], Catch::Matchers::StartsWith("total,,,3x32x32,10,"));
    for (std::size_t i = 1; i < lines.size(); ++i)
        CHECK((lines[i].size() - lines[i].rfind(',') == 17) == (i != 23));  // no check sum of `sum`
    CHECK(shell.espalier("inspect r --format csv").out == told.out);
    CHECK(shell.espalier("inspect r best --format csv").out == told.out);

    const Outcome cost = shell.espalier("cost e.yaml --format csv " + told.err.substr(6, told.err.find(", ") - 6));
    const std::string priced = lines_of(cost.out).back();  // total,<ms>,
    CHECK_THAT(lines[24], ContainsSubstring("," + priced.substr(6, priced.find(',', 6) - 6) + ","));

    const Outcome layers = shell.espalier("inspect r --by layer --quiet");
    CHECK(layers.err == "");
    CHECK_THAT(layers.out, ContainsSubstring(" batch_norm ") && ContainsSubstring(" 1x1 "));
    CHECK_THAT(shell.espalier("inspect r --format json").out, ContainsSubstring("\"weights\": \"layer1."));
}

TEST_CASE("inspect tells in what two architectures differ", "[inspect]")
{
    const ShellWithRun shell;
    const std::string sep = layered("SEP_3"), choice = layered("Choice_3");
    const Outcome told = shell.espalier("inspect r " + sep + " --against " + choice + " --format csv");
    REQUIRE(told.status == 0);
    CHECK_THAT(told.err, ContainsSubstring("21 parts are equal\n"));
    const std::vector<std::string> lines = lines_of(told.out);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] ==
          "part,weights,against_weights,layers,against_layers,output,against_output,params,params_difference,macs,"
          "macs_difference,latency_ms,latency_ms_difference");
    CHECK_THAT(lines[1], Catch::Matchers::StartsWith("block 1,layer1.SEP_3,layer1.Choice_3,"));
    const Outcome none = shell.espalier("inspect r " + sep + " --against " + sep + " --format csv");
    CHECK(lines_of(none.out).size() == 3);
    CHECK_THAT(none.err, ContainsSubstring("22 parts are equal\n"));
    const Outcome winner = shell.espalier("inspect r --against " + sep + " --format csv");
    CHECK_THAT(lines_of(winner.out)[0], Catch::Matchers::EndsWith(",checksum"));  // the other has no weights
}

TEST_CASE("inspect shows each of several winners", "[inspect]")
{
    std::string file = kLayered;
    file.replace(file.find("[{metric: latency_ms, goal: min}]"), 33,
                 "[{metric: latency_ms, goal: min}, {metric: params, goal: max}]");
    file.replace(file.find("costs: ["), 8, "costs: [{use: params}, ");
    const ShellWithRun shell(file);
    const Outcome told = shell.espalier("inspect r --format csv");
    REQUIRE(told.status == 0);
    CHECK_THAT(told.out, Catch::Matchers::StartsWith("winner,part,weights,layers,input,output,macs,params,") &&
                             ContainsSubstring("\nfront-1,stem,") && ContainsSubstring("\nfront-2,total,"));
    const Outcome refused = shell.espalier("inspect r --against front-1");
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, ContainsSubstring("name the one that is meant, such as front-1"));
    CHECK(shell.espalier("inspect r front-2 --against front-1").status == 0);
}

TEST_CASE("inspect needs neither the evaluator nor the data of a run", "[inspect]")
{
    std::string file = kLayered;
    file += "evaluator: {use: patient, file: number}\n";
    const Shell shell;
    shell.write("number", "1");
    shell.write("e.yaml", file);
    REQUIRE(shell.espalier("run e.yaml --out r --quiet").status == 0);
    std::filesystem::remove(shell.folder() / "number");
    CHECK(shell.espalier("inspect r", "").status == 0);
}

TEST_CASE("what cannot be inspected is one sentence", "[inspect]")
{
    const ShellWithRun shell;
    const auto refused = [&](const std::string& arguments, int status, const std::string& sentence) {
        INFO(arguments);
        const Outcome outcome = shell.espalier("inspect " + arguments);
        CHECK(outcome.status == status);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
        CHECK(outcome.out == "");
    };
    refused("none", 2, "none: is no run directory: it has no run.db");
    refused("e.yaml", 2, "e.yaml: is no run directory: it has no run.db");
    refused("r Choice_3", 2, "architecture 'Choice_3'");
    refused("r " + layered("Choice_9"), 2, "Choice_9");
    refused("r front-1", 2, "architecture 'front-1'");
    refused("r --against what", 2, "architecture 'what'");
    refused("r --by stage", 2, "--by 'stage' is unknown");
    REQUIRE(shell.espalier("run e.yaml --out seeds --seeds 0..1 --quiet").status == 0);
    refused("seeds", 2, "seeds: holds 2 runs; name one of them, such as seeds/seed-0");
    std::string file = kLayered;
    shell.write("tight.yaml", file + "constraints: [{metric: latency_ms, max: 0.001}]\n");
    REQUIRE(shell.espalier("run tight.yaml --out tight --quiet").status == 4);
    refused("tight", 2, "tight: has no winners (");

    shell.write("r/run.db", "SQLite format 3, or so");
    refused("r", 1, "r/run.db");
}

TEST_CASE("inspect names weights that are damaged and tells the rest", "[inspect]")
{
    const ShellWithRun shell;
    const std::string file = "r/winners/best/weights.safetensors";
    std::string bytes = shell.read(file);
    bytes[bytes.size() / 2] ^= 1;
    shell.write(file, bytes);
    const Outcome told = shell.espalier("inspect r --format csv --quiet");
    CHECK(told.status == 1);
    CHECK_THAT(told.err, ContainsSubstring(file + ": damaged"));
    CHECK(std::count(told.err.begin(), told.err.end(), '\n') == 1);
    CHECK_THAT(told.out, Catch::Matchers::StartsWith("part,weights,layers,input,output,params,macs,latency_ms\n"));
    std::filesystem::remove(shell.folder() / file);  // what a `final` saves need not be a model
    CHECK(shell.espalier("inspect r --format csv --quiet").out == told.out);
    CHECK(shell.espalier("inspect r --quiet").status == 0);
}
