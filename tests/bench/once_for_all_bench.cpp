// SPDX-License-Identifier: Apache-2.0
// Once-for-all spaces, a network each: building it, its costs by tables, its predicted accuracy. Needs ESPALIER_DATA.
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>

#include "espalier/counts.hpp"

#include "counted.hpp"
#include "lookup.hpp"
#include "mobilenet_v3.hpp"
#include "resnet50.hpp"
#include "surrogate.hpp"
#include "toys/quiet.hpp"

namespace espalier::once_for_all {
namespace {

using espalier::test::Quiet;

constexpr std::size_t kArchitectures = 20'000;

const MobileNetV3& mobilenet()
{
    static const MobileNetV3 space({.width = 1.2}, {});
    return space;
}

const ResNet50& resnet()
{
    static const ResNet50 space({}, {});
    return space;
}

std::filesystem::path data()
{
    const char* const folder = std::getenv("ESPALIER_DATA");
    return std::filesystem::path(folder != nullptr ? folder : ".") / "ofa_surrogate";
}

std::vector<Architecture> drawn(const SearchSpace& space)
{
    Rng rng{1};
    const Region all(space.decisions());
    std::vector<Architecture> architectures;
    for (std::size_t i = 0; i < kArchitectures; ++i)
        architectures.push_back(random_architecture(all, rng));
    return architectures;
}

std::vector<Candidate> candidates(const SearchSpace& space)
{
    std::vector<Candidate> all;
    for (const Architecture& a : drawn(space))
        all.emplace_back(space, a);
    return all;
}

void build(benchmark::State& state, const SearchSpace& space)
{
    const std::vector<Architecture> all = drawn(space);
    std::size_t next = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(space.network(Region(all[next++ % all.size()])));
    state.counters["layers"] = static_cast<double>(space.network(Region(all[0])).size());
}

/// Once through all of them first, so that tables are filled: `first_s` seconds.
void evaluate(benchmark::State& state, const SearchSpace& space, Evaluator& evaluator)
{
    Quiet quiet;
    const std::vector<Candidate> all = candidates(space);
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(evaluator.evaluate(all, quiet));
    state.counters["first_s"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (auto _ : state)
        benchmark::DoNotOptimize(evaluator.evaluate(all, quiet));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * all.size()));
}

template <class Model>
void evaluate(benchmark::State& state, const SearchSpace& space, typename Model::Options options)
{
    Setup setup;
    setup.space = &space;
    Model model(options, setup);
    evaluate(state, space, model);
}

void make_candidates(benchmark::State& state)
{
    const std::vector<Architecture> all = drawn(mobilenet());
    std::size_t next = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(Candidate(mobilenet(), all[next++ % all.size()]));
}

void build_mobilenet(benchmark::State& state)
{
    build(state, mobilenet());
}
void build_resnet(benchmark::State& state)
{
    build(state, resnet());
}
void lookup_mobilenet(benchmark::State& state)
{
    evaluate<cost_models::Lookup>(state, mobilenet(), {.file = data() / "note10_block_latency.csv.gz"});
}
void macs_mobilenet(benchmark::State& state)
{
    evaluate<cost_models::Macs>(state, mobilenet(), {});
}
void params_mobilenet(benchmark::State& state)
{
    evaluate<cost_models::Params>(state, mobilenet(), {});
}
void macs_resnet(benchmark::State& state)
{
    evaluate<cost_models::Macs>(state, resnet(), {});
}
void surrogate_mobilenet(benchmark::State& state)
{
    evaluate<Surrogate>(state, mobilenet(), {data()});
}
void surrogate_resnet(benchmark::State& state)
{
    evaluate<Surrogate>(state, resnet(), {data()});
}

BENCHMARK(build_mobilenet);
BENCHMARK(build_resnet);
BENCHMARK(make_candidates);
BENCHMARK(lookup_mobilenet);
BENCHMARK(macs_mobilenet);
BENCHMARK(params_mobilenet);
BENCHMARK(macs_resnet);
BENCHMARK(surrogate_mobilenet);
BENCHMARK(surrogate_resnet);

}  // namespace
}  // namespace espalier::once_for_all
