// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/key_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/experiment/experiment_keys.hpp"

namespace espalier::host {
namespace {

std::vector<std::string> names_of(std::span<const Option> options)
{
    std::vector<std::string> names;
    for (const Option& option : options)
        names.push_back(option.name);
    return names;
}

void list_what_stands_alone(Config& map, std::span<const Option> options)
{
    for (Config& item : map.items)
        if (const auto option = std::ranges::find(options, item.key, &Option::name);
            option != options.end() && may_stand_alone(*option))
            item = listed(std::move(item));
}

}  // namespace

std::string_view with_article(Kind kind)
{
    switch (kind) {
        case Kind::data:
            return "a data set";
        case Kind::space:
            return "a search space";
        case Kind::cost_model:
            return "a cost model";
        case Kind::evaluator:
            return "an evaluator";
        case Kind::reward:
            return "a reward";
        case Kind::strategy:
            return "a strategy";
    }
    return "a component";
}

KeyCheck::KeyCheck(const Config& root, const Catalog& catalog, Diagnostics& diagnostics)
    : catalog_{catalog}, diagnostics_{diagnostics}
{
    for (const std::string& key : experiment_keys())
        places_[key].emplace_back("the top level");
    for (const Section& section : experiment_sections())
        for (const Option& option : section.options)
            places_[option.name].push_back("'" + section.name + "'");
    collect(root, experiment_options(), "");
}

void KeyCheck::collect(const Config& map, std::span<const Option> options, const std::string& path)
{
    const auto component = [&](const Config& c, Kind kind, const std::string& place) {
        const CatalogComponent* found = catalog_.named(kind, c);
        if (found == nullptr)
            return;
        for (const Option& option : found->info.options)
            places_[option.name].push_back(fmt::format("'{}' ({})", place, found->info.name));
        collect(c, found->info.options, place + ".");
    };
    for (const Option& option : options) {
        const Config* item = map.find(option.name);
        if (item == nullptr || option.type != OptionType::component)
            continue;
        if (item->type != Config::Type::list)
            component(*item, *option.kind, path + option.name);
        else
            for (std::size_t i = 0; i < item->items.size(); ++i)
                component(item->items[i], *option.kind, fmt::format("{}{}.{}", path, option.name, i));
    }
}

std::string KeyCheck::where_else(const std::string& key) const
{
    const auto found = places_.find(key);
    if (found == places_.end())
        return "";
    const std::size_t shown = std::min<std::size_t>(found->second.size(), 3);
    return fmt::format(
        "; it belongs to {}",
        fmt::join(found->second.begin(), found->second.begin() + static_cast<std::ptrdiff_t>(shown), " or "));
}

Config KeyCheck::corrected(const Config& map, const std::vector<std::string>& names)
{
    Config result = map;
    result.items.clear();
    for (const Config& item : map.items) {
        Config copy = item;
        if (std::ranges::find(names, item.key) == names.end()) {
            diagnostics_.add(item.key_error(
                fmt::format("unknown key '{}'{}{}", item.key, where_else(item.key), suggestion(item.key, names))));
            copy.key = nearest(item.key, names);
            if (copy.key.empty() || map.find(copy.key) != nullptr || result.find(copy.key) != nullptr)
                continue;
        }
        result.items.push_back(std::move(copy));
    }
    return result;
}

Config KeyCheck::checked_below(Config map, std::span<const Option> options)
{
    for (Config& item : map.items) {
        const auto option = std::ranges::find(options, item.key, &Option::name);
        if (option == options.end() || option->type != OptionType::component)
            continue;
        if (!option->list)
            item = component(item, *option->kind);
        else if (item.type == Config::Type::list)
            for (Config& element : item.items)
                element = component(element, *option->kind);
    }
    check_map(map, options, diagnostics_);
    return map;
}

Config KeyCheck::top_level(const Config& root)
{
    const std::span<const std::string> keys = experiment_keys();
    Config top = corrected(root, {keys.begin(), keys.end()});
    list_what_stands_alone(top, experiment_options());
    std::vector<Config> sections;
    for (const Config& item : top.items)
        if (experiment_section(item.key) != nullptr)
            sections.push_back(item);
    std::erase_if(top.items, [](const Config& item) { return experiment_section(item.key) != nullptr; });
    top = checked_below(std::move(top), experiment_options());
    std::ranges::move(sections, std::back_inserter(top.items));
    return top;
}

std::optional<Config> KeyCheck::section(const Config& map, std::span<const Option> options)
{
    if (map.type != Config::Type::map) {
        diagnostics_.add(map.error(fmt::format("must be a map; allowed: {}", fmt::join(names_of(options), ", "))));
        return std::nullopt;
    }
    Config right = corrected(map, names_of(options));
    list_what_stands_alone(right, options);
    const std::size_t before = diagnostics_.errors.size();
    check_map(right, options, diagnostics_);
    const bool complete = right.items.size() == map.items.size();
    return complete && diagnostics_.errors.size() == before ? std::optional(std::move(right)) : std::nullopt;
}

Config KeyCheck::component(const Config& config, Kind kind)
{
    if (config.type != Config::Type::map)
        return config;
    Config c = config;
    if (c.find("use") == nullptr) {
        // Without its name nothing is known of it, so a misspelt `use` is looked for first.
        const auto meant = std::ranges::find_if(c.items, [&](const Config& item) {
            return item.type == Config::Type::scalar && !nearest(item.key, {"use"}).empty() && !is_option(item.key);
        });
        if (meant == c.items.end())
            return c;
        diagnostics_.add(
            meant->key_error(fmt::format("unknown key '{}'{}", meant->key, suggestion(meant->key, {"use"}))));
        meant->key = "use";
    }
    Config& use = *std::ranges::find(c.items, "use", &Config::key);
    const CatalogComponent* found = nullptr;
    if (use.type != Config::Type::scalar)
        diagnostics_.add(use.error(fmt::format("must be the name of {}", with_article(kind))));
    else if (found = catalog_.find(kind, use.scalar);
             found == nullptr && catalog_.refused(kind, use.scalar) == nullptr) {
        found = meant(c, kind);
        if (found != nullptr || catalog_.refused_unread().empty())  // else it is a refusal, when it is to be made
            unknown_component(use, kind);
    }
    if (found == nullptr)
        return c;
    use.scalar = found->info.name;
    std::vector<std::string> names = names_of(found->info.options);
    names.insert(names.begin(), "use");
    return checked_below(corrected(c, names), found->info.options);
}

const CatalogComponent* KeyCheck::meant(const Config& component, Kind kind) const
{
    const std::string near = nearest(component.find("use")->scalar, catalog_.names(kind));
    const CatalogComponent* found = near.empty() ? nullptr : catalog_.find(kind, near);
    if (found == nullptr)
        return nullptr;
    std::vector<std::string> names = names_of(found->info.options);
    names.emplace_back("use");
    const auto named = [&](const Config& item) { return nearest(item.key, names); };
    const bool known = std::ranges::none_of(component.items, [&](const Config& i) { return named(i).empty(); });
    const bool complete = std::ranges::all_of(found->info.options, [&](const Option& option) {
        return !option.required || std::ranges::find(component.items, option.name, named) != component.items.end();
    });
    return known && complete ? found : nullptr;
}

bool KeyCheck::is_option(const std::string& key) const
{
    return std::ranges::any_of(catalog_.components(), [&](const CatalogComponent& c) {
        return std::ranges::find(c.info.options, key, &Option::name) != c.info.options.end();
    });
}

void KeyCheck::unknown_component(const Config& use, Kind kind)
{
    std::string sentence =
        fmt::format("there is no {} '{}'", with_article(kind).substr(with_article(kind).find(' ') + 1), use.scalar);
    for (const Kind other : kKinds)
        if (const CatalogComponent* found = catalog_.find(other, use.scalar); found != nullptr && other != kind) {
            sentence =
                fmt::format("'{}' is {}, not {}", use.scalar, with_article(found->info.kind), with_article(kind));
            break;
        }
    const std::vector<std::string> names = catalog_.names(kind);
    if (names.empty())
        sentence += "; no plug-in that was found has one";
    else
        sentence += suggestion(use.scalar, names);
    if (nearest(use.scalar, names).empty()) {
        std::string folders;
        for (const std::filesystem::path& folder : catalog_.search_path())
            folders += (folders.empty() ? "" : ", ") + folder.string();
        sentence += "; plug-ins were searched in " + folders;
    }
    if (const std::string refused = catalog_.refused_unread(); !refused.empty())
        sentence += "; " + refused;
    diagnostics_.add(use.error(sentence));
}

}  // namespace espalier::host
