// SPDX-License-Identifier: Apache-2.0
// docs/cost_models.md has a table between <!-- models and spaces --> and <!-- end -->: what each cost model of this
// build prices in each space. ESPALIER_UPDATE_GOLDEN=1 writes it anew; rows of cost models of other builds stay.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "espalier/layer_groups.hpp"
#include "espalier/report/table.hpp"

#include "catch.hpp"
#include "host/price/cost_breakdown.hpp"
#include "shipped_configs.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// The options that a cost model cannot be without; tables are those of `RowsAskedFor`.
const std::map<std::string, std::string> kLeastOptions{
    {"additive", "file: options.csv, column: cost_ms"},
    {"blackbox", "of: {use: systolic}"},
    {"command", "script: '" ESPALIER_SOURCE_DIR "/examples/command/latency.py', network: layers"},
    {"composite", "of: [{use: macs}], as: cost"},
    {"device_profile", "device: cpu"},
    {"layer_table", "file: groups.csv, column: cost_ms, as: cost_ms"},
    {"lookup", "file: blocks.csv, column: cost_ms"},
    {"measured", "repetitions: 3, relative_error: 1, max_seconds: 0.01"},  // it could be without: this is quick
    {"predicted", "of: {use: macs}, samples: 10"},
    {"table", "file: architectures.csv, column: cost_ms"},
};

/// Tables with everything that can be known beforehand, and the rows that cost models ask for, told by their reasons.
class RowsAskedFor {
public:
    RowsAskedFor(const SearchSpace& space, std::span<const Architecture> architectures, const TemporaryFolder& folder)
        : folder_{folder}
    {
        report::Table options{{"decision", "option", "cost_ms"}, {}};
        for (std::size_t d = 0; d < space.decisions().size(); ++d)
            for (const std::string& option : space.decisions()[d].options)
                options.rows.push_back({std::uint64_t{d + 1}, option, 1.5});
        write("options.csv", options);
        report::Table table{{"arch", "cost_ms"}, {}};
        for (const Architecture& a : architectures)
            table.rows.push_back({space.text(a), 1.5});
        write("architectures.csv", table);
        std::set<std::string> keys;
        for (const Architecture& a : architectures)
            for (const LayerGroup& group : layer_groups(space.network(Region(a))))
                keys.insert(group.key);
        report::Table groups{{"group", "cost_ms"}, {}};
        for (const std::string& key : keys)
            groups.rows.push_back({key, 1.5});
        write("groups.csv", groups);
        std::vector<report::Cell>& none = blocks_.rows.emplace_back(blocks_.columns.size(), std::string("0"));
        none[0] = std::string("no layer");
        write("blocks.csv", blocks_);
    }

    /// Whether the reason asks for a row, which is there now.
    bool add(const std::string& reason)
    {
        std::smatch asked;
        if (!std::regex_search(reason, asked, std::regex("no row for '[^']*', an? (inverted|single).* with ([^;]*)")))
            return false;
        std::map<std::string, std::string> fields{{"cost_ms", "1.5"},
                                                  {"layer", asked[1] == "inverted" ? "expanded_conv" : "layer"}};
        std::istringstream words(asked[2]);
        for (std::string field, number; words >> field >> number;)
            fields[field] = number;
        std::vector<report::Cell>& row = blocks_.rows.emplace_back();
        for (const std::string& column : blocks_.columns)
            row.emplace_back(fields[column]);
        write("blocks.csv", blocks_);
        return true;
    }

private:
    void write(const std::string& file, const report::Table& table) const
    {
        folder_.write(file, to_text(table, report::Format::csv));
    }

    const TemporaryFolder& folder_;
    report::Table blocks_{{"layer", "in_side_px", "in_channels", "out_side_px", "out_channels", "stride",
                           "identity_skip", "squeeze_excite", "h_swish", "kernel", "expanded_channels", "cost_ms"},
                          {}};
};

/// One space with a few of its architectures.
class ServedSpace {
public:
    ServedSpace(const Catalog& catalog, PluginHost& plugins, std::string name)
        : catalog_{catalog}, plugins_{plugins}, name_{std::move(name)}
    {
        space_ = plugins.make<SearchSpace>(parse_config("{use: " + name_ + "}"), plugins.setup());
        Rng rng(1, name_);
        const Region all(space_->decisions());
        for (int i = 0; i < 3; ++i)
            architectures_.push_back(random_architecture(all, rng));
    }

