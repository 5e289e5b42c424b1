// SPDX-License-Identifier: Apache-2.0
// CPU milliseconds of depthwise convolutions on one thread, forward and backward to images and kernels: as networks run
// them, and LibTorch's own in both layouts. The three take turns, so that what else the machine does hits all of them;
// the least of the rounds counts. Fails above 7 ms for 64 images of 96 x 16 x 16 and kernel 5.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/autograd.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"

namespace {

using espalier::Network;
using espalier::Op;
using espalier::torch_sdk::generator;

struct Sizes {
    std::int64_t batch, channels, side, kernel, stride;
};

constexpr double kMilliseconds = 7;
const std::vector<Sizes> kSizes{{64, 96, 16, 5, 1},  {64, 96, 16, 3, 1},  {64, 96, 16, 7, 1},  {64, 96, 16, 5, 2},
                                {64, 24, 32, 3, 1},  {64, 144, 32, 3, 2}, {64, 480, 14, 3, 1}, {64, 960, 7, 5, 1},
                                {16, 32, 112, 3, 1}, {1, 96, 56, 5, 1},   {64, 100, 16, 5, 1}};

Network layer(const Sizes& s)
{
    const auto number = [](std::int64_t n) { return static_cast<double>(n); };
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {number(s.channels), number(s.side), number(s.side)}}});
    n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {number(s.kernel)}}, {"stride", {number(s.stride)}}}, "w");
    return n;
}

/// Forward and backward, after one that does not count: what ran before left other memory mapped.
template <class Compute>
double milliseconds(const Compute& compute, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g)
{
    torch::autograd::grad({compute()}, {x, weight}, {g});
    const std::clock_t start = std::clock();
    torch::autograd::grad({compute()}, {x, weight}, {g});
    return 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// Networks', LibTorch's channels_last, LibTorch's contiguous.
std::array<double, 3> measured(const Sizes& s, int rounds)
{
    const Network network = layer(s);
    const espalier::torch_sdk::Weights weights(network, {}, 1);
    const at::Tensor weight = weights.at("w.weight");
    const at::Tensor noise = at::empty({s.batch, s.channels, s.side, s.side}).normal_(0, 1, generator(1, "images"));
    const at::Tensor last = noise.contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    const at::Tensor first = noise.clone().requires_grad_();
    const auto by_libtorch = [&](const at::Tensor& x) {
        return at::conv2d(x, weight, {}, s.stride, s.kernel / 2, 1, s.channels);
    };
    const at::Tensor g_first = at::empty(by_libtorch(first).sizes()).normal_(0, 1, generator(1, "gradient"));
    const at::Tensor g_last = g_first.contiguous(at::MemoryFormat::ChannelsLast);
    std::array<double, 3> least{1e9, 1e9, 1e9};
    for (int round = 0; round < rounds; ++round) {
        const std::array<double, 3> now{
            milliseconds([&] { return espalier::torch_sdk::forward(network, weights, last); }, last, weight, g_last),
            milliseconds([&] { return by_libtorch(last); }, last, weight, g_last),
            milliseconds([&] { return by_libtorch(first); }, first, weight, g_first)};
        for (std::size_t i = 0; i < least.size(); ++i)
            least[i] = std::min(least[i], now[i]);
    }
    return least;
}

}  // namespace

int main(int argc, char** argv)
{
    espalier::torch_sdk::use_threads(1);
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
    bool kept = true;
    std::printf(
        "| batch, channels, side, kernel, stride | networks, ms | LibTorch channels_last | ratio | contiguous | "
        "ratio |\n| --- | --- | --- | --- | --- | --- |\n");
    for (std::size_t i = 0; i < kSizes.size(); ++i) {
        const Sizes& s = kSizes[i];
        const auto [own, last, first] = measured(s, rounds);
        std::printf("| %ld, %ld, %ld, %ld, %ld | %.2f | %.2f | %.2f | %.2f | %.2f |\n", static_cast<long>(s.batch),
                    static_cast<long>(s.channels), static_cast<long>(s.side), static_cast<long>(s.kernel),
                    static_cast<long>(s.stride), own, last, own / last, first, own / first);
        std::fflush(stdout);
        kept = kept && (i > 0 || own <= kMilliseconds);
    }
    return kept ? 0 : 1;
}
