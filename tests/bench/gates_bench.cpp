// SPDX-License-Identifier: Apache-2.0
// A meta-graph of 9 layers of 5 modules on 64 images of 32x32, evaluated with gates per example: the price of dense
// execution and of computing what is selected, at several shares. On one thread; compare the column CPU.
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "toys/meta_graph.hpp"

namespace espalier::torch_sdk {
namespace {

void run(benchmark::State& state, GateExecution execution)
{
    use_threads(1);
    const MetaGraph meta({3, 32, 32}, 8, {{8, 1, 1}, {12, 2, 2}, {16, 2, 2}, {24, 2, 2}, {32, 2, 1}});
    const Weights weights(meta.network(), {}, 1);
    const at::Tensor x = at::empty({64, 3, 32, 32}).normal_(0, 1, generator(1, "images"));
    const double share = static_cast<double>(state.range(0)) / 100;
    const c10::InferenceMode guard;
    std::vector<Gates> policies;  // each pass has others, as in a search, so that no pass finds its sizes prepared
    for (std::uint64_t seed = 0; seed < 100; ++seed)
        policies.push_back(
            MetaGraph::gates(at::rand({64, meta.decisions()}, generator(seed, "policies")).lt(share).to(at::kFloat)));
    std::size_t next = 0;
    for (auto _ : state)
        forward(meta.network(), weights, x, {.gates = &policies[next++ % 100], .execution = execution});
}

const int kRegistered = [] {
    for (const auto& [name, execution] : {std::pair{"dense", GateExecution::dense},
                                          {"gathered", GateExecution::gathered},
                                          {"automatic", GateExecution::automatic}}) {
        benchmark::RegisterBenchmark(name, run, execution)
            ->Arg(0)
            ->Arg(10)
            ->Arg(25)
            ->Arg(50)
            ->Arg(75)
            ->Arg(90)
            ->Arg(95)
            ->Arg(100)
            ->Unit(benchmark::kMillisecond);
    }
    return 0;
}();

}  // namespace
}  // namespace espalier::torch_sdk
