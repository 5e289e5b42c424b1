// SPDX-License-Identifier: Apache-2.0
// `network: onnx`, and the program that measures under ONNX Runtime.
#include <cstdio>
#include <cstring>

#include "espalier/onnx/export.hpp"

#include "catch.hpp"
#include "scripted.hpp"
#include "space.hpp"
#include "toys/onnx_runtime.hpp"

using namespace espalier;
using namespace espalier::test;

namespace {

/// Answers with the size of the file, and tells where it was.
const std::string kWeighs =
    "while IFS= read -r request; do\nid=${request#*'\"id\":'}; id=${id%%,*}\n"
    "file=${request#*'\"onnx\":\"'}; file=${file%%'\"'*}\n"
    "echo \"$file\" >>\"${0%/*}/paths\"; cp \"$file\" \"${0%/*}/network_$id\"\n"
    "echo \"{\\\"id\\\":$id,\\\"metrics\\\":{\\\"latency_ms\\\":$(stat -c %s \"$file\")}}\"\ndone\n";

command::Command::Options sent_onnx()
{
    command::Command::Options options;
    options.network = "onnx";
    return options;
}

std::string onnx_runtime_version(const std::string& python)
{
    std::FILE* pipe =
        ::popen(("'" + python + "' -c 'import onnxruntime; print(onnxruntime.__version__)'").c_str(), "r");
    char line[64] = "";
    const bool read = std::fgets(line, sizeof line, pipe) != nullptr;
    ::pclose(pipe);
    return read ? std::string(line, std::strcspn(line, "\n")) : "";
}

/// Small cells.
const nas_bench_201::NasBench201& cells()
{
    static const nas_bench_201::NasBench201 space = [] {
        nas_bench_201::NasBench201::Options small;
        small.channels = 4, small.cells = 1;
        return nas_bench_201::NasBench201(small, {});
    }();
    return space;
}

}  // namespace

TEST_CASE("a program that wants it gets each network as an ONNX file, which is then gone", "[command][onnx]")
{
    Scripted scripted(kGreets + kWeighs, sent_onnx());
    const std::vector<Candidate> candidates{{cells(), Architecture{{3, 3, 3, 3, 3, 3}}},
                                            {cells(), Architecture{{1, 2, 3, 4, 0, 1}}}};
    const std::vector<Evaluation> results = scripted.command().evaluate(candidates, scripted.context);
    REQUIRE(results.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        INFO(results[i].reason);
        REQUIRE(results[i].status == Status::ok);
        const Network& network = candidates[i].network();
        const std::string bytes = onnx_sdk::onnx_model(network, onnx_sdk::initial_values(network, 1));
        CHECK(results[i].metrics.at("latency_ms") == static_cast<double>(bytes.size()));
        CHECK(scripted.read("network_" + std::to_string(i + 1)) == bytes);
    }
    std::istringstream paths(scripted.read("paths"));
    std::size_t count = 0;
    for (std::string path; std::getline(paths, path); ++count)
        CHECK_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
    CHECK(count == 2);
}

TEST_CASE("a network that ONNX has not is a candidate that failed", "[command][onnx]")
{
    Network n;
    n.add_custom("warp", {n.add(Op::input, {}, {{"shape", {4}}})}, {4});
    Scripted scripted(kGreets + kWeighs, sent_onnx());
    const Candidate candidate(n);
    const std::vector<Evaluation> results = scripted.command().evaluate({&candidate, 1}, scripted.context);
    REQUIRE(results.size() == 1);
    CHECK(results[0].status == Status::failed);
    CHECK_THAT(results[0].reason, ContainsSubstring("layer 1 (warp)"));
    CHECK(scripted.read("paths").empty());
}

TEST_CASE("cells and operators are measured under ONNX Runtime", "[command][onnx]")
{
    const std::optional<std::string> python = python_with_onnx_runtime();
    if (!python) {
        WARN("skipped: no Python with onnxruntime; examples/setup/onnx_runtime.sh installs one");
        return;
    }
    command::Command::Options options = sent_onnx();
    options.program = *python;
    options.script = ESPALIER_SOURCE_DIR "/examples/command/onnx_runtime.py";
    options.arguments = {"--threads", "1", "--max-seconds", "0.5"};
    options.version = onnx_runtime_version(*python);
    command::Command::Options layers = options;
    layers.network = "layers";
    CHECK_THROWS_WITH(command::Command(layers, setup_of(cells())), ContainsSubstring("it needs `network: onnx`"));
    command::Command command(options, setup_of(cells()));
    CHECK(command.measures());
    CHECK(command.conditions().threads == 1);
    CHECK(command.conditions().runtime == "ONNX Runtime " + options.version);
    CHECK(command.metrics() == std::vector<std::string>{"latency_ms", "latency_sd_ms", "latency_spread_ms"});
    Network large;
    large.add(Op::conv, {large.add(Op::input, {}, {{"shape", {64, 64, 64}}})}, {{"out", {64}}, {"kernel", {3}}}, "c");
    const std::vector<Candidate> candidates{
        {cells(), Architecture{{3, 3, 3, 3, 3, 3}}}, {cells(), Architecture{{0, 0, 0, 0, 0, 0}}}, Candidate(large)};
    Listening context;
    const std::vector<Evaluation> results = command.evaluate(candidates, context);
    for (const Evaluation& result : results) {
        INFO(result.reason);
        REQUIRE(result.status == Status::ok);
        CHECK(result.metrics.at("latency_ms") > 0);
        CHECK(result.metrics.at("latency_spread_ms") >= 0);
    }
    CHECK(results[2].metrics.at("latency_ms") > results[1].metrics.at("latency_ms"));
}
