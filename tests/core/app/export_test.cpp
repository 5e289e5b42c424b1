// SPDX-License-Identifier: Apache-2.0
// `espalier export`.
#include "espalier/onnx/export.hpp"

#include <cstring>

#include "espalier/model_folder/model_folder.hpp"

#include "catch.hpp"
#include "shell.hpp"

using namespace espalier;

namespace {

const std::string kCell = "'|avg_pool_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|'";
const char* const kCells = R"(name: cells
space: {use: nas_bench_201, channels: 4, cells: 1}
costs: [{use: macs}]
objectives: [{metric: macs, goal: min}]
strategy: {use: random}
budget: {evaluations: 2}
)";

Shell prepared()
{
    return Shell(ESPALIER_BINARY_DIR "/lib/espalier/plugins");
}

Network perceptron()
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4}}});
    n.add(Op::linear, {x}, {{"out", {2}}}, "l");
    return n;
}

/// A model folder with these weights, which are numbers of this type.
template <class Number>
void save(const std::filesystem::path& folder, const std::string& type, const std::vector<Number>& weight,
          const std::vector<Number>& bias)
{
    const auto bytes = [](const std::vector<Number>& numbers) {
        return std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
    };
    const std::vector<StoredTensor> tensors{{"l.weight", type, {2, 4}, bytes(weight)},
                                            {"l.bias", type, {2}, bytes(bias)}};
    write_model_folder(folder.string(), perceptron(), tensors, {{{"user", {4}, 0}}, {2}, {}, {}});
}

}  // namespace

TEST_CASE("an architecture is exported with random weights", "[export]")
{
    const Shell shell = prepared();
    shell.write("e.yaml", kCells);
    const Outcome first = shell.espalier("export e.yaml " + kCell + " --out a.onnx");
    CHECK(first.err == "");
    REQUIRE(first.status == 0);
    CHECK_THAT(first.out, ContainsSubstring("a.onnx: ") && ContainsSubstring(" layers, weights: random, seed 1"));
    const std::string bytes = shell.read("a.onnx");
    CHECK_THAT(bytes, ContainsSubstring("espalier") && ContainsSubstring("GlobalAveragePool"));
    REQUIRE(shell.espalier("export e.yaml " + kCell + " --out b.onnx --format onnx --batch 1 --seed 1").status == 0);
    CHECK(shell.read("b.onnx") == bytes);
    for (const char* other : {"--seed 2", "--batch 8", "--batch any", "--set space.channels=8"}) {
        INFO(other);
        REQUIRE(shell.espalier("export e.yaml " + kCell + " --out c.onnx " + other).status == 0);
        CHECK(shell.read("c.onnx") != bytes);
    }
}

TEST_CASE("a run's architectures are exported like those of its experiment", "[export]")
{
    const Shell shell = prepared();
    shell.write("e.yaml", kCells);
    REQUIRE(shell.espalier("run e.yaml --out r --quiet").status == 0);
    REQUIRE(shell.espalier("export e.yaml " + kCell + " --out a.onnx").status == 0);
    REQUIRE(shell.espalier("export r " + kCell + " --out b.onnx").status == 0);
    CHECK(shell.read("a.onnx") == shell.read("b.onnx"));
    CHECK_THAT(shell.espalier("export r --out b.onnx").err, ContainsSubstring("r: which of its architectures?"));
    CHECK_THAT(shell.espalier("export r " + kCell + " --out b.onnx --set space.cells=2").err,
               ContainsSubstring("--set is for an experiment's file, and r is a folder"));
}

TEST_CASE("only the space is needed for an export", "[export]")
{
    const Shell shell = prepared();
    std::string text = kCells;
    text.replace(text.find("{use: macs}"), std::string("{use: macs}").size(), "{use: command, script: moved_away.py}");
    shell.write("e.yaml", text);
    CHECK(shell.espalier("check e.yaml").status != 0);
    CHECK(shell.espalier("export e.yaml " + kCell + " --out a.onnx").status == 0);
    for (const char* wrong : {"space.channels=many", "space.chanels=4", "space.use=nas_bench_202", "space={}"}) {
        INFO(wrong);
        const Outcome refused = shell.espalier("export e.yaml " + kCell + " --out b.onnx --set " + wrong);
        CHECK(refused.status == 2);
        CHECK_THAT(refused.err, ContainsSubstring("space"));
        CHECK_FALSE(std::filesystem::exists(shell.folder() / "b.onnx"));
    }
}

TEST_CASE("a model folder is exported with its weights", "[export]")
{
    const Shell shell = prepared();
    const std::vector<float> weight{1, 2, 3, 4, 5, 6, 7, 0.5}, bias{-1, 1};
    save(shell.folder() / "model", "F32", weight, bias);
    const Outcome made = shell.espalier("export model --out m.onnx --batch 3");
    CHECK(made.err == "");
    CHECK(made.out == "m.onnx: 2 layers, weights: those of model\n");
    const onnx_sdk::NamedValues values{{"l.weight", {{2, 4}, weight}}, {"l.bias", {{2}, bias}}};
    CHECK(shell.read("m.onnx") == onnx_sdk::onnx_model(perceptron(), values, {"model", 3, {"user"}}));

    save<double>(shell.folder() / "double/model", "F64", {1, 2, 3, 4, 5, 6, 7, 0.5}, {-1, 1});
    REQUIRE(shell.espalier("export double/model/ --out d.onnx --batch 3").status == 0);
    CHECK(shell.read("d.onnx") == shell.read("m.onnx"));

    save<std::int16_t>(shell.folder() / "half", "F16", {1, 2, 3, 4, 5, 6, 7, 8}, {1, 1});
    CHECK_THAT(shell.espalier("export half --out h.onnx").err,
               ContainsSubstring("half/weights.safetensors: the weights 'l.weight' are F16, allowed are F32 and F64"));
    shell.write("model/model.json", "{}");
    CHECK_THAT(shell.espalier("export model --out h.onnx").err, ContainsSubstring("model/model.json: changed"));
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "h.onnx"));
}

TEST_CASE("what cannot be exported is one sentence", "[export]")
{
    const Shell shell = prepared();
    shell.write("e.yaml", kCells);
    std::filesystem::create_directory(shell.folder() / "empty");
    const auto refused = [&](const std::string& arguments, int status, const std::string& sentence) {
        INFO(arguments);
        const Outcome outcome = shell.espalier("export " + arguments);
        CHECK(outcome.status == status);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    };
    refused("e.yaml " + kCell, 2, "--out is missing");
    refused("e.yaml " + kCell + " --out a.onnx --format onxx", 2, "onnx");
    refused("e.yaml " + kCell + " --out a.onnx --batch 0", 2, "batch");
    refused("e.yaml " + kCell + " --out no/a.onnx", 1, "no/a.onnx: cannot be written");
    refused("e.yaml '|what|' --out a.onnx", 2, "architecture '|what|'");
    refused("e.yaml --out a.onnx", 2, "e.yaml: which of its architectures?");
    refused("none.yaml --out a.onnx", 2, "none.yaml: there is no such file");
    refused("empty --out a.onnx", 2, "empty: is neither a run nor a model folder");
    refused("empty " + kCell + " --out a.onnx", 2, "empty: is neither a run nor a model folder");
}
