// SPDX-License-Identifier: Apache-2.0
// What ONNX Runtime computes from an exported network is what sdk/torch computes.
#include "toys/onnx_runtime.hpp"

#include <cmath>
#include <cstdlib>
#include <fstream>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include "espalier/architecture.hpp"
#include "espalier/onnx/export.hpp"
#include "espalier/rng.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "host/plugins/plugin_host.hpp"
#include "networks.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using torch_sdk::Weights;

namespace {

constexpr std::int64_t kBatch = 2;

void write_numbers(const std::filesystem::path& file, const at::Tensor& x)
{
    const at::Tensor plain = x.contiguous();
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(plain.const_data_ptr()), static_cast<std::streamsize>(plain.nbytes()));
}

/// Numbers as far from their beginning as training takes them.
void disturb(Weights& weights)
{
    const c10::NoGradGuard no_gradients;
    for (const torch_sdk::NamedTensor& tensor : weights.tensors())
        if (tensor.name.ends_with("running_var"))
            tensor.value.uniform_(0.5, 2, torch_sdk::generator(3, tensor.name));
        else if (tensor.value.dim() == 1)
            tensor.value.add_(
                at::empty(tensor.value.sizes()).uniform_(-0.4, 0.4, torch_sdk::generator(3, tensor.name)));
        else if (tensor.name.find(".transform_") != std::string::npos)
            tensor.value.add_(at::empty(tensor.value.sizes()).normal_(0, 0.1, torch_sdk::generator(3, tensor.name)));
}

onnx_sdk::NamedValues values_of(const Weights& weights)
{
    onnx_sdk::NamedValues values;
    for (const torch_sdk::NamedTensor& tensor : weights.tensors()) {
        const at::Tensor plain = tensor.value.detach().contiguous();
        const auto* numbers = plain.const_data_ptr<float>();
        values.emplace(tensor.name,
                       onnx_sdk::Values{Shape(std::vector<std::int64_t>(plain.sizes().begin(), plain.sizes().end())),
                                        {numbers, numbers + plain.numel()}});
    }
    return values;
}

at::Tensor random_input(const Shape& shape, std::size_t index)
{
    std::vector<std::int64_t> extents(shape.begin(), shape.end());
    extents.insert(extents.begin(), kBatch);
    return at::empty(extents).normal_(0, 2, torch_sdk::generator(5, std::to_string(index)));
}

/// Writes each network with its inputs, runs all in one process, compares. @param batch as `ExportOptions` has it.
void check_all(const std::vector<NamedNetwork>& networks, std::int64_t batch)
{
    const std::optional<std::string> python = python_with_onnx_runtime();
    if (!python) {
        WARN("skipped: no Python with onnxruntime; examples/setup/onnx_runtime.sh installs one");
        return;
    }
    const c10::NoGradGuard no_gradients;
    const TemporaryFolder folder;
    std::vector<at::Tensor> expected;
    for (const auto& [name, network] : networks) {
        INFO(name);
        using Kind = torch_sdk::Initialisation::Kind;
        Weights weights(network, {Kind::kaiming_fan_in, Kind::kaiming_fan_in}, 1);
        disturb(weights);
        folder.write(name + ".onnx", onnx_sdk::onnx_model(network, values_of(weights), {.batch = batch, .inputs = {}}));
        std::vector<at::Tensor> inputs;
        for (const Layer layer : network)
            if (layer.op() == Op::input) {
                inputs.push_back(random_input(layer.shape(), inputs.size()));
                write_numbers(folder / (name + "." + std::to_string(inputs.size() - 1) + ".f32"), inputs.back());
            }
        expected.push_back(torch_sdk::forward(network, weights, inputs).contiguous());
    }
    const std::string command =
        "'" + *python + "' '" ESPALIER_SOURCE_DIR "/tests/sdk/onnx/run_models.py' '" + folder.path().string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    for (std::size_t i = 0; i < networks.size(); ++i) {
        INFO(networks[i].name);
        std::ifstream file(folder / (networks[i].name + ".output.f32"), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        REQUIRE(bytes.size() == expected[i].nbytes());
        const at::Tensor given = at::from_blob(bytes.data(), expected[i].sizes());
        const double largest = expected[i].abs().max().item<double>();
        const double furthest = given.sub(expected[i]).abs().max().item<double>();
        CHECK(std::isfinite(largest));
        CHECK(furthest <= 1e-4 * largest);
    }
}

/// Networks of every space that there is, of architectures at random.
std::vector<NamedNetwork> networks_of_each_space()
{
    const std::filesystem::path folder = std::filesystem::path(ESPALIER_BINARY_DIR) / "lib/espalier/plugins";
    const host::Catalog catalog(std::span(&folder, 1));
    host::PluginHost plugins(catalog);
    std::vector<NamedNetwork> networks;
    for (const std::string& name : catalog.names(Kind::space)) {
        const std::unique_ptr<SearchSpace> space = plugins.setup().make(Use<SearchSpace>("{use: " + name + "}"));
        Rng rng(2, name);
        for (int i = 0; i < 3; ++i) {
            const Architecture architecture = random_architecture(Region(space->decisions()), rng);
            networks.push_back({name + "_" + std::to_string(i), space->network(Region(architecture))});
        }
    }
    return networks;
}

}  // namespace

TEST_CASE("ONNX Runtime computes every operation as forward does", "[onnx]")
{
    check_all(networks_of_each_operation(), kBatch);
    check_all(networks_of_each_operation(), 0);
}

TEST_CASE("ONNX Runtime computes networks of every space as forward does", "[onnx]")
{
    const std::vector<NamedNetwork> networks = networks_of_each_space();
    CHECK(networks.size() >= 12);
    check_all(networks, kBatch);
}
