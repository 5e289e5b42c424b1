// SPDX-License-Identifier: Apache-2.0
// CPU seconds of the indicators of one architecture, one thread: |avg|conv3x3|conv3x3|avg|avg|avg, 78.6 million MACs at
// 16 channels and 5 cells. indicators_ratio.py compares them with the same computation in Python.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "espalier/torch/tensors/generator.hpp"

#include "indicators.hpp"
#include "space.hpp"
#include "toys/quiet.hpp"

namespace {

using espalier::test::Quiet;
using namespace espalier;
using indicators::Indicators;
using nas_bench_201::NasBench201;

/// 4,000 random images of CIFAR-10's size.
class Noise final : public torch_sdk::TensorData {
public:
    std::vector<Input> inputs() const override { return {{"image", {3, 32, 32}}}; }
    Shape output() const override { return {10}; }
    std::int64_t examples(torch_sdk::Split) const override { return images_.size(0); }
    torch_sdk::Batch batch(torch_sdk::Split, std::span<const std::int64_t> indices, const torch_sdk::Augmentation&,
                           Rng&) const override
    {
        const at::Tensor rows = at::tensor(at::ArrayRef(indices.data(), indices.size()), at::kLong);
        return {{images_.index_select(0, rows)}, at::zeros_like(rows)};
    }

private:
    at::Tensor images_ = at::randn({4000, 3, 32, 32}, torch_sdk::generator(1, "images"), at::TensorOptions(at::kFloat));
};

template <class T>
std::unique_ptr<T> made(const Config& config, const Setup& setup)
{
    Describe<typename T::Options> described;
    T::Options::describe(described);
    typename T::Options options;
    read_map(config, described.options, &options);
    return std::make_unique<T>(options, setup);
}

void evaluate(benchmark::State& state, const std::string& options)
{
    const Noise data;
    Setup setup;
    setup.data = &data;
    setup.make_component = [](Kind, const Config& config, const Setup& s) -> std::unique_ptr<Component> {
        return made<NasBench201>(config, s);
    };
    const auto space = made<NasBench201>(parse_config("{use: nas_bench_201}"), setup);
    setup.space = space.get();
    const auto scores = made<Indicators>(parse_config(options), setup);
    Quiet context;
    const Candidate candidate(*space, Architecture{{4, 3, 3, 4, 4, 4}});
    scores->evaluate({&candidate, 1}, context);  // draws the images
    for (auto iteration : state)
        benchmark::DoNotOptimize(scores->evaluate({&candidate, 1}, context));
}

void set(const char* name, const std::string& options)
{
    benchmark::RegisterBenchmark(name, [options](benchmark::State& state) { evaluate(state, options); })
        ->Unit(benchmark::kMillisecond)
        ->MinTime(2);
}

}  // namespace

int main(int argc, char** argv)
{
    // the paper's four; its set and the whole set
    const std::string four = "metrics: [cj_count, nlr, cnntk, os_rel]";
    set("reduced", "{use: indicators, " + four + "}");
    set("full", "{use: indicators, preset: full, " + four + "}");
    set("reduced_all_seven", "{use: indicators}");
    for (const char* metric : {"cj_count", "nlr", "cnntk", "os_rel", "naswot"})
        for (const char* preset : {"reduced", "full"})
            set((std::string(preset) + "/" + metric).c_str(),
                "{use: indicators, preset: " + std::string(preset) + ", metrics: [" + metric + "]}");
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
