// SPDX-License-Identifier: Apache-2.0
// Latencies of whole networks on the three made-up devices, and how they are distributed over spaces, as published.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "espalier/counts.hpp"

#include "analytic/device_profile.hpp"
#include "backbone.hpp"
#include "catch.hpp"
#include "hurricane.hpp"
#include "lists.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using namespace espalier::hurricane;

namespace {

double time_on(const std::string& device, const Network& network)
{
    test::Quiet quiet;
    const Candidate candidate(network);
    cost_models::DeviceProfile model({.device = device}, {});
    return model.evaluate({&candidate, 1}, quiet).at(0).metrics.at("latency_ms");
}

constexpr std::tuple<const char*, double> kBases[] = {{"dsp", 1.6247}, {"cpu", 5.1644}, {"vpu", 0.9984}};

/// A number of a network that is a sum over the layers, by layer and option, and of what stands around them.
struct Sums {
    double base = 0;
    std::vector<std::vector<double>> terms;
    double of(const Architecture& a) const
    {
        double sum = base;
        for (std::size_t layer = 0; layer < kLayers; ++layer)
            sum += terms[layer][a.choices[layer]];
        return sum;
    }
};

/// @param number of a network alone.
template <class Number>
Sums summed(const SearchSpace& space, Number number)
{
    Sums sums;
    const std::vector<Place> where = places(backbone("spos"), 224);
    std::map<std::pair<std::string, std::int64_t>, double> known;  // outputs and stride tell the place
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        auto& terms = sums.terms.emplace_back();
        for (const std::string& option : space.decisions()[layer].options) {
            const auto [found, isnew] = known.try_emplace({option, where[layer].out * 10 + where[layer].stride});
            if (isnew)
                found->second = number(alone(kOperators[operator_named(option)], where[layer]));
            terms.push_back(found->second);
        }
    }
    const Architecture first{std::vector<std::uint16_t>(kLayers, 0)};
    sums.base = number(space.network(Region(first))) - sums.of(first);
    return sums;
}

/// Whether a sample of `published_size` could have this quantile: it lies between order statistics of our sorted
/// sample. The rank of a quantile q in a sample of n has the standard deviation sqrt(q (1 - q) n); ours and theirs are
/// independent. Four of those, of which one in 16,000 is outside, and half of the last printed digit.
void check_quantile(const std::vector<double>& sorted, double q, double published, double half_digit,
                    double published_size = 20'000)
{
    const auto n = static_cast<double>(sorted.size());
    const double reach = 4 * std::sqrt(q * (1 - q) * (1 / published_size + 1 / n));
    const auto at = [&](double rank) { return sorted[static_cast<std::size_t>(std::clamp(rank * n, 0.0, n - 1))]; };
    CHECK(at(q - reach) - half_digit <= published);
    CHECK(at(q + reach) + half_digit >= published);
}

}  // namespace

TEST_CASE("a network's latency is that of stem and head and of its operators alone", "[hurricane]")
{
    for (const char* operators : {"paper_dsp", "large"}) {
        const Hurricane space({.operators = operators}, {});
        for (const auto& [device, base] : kBases) {
            INFO(operators << " on " << device);
            const Sums sums = summed(space, [d = std::string(device)](const Network& n) { return time_on(d, n); });
            CHECK(std::abs(sums.base - base) < 6e-5);
            Rng rng{2};
            for (int i = 0; i < 20; ++i) {
                const Architecture a = random_architecture(Region(space.decisions()), rng);
                CHECK(time_on(device, space.network(Region(a))) == Approx(sums.of(a)).epsilon(1e-10));
            }
        }
    }
}

TEST_CASE("networks of one operator have the published latencies", "[hurricane]")
{
    const std::tuple<const char*, double, double, double> published[] = {{"Choice_3", 23.1260, 47.9810, 24.4959},
                                                                         {"SEP_3", 38.4262, 97.5059, 41.3982},
                                                                         {"MB_3_1", 23.3097, 53.5482, 31.1365},
                                                                         {"ChoiceX", 32.1099, 57.9278, 36.1082}};
    const Hurricane space({.operators = "large"}, {});
    for (const auto& [op, dsp, cpu, vpu] : published) {
        INFO(op);
        const auto option = static_cast<std::uint16_t>(operator_named(op));
        const Network network = space.network(Region(Architecture{std::vector<std::uint16_t>(kLayers, option)}));
        CHECK(std::abs(time_on("dsp", network) - dsp) < 6e-5);
        CHECK(std::abs(time_on("cpu", network) - cpu) < 6e-5);
        CHECK(std::abs(time_on("vpu", network) - vpu) < 6e-5);
    }
}

TEST_CASE("latencies and multiply-adds of random architectures are distributed as published", "[hurricane]")
{
    struct Row {
        const char *device, *operators;
        double p5, median, p95, median_mmacs;
    };
    constexpr Row kPublished[] = {
        {"dsp", "paper_dsp", 25.9, 30.8, 38.0, 423}, {"dsp", "manual", 75.9, 120.0, 169.3, 327},
        {"dsp", "large", 277.5, 508.4, 848.7, 1545}, {"cpu", "paper_cpu", 49.4, 54.0, 57.8, 317},
        {"cpu", "manual", 54.7, 60.4, 67.2, 327},    {"cpu", "large", 164.8, 250.9, 353.0, 1545},
        {"vpu", "paper_vpu", 26.9, 30.8, 34.6, 340}, {"vpu", "manual", 27.9, 30.5, 33.3, 327},
        {"vpu", "large", 305.7, 439.7, 573.2, 1544}};
    for (const Row& row : kPublished) {
        INFO(row.operators << " on " << row.device);
        const Hurricane space({.operators = row.operators}, {});
        const Sums times = summed(space, [&](const Network&n) { return time_on(row.device, n); }),
                   work = summed(space, [](const Network&n) { return macs(n) / 1e6; });
        const Region all(space.decisions());
        Rng rng{1};
        std::vector<double> latencies, mmacs;
        for (int i = 0; i < 200'000; ++i) {
            const Architecture a = random_architecture(all, rng);
            latencies.push_back(times.of(a));
            mmacs.push_back(work.of(a));
        }
        std::sort(latencies.begin(), latencies.end());
        std::sort(mmacs.begin(), mmacs.end());
        check_quantile(latencies, 0.05, row.p5, 0.05);
        check_quantile(latencies, 0.5, row.median, 0.05);
        check_quantile(latencies, 0.95, row.p95, 0.05);
        check_quantile(mmacs, 0.5, row.median_mmacs, 0.5);
    }
}
