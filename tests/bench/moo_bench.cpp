// SPDX-License-Identifier: Apache-2.0
// Optimisers on 45 ternary genes (an elastic MobileNetV3) with two objectives that cost next to nothing: what is left
// is the optimiser. `moo_ratio.py` runs the same problem in other libraries.
#include <benchmark/benchmark.h>

#include "espalier/moo/hypervolume.hpp"
#include "espalier/moo/optimiser.hpp"

namespace espalier::moo {
namespace {

constexpr std::size_t kGenes = 45;

/// The sum of all genes against the weighted sum of what they lack: both cannot be small.
Points objectives(const Genomes& genomes)
{
    Points points(2, genomes.rows());
    for (std::size_t i = 0; i < genomes.rows(); ++i) {
        double low = 0, high = 0;
        for (std::size_t g = 0; g < kGenes; ++g) {
            low += genomes[i][g];
            high += (2.0 - genomes[i][g]) * (1.0 + static_cast<double>(g * 7 % kGenes) / kGenes);
        }
        points[i][0] = low;
        points[i][1] = high;
    }
    return points;
}

/// The hypervolume of the population after `evaluations`, as a share of the box.
double searched(const char* method, std::size_t batch, std::size_t evaluations, std::uint64_t seed)
{
    GenomeSpace space{.options = std::vector<std::uint32_t>(kGenes, 3), .objectives = 2};
    const auto optimiser = make_optimiser(method, space, {.population = 50, .seed = seed});
    for (std::size_t done = 0; done < evaluations;) {
        const Genomes genomes = optimiser->ask(std::min(batch, evaluations - done));
        optimiser->tell(genomes, objectives(genomes));
        done += genomes.rows();
    }
    const std::vector<double> reference{90, 135};
    return hypervolume(optimiser->population().objectives, reference) / (reference[0] * reference[1]);
}

void search(benchmark::State& state, const char* method, std::size_t batch, std::size_t evaluations)
{
    std::uint64_t seed = 0;
    double volume = 0;
    for (auto _ : state)
        volume += searched(method, batch, evaluations, ++seed);
    state.counters["seconds_per_evaluation"] =
        benchmark::Counter(static_cast<double>(state.iterations() * evaluations),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["hypervolume"] = volume / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(search, nsga2, "nsga2", 50, 20'000)->Unit(benchmark::kMillisecond)->MinTime(2);
BENCHMARK_CAPTURE(search, motpe, "motpe", 1, 2'000)->Unit(benchmark::kMillisecond)->MinTime(2);
BENCHMARK_CAPTURE(search, motpe_500, "motpe", 1, 500)->Unit(benchmark::kMillisecond)->MinTime(2);  // as the peer

}  // namespace
}  // namespace espalier::moo
