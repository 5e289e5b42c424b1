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

/// How the rows of two architectures stand beside each other; -1: the other has none.
using Pairs = std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>>;

/// The longest common subsequence by what rows are called, by dynamic programming; what is between two of its members
/// is paired one by one.
Pairs aligned(const std::vector<Row>& a, const std::vector<Row>& b)
{
    const auto called = [](const Row& row) { return row.weights.empty() ? row.part : row.weights; };
    std::vector<std::vector<std::size_t>> length(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            length[i][j] =
                called(a[i]) == called(b[j]) ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    Pairs pairs;
    std::size_t i = 0, j = 0, of_a = 0, of_b = 0;  // [of_a, i) and [of_b, j) are not paired yet
    const auto pair_up = [&] {
        for (; of_a < i || of_b < j; of_a += of_a < i ? 1 : 0, of_b += of_b < j ? 1 : 0)
            pairs.emplace_back(of_a < i ? static_cast<std::ptrdiff_t>(of_a) : -1,
                               of_b < j ? static_cast<std::ptrdiff_t>(of_b) : -1);
    };
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && called(a[i]) == called(b[j])) {
            pair_up();
            pairs.emplace_back(i, j);
            of_a = ++i;
            of_b = ++j;
        } else if (j == b.size() || (i < a.size() && length[i + 1][j] >= length[i][j + 1])) {
            ++i;
        } else {
            ++j;
        }
    }
    pair_up();
    return pairs;
}

Cell cell(const std::optional<double>& value)
{
    return value ? report::if_defined(*value) : Cell{};
}

Cell difference(const std::optional<double>& a, const std::optional<double>& b)
{
    return a || b ? report::if_defined(a.value_or(0) - b.value_or(0)) : Cell{};
}

bool has(const Inspection& inspection, const std::string& metric)
{
    return std::ranges::find(inspection.metrics, metric) != inspection.metrics.end();
}

/// What a row says apart from where it is.
bool same(Row a, const Row& b)
{
    a.part = b.part;
    return a == b;
}

}  // namespace

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
    const bool params = !has(first, "params"), macs = !has(first, "macs");  // a cost's own column says as much
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

std::pair<report::Table, std::size_t> difference_table(const Inspection& a, const Inspection& b)
{
    report::Table table{{"part", "weights", "against_weights", "layers", "against_layers", "output", "against_output"},
                        {}};
    std::vector<std::string> numbers;
    for (const char* own : {"params", "macs"})
        if (!has(a, own))
            numbers.emplace_back(own);
    numbers.insert(numbers.end(), a.metrics.begin(), a.metrics.end());
    for (const std::string& number : numbers) {
        table.columns.push_back(number);
        table.columns.push_back(number + "_difference");
    }
    table.columns.emplace_back("checksum");
    table.columns.emplace_back("against_checksum");
    const auto values = [&](const Row& row) {
        std::vector<std::optional<double>> all;
        if (!has(a, "params"))
            all.push_back(row.params);
        if (!has(a, "macs"))
            all.push_back(row.macs);
        all.insert(all.end(), row.costs.begin(), row.costs.end());
        all.resize(numbers.size());
        return all;
    };
    std::size_t equal = 0;
    const Row none;
    for (const auto& [i, j] : aligned(a.rows, b.rows)) {
        const Row& one = i < 0 ? none : a.rows[static_cast<std::size_t>(i)];
        const Row& other = j < 0 ? none : b.rows[static_cast<std::size_t>(j)];
        const std::string& part = i < 0 ? other.part : one.part;
        if (part != "sum" && part != "total" && same(one, other)) {
            ++equal;
            continue;
        }
        std::vector<Cell>& cells = table.rows.emplace_back();
        for (const std::string& text :
             {part, one.weights, other.weights, one.layers, other.layers, one.output, other.output})
            cells.emplace_back(text);
        const std::vector<std::optional<double>> ours = values(one), theirs = values(other);
        for (std::size_t n = 0; n < numbers.size(); ++n) {
            cells.push_back(cell(ours[n]));
            cells.push_back(difference(ours[n], theirs[n]));
        }
        cells.emplace_back(one.checksum);
        cells.emplace_back(other.checksum);
    }
    for (const char* column : {"checksum", "against_checksum"})
        report::drop_if_empty(table, column);
    return {std::move(table), equal};
}

}  // namespace espalier::host
