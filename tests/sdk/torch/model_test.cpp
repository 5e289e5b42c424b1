// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/model.hpp"

#include <fstream>
#include <iomanip>
#include <sstream>

#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"
#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

class Grey final : public ImageData {
public:
    Grey() : ImageData({1, 6, 6}, 3, {{0.1}, {1.0 / 3}}) {}

protected:
    Images load(Split) const override { return {at::zeros({1, 1, 6, 6}, at::kByte), at::zeros({1}, at::kLong)}; }
};

Network small()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {1, 6, 6}}});
    x = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}, {"pad", {1}}}, "conv");
    x = n.add(Op::relu, {n.add(Op::batch_norm, {x}, {{"eps", {1e-3}}}, "norm")});
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {3}}}, "classifier");
    return n;
}

at::Tensor images(at::ScalarType dtype)
{
    return at::rand({5, 1, 6, 6}, generator(3, "images"), at::TensorOptions(dtype));
}

/// With statistics that are not those of the beginning.
Weights trained(const Network& network, at::ScalarType dtype)
{
    Weights weights(network, {}, 7, dtype);
    const c10::NoGradGuard no_gradients;
    forward(network, weights, images(dtype), {.mode = Mode::train, .statistics = &weights.statistics()});
    return weights;
}

std::string bytes_of(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// Whole numbers below a bound.
class Words final : public TensorData {
public:
    std::vector<Input> inputs() const override { return {{"word", {4}, 100}}; }
    Shape output() const override { return {3}; }
    std::int64_t examples(Split) const override { return 0; }
    Batch batch(Split, std::span<const std::int64_t>, const Augmentation&, Rng&) const override { return {}; }
};

const Metrics kMetrics{{"top1_pct", 100.0 / 3}, {"train_loss", 1e-300}};

}  // namespace

TEST_CASE("a loaded model computes what the saved one did, bit by bit", "[model]")
{
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
        const TemporaryFolder folder;
        const Network network = small();
        const Weights weights = trained(network, dtype);
        save_model(folder / "winner", network, weights, Grey(), kMetrics);
        const Model model = load_model(folder / "winner");
        CHECK(to_string(model.network) == to_string(network));
        CHECK(model.weights.dtype() == dtype);
        CHECK(
            at::equal(forward(model.network, model.weights, images(dtype)), forward(network, weights, images(dtype))));
        REQUIRE(model.inputs.size() == 1);
        CHECK(model.inputs[0].name == "image");
        CHECK(model.inputs[0].shape == Shape{1, 6, 6});
        CHECK(model.inputs[0].below == 0);
        CHECK(model.preprocessing == Attributes{{"mean", {0.1}}, {"deviation", {1.0 / 3}}});
        CHECK(model.metrics == kMetrics);
    }
}

TEST_CASE("a model knows the bound of its whole numbers", "[model]")
{
    const TemporaryFolder folder;
    const Network network = small();
    save_model(folder.path(), network, trained(network, at::kFloat), Words(), {});
    const Model model = load_model(folder.path());
    REQUIRE(model.inputs.size() == 1);
    CHECK(model.inputs[0].below == 100);
    CHECK(model.preprocessing.empty());
}

TEST_CASE("a model folder of another version is refused", "[model]")
{
    const TemporaryFolder folder;
    const Network network = small();
    save_model(folder.path(), network, trained(network, at::kFloat), Grey(), kMetrics);
    std::string facts = bytes_of(folder / "model.json");
    facts.replace(facts.find("espalier model 1"), 16, "espalier model 9");
    folder.write("model.json", facts);
    TensorNotes notes;
    const auto tensors = load_tensors(folder / "weights.safetensors", &notes);
    std::ostringstream sum;
    sum << std::hex << std::setw(16) << std::setfill('0') << stable_hash(facts);
    notes["model.json"] = sum.str();  // as if it had been saved so
    save_tensors(folder / "weights.safetensors", tensors, notes);
    CHECK_THROWS_WITH(load_model(folder.path()), ContainsSubstring("has format \"espalier model 9\""));
}

TEST_CASE("metrics that JSON cannot write are left out of a model folder", "[model]")
{
    const TemporaryFolder folder;
    const Network network = small();
    save_model(folder.path(), network, trained(network, at::kFloat), Grey(),
               {{"loss", 1}, {"perplexity", std::numeric_limits<double>::infinity()}});
    CHECK(load_model(folder.path()).metrics == Metrics{{"loss", 1}});
}

TEST_CASE("a model folder that was cut short or changed anywhere is refused, and the file named", "[model]")
{
    const TemporaryFolder folder;
    const Network network = small();
    save_model(folder.path(), network, trained(network, at::kFloat), Grey(), kMetrics);
    for (const char* name : {"network.json", "model.json", "weights.safetensors"}) {
        const std::filesystem::path file = folder / name;
        const std::string whole = bytes_of(file);
        const auto refused = [&](const std::string& bytes) {
            folder.write(name, bytes);
            CHECK_THROWS_WITH(load_model(folder.path()), ContainsSubstring(file.string()));
        };
        for (std::size_t at = 0; at < whole.size(); at += whole.size() / 97 + 1) {
            refused(whole.substr(0, at));
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            refused(changed);
        }
        refused(whole + " ");
        std::filesystem::remove(file);
        CHECK_THROWS_WITH(load_model(folder.path()), ContainsSubstring(file.string()));
        folder.write(name, whole);
    }
    CHECK_NOTHROW(load_model(folder.path()));
}

TEST_CASE("files of two model folders do not mix", "[model]")
{
    const TemporaryFolder one, other;
    const Network network = small();
    save_model(one.path(), network, trained(network, at::kFloat), Grey(), kMetrics);
    save_model(other.path(), network, trained(network, at::kFloat), Grey(), {{"top1_pct", 50}});
    std::filesystem::copy_file(other / "model.json", one / "model.json",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK_THROWS_WITH(load_model(one.path()), ContainsSubstring("model.json") &&
                                                  ContainsSubstring("not what was saved with weights.safetensors"));
}
