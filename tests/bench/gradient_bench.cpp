// SPDX-License-Identifier: Apache-2.0
// Stage 1 of U-Boost at a reduced scale: cells for an array of 16, 48 images a step, weights and logits in turn, on one
// thread. gradient_ratio.py sets plain PyTorch beside it.
// Prints CPU seconds a step by epoch, the data's thread and the cost model included, as JSON with the super-network.
#include <cstdio>
#include <ctime>

#include <ATen/ops/empty.h>

#include "espalier/network_json.hpp"
#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "analytic/systolic.hpp"
#include "toys/quiet.hpp"
#include "u_boost/relaxed_search.hpp"
#include "u_boost_cell/u_boost_cell.hpp"

namespace {

using namespace espalier;

constexpr int kBatch = 48, kSteps = 12, kEpochs = 3;
constexpr std::size_t kEdges = 9;

class NoisyImages final : public torch_sdk::ImageData {
public:
    NoisyImages() : ImageData({3, 32, 32}, 10, {}) {}

private:
    Images load(torch_sdk::Split) const override
    {
        return {at::empty({kBatch * kSteps, 3, 32, 32}, at::kByte).random_(0, 256, torch_sdk::generator(1, "pixels")),
                at::empty({kBatch * kSteps}, at::kLong).random_(0, 10, torch_sdk::generator(1, "labels"))};
    }
};

}  // namespace

int main()
{
    torch_sdk::use_threads(1);
    const NoisyImages data;
    const u_boost_cell::UBoostCell space({.array = 16}, {});
    cost_models::Systolic::Options array;
    array.rows = array.columns = 16;
    array.batch = 64;
    array.ceiling = "smooth";
    const cost_models::Systolic device(array, {});
    Setup setup;
    setup.data = &data;
    setup.space = &space;
    setup.costs = {&device};
    u_boost::SearchOptions options;
    options.batch = kBatch;
    options.epochs = kEpochs + 1;
    options.utilisation = "utilisation";
    options.split = "in_turn";
    options.weights_share = 0.5;
    Region operations(space.decisions());
    for (std::size_t d = kEdges; d < operations.decisions(); ++d)
        operations.fix(d, 8);  // as wide as the array
    const u_boost::Partners partners(options, setup);
    u_boost::RelaxedSearch search("", space, operations, options, partners, options.epochs, Rng(1, "search"));
    test::Quiet context;
    std::printf("{\"batch\": %d, \"edges\": %zu, \"steps\": %d, \"seconds\": [", kBatch, kEdges, kSteps);
    for (std::size_t epoch = 0; epoch <= kEpochs; ++epoch) {
        Phase::Step step{epoch, Rng(epoch, "epoch"), context};
        const std::clock_t before = std::clock();
        search.step(step);
        if (epoch > 0)  // the first fills caches of compiled kernels
            std::printf("%s%.5f", epoch > 1 ? ", " : "",
                        static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / kSteps);
    }
    std::printf("], \"network\": %s}\n", to_json(space.network(operations)).c_str());
}
