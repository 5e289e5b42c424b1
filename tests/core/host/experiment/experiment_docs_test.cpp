// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md has the option tables between <!-- options:NAME --> and <!-- end -->, several components with
// much in common in one: <!-- options:NAME NAME -->. ESPALIER_UPDATE_GOLDEN=1 writes them anew.
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "catch.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "shipped_configs.hpp"
#include "toys/option_table.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

const std::string kBegin = "<!-- options:", kEnd = "<!-- end -->";

std::string component_name(const ComponentInfo& info)
{
    return std::string(name(info.kind)) + "." + info.name;
}

using Tables = std::map<std::string, std::string>;

/// Table by its name in a marker.
Tables tables(const Catalog& catalog)
{
    Tables all{{"experiment", documented(experiment_options())}};
    for (const Section& section : experiment_sections())
        all[section.name] = documented(section.options);
    for (const CatalogComponent& component : catalog.components())
        all[component_name(component.info)] = documented(component.info.options);
    return all;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// The names in a line that is a marker, none in others.
std::vector<std::string> marked(const std::string& line)
{
    std::vector<std::string> names;
    if (line.starts_with(kBegin)) {
        std::istringstream words(line.substr(kBegin.size()));
        for (std::string word; words >> word && word != "-->";)
            names.push_back(word);
    }
    return names;
}

/// One table of all rows, the last column telling whose a row is unless it is everybody's.
std::string merged(const std::vector<std::string>& names, const Tables& tables)
{
    struct Line {
        std::string text;
        std::vector<std::string> of;
    };
    std::vector<Line> all;
    for (const std::string& name : names) {
        auto behind = all.begin();
        for (const std::string& text : lines_of(tables.at(name))) {
            behind = std::ranges::find(all, text, &Line::text) != all.end() ? std::ranges::find(all, text, &Line::text)
                                                                            : all.insert(behind, {text, {}});
            behind->of.push_back("`" + name.substr(name.find('.') + 1) + "`");
            ++behind;
        }
    }
    std::string table;
    for (std::size_t i = 0; i < all.size(); ++i)
        table += all[i].text +
                 (i == 0                             ? " of |"
                  : i == 1                           ? " --- |"
                  : all[i].of.size() == names.size() ? "  |"
                                                     : fmt::format(" {} |", fmt::join(all[i].of, ", "))) +
                 "\n";
    return table;
}

/// The page with every table that is known written anew; others (of a build with LibTorch) stay.
std::string regenerated(const std::string& page, const Tables& tables)
{
    std::string result;
    bool skipping = false;
    for (const std::string& line : lines_of(page)) {
        if (skipping && line != kEnd)
            continue;
        result += line + "\n";
        const std::vector<std::string> names = marked(line);
        skipping = !names.empty() &&
                   std::ranges::all_of(names, [&](const std::string& name) { return tables.contains(name); });
        if (skipping)
            result += "\n" + (names.size() == 1 ? tables.at(names[0]) : merged(names, tables)) + "\n";
    }
    return result;
}

/// The components with a table, in the order of the page; the first where a table is of several.
std::vector<std::string> components_on(const std::string& page)
{
    std::vector<std::string> first;
    for (const std::string& line : lines_of(page))
        if (const std::vector<std::string> names = marked(line);
            !names.empty() && names[0].find('.') != std::string::npos)
            first.push_back(names[0]);
    return first;
}

/// Kinds in their order, names by the alphabet.
std::pair<std::size_t, std::string> rank(const std::string& component)
{
    constexpr Kind kKinds[] = {Kind::data,      Kind::space,  Kind::cost_model,
                               Kind::evaluator, Kind::reward, Kind::strategy};
    const auto kind =
        std::ranges::find(kKinds, component.substr(0, component.find('.')), [](Kind k) { return name(k); });
    return {static_cast<std::size_t>(kind - std::begin(kKinds)), component};
}

std::string section_for(const CatalogComponent& component)
{
    return "\n### `" + component.info.name + "` (plug-in `" + component.plugin + "`)\n\n" + component.info.help +
           "\n\n" + kBegin + component_name(component.info) + " -->\n" + kEnd + "\n";
}

}  // namespace

TEST_CASE("the option tables of docs/configuration.md are those of the code")
{
    const std::filesystem::path file = std::filesystem::path(ESPALIER_SOURCE_DIR) / "docs/configuration.md";
    const ShippedConfigs shipped;
    std::string page = shipped.text(file);
    REQUIRE_FALSE(page.empty());
    const bool update = std::getenv("ESPALIER_UPDATE_GOLDEN") != nullptr;
    std::set<std::string> told;
    for (const std::string& line : lines_of(page))
        for (const std::string& name : marked(line))
            CHECK(told.insert(name).second);
    for (const CatalogComponent& component : shipped.catalog().components()) {
        const bool there = told.contains(component_name(component.info));
        if (!there && update)
            page += section_for(component);
        else if (!there)
            FAIL_CHECK("docs/configuration.md has no table of " << component_name(component.info)
                                                                << "; ESPALIER_UPDATE_GOLDEN=1 appends one");
        CHECK_THAT(page, ContainsSubstring(component.info.help));
    }
    CHECK(std::ranges::is_sorted(components_on(page), {}, rank));
    const std::string expected = regenerated(page, tables(shipped.catalog()));
    if (update)
        std::ofstream(file) << expected;
    else
        CHECK(page == expected);
}
