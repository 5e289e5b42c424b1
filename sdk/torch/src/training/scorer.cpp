// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/scorer.hpp"

#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"

namespace espalier::torch_sdk {
namespace {

constexpr std::int64_t kTestBatch = 500;

}  // namespace

Scorer::Scored Scorer::operator()(const Network& network, const Weights& weights, const Context& context,
                                  Statistics* statistics) const
{
    const c10::InferenceMode inference;
    Epoch batches(data_, examples_.split, examples_.indices, kTestBatch, {}, Rng(0));
    const std::unique_ptr<Score> score = data_.task().score();
    double loss = 0, rows = 0;
    while (const auto batch = batches.next()) {
        if (context.stopped())
            throw Error("stopped while it was scored");
        const Batch here = batch->to(weights.device());
        const Tensor outputs = forward(network, weights, here.inputs, {.statistics = statistics});
        score->add(outputs, here);
        const auto count = static_cast<double>(here.y.size(0));
        loss += count * data_.task().loss(outputs, here).item<double>();
        rows += count;
    }
    return {score->metrics(), loss / rows};
}

}  // namespace espalier::torch_sdk
