// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/search_genomes.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/search_space.hpp"

#include "infinity.hpp"

namespace espalier::moo {
namespace {

constexpr std::size_t kRemembered = 4096;  // several batches

}  // namespace

SearchGenomes::SearchGenomes(const Search& search, std::span<const Constraint> constraints, bool by_reward)
    : search_{search},
      constraints_(constraints.begin(), constraints.end()),
      by_reward_{by_reward},
      region_{search.space().decisions()},
      remembered_(kRemembered)
{
}

GenomeSpace SearchGenomes::genome_space() const
{
    GenomeSpace space;
    for (const Decision& decision : search_.space().decisions()) {
        space.options.push_back(static_cast<std::uint32_t>(region_.options(space.options.size()).size()));
        space.ordinal.push_back(decision.ordinal ? 1 : 0);
    }
    space.objectives = losses();
    space.key = [this](std::span<const Gene> genome) { return key(genome); };
    space.active = [this](std::span<const Gene> genome, std::span<std::uint8_t> active) {
        decode(genome, scratch_);
        std::ranges::copy(search_.space().active(scratch_), active.begin());
    };
    return space;
}

void SearchGenomes::decode(std::span<const Gene> genome, Architecture& architecture) const
{
    architecture.choices.resize(genome.size());
    for (std::size_t d = 0; d < genome.size(); ++d)
        architecture.choices[d] = region_.options(d)[genome[d]];
}

Architecture SearchGenomes::architecture(std::span<const Gene> genome) const
{
    Architecture architecture;
    decode(genome, architecture);
    return architecture;
}

std::vector<Architecture> SearchGenomes::architectures(const Genomes& genomes) const
{
    std::vector<Architecture> result;
    for (std::size_t row = 0; row < genomes.rows(); ++row)
        result.push_back(architecture(genomes[row]));
    return result;
}

std::uint64_t SearchGenomes::key(std::span<const Gene> genome) const
{
    const std::uint64_t hash = genome_hash(genome);
    Remembered& place = remembered_[hash % kRemembered];
    if (place.genome != hash) {
        decode(genome, scratch_);
        place = {hash, stable_hash(search_.space().key(scratch_))};
        if (what_)
            place.key ^= what_(scratch_) * 0x9e3779b97f4a7c15U;
    }
    return place.key;
}

bool SearchGenomes::losses(const Metrics& metrics, std::span<double> losses) const
{
    bool complete = true;
    for (std::size_t m = 0; m < losses.size(); ++m) {
        const Objective& objective = search_.objectives()[m];
        if (const auto found = metrics.find(objective.metric); found != metrics.end())
            losses[m] = objective.maximise ? -found->second : found->second;
        else
            complete = false;
    }
    return complete;
}

double SearchGenomes::violation_of(const Evaluation& evaluation) const
{
    const double violation = this->violation(evaluation);
    return evaluation.ok() || violation > 0 ? violation : 1;
}

Told SearchGenomes::told(std::span<const Evaluation> evaluations) const
{
    const std::size_t objectives = losses();
    std::vector<Gene> genome(region_.decisions());
    Told told{Genomes(search_.space().decisions().size()), Points(objectives, evaluations.size()), {}, 0};
    std::vector<double> worst(objectives, -kInfinity);
    for (std::size_t row = 0; row < evaluations.size(); ++row) {
        const Evaluation& evaluation = evaluations[row];
        const auto point = told.losses[row];
        std::ranges::fill(point, kInfinity);
        double violation = violation_of(evaluation);
        const bool complete = by_reward_ ? evaluation.ok() : losses(evaluation.metrics, point);
        if (by_reward_ && complete)
            point[0] = -search_.reward(evaluation);
        const bool finite = std::ranges::all_of(point, [](double x) { return std::isfinite(x); });
        told.not_finite += evaluation.ok() && complete && !finite ? 1 : 0;
        if (evaluation.ok() && !(complete && finite))
            violation = kInfinity;
        for (std::size_t d = 0; d < genome.size(); ++d) {
            const auto options = region_.options(d);
            const auto found = std::ranges::lower_bound(options, evaluation.architecture.choices[d]);
            genome[d] = static_cast<Gene>(found - options.begin());
        }
        told.genomes.append(genome);
        told.violations.push_back(violation);
        for (std::size_t m = 0; m < objectives; ++m)
            worst[m] = std::isfinite(point[m]) ? std::max(worst[m], point[m]) : worst[m];
    }
    for (std::size_t row = 0; row < evaluations.size(); ++row)
        for (std::size_t m = 0; m < objectives; ++m)
            if (!std::isfinite(told.losses[row][m]))
                told.losses[row][m] = std::isfinite(worst[m]) ? worst[m] : 0;
    return told;
}

}  // namespace espalier::moo
