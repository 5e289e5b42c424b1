// SPDX-License-Identifier: Apache-2.0
#include "network_features.hpp"

#include <algorithm>
#include <vector>

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"
#include "espalier/window.hpp"

namespace espalier::predicted {
namespace {

/// "conv 3x3 /2 depthwise"
std::string kind(const Layer& layer)
{
    std::string text = layer.spec().name;
    if (layer.op() != Op::conv && layer.op() != Op::max_pool && layer.op() != Op::avg_pool)
        return text;
    const Window seen = window(layer);
    text += ' ' + std::to_string(seen.kernel[0]) + 'x' + std::to_string(seen.kernel[1]);
    if (seen.stride[0] > 1)
        text += " /" + std::to_string(seen.stride[0]);
    if (const std::int64_t g = groups(layer); g > 1)
        text += g == layer.input_shape()[0] ? " depthwise" : " grouped";
    return text;
}

/// Calls `add(name, value)` for all that a network has; the same name may come more than once.
template <class Add>
void describe(const Network& network, const Add& add)
{
    const std::vector<std::size_t> ends = marked(network, Mark::block);
    std::vector<double> deep(network.size(), 0), heavy(network.size(), 0);  // the longest way to each layer
    double multiplied = 0, learnt = 0, moved = 0;
    for (const Layer layer : network) {
        const double work = macs(layer), out = activations(layer);
        double& depth = deep[layer.index()];
        double& weight = heavy[layer.index()];
        for (const std::uint32_t input : layer.inputs()) {
            depth = std::max(depth, deep[input]);
            weight = std::max(weight, heavy[input]);
        }
        if (layer.op() == Op::input)
            continue;
        depth += work > 0 ? 1 : 0;
        weight += work;
        const std::string of = kind(layer);
        add(of, 1);
        add(of + " outputs", out);
        if (work > 0)
            add(of + " macs", work);
        if (!ends.empty()) {
            const auto block = std::lower_bound(ends.begin(), ends.end(), layer.index()) - ends.begin();
            const std::string where = "block " + std::to_string(block);
            add(where, 1);
            add(where + " macs", work);
            add(where + " outputs", out);
        }
        multiplied += work;
        learnt += params(layer);
        moved += 4 * (params(layer) + out);
    }
    add("macs", multiplied);
    add("params", learnt);
    add("bytes", moved);
    add("layers", static_cast<double>(network.size()));
    add("depth", network.size() == 0 ? 0 : deep.back());
    add("longest macs", network.size() == 0 ? 0 : heavy.back());
}

}  // namespace

void NetworkFeatures::extend(const Network& network)
{
    describe(network, [this](const std::string& name, double) { column_.emplace(name, column_.size()); });
}

void NetworkFeatures::encode(const Network& network, std::span<double> row) const
{
    std::fill(row.begin(), row.end(), 0.0);
    describe(network, [&](const std::string& name, double value) {
        if (const auto found = column_.find(name); found != column_.end())
            row[found->second] += value;
    });
}

}  // namespace espalier::predicted
