// SPDX-License-Identifier: Apache-2.0
#include "zero_cost.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/marks.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "batch_statistics.hpp"
#include "complexity.hpp"
#include "expressivity.hpp"
#include "feature_maps.hpp"
#include "gradient_norm.hpp"
#include "jacobian_logdet.hpp"
#include "meco.hpp"
#include "response_correlation.hpp"
#include "rewritten.hpp"
#include "snip.hpp"
#include "swap.hpp"
#include "synflow.hpp"
#include "trainability.hpp"
#include "zico.hpp"

namespace espalier::indicators {

namespace {

using torch_sdk::Initialisation;

constexpr Initialisation kKaiming{Initialisation::Kind::kaiming_fan_in, Initialisation::Kind::kaiming_fan_in};

std::vector<Tensor> at_block_ends(const FeatureMaps& maps, const std::vector<std::size_t>& ends)
{
    std::vector<Tensor> values;
    values.reserve(ends.size());
    for (const std::size_t end : ends)
        values.push_back(maps[end]);
    return values;
}

bool constant(const Network& network)
{
    return network.output().op() == Op::zeros;
}

/// Convolutions N(0, 1), as SWAP's authors have them: the numbers that are there, on another scale.
void widen_to_standard_normal(const Network& network, const torch_sdk::Weights& weights)
{
    const c10::AutoGradMode no_gradients(false);
    std::vector<Tensor> done;
    for (const Layer layer : network) {
        if (layer.op() != Op::conv)
            continue;
        Tensor w = weights.layer(layer.spec().weights).weight;
        if (std::ranges::any_of(done, [&](const Tensor& t) { return t.is_same(w); }))
            continue;
        done.push_back(w);
        const std::int64_t fan_in = w.numel() / w.size(0);
        w.mul_(std::sqrt(static_cast<double>(fan_in) / 2));
    }
}

}  // namespace

Shown draw_shown(const torch_sdk::TensorData& data, std::int64_t batch, std::uint64_t seed, int repeat,
                 const c10::Device& device)
{
    const auto stream = [&](const char* purpose) { return std::string(purpose) + " " + std::to_string(repeat); };
    const auto drawn = [&](const char* purpose) {
        Rng rng(seed, stream(purpose));
        const std::int64_t examples = data.examples(torch_sdk::Split::train);
        return data.batch(torch_sdk::Split::train, torch_sdk::random_indices(examples, batch, rng));
    };
    const auto placed = [&](const Tensor& x) {
        return (x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x).to(device);
    };
    const torch_sdk::Batch first = drawn("zero-cost images"), second = drawn("zero-cost second images");
    const Tensor noise = at::randn(first.x().sizes(), torch_sdk::generator(seed, stream("zero-cost noise")),
                                   at::TensorOptions(at::kFloat));
    return {placed(first.x()), first.y.to(device), placed(second.x()), second.y.to(device), placed(noise)};
}

namespace {

struct Indicator {
    std::string name;
    bool of_blocks = false;  ///< defined by the blocks that the space marks
};

const std::vector<Indicator>& indicators()
{
    static const std::vector<Indicator> all{{"complexity"},
                                            {"trainability", true},
                                            {"jacobian_logdet"},
                                            {"meco"},
                                            {"synflow"},
                                            {"az_expressivity", true},
                                            {"az_progressivity", true},
                                            {"swap"},
                                            {"wrcor", true},
                                            {"zico"},
                                            {"gradient_norm"},
                                            {"snip"}};
    return all;
}

}  // namespace

const std::vector<std::string>& ZeroCost::all()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        std::ranges::transform(indicators(), std::back_inserter(result), &Indicator::name);
        return result;
    }();
    return names;
}

bool ZeroCost::knows(std::string_view metric)
{
    return std::ranges::find(all(), metric) != all().end();
}

bool ZeroCost::needs_blocks(std::string_view metric)
{
    const auto found = std::ranges::find(indicators(), metric, &Indicator::name);
    return found != indicators().end() && found->of_blocks;
}

ZeroCost::ZeroCost(std::vector<std::string> metrics) : metrics_{std::move(metrics)} {}

