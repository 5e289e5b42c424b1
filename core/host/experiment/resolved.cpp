// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/resolved.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/experiment/experiment_keys.hpp"

namespace espalier::host {
namespace {

void stand_at(Config& c, const Config& place)
{
    c.file = place.file;
    c.path = place.path;
    c.line = place.line;
    c.column = place.column;
    c.key_line = c.key_column = 0;
    for (Config& item : c.items)
        stand_at(item, place);
}

/// `given`: by the experiment, not a default, which has no file that it could be relative to.
Config completed(Config value, const Option& option, bool given, const Catalog& catalog)
{
    if (value.type == Config::Type::list && option.list) {
        for (Config& item : value.items)
            item = completed(std::move(item), option, given, catalog);
    } else if (option.type == OptionType::component) {
        value = with_defaults(value, *option.kind, catalog);
    } else if (option.type == OptionType::path && value.type == Config::Type::scalar && !value.scalar.empty()) {
        std::filesystem::path path = value.scalar;
        if (given && path.is_relative())
            path = std::filesystem::path(value.file).parent_path() / path;
        value.scalar = std::filesystem::absolute(path).lexically_normal().string();
        value.quoted = true;
    }
    return value;
}

}  // namespace

Config with_defaults(const Config& map, std::span<const Option> options, const Catalog& catalog)
{
    Config result = map;
    result.items.clear();
    if (const Config* use = map.find("use"))
        result.items.push_back(*use);
    for (const Option& option : options) {
        const Config* given = map.find(option.name);
        if (given == nullptr && (option.required || option.preset.empty()))
            continue;
        Config value = given != nullptr ? *given : parse_config(option.preset);
        if (given == nullptr)
            stand_at(value, map);
        value = completed(std::move(value), option, given != nullptr, catalog);
        value.key = option.name;
        result.items.push_back(std::move(value));
    }
    return result;
}

Config with_defaults(const Config& config, Kind kind, const Catalog& catalog)
{
    const CatalogComponent* found = catalog.named(kind, config);
    return found != nullptr ? with_defaults(config, found->info.options, catalog) : config;
}

namespace {

/// One key of the top level: maps on its line, lists with one line an element.
void write(std::string& yaml, const Config& value)
{
    if (value.type == Config::Type::list && !value.items.empty()) {
        yaml += value.key + ":\n";
        for (const Config& item : value.items)
            yaml += "  - " + to_yaml(item) + "\n";
    } else {
        yaml += value.key + ": " + to_yaml(value) + "\n";
    }
}

}  // namespace

std::string resolved_yaml(const Experiment& experiment, const Catalog& catalog)
{
    Config root = experiment.root;
    for (Config& item : root.items)
        if (item.key == "reuse")
            item = listed(std::move(item));
    const Config top = with_defaults(root, experiment_options(), catalog);
    std::string yaml;
    for (const std::string& key : experiment_keys()) {
        const Section* section = experiment_section(key);
        const Config* given = root.find(key);
        if (key == "name") {
            yaml += "name: " + OptionTraits<std::string>::shown(experiment.name) + "\n";
        } else if (section == nullptr) {
            if (const Config* value = top.find(key))
                write(yaml, *value);
        } else if (given != nullptr || (key != "start" && key != "winners")) {
            Config value;
            value.type = section->list ? Config::Type::list : Config::Type::map;
            if (given != nullptr)
                value = *given;
            if (section->list)
                for (Config& item : value.items)
                    item = with_defaults(item, section->options, catalog);
            else
                value = with_defaults(value, section->options, catalog);
            value.key = key;
            write(yaml, value);
        }
    }
    return yaml;
}

}  // namespace espalier::host
