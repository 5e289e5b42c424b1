// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/schema.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/experiment/experiment_keys.hpp"
#include "host/experiment/key_check.hpp"

namespace espalier::host {
namespace {

using Json = nlohmann::ordered_json;

std::string definition(const ComponentInfo& info)
{
    return fmt::format("{}.{}", name(info.kind), info.name);
}

Json reference(const std::string& definition)
{
    return {{"$ref", "#/$defs/" + definition}};
}

/// A default as JSON: what YAML 1.2 reads, guided by the option's type.
Json value_of(const Config& c, OptionType type)
{
    Json json;
    switch (c.type) {
        case Config::Type::null:
            return nullptr;
        case Config::Type::list:
            json = Json::array();
            for (const Config& item : c.items)
                json.push_back(value_of(item, type));
            return json;
        case Config::Type::map:
            json = Json::object();
            for (const Config& item : c.items)
                json[item.key] = value_of(item, OptionType::text);
            return json;
        case Config::Type::scalar:
            break;
    }
    const bool plain = type == OptionType::boolean || type == OptionType::integer || type == OptionType::number;
    json = plain ? Json::parse(c.scalar, nullptr, false) : Json(c.scalar);
    return json.is_discarded() ? Json(c.scalar) : json;
}

Json bounded(const Option& option, const char* type)
{
    Json json{{"type", type}};
    if (std::isfinite(option.minimum))
        json["minimum"] = option.minimum;
    if (std::isfinite(option.maximum))
        json["maximum"] = option.maximum;
    return json;
}

Json single(const Option& option)
{
    switch (option.type) {
        case OptionType::boolean:
            return {{"type", "boolean"}};
        case OptionType::integer:
            return bounded(option, "integer");
        case OptionType::number:
            return bounded(option, "number");
        case OptionType::component:
            return reference(std::string(name(*option.kind)));
        default:
            break;
    }
    if (!option.allowed.empty())
        return {{"enum", option.allowed}};
    // Unquoted, a text such as 201 is a number for the editor and text for Espalier.
    return {{"type", Json::array({"string", "number", "boolean"})}};
}

Json schema_of(const Option& option)
{
    Json json = single(option);
    if (option.list)
        json = {{"type", "array"}, {"items", json}};
    json["description"] = option.paper_symbol.empty()
                              ? option.help
                              : fmt::format("{} ({} in the paper)", option.help, option.paper_symbol);
    if (!option.preset.empty())
        json["default"] = value_of(parse_config(option.preset), option.type);
    return json;
}

Json map_of(std::span<const Option> options, const std::string& help)
{
    Json json{{"type", "object"}, {"description", help}};
    json["properties"] = Json::object();
    json["required"] = Json::array();
    for (const Option& option : options) {
        json["properties"][option.name] = schema_of(option);
        if (option.required)
            json["required"].push_back(option.name);
    }
    json["additionalProperties"] = false;
    return json;
}

Json schema_of(const ComponentInfo& info)
{
    const Json map = map_of(info.options, info.help);
    Json json = map;
    json["properties"] = {{"use", {{"const", info.name}, {"description", info.help}}}};
    json["properties"].update(map["properties"]);
    json["required"].insert(json["required"].begin(), "use");
    return json;
}

/// Of keys of the experiment itself, not of a component.
Json own_map_of(std::span<const Option> options, const std::string& help)
{
    Json map = map_of(options, help);
    for (const Option& option : options)
        if (may_stand_alone(option)) {
            Json& property = map["properties"][option.name];
            const Json one = property["items"];
            property.erase("type");
            property.erase("items");
            property["anyOf"] = {one, {{"type", "array"}, {"items", one}}};
        }
    return map;
}

Json top_level()
{
    Json json = own_map_of(experiment_options(), "An experiment of Espalier");
    Json& properties = json["properties"];
    for (const Section& section : experiment_sections()) {
        const Json map = own_map_of(section.options, section.help);
        properties[section.name] =
            section.list ? Json{{"type", "array"}, {"description", section.help}, {"items", map}} : map;
    }
    return json;
}

}  // namespace

std::string experiment_schema(const Catalog& catalog)
{
    Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Espalier experiment"}};
    schema.update(top_level());
    Json& definitions = schema["$defs"];
    for (const Kind kind : kKinds) {
        Json choices = Json::array();
        for (const std::string& name : catalog.names(kind))
            choices.push_back(reference(definition(catalog.find(kind, name)->info)));
        Json any{{"description", std::string(with_article(kind))}};
        any[choices.empty() ? "not" : "oneOf"] = choices.empty() ? Json::object() : choices;
        definitions[std::string(name(kind))] = any;
    }
    for (const CatalogComponent& component : catalog.components())
        definitions[definition(component.info)] = schema_of(component.info);
    return schema.dump(2) + "\n";
}

}  // namespace espalier::host
