// SPDX-License-Identifier: Apache-2.0
// Building and resolving networks: at most 15 us for a super-network of 300 layers.
#include <benchmark/benchmark.h>

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"

namespace espalier {
namespace {

std::size_t conv_bn_relu(Network& n, std::size_t x, double out, double kernel, const std::string& w)
{
    x = n.add(Op::conv, {x}, {{"out", {out}}, {"kernel", {kernel}}}, w);
    return n.add(Op::relu, {n.add(Op::batch_norm, {x}, {}, w + ".bn")});
}

/// 40 choices of two convolutions, a skip and nothing: 2 + 40 * 8 layers or so.
Network super_network()
{
    Network n;
    std::size_t x = conv_bn_relu(n, n.add(Op::input, {}, {{"shape", {3, 32, 32}}}), 32, 3, "stem");
    const std::size_t nothing = n.add(Op::zero, {x});
    for (int i = 0; i < 40; ++i) {
        const std::string w = std::to_string(i);
        const std::size_t a = conv_bn_relu(n, x, 32, 3, w + ".a"), b = conv_bn_relu(n, x, 32, 5, w + ".b");
        const std::size_t chosen = n.add(Op::choice, {a, b, x, nothing}, {{"decision", {1.0 * i}}});
        x = n.add(Op::add, {x, chosen});
    }
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "classifier");
    return n;
}

/// As elastic networks are: 40 widths, every mask made a narrower convolution, all shapes inferred anew.
Network elastic_network()
{
    Network n;
    std::size_t x = conv_bn_relu(n, n.add(Op::input, {}, {{"shape", {3, 32, 32}}}), 32, 3, "stem");
    for (int i = 0; i < 40; ++i) {
        const std::string w = std::to_string(i);
        std::size_t y = n.add(Op::conv, {x}, {{"out", {96}}}, w + ".expand");
        y = n.add(Op::channel_mask, {y}, {{"decision", {1.0 * i}}, {"widths", {32, 48, 64, 96}}});
        y = n.add(Op::relu, {n.add(Op::batch_norm, {y}, {}, w + ".expand.bn")});
        y = n.add(Op::conv, {y}, {{"depthwise", {1}}, {"kernel", {3}}}, w + ".depth");
        y = n.add(Op::conv, {y}, {{"out", {32}}}, w + ".project");
        x = n.add(Op::add, {x, y});
    }
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "classifier");
    return n;
}

Architecture drawn(std::uint64_t seed)
{
    Rng rng{seed};
    Architecture a;
    for (int i = 0; i < 40; ++i)
        a.choices.push_back(static_cast<std::uint16_t>(rng.below(4)));
    return a;
}

void resolve(benchmark::State& state, const Network& super)
{
    std::vector<Region> regions;
    for (std::uint64_t seed = 0; seed < 64; ++seed)
        regions.emplace_back(drawn(seed));
    std::size_t next = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(resolved(super, regions[next++ % regions.size()]));
    state.counters["layers"] = static_cast<double>(super.size());
}

void resolve_choices(benchmark::State& state)
{
    resolve(state, super_network());
}
void resolve_widths(benchmark::State& state)
{
    resolve(state, elastic_network());
}
void count_macs_and_params(benchmark::State& state)
{
    const Network net = resolved(super_network(), Region{drawn(1)});
    for (auto _ : state)
        benchmark::DoNotOptimize(macs(net) + params(net));
}
void build(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(super_network());
}

BENCHMARK(resolve_choices)->Unit(benchmark::kMicrosecond);
BENCHMARK(resolve_widths)->Unit(benchmark::kMicrosecond);
BENCHMARK(count_macs_and_params)->Unit(benchmark::kMicrosecond);
BENCHMARK(build)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace espalier
