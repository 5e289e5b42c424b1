// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "host/plugins/stamp.hpp"
#include "plugin_file/manifest.hpp"

namespace espalier::host {
namespace {

/// Name, type, default, what is allowed, the paper's symbol, help.
using Row = std::array<std::string, 6>;

std::string type_text(const Option& option)
{
    const std::string type(option.kind ? name(*option.kind) : name(option.type));
    return option.list ? "list of " + type : type;
}

std::string allowed_text(const Option& option)
{
    if (!option.allowed.empty()) {
        std::string text;
        for (const std::string& word : option.allowed)
            text += (text.empty() ? "" : ", ") + word;
        return text;
    }
    const bool low = std::isfinite(option.minimum), high = std::isfinite(option.maximum);
    if (low && high)
        return fmt::format("{} to {}", option.minimum, option.maximum);
    if (low)
        return fmt::format(">= {}", option.minimum);
    return high ? fmt::format("<= {}", option.maximum) : "";
}

Row row(const Option& option)
{
    return {option.name,          type_text(option),   option.required ? "required" : option.preset,
            allowed_text(option), option.paper_symbol, option.help};
}

std::string option_table(const ComponentInfo& component)
{
    if (component.options.empty())
        return "  no options\n";
    std::vector<Row> rows{{"option", "type", "default", "allowed", "symbol", "meaning"}};
    for (const Option& option : component.options)
        rows.push_back(row(option));
    std::string text;
    for (const Row& cells : rows) {
        std::string line = " ";
        for (std::size_t column = 0; column < cells.size(); ++column) {
            std::size_t width = 0;
            for (const Row& other : rows)
                width = std::max(width, other[column].size());
            const bool empty_column =
                std::ranges::all_of(rows.begin() + 1, rows.end(), [&](const Row& r) { return r[column].empty(); });
            if (!empty_column)
                line += fmt::format(" {:<{}} ", cells[column], width);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string component_text(const CatalogComponent& component)
{
    return fmt::format("{} {} (plug-in {})\n  {}\n{}", name(component.info.kind), component.info.name, component.plugin,
                       component.info.help, option_table(component.info));
}

std::string component_lines(std::span<const CatalogComponent> components, std::string_view plugin)
{
    std::string text;
    for (const CatalogComponent& component : components) {
        if (component.plugin == plugin)
            text += fmt::format("  {:<10}  {:<18}  {}\n", name(component.info.kind), component.info.name,
                                component.info.help);
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

std::string in_a_cell(std::string text)
{
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2)
        text.insert(at, 1, '\\');
    return text;
}

std::string in_code(const std::string& text)
{
    return text.empty() ? "" : "`" + in_a_cell(text) + "`";
}

}  // namespace

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
    std::vector<std::string> names;
    for (const CatalogPlugin& plugin : catalog.plugins())
        names.push_back(plugin.name);
    for (const CatalogComponent& component : catalog.components())
        names.push_back(component.info.name);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    throw Error(fmt::format("no plug-in and no component is named '{}'{}; searched in\n{}", name,
                            suggestion(name, names), searched(catalog)));
}

PluginVerdict plugin_verdict(const std::filesystem::path& library)
{
    const CheckedPlugin checked = check_plugin(library);
    const CatalogPlugin& plugin = checked.plugin;
    if (!plugin.refusal.empty())
        return {false, plugin.refusal + "\n"};
    std::string text = fmt::format("{}: good: plug-in {} {}, ABI {}\n  stamp       {}\n", plugin.library.string(),
                                   plugin.name, plugin.version, plugin.abi, plugin.stamp);
    for (const ComponentInfo& component : checked.components)
        text += fmt::format("  {:<10}  {:<18}  {}\n", name(component.kind), component.name, component.help);
    const std::string write_it = "espalier-manifest " + plugin.library.string();
    std::error_code ignored;
    if (!std::filesystem::exists(manifest_path(plugin.library), ignored))
        text += "  without a manifest it is opened at every start of the command; write one with: " + write_it + "\n";
    return {true, std::move(text)};
}

std::string option_table_markdown(const ComponentInfo& component)
{
    if (component.options.empty())
        return "No options.\n";
    std::string text =
        "| option | type | default | allowed | symbol | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
    for (const Option& option : component.options) {
        const Row cells = row(option);
        text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", cells[0], cells[1],
                            option.required ? "required" : in_code(cells[2]), in_a_cell(cells[3]), in_a_cell(cells[4]),
                            in_a_cell(cells[5]));
    }
    return text;
}

}  // namespace espalier::host