bool ZeroCost::wants(std::string_view metric) const
{
    return std::ranges::find(metrics_, metric) != metrics_.end();
}

Metrics ZeroCost::operator()(const Network& network, const Shown& shown, std::uint64_t seed,
                             const c10::Device& device) const
{
    Metrics result;
    for (const std::string& metric : metrics_)
        result[metric] = kLeast;
    if (wants("complexity"))
        result["complexity"] = complexity(network);
    const bool only_counted = metrics_.size() == 1 && wants("complexity");
    if (constant(network) || only_counted)
        return result;

    torch_sdk::Weights weights(network, kKaiming, seed, at::kFloat, device);
    weights.require_gradients(false);
    on_images(network, weights, shown, seed, result);
    if (wants("meco"))
        result["meco"] = meco(network, weights, shown.images.narrow(0, 0, 1));
    if (wants("synflow") && flows(network, weights)) {
        result["synflow"] = synflow(network, weights);
    } else if (wants("synflow")) {
        torch_sdk::Weights exact(network, kKaiming, seed, at::kDouble, device);
        result["synflow"] = synflow_by_gradients(network, exact);
    }
    on_noise(network, weights, shown, result);
    by_loss(network, weights, shown, result);
    if (wants("swap")) {
        widen_to_standard_normal(network, weights);
        result["swap"] = swap_score(network, weights, shown.images);
    }
    for (auto& [metric, value] : result)
        if (std::isnan(value))
            value = kLeast;
    return result;
}

/// One forward pass and its graph serve both.
void ZeroCost::on_images(const Network& network, const torch_sdk::Weights& weights, const Shown& shown,
                         std::uint64_t seed, Metrics& all) const
{
    if (!wants("trainability") && !wants("jacobian_logdet"))
        return;
    const Network lean = without_repetition(network);
    const std::vector<std::size_t> ends = marked(lean, Mark::block);
    FeatureMaps maps(ends);
    const Tensor x = shown.images.detach().requires_grad_(true);
    const Tensor logits = torch_sdk::forward(lean, weights, x, batch_statistics(maps.watch()));
    if (wants("trainability"))
        all["trainability"] = trainability(at_block_ends(maps, ends), seed);
    if (wants("jacobian_logdet"))
        all["jacobian_logdet"] = jacobian_logdet(torch_sdk::gradients(logits.sum(), {{x}}).front());
}

void ZeroCost::on_noise(const Network& network, const torch_sdk::Weights& weights, const Shown& shown,
                        Metrics& all) const
{
    if (!wants("az_expressivity") && !wants("az_progressivity"))
        return;
    const c10::AutoGradMode no_gradients(false);
    const std::vector<std::size_t> ends = marked(network, Mark::block);
    FeatureMaps maps(ends);
    torch_sdk::forward(network, weights, shown.noise, batch_statistics(maps.watch()));
    const std::vector<double> entropies = feature_entropies(at_block_ends(maps, ends));
    if (wants("az_expressivity"))
        all["az_expressivity"] = expressivity(entropies);
    if (wants("az_progressivity"))
        all["az_progressivity"] = progressivity(entropies);
}

void ZeroCost::by_loss(const Network& network, torch_sdk::Weights& weights, const Shown& shown, Metrics& all) const
{
    if (!wants("wrcor") && !wants("zico") && !wants("gradient_norm") && !wants("snip"))
        return;
    weights.require_gradients(true);
    if (wants("wrcor"))
        all["wrcor"] = response_correlation(network, weights, shown.images, shown.labels);
    if (wants("zico") || wants("gradient_norm") || wants("snip")) {
        const auto first =
            weight_gradients(network, weights, training_loss(network, weights, shown.images, shown.labels));
        if (wants("gradient_norm"))
            all["gradient_norm"] = gradient_norm(first);
        if (wants("snip"))
            all["snip"] = snip(first);
        if (wants("zico"))
            all["zico"] = zico(
                first, weight_gradients(network, weights,
                                        training_loss(network, weights, shown.second_images, shown.second_labels)));
    }
    weights.require_gradients(false);
}

}  // namespace espalier::indicators
