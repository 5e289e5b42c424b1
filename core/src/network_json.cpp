// SPDX-License-Identifier: Apache-2.0
#include "espalier/network_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

#include "network_builder.hpp"

namespace espalier {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::array<std::string_view, 3> kMarks{"block", "cell", "branch"};

Json written(const Layer& layer)
{
    const LayerSpec& spec = layer.spec();
    for (const auto& [key, values] : spec.attributes)
        if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
            throw Error(fmt::format("{}: attribute '{}' is not finite, which JSON cannot say",
                                    place(layer.index(), spec.name), key));
    Json json;
    json[layer.op() == Op::custom ? "custom" : "op"] = spec.name;
    if (!layer.inputs().empty())
        json["inputs"] = layer.inputs();
    json["shape"] = std::span(layer.shape().begin(), layer.shape().size());
    if (!spec.attributes.empty())
        json["attributes"] = spec.attributes;
    if (!spec.weights.empty())
        json["weights"] = spec.weights;
    return json;
}

/// One map of the text, and where it stands: "layer 4: ", or nothing for the network itself.
struct Map {
    const Json& json;
    std::string place;

    [[noreturn]] void fail(std::string_view sentence) const { throw Error(fmt::format("{}{}", place, sentence)); }

    const Json* find(const char* key) const
    {
        const auto found = json.find(key);
        return found == json.end() ? nullptr : &*found;
    }
    const Json& list(const char* key) const
    {
        const Json* found = find(key);
        if (found == nullptr)
            fail(fmt::format("'{}' is missing", key));
        if (!found->is_array())
            fail(fmt::format("'{}' is no list", key));
        return *found;
    }
    std::string text(const char* key) const
    {
        const Json* found = find(key);
        if (found != nullptr && !found->is_string())
            fail(fmt::format("'{}' is no text", key));
        return found != nullptr ? found->get<std::string>() : "";
    }
    template <class Number>
    std::vector<Number> numbers(const Json& from, std::string_view key) const
    {
        const auto fits = [](const Json& item) {
            return std::is_same_v<Number, double> ? item.is_number()
                   : std::is_unsigned_v<Number>   ? item.is_number_unsigned()
                                                  : item.is_number_integer();
        };
        if (!from.is_array() || !std::ranges::all_of(from, fits))
            fail(fmt::format("'{}' is no list of {}numbers", key, std::is_same_v<Number, double> ? "" : "whole "));
        return from.get<std::vector<Number>>();
    }
    void only(const std::vector<std::string>& keys) const
    {
        if (!json.is_object())
            fail("is no map");
        for (const auto& [key, value] : json.items())
            if (std::ranges::find(keys, key) == keys.end())
                fail(fmt::format("unknown key '{}'{}", key, suggestion(key, keys)));
    }
};

Op op_named(const Map& layer)
{
    std::vector<std::string> names;
    const std::string wanted = layer.text("op");
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Op::channel_mask); ++i) {
        const Op op = static_cast<Op>(i);
        if (name(op) == wanted && op != Op::custom)
            return op;
        names.emplace_back(name(op));
    }
    layer.fail(fmt::format("there is no operation '{}'{}", wanted, suggestion(wanted, names)));
}

void append(Network& network, const Map& layer)
{
    layer.only({"op", "custom", "inputs", "shape", "attributes", "weights"});
    const bool custom = layer.find("custom") != nullptr;
    const Op op = custom ? Op::custom : op_named(layer);
    std::vector<std::size_t> inputs;
    if (const Json* found = layer.find("inputs"))
        inputs = layer.numbers<std::size_t>(*found, "inputs");
    const auto extents = layer.numbers<std::int64_t>(layer.list("shape"), "shape");
    if (extents.size() > 4)
        layer.fail("'shape' has more than 4 extents");
    const Shape shape{extents};
    Attributes attributes;
    if (const Json* found = layer.find("attributes"); found != nullptr && !found->is_object())
        layer.fail("'attributes' is no map");
    else if (found != nullptr)
        for (const auto& [key, values] : found->items())
            attributes[key] = layer.numbers<double>(values, key);
    NetworkBuilder::restore(network, {op, layer.text("custom"), std::move(attributes), layer.text("weights")}, inputs,
                            shape);
}

void append_mark(Network& network, const Json& json)
{
    const Map place{json, "'marks': "};
    if (!json.is_array() || json.size() != 2 || !json[0].is_string() || !json[1].is_number_unsigned())
        place.fail("one is not a kind and a layer, such as [\"block\", 3]");
    const auto found = std::ranges::find(kMarks, json[0].get<std::string>());
    if (found == kMarks.end())
        place.fail(fmt::format("there is no kind '{}'{}", json[0].get<std::string>(),
                               suggestion(json[0].get<std::string>(), {kMarks.begin(), kMarks.end()})));
    mark(network, static_cast<Mark>(found - kMarks.begin()), json[1].get<std::size_t>());
}

Network read(const Map& root)
{
    root.only({"format", "layers", "marks"});
    const Json* format = root.find("format");
    if (format == nullptr || *format != kFormat)
        root.fail(fmt::format("'format' is {}, this version reads {}", format == nullptr ? "missing" : format->dump(),
                              kFormat));
    Network network;
    for (const Json& layer : root.list("layers"))
        append(network, {layer, fmt::format("layer {}: ", network.size())});
    if (root.find("marks") != nullptr)
        for (const Json& one : root.list("marks"))
            append_mark(network, one);
    return network;
}

}  // namespace

std::string to_json(const Network& network)
{
    std::string text = fmt::format("{{\"format\": {}, \"layers\": [", kFormat);
    for (const Layer layer : network) {
        try {
            text += (layer.index() > 0 ? ",\n  " : "\n  ") + written(layer).dump();
        } catch (const Json::exception&) {
            throw Error(place(layer.index(), layer.spec().name) + ": a name in it is not UTF-8");
        }
    }
    text += "\n]";
    for (const char* separator = ", \"marks\": ["; const auto& [kind, layer] : NetworkBuilder::marks(network)) {
        text += fmt::format("{}[\"{}\", {}]", separator, kMarks[static_cast<std::size_t>(kind)], layer);
        separator = ", ";
    }
    return text + (NetworkBuilder::marks(network).empty() ? "}\n" : "]}\n");
}

Network parse_network(std::string_view json)
{
    try {
        return read({Json::parse(json), ""});
    } catch (const Json::exception& error) {
        const std::string_view what = error.what();
        throw Error(fmt::format("not a network: {}", what.substr(what.find("] ") + 2)));
    } catch (const Error& error) {
        throw Error(fmt::format("not a network: {}", error.what()));
    }
}

}  // namespace espalier
