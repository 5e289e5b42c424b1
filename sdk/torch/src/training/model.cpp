// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/model.hpp"

#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "../tensors/whole_file.hpp"

namespace espalier::torch_sdk {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "espalier model 1";
constexpr const char *kNetwork = "network.json", *kFacts = "model.json", *kWeights = "weights.safetensors";

std::string in(const std::string& folder, const char* file)
{
    return (std::filesystem::path(folder) / file).string();
}

std::vector<std::int64_t> extents(const Shape& shape)
{
    return {shape.begin(), shape.end()};
}

std::string facts_of(const TensorData& data, const Metrics& metrics)
{
    Json facts{{"format", kFormat}, {"inputs", Json::array()}, {"output", extents(data.output())}};
    for (const Data::Input& input : data.inputs())
        facts["inputs"].push_back({{"name", input.name}, {"shape", extents(input.shape)}, {"below", input.below}});
    facts["preprocessing"] = data.preprocessing();
    facts["metrics"] = Json::object();
    for (const auto& [name, value] : metrics)
        if (std::isfinite(value))
            facts["metrics"][name] = value;
    return facts.dump(2) + "\n";
}

void read_facts(const std::string& text, Model& model)
{
    const Json facts = Json::parse(text);
    if (facts.at("format") != kFormat)
        throw Error("has format " + facts.at("format").dump() + ", this version reads \"" + kFormat + "\"");
    for (const Json& input : facts.at("inputs"))
        model.inputs.push_back({input.at("name"), Shape(input.at("shape").get<std::vector<std::int64_t>>()),
                                input.at("below").get<std::int64_t>()});
    facts.at("preprocessing").get_to(model.preprocessing);
    facts.at("metrics").get_to(model.metrics);
}

}  // namespace

void save_model(const std::string& folder, const Network& network, const Weights& weights, const TensorData& data,
                const Metrics& metrics)
{
    std::filesystem::create_directories(folder);
    TensorNotes sums;  // of the other files: those that belong to these weights
    for (const auto& [file, text] :
         {std::pair{kNetwork, to_json(network)}, std::pair{kFacts, facts_of(data, metrics)}}) {
        write_whole(in(folder, file), text);
        sums[file] = hexadecimal(stable_hash(text));
    }
    std::vector<std::pair<std::string, Tensor>> named;
    for (const NamedTensor& tensor : weights.tensors())
        named.emplace_back(tensor.name, tensor.value);
    save_tensors(in(folder, kWeights), named, sums);
}

Model load_model(const std::string& folder, const c10::Device& device)
{
    TensorNotes sums;
    const auto tensors = load_tensors(in(folder, kWeights), &sums);
    /// What `read` makes of a file that belongs to the weights.
    const auto read = [&](const char* file, const auto& parse) {
        const std::string text = read_whole(in(folder, file));
        if (sums[file] != hexadecimal(stable_hash(text)))
            throw Error(in(folder, file) + ": changed, or not what was saved with " + kWeights);
        try {
            return parse(text);
        } catch (const std::exception& error) {
            throw Error(in(folder, file) + ": " + error.what());
        }
    };
    const Network network = read(kNetwork, [](const std::string& text) { return parse_network(text); });
    const auto dtype = tensors.empty() ? at::kFloat : tensors.front().second.scalar_type();
    Model model{network, Weights(network, {}, /*seed=*/0, dtype, device), {}, {}, {}};
    try {
        model.weights.assign(tensors);
    } catch (const Error& error) {
        throw Error(in(folder, kWeights) + ": " + error.what());
    }
    read(kFacts, [&](const std::string& text) { return read_facts(text, model); });
    return model;
}

}  // namespace espalier::torch_sdk
