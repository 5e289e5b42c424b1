// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/test_problem.hpp"

#include <cmath>
#include <numbers>

#include "espalier/error.hpp"

namespace espalier::moo {
namespace {

using std::numbers::pi;

/// Gene values as numbers in [0, 1].
std::vector<double> shares(std::span<const Gene> genome, std::uint32_t levels)
{
    std::vector<double> x(genome.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<double>(genome[i]) / (levels - 1);
    return x;
}

double mean_of_rest(std::span<const double> x)
{
    double sum = 0;
    for (const double value : x.subspan(1))
        sum += value;
    return sum / static_cast<double>(x.size() - 1);
}

void zdt_reals(int number, std::span<const double> x, std::span<double> f)
{
    double g = 1 + 9 * mean_of_rest(x);
    f[0] = x[0];
    if (number == 4) {
        g = 1 + 10 * static_cast<double>(x.size() - 1);
        for (const double share : x.subspan(1)) {
            const double value = 10 * share - 5;
            g += value * value - 10 * std::cos(4 * pi * value);
        }
    } else if (number == 6) {
        f[0] = 1 - std::exp(-4 * x[0]) * std::pow(std::sin(6 * pi * x[0]), 6);
        g = 1 + 9 * std::pow(mean_of_rest(x), 0.25);
    }
    const double ratio = f[0] / g;
    if (number == 2 || number == 6)
        f[1] = g * (1 - ratio * ratio);
    else
        f[1] = g * (1 - std::sqrt(ratio) - (number == 3 ? ratio * std::sin(10 * pi * f[0]) : 0));
}

/// 30 bits, then ten groups of five.
void zdt5(std::span<const Gene> bits, std::span<double> f)
{
    const auto ones = [bits](std::size_t from, std::size_t count) {
        std::size_t sum = 0;
        for (const Gene bit : bits.subspan(from, count))
            sum += bit;
        return static_cast<double>(sum);
    };
    const double first = 1 + ones(0, 30);
    double g = 0;
    for (std::size_t from = 30; from < 80; from += 5) {
        const double u = ones(from, 5);
        g += u < 5 ? 2 + u : 1;
    }
    const double least = 10. / 31, most = 10;  // of the second objective over the true front
    f[0] = (first - 1) / 30;
    f[1] = (g / first - least) / (most - least);
}

/// f_m = scale * product of cosines (`curved`) or of the shares, Deb et al. equations 6.19 to 6.23.
void dtlz_shape(std::span<const double> position, bool curved, double scale, std::span<double> f)
{
    const std::size_t last = f.size() - 1;
    for (std::size_t m = 0; m <= last; ++m) {
        f[m] = scale;
        for (std::size_t i = 0; i < last - m; ++i)
            f[m] *= curved ? std::cos(position[i] * pi / 2) : position[i];
        if (m > 0)
            f[m] *= curved ? std::sin(position[last - m] * pi / 2) : 1 - position[last - m];
    }
}

void dtlz_reals(int number, std::vector<double> x, std::span<double> f)
{
    const std::size_t positions = f.size() - 1;
    const bool rugged = number == 1 || number == 3;
    double g = rugged ? static_cast<double>(x.size() - positions) : 0;
    for (std::size_t i = positions; i < x.size(); ++i) {
        const double away = x[i] - 0.5;
        g += away * away - (rugged ? std::cos(20 * pi * away) : 0);
    }
    if (rugged)
        g *= 100;
    if (number == 4) {
        for (std::size_t i = 0; i < positions; ++i)
            x[i] = std::pow(x[i], 100);
    }
    dtlz_shape(x, number != 1, number == 1 ? 0.5 * (1 + g) : 1 + g, f);
}

}  // namespace

Points TestProblem::operator()(const Genomes& genomes) const
{
    Points result(objectives, genomes.rows());
    for (std::size_t row = 0; row < genomes.rows(); ++row)
        evaluate(genomes[row], result[row]);
    return result;
}

TestProblem zdt(int number, std::size_t variables, std::uint32_t levels)
{
    if (number < 1 || number > 6)
        throw Error("there are ZDT1 to ZDT6, not ZDT" + std::to_string(number));
    const std::string name = "zdt" + std::to_string(number);
    if (number == 5)
        return {name, std::vector<std::uint32_t>(80, 2), 2, zdt5};
    if (variables < 2 || levels < 2)
        throw Error(name + " needs at least two variables of two levels");
    return {name, std::vector<std::uint32_t>(variables, levels), 2,
            [number, levels](std::span<const Gene> genome, std::span<double> values) {
                zdt_reals(number, shares(genome, levels), values);
            }};
}

TestProblem dtlz(int number, std::size_t variables, std::size_t objectives, std::uint32_t levels)
{
    if (number < 1 || number > 4)
        throw Error("there are DTLZ1 to DTLZ4 here, not DTLZ" + std::to_string(number));
    const std::string name = "dtlz" + std::to_string(number);
    if (objectives < 2 || variables < objectives || levels < 2)
        throw Error(name + " needs two objectives or more, as many variables, and two levels");
    return {name, std::vector<std::uint32_t>(variables, levels), objectives,
            [number, levels](std::span<const Gene> genome, std::span<double> values) {
                dtlz_reals(number, shares(genome, levels), values);
            }};
}

}  // namespace espalier::moo
