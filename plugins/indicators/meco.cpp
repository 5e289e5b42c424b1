// SPDX-License-Identifier: Apache-2.0
#include "meco.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/marks.hpp"
#include "espalier/window.hpp"

#include "batch_statistics.hpp"
#include "feature_maps.hpp"

namespace espalier::indicators {

namespace {

/// Itself, or the layer before a normalisation, which has the same correlations.
std::size_t same_correlations(const Network& network, std::size_t layer)
{
    while (network[layer].op() == Op::batch_norm)
        layer = network[layer].inputs()[0];
    return layer;
}

/// A pointwise convolution to more channels than it reads has correlations of at most the lower rank.
bool rank_deficient(const Layer& layer)
{
    const std::array<std::int64_t, 2> one{1, 1};
    return layer.op() == Op::conv && window(layer).kernel == one && groups(layer) == 1 &&
           layer.input_shape()[0] < layer.shape()[0];
}

}  // namespace

std::vector<Recorded> recorded_maps(const Network& network)
{
    const std::vector<Marked> all = marks(network);
    const std::vector<std::size_t> ends = marked(network, Mark::block);
    const std::size_t last = ends.empty() ? network.size() - 1 : ends.back();
    // computed there; the results of branches; handed on by a branch from before its block, or the end of a block
    std::vector<int> own(network.size()), branches(network.size()), again(network.size());
    for (std::size_t i = 0; i <= last; ++i)
        if (const Op op = network[i].op(); network[i].shape().size() == 3 && (op == Op::conv || activation(op)))
            own[i] = 1;
    std::optional<std::size_t> begin;  // of the block that the marks are in
    for (const auto& [mark, layer] : all) {
        const std::size_t map = same_correlations(network, layer);
        if (mark == Mark::branch)
            ++(begin && layer <= *begin ? again : branches)[map];
        else if (std::exchange(begin, layer))
            ++again[map];
    }
    std::vector<Recorded> recorded;
    for (std::size_t i = 0; i < network.size(); ++i)
        if (const int times = std::max(own[i], branches[i]) + again[i]; times > 0)
            recorded.push_back({i, times});
    return recorded;
}

double smallest_correlation_eigenvalue(const Tensor& map)
{
    const Tensor channels = map.squeeze(0).flatten(1).to(at::kCPU, at::kDouble);  // [channels, positions]
    if (channels.size(0) >= channels.size(1))
        return 0;  // centred rows span less than as many dimensions as there are positions
    const Tensor centred = channels - channels.mean(1, true);
    const Tensor norms = centred.norm(2, 1, true);
    if (norms.min().item<double>() == 0)
        return 0;
    const Tensor rows = centred / norms;
    return at::linalg_eigvalsh(at::mm(rows, rows.t()))[0].item<double>();
}

double meco(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    const c10::AutoGradMode no_gradients(false);
    const std::vector<Recorded> recorded = recorded_maps(network);
    std::vector<std::size_t> layers;
    layers.reserve(recorded.size());
    for (const Recorded& one : recorded)
        layers.push_back(one.layer);
    FeatureMaps maps(layers);
    torch_sdk::forward(network, weights, x, batch_statistics(maps.watch()));
    double sum = 0;
    std::map<std::pair<Op, std::size_t>, double> activations;  // several read one node: the same map each time
    for (const auto& [i, times] : recorded) {
        const Layer layer = network[i];
        if (!maps[i].defined() || rank_deficient(layer))
            continue;
        if (!activation(layer.op())) {
            sum += times * smallest_correlation_eigenvalue(maps[i]);
            continue;
        }
        const auto [known, is_new] = activations.try_emplace({layer.op(), layer.inputs()[0]});
        if (is_new)
            known->second = smallest_correlation_eigenvalue(maps[i]);
        sum += times * known->second;
    }
    return sum;
}

}  // namespace espalier::indicators
