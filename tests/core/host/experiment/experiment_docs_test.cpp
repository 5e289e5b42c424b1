// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md has the option tables between <!-- options:NAME --> and <!-- end -->. ESPALIER_UPDATE_GOLDEN=1
// writes them anew.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "catch.hpp"
#include "host/experiment/sections.hpp"
#include "host/plugins/plugin_report.hpp"
#include "shipped_configs.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

const std::string kBegin = "<!-- options:", kEnd = "<!-- end -->";

std::string table_of(std::span<const Option> options)
{
    ComponentInfo info;
    info.options.assign(options.begin(), options.end());
    return option_table_markdown(info);
}

std::string component_name(const ComponentInfo& info)
{
    return std::string(name(info.kind)) + "." + info.name;
}

/// Table by the name in its marker.
std::map<std::string, std::string> tables(const Catalog& catalog)
{
    std::map<std::string, std::string> all{{"experiment", table_of(experiment_options())}};
    for (const Section& section : experiment_sections())
        all[section.name] = table_of(section.options);
    for (const CatalogComponent& component : catalog.components())
        all[component_name(component.info)] = option_table_markdown(component.info);
    return all;
}

/// The page with every table that is known written anew; others (of a build with LibTorch) stay.
std::string regenerated(const std::string& page, std::map<std::string, std::string> tables)
{
    std::istringstream lines(page);
    std::string result;
    bool skipping = false;
    for (std::string line; std::getline(lines, line);) {
        if (skipping && line != kEnd)
            continue;
        skipping = false;
        result += line + "\n";
        if (!line.starts_with(kBegin))
            continue;
        const std::string name = line.substr(kBegin.size(), line.find(' ', kBegin.size()) - kBegin.size());
        if (const auto table = tables.find(name); table != tables.end()) {
            result += "\n" + table->second + "\n";
            tables.erase(table);
            skipping = true;
        }
    }
    return result;
}

std::string section_for(const CatalogComponent& component)
{
    return "\n### `" + component.info.name + "` (" + std::string(name(component.info.kind)) + ", plug-in `" +
           component.plugin + "`)\n\n" + component.info.help + "\n\n" + kBegin + component_name(component.info) +
           " -->\n" + kEnd + "\n";
}

}  // namespace

TEST_CASE("the option tables of docs/configuration.md are those of the code")
{
    const std::filesystem::path file = std::filesystem::path(ESPALIER_SOURCE_DIR) / "docs/configuration.md";
    const ShippedConfigs shipped;
    std::string page = shipped.text(file);
    REQUIRE_FALSE(page.empty());
    const bool update = std::getenv("ESPALIER_UPDATE_GOLDEN") != nullptr;
    for (const CatalogComponent& component : shipped.catalog().components()) {
        if (page.find(kBegin + component_name(component.info) + " ") != std::string::npos)
            continue;
        if (update)
            page += section_for(component);
        else
            FAIL_CHECK("docs/configuration.md has no table of " << component_name(component.info)
                                                                << "; ESPALIER_UPDATE_GOLDEN=1 appends one");
    }
    const std::string expected = regenerated(page, tables(shipped.catalog()));
    if (update)
        std::ofstream(file) << expected;
    else
        CHECK(page == expected);
}
