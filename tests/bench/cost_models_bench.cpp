// SPDX-License-Identifier: Apache-2.0
// Many candidates priced by cost models that have been made anew, the candidates too: nothing is known before, but what
// `predicted` has learnt.
// cost_models_ratio.py has the limits, and cost_models_peer.py the same in Python.
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "additive.hpp"
#include "analytic/systolic.hpp"
#include "cell.hpp"
#include "counted.hpp"
#include "mobilenet_v3.hpp"
#include "predicted.hpp"
#include "space.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

namespace espalier {
namespace {

const nas_bench_201::NasBench201& cells()
{
    static const nas_bench_201::NasBench201 space({}, {});
    return space;
}

const once_for_all::MobileNetV3& mobilenet()
{
    static const once_for_all::MobileNetV3 space({}, {});
    return space;
}

/// 100,000 cells in an order that visits all of them.
std::vector<Architecture> many_cells()
{
    std::vector<Architecture> all;
    for (std::size_t i = 0; i < 100'000; ++i)
        all.push_back(nas_bench_201::cell_at(i * 7919 % nas_bench_201::kCells));
    return all;
}

/// 20,000 sub-networks by Knuth's linear congruential generator.
std::vector<Architecture> many_mobilenets()
{
    std::vector<Architecture> all(20'000, Architecture{std::vector<std::uint16_t>(mobilenet().decisions().size())});
    std::uint64_t state = 1;
    for (Architecture& a : all)
        for (std::uint16_t& choice : a.choices) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            choice = static_cast<std::uint16_t>((state >> 33) % 3);
        }
    return all;
}

Setup with(const SearchSpace& space)
{
    Setup setup;
    setup.space = &space;
    return setup;
}

/// Also `sum`, that of the model's first metric. @param make a pointer to the model.
template <class Make>
void price_by(benchmark::State& state, const SearchSpace& space, const std::vector<Architecture>& all, const Make& make)
{
    test::Quiet quiet;
    double sum = 0;
    for (auto _ : state) {
        const auto model = make();
        std::vector<Candidate> candidates;
        candidates.reserve(all.size());
        for (const Architecture& a : all)
            candidates.emplace_back(space, a);
        sum = 0;
        for (const Evaluation& e : model->evaluate(candidates, quiet))
            sum += e.metrics.at(model->metrics().front());
    }
    state.counters["sum"] = sum;
}

template <class Model>
void price(benchmark::State& state, const SearchSpace& space, const std::vector<Architecture>& all,
           const typename Model::Options& options)
{
    price_by(state, space, all, [&] { return std::make_unique<Model>(options, with(space)); });
}

std::string edge_table()
{
    std::string text = "decision,option,latency_ms\n";
    int cost = 0;
    for (const Decision& edge : cells().decisions())
        for (const std::string& operation : edge.options)
            text += edge.name + "," + operation + "," + std::to_string(cost++) + "\n";
    return text;
}

void additive_cells(benchmark::State& state)
{
    const TemporaryFile table(edge_table());
    price<cost_models::Additive>(state, cells(), many_cells(), {.file = table.path(), .column = "latency_ms"});
}
void macs_cells(benchmark::State& state)
{
    price<cost_models::Macs>(state, cells(), many_cells(), {});
}
void systolic_cells(benchmark::State& state)
{
    price<cost_models::Systolic>(state, cells(), many_cells(), {});
}
void systolic_mobilenets(benchmark::State& state)
{
    price<cost_models::Systolic>(state, mobilenet(), many_mobilenets(), {});
}

/// What 200 cells cost, a sum over edges with something that no sum is, so that each of them is a support vector.
std::string measured_cells()
{
    const std::vector<Architecture> all = many_cells();
    std::string text = "arch,latency_ms\n";
    for (std::size_t i = 0; i < 200; ++i) {
        const std::vector<std::uint16_t>& choices = all[i].choices;
        const int sum = std::accumulate(choices.begin(), choices.end(), 0);
        double cost = 20 + sum * sum % 7;
        for (std::size_t edge = 0; edge < choices.size(); ++edge)
            cost += 0.5 * static_cast<double>(edge + 1) * choices[edge];
        text += cells().text(all[i]) + "," + std::to_string(cost) + "\n";
    }
    return text;
}

void predicted_cells(benchmark::State& state)
{
    const TemporaryFile table(measured_cells());
    predicted::Predicted::Options options;
    options.file = table.path();
    options.column = "latency_ms";
    options.model = "svr_rbf";
    options.features = "plain";
    options.samples = 200;
    predicted::Predicted model(options, with(cells()));
    test::Quiet quiet;
    Phase::Step step{0, Rng(1), quiet};
    const std::unique_ptr<Phase> learning = model.training(Region(cells().decisions()), nullptr);
    while (learning->step(step))
        ++step.index;
    price_by(state, cells(), many_cells(), [&] { return &model; });
}

BENCHMARK(additive_cells);
BENCHMARK(macs_cells);
BENCHMARK(predicted_cells);
BENCHMARK(systolic_cells);
BENCHMARK(systolic_mobilenets);

}  // namespace
}  // namespace espalier