    /// "yes", "yes, blocks", "yes, decisions" or why not. @param layers gets the metrics that are offered for single
    /// layers.
    std::string served_by(const std::string& model, std::set<std::string>& layers)
    {
        const TemporaryFolder folder;
        RowsAskedFor rows(*space_, architectures_, folder);
        try {
            std::vector<CostBreakdown> all = priced(model, folder, layers);
            const auto asks_for_more = [&rows](const CostBreakdown& one) {
                return std::ranges::any_of(one.notes, [&rows](const std::string& note) { return rows.add(note); });
            };
            while (std::ranges::any_of(all, asks_for_more))
                all = priced(model, folder, layers);
            for (const CostBreakdown& one : all)
                if (one.failed)
                    return "no: " + one.notes.front().substr(one.notes.front().find("': ") + 3);
            if (!all.front().decisions.empty())
                return "yes, decisions";
            return std::ranges::any_of(all, [](const CostBreakdown& one) { return one.metrics.front().parts.empty(); })
                       ? "yes"
                       : "yes, blocks";
        } catch (const Error& error) {
            return std::string("no: ") + error.what();
        }
    }

private:
    std::vector<CostBreakdown> priced(const std::string& model, const TemporaryFolder& folder,
                                      std::set<std::string>& layers)
    {
        const auto options = kLeastOptions.find(model);
        const std::string evaluator = model == "params" ? "macs" : "params";
        Diagnostics diagnostics;
        const Experiment experiment =
            parse_experiment("space: {use: " + name_ + "}\ncosts: [{use: " + model +
                                 (options == kLeastOptions.end() ? "" : ", " + options->second) +
                                 "}]\nevaluator: {use: " + evaluator + "}\nobjectives: [{metric: " + evaluator +
                                 ", goal: min}]\nstrategy: {use: random}\n"
                                 "budget: {evaluations: 1}\n",
                             folder / "e.yaml", {}, catalog_, diagnostics);
        diagnostics.throw_if_any();
        const Components parts = assemble(experiment, plugins_, diagnostics);
        diagnostics.throw_if_any();
        for (const std::string& metric : parts.costs[0]->metrics())
            if (parts.costs[0]->layers(metric) != nullptr)
                layers.insert("`" + metric + "`");
        Observer nobody;
        const std::atomic<bool> stop = false;
        std::span<const Architecture> asked = architectures_;
        if (parts.costs[0]->measures())
            asked = asked.first(1);  // each block takes time
        return cost_breakdowns(experiment, parts, asked, block_parts, nobody, stop);
    }

    const Catalog& catalog_;
    PluginHost& plugins_;
    std::string name_;
    std::unique_ptr<SearchSpace> space_;
    std::vector<Architecture> architectures_;
};

std::set<std::string> components_of(const Catalog& catalog, Kind kind)
{
    std::set<std::string> names;
    for (const CatalogComponent& component : catalog.components())
        if (component.info.kind == kind)
            names.insert(component.info.name);
    return names;
}

/// The rows of the table on the page, by the names of their cost models.
std::map<std::string, std::string> rows_by_model(const std::string& table)
{
    std::map<std::string, std::string> rows;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);)
        if (const std::size_t name = 3; line.starts_with("| `"))
            rows[line.substr(name, line.find('`', name) - name)] = line;
    return rows;
}

}  // namespace

TEST_CASE("docs/cost_models.md says what each cost model prices in each space")
{
    const std::string begin_mark = "<!-- models and spaces -->\n", end_mark = "<!-- end -->";
    const std::filesystem::path file = std::filesystem::path(ESPALIER_SOURCE_DIR) / "docs/cost_models.md";
    const ShippedConfigs shipped;
    PluginHost plugins(shipped.catalog());
    const std::string page = shipped.text(file);
    const std::size_t begin = page.find(begin_mark) + begin_mark.size(), end = page.find(end_mark, begin);
    REQUIRE(page.find(begin_mark) != std::string::npos);
    REQUIRE(end != std::string::npos);

    std::map<std::string, ServedSpace> spaces;
    std::string table = "\n| cost model |", line = "| --- |";
    for (const std::string& name : components_of(shipped.catalog(), Kind::space)) {
        spaces.try_emplace(name, shipped.catalog(), plugins, name);
        table += " `" + name + "` |";
        line += " --- |";
    }
    table += " layers |\n" + line + " --- |\n";
    std::map<std::string, std::string> rows = rows_by_model(page.substr(begin, end - begin));
    for (const std::string& model : components_of(shipped.catalog(), Kind::cost_model)) {
        std::set<std::string> layers;
        std::string& row = rows[model];
        row = "| `" + model + "` |";
        for (auto& [name, space] : spaces)
            row += " " + space.served_by(model, layers) + " |";
        row += fmt::format(" {} |", fmt::join(layers, ", "));
    }
    for (const auto& [model, row] : rows)
        table += row + "\n";
    const std::string expected = page.substr(0, begin) + table + "\n" + page.substr(end);
    if (std::getenv("ESPALIER_UPDATE_GOLDEN") != nullptr)
        std::ofstream(file) << expected;
    else
        CHECK(page == expected);
}
