// SPDX-License-Identifier: Apache-2.0
#include "host/price/inspection.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "espalier/counts.hpp"
#include "espalier/model_folder/tensor_file.hpp"
#include "espalier/rng.hpp"
#include "espalier/weight_shapes.hpp"
#include "espalier/window.hpp"

namespace espalier::host {
namespace {

using report::Cell;
using Row = Inspection::Row;

std::string in_short(const Layer& layer)
{
    if (layer.op() != Op::conv)
        return layer.spec().name;
    const Window looked_at = window(layer);
    const std::int64_t apart = groups(layer);
    std::string text = apart == 1 ? "" : apart == layer.input_shape()[0] ? "dw " : fmt::format("{} groups ", apart);
    text += fmt::format("{}x{}", looked_at.kernel[0], looked_at.kernel[1]);
    if (looked_at.stride != std::array<std::int64_t, 2>{1, 1})
        text += fmt::format("/{}", looked_at.stride[0]);
    return text;
}

/// "layer1.SEP_3" of "layer1.SEP_3.a.depthwise" and "layer1.SEP_3.b.bn"; where they have nothing in common, the first
/// word of each: "head, classifier".
std::string common_name(const Network& network)
{
    std::string common;
    std::vector<std::string> words;
    bool any = false;
    for (const Layer layer : network) {
        const std::string& name = layer.spec().weights;
        if (name.empty())
            continue;
        if (const std::string word = name.substr(0, name.find('.')); std::ranges::find(words, word) == words.end())
            words.push_back(word);
        if (!any)
            common = name;
        any = true;
        while (!common.empty() && name != common && !name.starts_with(common + "."))
            common.erase(common.find('.') == std::string::npos ? 0 : common.rfind('.'));
    }
    return common.empty() ? fmt::format("{}", fmt::join(words, ", ")) : common;
}

bool computes(const Layer& layer)
{
    return !layer.inputs().empty();
}

void describe(Row& row, const Network& network)
{
    std::vector<std::string> counted, all;
    std::vector<std::string> inputs;
    for (const Layer layer : network) {
        if (!computes(layer)) {
            inputs.push_back(to_string(layer.shape()));
            continue;
        }
        all.push_back(in_short(layer));
        if (macs(layer) > 0)
            counted.push_back(all.back());
    }
    row.weights = common_name(network);
    row.layers = fmt::format("{}", fmt::join(counted.empty() ? all : counted, ", "));
    row.input = fmt::format("{}", fmt::join(inputs, " "));
    row.output = to_string(network.output().shape());
    row.params = params(network);
    row.macs = macs(network);
}

std::string checksum_of(const Network& network, std::span<const StoredTensor> tensors)
{
    std::set<std::string> names;
    for (const NamedWeights& weights : weight_shapes(network))
        for (const WeightShape& tensor : weights.tensors)
            names.insert(weights.name + "." + tensor.name);
    std::vector<StoredTensor> own;
    std::ranges::copy_if(tensors, std::back_inserter(own),
                         [&](const StoredTensor& tensor) { return names.contains(tensor.name); });
    return own.empty() ? "" : tensor_checksum(own);
}

Cell cell(const std::optional<double>& value)
{
    return value ? report::if_defined(*value) : Cell{};
}

}  // namespace

bool Inspection::has(std::string_view metric) const
{
    return std::ranges::find(metrics, metric) != metrics.end();
}

std::string tensor_checksum(std::span<const StoredTensor> tensors)
{
    std::uint64_t sum = stable_hash("");
    for (const StoredTensor& tensor : tensors)
        sum = stable_hash(
            tensor.bytes,
            stable_hash(fmt::format("\n{} {} {}\n", tensor.name, tensor.type, fmt::join(tensor.extents, "x")), sum));
    return hexadecimal(sum);
}

Inspection inspection(std::string name, const CostBreakdown& breakdown, std::span<const StoredTensor> tensors)
{
    Inspection inspection{std::move(name), {}, {}};
    for (const CostBreakdown::Metric& metric : breakdown.metrics)
        inspection.metrics.push_back(metric.name);
    const auto add = [&](const std::string& part, const auto& cost) -> Row& {
        Row& row = inspection.rows.emplace_back();
        row.part = part;
        for (const CostBreakdown::Metric& metric : breakdown.metrics)
            row.costs.push_back(cost(metric));
        return row;
    };
    using Metric = CostBreakdown::Metric;
    const auto one_of = [](const std::vector<double>& values, std::size_t i) {
        return values.empty() ? std::nullopt : std::optional(values[i]);
    };
    for (std::size_t p = 0; p < breakdown.parts.size(); ++p) {
        const NetworkPart& part = breakdown.parts[p];
        if (part.network.size() == 0)
            continue;
        Row& row = add(part.name, [&](const Metric& metric) { return one_of(metric.parts, p); });
        describe(row, part.network);
        row.checksum = checksum_of(part.network, tensors);
    }
    for (std::size_t d = 0; d < breakdown.decisions.size(); ++d)
        add(breakdown.decisions[d], [&](const Metric& metric) { return one_of(metric.decisions, d); });
    if (!breakdown.metrics.empty())
        add("sum", [](const Metric& metric) {
            const bool any = !metric.parts.empty() || !metric.decisions.empty();
            return any ? std::optional(metric.sum) : std::nullopt;
        });
    Row& total = add("total", [](const Metric& metric) { return metric.total; });
    if (breakdown.network.size() > 0)
        describe(total, breakdown.network);
    total.weights = total.layers = "";
    if (!tensors.empty())
        total.checksum = tensor_checksum(tensors);
    return inspection;
}

report::Table inspection_table(std::span<const Inspection> inspections)
{
    const bool several = inspections.size() > 1;
    const Inspection& first = inspections.front();
    report::Table table;
    if (several)
        table.columns.emplace_back("winner");
    for (const char* column : {"part", "weights", "layers", "input", "output"})
        table.columns.emplace_back(column);
    const bool params = !first.has("params"), macs = !first.has("macs");  // a cost's own column says as much
    if (params)
        table.columns.emplace_back("params");
    if (macs)
        table.columns.emplace_back("macs");
    table.columns.insert(table.columns.end(), first.metrics.begin(), first.metrics.end());
    table.columns.emplace_back("checksum");
    for (const Inspection& inspection : inspections)
        for (const Row& row : inspection.rows) {
            std::vector<Cell>& cells = table.rows.emplace_back();
            if (several)
                cells.emplace_back(inspection.name);
            for (const std::string& text : {row.part, row.weights, row.layers, row.input, row.output})
                cells.emplace_back(text);
            if (params)
                cells.push_back(cell(row.params));
            if (macs)
                cells.push_back(cell(row.macs));
            for (const std::optional<double>& cost : row.costs)
                cells.push_back(cell(cost));
            cells.emplace_back(row.checksum);
        }
    report::drop_if_empty(table, "checksum");
    return table;
}

}  // namespace espalier::host
