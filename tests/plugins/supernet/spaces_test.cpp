// SPDX-License-Identifier: Apache-2.0
// Super-networks of the shipped spaces: trained a little, scored, cut out.
#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>

#include "espalier/model_folder/cut_weights.hpp"
#include "espalier/torch/network/extraction.hpp"
#include "espalier/torch/network/forward.hpp"

#include "catch.hpp"
#include "columns.hpp"
#include "fbnet/fbnet.hpp"
#include "nas_bench_201/space.hpp"
#include "once_for_all/mobilenet_v3.hpp"
#include "once_for_all/resnet50.hpp"
#include "supernet/supernet.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using supernet::Supernet;

namespace {

const testing::Columns& images()
{
    static const testing::Columns columns({3, 32, 32}, 4, 40);
    return columns;
}

Setup with_images()
{
    Setup setup;
    setup.data = &images();
    return setup;
}

/// A network of the super-network's weights computes the same as with weights of its own.
double largest_difference(const Network& network, const torch_sdk::Weights& shared)
{
    const torch_sdk::Weights own = torch_sdk::extracted(network, shared);
    const at::Tensor x = static_cast<const torch_sdk::TensorData&>(images())
                             .batch(torch_sdk::Split::test, torch_sdk::first_indices(2))
                             .x();
    const at::Tensor expected = torch_sdk::forward(network, shared, x), y = torch_sdk::forward(network, own, x);
    return (y - expected).abs().max().item<double>() / std::max(1e-6, expected.abs().max().item<double>());
}

/// What is cut out of the file of a super-network is what LibTorch cuts out.
void check_cut(const Network& network, const torch_sdk::Weights& shared)
{
    const TemporaryFolder whole, own;
    shared.save(whole.path());
    torch_sdk::extracted(network, shared).save(own.path());
    const TensorFile expected = read_tensor_file(own / "weights");
    const std::optional<TensorFile> cut = cut_weights(network, read_tensor_file(whole / "weights").tensors);
    REQUIRE(cut);
    REQUIRE(cut->tensors.size() == expected.tensors.size());
    for (std::size_t i = 0; i < expected.tensors.size(); ++i) {
        INFO(expected.tensors[i].name);
        CHECK(cut->tensors[i].name == expected.tensors[i].name);
        CHECK(cut->tensors[i].extents == expected.tensors[i].extents);
        CHECK(cut->tensors[i].bytes == expected.tensors[i].bytes);
    }
    CHECK(!cut_weights(network, std::span(expected.tensors).first(expected.tensors.size() - 1)));
}

void check(const SearchSpace& space)
{
    const Region all(space.decisions());
    Rng rng(4);
    std::vector<Candidate> candidates;
    for (int i = 0; i < 3; ++i)
        candidates.emplace_back(space, random_architecture(all, rng));

    const torch_sdk::Weights untrained(space.network(all), {}, 7);
    for (const torch_sdk::NamedTensor& tensor : untrained.tensors())  // so that no part is like another
        if (tensor.name.find("transform") != std::string::npos || !tensor.trainable)
            tensor.value.detach().mul_(0.5).add_(0.3);
    for (const Candidate& candidate : candidates) {
        CHECK(largest_difference(candidate.network(), untrained) <= 1e-5);
        check_cut(candidate.network(), untrained);
    }

    Supernet::Options options;
    options.epochs = 1, options.batch = 18, options.recalibrate = 16, options.recalibration_batch = 8;
    options.sampling.rule = "sandwich", options.sampling.random_paths = 1;
    Setup setup = with_images();
    setup.space = &space;
    Supernet evaluator(options, setup);
    testing::Steps steps;
    steps.run(*evaluator.training(all, [&](Rng& r) { return random_architecture(all, r); }));
    const std::vector<Evaluation> scores = evaluator.evaluate(candidates, steps);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        INFO(scores[i].reason);
        REQUIRE(scores[i].ok());
        CHECK(std::isfinite(scores[i].metrics.at("loss")));
        CHECK(evaluator.evaluate({&candidates[i], 1}, steps).at(0) == scores[i]);
    }
    const TemporaryFolder folder;
    CHECK(evaluator.save(candidates[0], folder.path(), steps));
}

}  // namespace

TEST_CASE("cells of NAS-Bench-201 share a super-network", "[supernet]")
{
    nas_bench_201::NasBench201::Options small;
    small.channels = 4, small.cells = 1;
    check(nas_bench_201::NasBench201(small, with_images()));
}

TEST_CASE("MobileNetV3s of once-for-all share a super-network", "[supernet]")
{
    check(once_for_all::MobileNetV3({}, with_images()));
}

TEST_CASE("ResNet50s of once-for-all share a super-network", "[supernet]")
{
    check(once_for_all::ResNet50({}, with_images()));
}

TEST_CASE("networks of FBNet share a super-network", "[supernet]")
{
    check(fbnet::FBNet({}, with_images()));
}
