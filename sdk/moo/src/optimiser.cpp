// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/optimiser.hpp"

#include <algorithm>
#include <cmath>

#include "state.hpp"

namespace espalier::moo {
namespace {

/// Products of differences of such numbers are finite.
constexpr double kLargest = 1e100;

/// Whether nothing can be learnt from it.
bool failed(std::span<const double> objectives, double violation)
{
    if (violation < 0)
        throw Error("tell: a violation must be 0, feasible, or larger");
    const auto usable = [](double value) { return std::abs(value) <= kLargest; };  // no NaN
    return !usable(violation) || !std::ranges::all_of(objectives, usable);
}

}  // namespace

Optimiser::Optimiser(std::string name, GenomeSpace space, const Settings& settings)
    : name_{std::move(name)},
      space_{std::move(space)},
      seed_{settings.seed},
      population_{settings.population},
      batch_{settings.batch > 0 ? settings.batch : settings.population},
      told_(space_.options.size(), space_.objectives)
{
    space_.check();
}

Optimiser::~Optimiser() = default;

Genomes Optimiser::ask(std::size_t count)
{
    Rng rng(seed_, name_ + " ask " + std::to_string(asks_++));
    Genomes asked(space_.options.size());
    if (count > 0)
        propose(count, rng, asked);
    return asked;
}

void Optimiser::tell(const Genomes& genomes, const Points& objectives, std::span<const double> violations)
{
    const std::size_t count = genomes.rows();
    if (objectives.rows() != count || (!violations.empty() && violations.size() != count))
        throw Error("tell: " + std::to_string(count) + " genomes, but " + std::to_string(objectives.rows()) +
                    " points and " + std::to_string(violations.size()) + " violations");
    if (count == 0)
        return;
    if (genomes.columns() != space_.options.size() || objectives.columns() != space_.objectives)
        throw Error("tell: " + std::to_string(genomes.columns()) + " genes and " +
                    std::to_string(objectives.columns()) + " objectives where the space has " +
                    std::to_string(space_.options.size()) + " and " + std::to_string(space_.objectives));
    told_.clear();
    for (std::size_t row = 0; row < count; ++row) {
        const double violation = violations.empty() ? 0 : violations[row];
        for (std::size_t i = 0; i < space_.options.size(); ++i) {
            if (genomes[row][i] >= space_.options[i])
                throw Error("tell: gene " + std::to_string(i) + " has no option " + std::to_string(genomes[row][i]));
        }
        if (failed(objectives[row], violation))
            continue;
        told_.genomes.append(genomes[row]);
        told_.objectives.append(objectives[row]);
        told_.violations.push_back(violation);
        told_.keys.push_back(space_.key_of(genomes[row]));
    }
    Rng rng(seed_, name_ + " tell " + std::to_string(tells_++));
    learn(told_, count - told_.size(), rng);
}

std::string Optimiser::save()
{
    State state;
    std::string magic = "espalier.moo 1 " + name_;
    std::vector<std::uint32_t> options = space_.options;
    std::uint64_t objectives = space_.objectives, population = population_, seed = seed_;
    state(magic);
    state(options);
    state(objectives);
    state(population);
    state(seed);
    state(asks_);
    state(tells_);
    exchange(state);
    return state.take();
}

void Optimiser::load(std::string_view bytes)
{
    State state(bytes);
    std::string magic;
    std::vector<std::uint32_t> options;
    std::uint64_t objectives = 0, population = 0, seed = 0;
    state(magic);
    if (magic != "espalier.moo 1 " + name_)
        throw Error("the saved state is not one of the optimiser " + name_);
    state(options);
    state(objectives);
    state(population);
    state(seed);
    if (options != space_.options || objectives != space_.objectives || population != population_ || seed != seed_)
        throw Error("the saved state of " + name_ + " belongs to another space, population or seed");
    state(asks_);
    state(tells_);
    exchange(state);
    if (!state.at_end())
        throw Error("the saved state of " + name_ + " is longer than it should be");
}

}  // namespace espalier::moo
