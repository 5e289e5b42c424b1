// SPDX-License-Identifier: Apache-2.0
// CPU seconds per architecture of the indicators of the network that is searched, one thread: 50 random classes of
// NAS-Bench-201 at 16 channels and 5 cells, 16 images. Prints JSON; zero_cost_ratio.py sets a plain implementation in
// Python beside it, on the same cells.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "batch_statistics.hpp"
#include "cell.hpp"
#include "space.hpp"
#include "zero_cost.hpp"

namespace {

using namespace espalier;
using namespace espalier::indicators;
using nas_bench_201::NasBench201;

constexpr std::size_t kClasses = 50;

/// The representatives of classes with a way through, drawn at random.
std::vector<Architecture> cells()
{
    Rng rng(1, "cells");
    std::set<std::uint64_t> seen{0};
    std::vector<Architecture> some;
    while (some.size() < kClasses) {
        const Architecture cell = nas_bench_201::cell_at(rng.below(nas_bench_201::kCells));
        if (seen.insert(nas_bench_201::function_class(cell)).second)
            some.push_back(nas_bench_201::representative(cell));
    }
    return some;
}

template <class Work>
double seconds(const Work& work)
{
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void print(const char* name, std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (const double t : times)
        sum += t;
    std::printf("\"%s\": {\"median\": %.5f, \"mean\": %.5f, \"max\": %.5f}", name, times[times.size() / 2],
                sum / static_cast<double>(times.size()), times.back());
}

}  // namespace

int main(int argc, char** argv)
{
    torch_sdk::use_threads(1);
    const NasBench201 space(NasBench201::Options{}, Setup{});
    const at::TensorOptions options(at::kFloat);
    const auto noise = [&](const char* stream) {
        return at::randn({16, 3, 32, 32}, torch_sdk::generator(1, stream), options)
            .contiguous(at::MemoryFormat::ChannelsLast);
    };
    const at::Tensor labels = at::arange(16, at::kLong).remainder(10);
    const Shown shown{noise("images"), labels, noise("second"), labels, noise("noise")};

    std::vector<std::pair<const char*, std::vector<std::string>>> sets{
        {"fi_zc", {"complexity", "trainability", "jacobian_logdet", "meco", "synflow"}},
        {"light", {"complexity", "jacobian_logdet", "meco"}},
        {"trainability", {"trainability"}},
        {"jacobian_logdet", {"jacobian_logdet"}},
        {"meco", {"meco"}},
        {"synflow", {"synflow"}}};
    if (argc > 1 && std::string(argv[1]) == "all")
        for (const std::string& metric : ZeroCost::all())
            sets.push_back({metric.c_str(), {metric}});

    const std::vector<Architecture> some = cells();
    std::printf("{\"cells\": [");
    for (std::size_t i = 0; i < some.size(); ++i)
        std::printf("%s\"%s\"", i ? ", " : "", nas_bench_201::text(some[i]).c_str());
    std::printf("],\n");
    std::vector<double> weights_only, forward_only;
    std::vector<std::vector<double>> times(sets.size());
    for (int round = 0; round < 2; ++round)  // the first fills caches of compiled kernels
        for (std::size_t i = 0; i < (round == 0 ? 5 : some.size()); ++i) {
            const Network network = space.network(Region(some[i]));
            std::optional<torch_sdk::Weights> weights;
            const double made = seconds([&] {
                weights.emplace(network, torch_sdk::Initialisation{torch_sdk::Initialisation::Kind::kaiming_fan_in},
                                1 + i, at::kFloat);
            });
            weights->require_gradients(false);
            const double run =
                seconds([&] { torch_sdk::forward(network, *weights, shown.images, batch_statistics()); });
            if (round == 1)
                weights_only.push_back(made), forward_only.push_back(run);
            for (std::size_t s = 0; s < sets.size(); ++s) {
                const ZeroCost indicators(sets[s].second);
                const double t = seconds([&] { indicators(network, shown, 1 + i, at::kCPU); });
                if (round == 1)
                    times[s].push_back(t);
            }
        }
    print("weights", weights_only);
    std::printf(",\n");
    print("forward", forward_only);
    for (std::size_t s = 0; s < sets.size(); ++s) {
        std::printf(",\n");
        print(sets[s].first, times[s]);
    }
    std::printf("}\n");
}
