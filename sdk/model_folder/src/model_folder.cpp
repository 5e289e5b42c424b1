// SPDX-License-Identifier: Apache-2.0
#include "espalier/model_folder/model_folder.hpp"

#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/rng.hpp"
#include "espalier/sdk/files.hpp"

namespace espalier {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostText = std::size_t{64} << 20;  // of network.json and model.json

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

std::string text_of(const ModelFacts& facts)
{
    Json json{{"format", kFormat}, {"inputs", Json::array()}, {"output", extents(facts.output)}};
    for (const Data::Input& input : facts.inputs)
        json["inputs"].push_back({{"name", input.name}, {"shape", extents(input.shape)}, {"below", input.below}});
    json["preprocessing"] = facts.preprocessing;
    json["metrics"] = Json::object();
    for (const auto& [name, value] : facts.metrics)
        if (std::isfinite(value))
            json["metrics"][name] = value;
    return json.dump(2) + "\n";
}

Shape shape_of(const Json& extents)
{
    return Shape(extents.get<std::vector<std::int64_t>>());
}

ModelFacts parsed_facts(const std::string& text)
{
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat)
        throw Error("has format " + json.at("format").dump() + ", this version reads \"" + kFormat + "\"");
    ModelFacts facts;
    for (const Json& input : json.at("inputs"))
        facts.inputs.push_back({input.at("name"), shape_of(input.at("shape")), input.at("below").get<std::int64_t>()});
    facts.output = shape_of(json.at("output"));
    json.at("preprocessing").get_to(facts.preprocessing);
    json.at("metrics").get_to(facts.metrics);
    return facts;
}

}  // namespace

void write_model_folder(const std::string& folder, const Network& network, std::span<const StoredTensor> weights,
                        const ModelFacts& facts)
{
    std::filesystem::create_directories(folder);
    TensorNotes sums;  // of the other files: those that belong to these weights
    for (const auto& [file, text] : {std::pair{kNetwork, to_json(network)}, std::pair{kFacts, text_of(facts)}}) {
        write_whole(in(folder, file), text);
        sums[file] = hexadecimal(stable_hash(text));
    }
    write_tensor_file(in(folder, kWeights), weights, sums);
}

ModelFolder read_model_folder(const std::string& folder)
{
    ModelFolder model{{}, read_tensor_file(in(folder, kWeights)), {}};
    /// What `read` makes of a file that belongs to the weights.
    const auto read = [&](const char* file, const auto& parse) {
        const std::string text = read_file(in(folder, file), kMostText);
        if (model.weights.notes[file] != hexadecimal(stable_hash(text)))
            throw Error(in(folder, file) + ": changed, or not what was saved with " + kWeights);
        try {
            return parse(text);
        } catch (const std::exception& error) {
            throw Error(in(folder, file) + ": " + error.what());
        }
    };
    model.network = read(kNetwork, [](const std::string& text) { return parse_network(text); });
    model.facts = read(kFacts, parsed_facts);
    return model;
}

std::string weights_file(const std::string& folder)
{
    return in(folder, kWeights);
}

}  // namespace espalier
