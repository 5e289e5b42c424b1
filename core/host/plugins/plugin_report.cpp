// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_report.hpp"

#include <cmath>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "host/plugins/stamp.hpp"
#include "plugin_file/manifest.hpp"

namespace espalier::host {
namespace {

std::string type_text(const Option& option)
{
    const std::string type(option.kind ? name(*option.kind) : name(option.type));
    return option.list ? "list of " + type : type;
}

std::string allowed_text(const Option& option)
{
    if (!option.allowed.empty())
        return fmt::format("{}", fmt::join(option.allowed, ", "));
    const bool low = std::isfinite(option.minimum), high = std::isfinite(option.maximum);
    if (low && high)
        return fmt::format("{} to {}", option.minimum, option.maximum);
    if (low)
        return fmt::format(">= {}", option.minimum);
    return high ? fmt::format("<= {}", option.maximum) : "";
}

/// Aligned below the component, without the columns that none of its options needs.
std::string option_lines(const ComponentInfo& component)
{
    if (component.options.empty())
        return "  no options\n";
    report::Table table = option_table(component.options);
    for (const char* column : {"default", "allowed", "symbol", "meaning"})
        report::drop_if_empty(table, column);
    std::istringstream lines(report::to_text(table, report::Format::table));
    std::string text;
    for (std::string line; std::getline(lines, line);)
        text += "  " + line + "\n";
    return text;
}

/// What stands for a value that the user must give.
std::string stand_in(const Option& option)
{
    const std::string one = option.type == OptionType::component ? "{use: ...}"
                            : option.allowed.empty()             ? "..."
                                                                 : option.allowed.front();
    return option.list ? "[" + one + "]" : one;
}

/// As an experiment names the component, with the options that it needs.
std::string example(const ComponentInfo& component)
{
    std::string map = "{use: " + component.name;
    for (const Option& option : component.options)
        if (option.required)
            map += fmt::format(", {}: {}", option.name, stand_in(option));
    map += "}";
    return component.kind == Kind::cost_model ? "costs: [" + map + "]"
                                              : fmt::format("{}: {}", name(component.kind), map);
}

std::string component_text(const CatalogComponent& component)
{
    return fmt::format("{} {} (plug-in {})\n  {}\n{}  for example  {}\n", name(component.info.kind),
                       component.info.name, component.plugin, component.info.help, option_lines(component.info),
                       example(component.info));
}

std::string component_line(const ComponentInfo& component)
{
    return fmt::format("  {:<10}  {:<18}  {}\n", name(component.kind), component.name, component.help);
}

std::string component_lines(std::span<const CatalogComponent> components, std::string_view plugin)
{
    std::string text;
    for (const CatalogComponent& component : components) {
        if (component.plugin == plugin)
            text += component_line(component.info);
    }
    return text;
}

std::string plugin_text(const Catalog& catalog, const CatalogPlugin& plugin)
{
    if (!plugin.refusal.empty())
        return fmt::format("plug-in {} is refused\n  {}\n", plugin.name, plugin.refusal);
    return fmt::format("plug-in {} {}\n  library     {}\n  build       {}\n  stamp       {}\n{}", plugin.name,
                       plugin.version, plugin.library.string(), plugin.build, plugin.stamp,
                       component_lines(catalog.components(), plugin.name));
}

std::string searched(const Catalog& catalog)
{
    std::string text;
    for (const std::filesystem::path& folder : catalog.search_path())
        text += "  " + folder.string() + "\n";
    return text;
}

}  // namespace

report::Table option_table(std::span<const Option> options)
{
    report::Table table{{"option", "type", "default", "allowed", "symbol", "meaning"}, {}};
    for (const Option& option : options)
        table.rows.push_back({option.name, type_text(option), option.required ? "required" : option.preset,
                              allowed_text(option), option.paper_symbol, option.help});
    return table;
}

std::string plugin_list(const Catalog& catalog)
{
    std::string text, refused;
    for (const CatalogPlugin& plugin : catalog.plugins()) {
        if (plugin.refusal.empty())
            text += fmt::format("{} {}\n{}", plugin.name, plugin.version,
                                component_lines(catalog.components(), plugin.name));
        else
            refused += "  " + plugin.refusal + "\n";
    }
    if (text.empty())
        text = "no plug-ins; searched in\n" + searched(catalog);
    return refused.empty() ? text : text + "\nrefused\n" + refused;
}

std::string plugin_details(const Catalog& catalog, std::string_view name)
{
    std::string text;
    for (const CatalogPlugin& plugin : catalog.plugins()) {
        if (plugin.name == name)
            text += plugin_text(catalog, plugin);
    }
    for (const CatalogComponent& component : catalog.components()) {
        if (component.info.name == name)
            text += (text.empty() ? "" : "\n") + component_text(component);
    }
    if (!text.empty())
        return text;
    std::set<std::string> names;
    for (const CatalogPlugin& plugin : catalog.plugins())
        names.insert(plugin.name);
    for (const CatalogComponent& component : catalog.components())
        names.insert(component.info.name);
    throw Error(fmt::format("no plug-in and no component is named '{}'{}; searched in\n{}", name,
                            suggestion(name, {names.begin(), names.end()}), searched(catalog)));
}

std::string plugin_verdict(const CheckedPlugin& checked)
{
    const CatalogPlugin& plugin = checked.plugin;
    if (!plugin.refusal.empty())
        return plugin.refusal + "\n";
    std::string text = fmt::format("{}: good: plug-in {} {}, ABI {}\n  stamp       {}\n", plugin.library.string(),
                                   plugin.name, plugin.version, plugin.abi, plugin.stamp);
    for (const ComponentInfo& component : checked.components)
        text += component_line(component);
    const std::string write_it = "espalier-manifest " + plugin.library.string();
    std::error_code ignored;
    if (!std::filesystem::exists(manifest_path(plugin.library), ignored))
        text += "  without a manifest it is opened at every start of the command; write one with: " + write_it + "\n";
    return text;
}

}  // namespace espalier::host
