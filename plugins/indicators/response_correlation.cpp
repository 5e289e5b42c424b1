// SPDX-License-Identifier: Apache-2.0
#include "response_correlation.hpp"

#include <cmath>
#include <tuple>

#include <ATen/ATen.h>

#include "espalier/marks.hpp"
#include "espalier/torch/tensors/gradient.hpp"
#include "espalier/torch/training/loss.hpp"

#include "batch_statistics.hpp"
#include "feature_maps.hpp"

namespace espalier::indicators {

namespace {

struct Response {
    Tensor input, output;
    std::int64_t block;
};

/// [samples, samples]. A row that does not vary correlates with nothing.
Tensor absolute_correlations(const Tensor& x)
{
    const Tensor rows = x.detach().to(at::kCPU, at::kDouble).flatten(1);
    const Tensor centred = rows - rows.mean(1, true);
    const Tensor unit = centred / centred.norm(2, 1, true);
    return at::mm(unit, unit.t()).abs().nan_to_num(0);
}

}  // namespace

double response_correlation(const Network& network, const torch_sdk::Weights& weights, const Tensor& x,
                            const Tensor& labels)
{
    const std::vector<std::size_t> ends = marked(network, Mark::block);
    std::vector<Response> responses;
    const Tensor logits = torch_sdk::forward(
        network, weights, x, batch_statistics([&](const Layer& layer, const Tensor& input, const Tensor& output) {
            if (layer.op() == Op::relu && output.requires_grad())
                responses.push_back(
                    {input, output, ends.empty() ? 0 : std::max<std::int64_t>(block_of(ends, layer), 0)});
        }));
    if (responses.empty())
        return kLeast;
    std::vector<Tensor> outputs;
    outputs.reserve(responses.size());
    for (const Response& response : responses)
        outputs.push_back(response.output);
    const std::vector<Tensor> gradients = torch_sdk::gradients(torch_sdk::cross_entropy(logits, labels), outputs);
    Tensor kernel = at::zeros({x.size(0), x.size(0)}, at::kDouble);
    for (std::size_t i = 0; i < responses.size(); ++i) {
        const auto& [input, output, block] = responses[i];
        const bool behind = block + 1 >= static_cast<std::int64_t>(ends.size());
        const Tensor activity = absolute_correlations(behind && !ends.empty() ? output : input);
        const Tensor gradient = absolute_correlations(gradients[i] * input.detach().gt(0));
        kernel += std::ldexp(1.0, static_cast<int>(block)) * (activity + gradient);
    }
    if (!at::isfinite(kernel).all().item<bool>())
        return kLeast;
    return std::get<1>(at::linalg_slogdet(kernel)).item<double>();
}

}  // namespace espalier::indicators
