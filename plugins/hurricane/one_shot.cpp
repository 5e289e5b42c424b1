// SPDX-License-Identifier: Apache-2.0
#include "one_shot.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/moo/methods.hpp"
#include "espalier/moo/search_genomes.hpp"

namespace espalier::hurricane {
namespace {

std::vector<Constraint> on_costs(const Setup& setup)
{
    std::vector<Constraint> found;
    for (const Constraint& constraint : setup.constraints)
        for (const CostModel* cost : setup.costs) {
            const std::vector<std::string> metrics = cost->metrics();
            if (std::find(metrics.begin(), metrics.end(), constraint.metric) != metrics.end())
                found.push_back(constraint);
        }
    return found;
}

/// How far architectures are from the constraints, and which came nearest.
class Nearest {
public:
    Nearest(Search& search, std::span<const Constraint> constraints) : search_{search}, constraints_{constraints} {}

    double violation(const Architecture& architecture)
    {
        Evaluation priced = search_.cost(std::span(&architecture, 1)).front();
        const double far = espalier::violation(constraints_, priced);
        if (far < least_) {
            least_ = far;
            nearest_ = std::move(priced.metrics);
        }
        return far;
    }

    /// "latency_ms 18.3, at most 17": what the nearest breaks.
    std::string broken() const
    {
        std::ostringstream text;
        for (const Constraint& constraint : constraints_) {
            const auto found = nearest_.find(constraint.metric);
            if (found == nearest_.end() || constraint.holds(found->second))
                continue;
            const bool above = found->second > constraint.maximum;
            text << (text.tellp() > 0 ? "; " : "") << constraint.metric << ' ' << found->second << ", "
                 << (above ? "at most " : "at least ") << (above ? constraint.maximum : constraint.minimum);
        }
        return text.str();
    }

private:
    Search& search_;
    std::span<const Constraint> constraints_;
    double least_ = std::numeric_limits<double>::infinity();
    Metrics nearest_;
};

moo::ConstrainedGaSettings settings(const OneShot::Options& o, std::uint64_t seed)
{
    moo::ConstrainedGaSettings settings;
    settings.population = static_cast<std::size_t>(o.population);
    settings.parents = std::min(1.0, (o.parents + 0.5) / o.population);  // which rounds down
    settings.mutants = o.mutants;
    settings.variation.mutation = o.mutation;
    settings.never_again = true;
    settings.seed = seed;
    return settings;
}

}  // namespace

void OneShot::Options::describe(Describe<Options>& d)
{
    d("population", &Options::population, "architectures of a generation").range(2, 1'000'000);
    d("generations", &Options::generations, "of each stage, the random first one among them").range(1, 1'000'000);
    d("parents", &Options::parents, "the best of all so far, which breed").range(2, 1'000'000);
    d("mutation", &Options::mutation, "probability of each decision of a mutant to be drawn anew").range(0, 1);
    d("mutants", &Options::mutants, "share of the children that are mutants; the rest are crossed").range(0, 1);
}

OneShot::OneShot(const Options& options, const Setup& setup)
    : options_{options},
      constraints_{setup.constraints},
      on_costs_{on_costs(setup)},
      by_reward_{setup.reward != nullptr}
{
    if (options.parents > options.population)
        throw OptionError("parents", "must be at most `population`, " + std::to_string(options.population));
    if (!by_reward_ && setup.objectives.size() != 1)
        throw Error("goes by one number and there are " + std::to_string(setup.objectives.size()) +
                    " objectives: leave exactly one, or add a `reward` such as weighted_sum");
}

std::optional<Evaluation> OneShot::best(Search& search, const std::string& stage, const Region& region,
                                        std::size_t evaluations) const
{
    moo::SearchGenomes genomes(search, constraints_, by_reward_);
    genomes.within(region);
    Nearest nearest(search, on_costs_);
    moo::GenomeSpace space = genomes.genome_space();
    for (std::uint32_t gene = 0; gene < space.options.size(); ++gene)
        space.groups.push_back({gene});  // drawn anew from all options, its own among them
    if (!on_costs_.empty())
        space.violation = [&](std::span<const moo::Gene> genome) {
            return nearest.violation(genomes.architecture(genome));
        };
    const auto evolution = moo::make_optimiser(std::move(space), settings(options_, search.rng(stage)()));

    std::size_t left = std::min(
        evaluations, static_cast<std::size_t>(options_.population) * static_cast<std::size_t>(options_.generations));
    const auto next = [&] { return evolution->ask(std::min({evolution->batch(), left, search.remaining()})); };
    moo::Genomes asked(region.decisions());
    try {
        asked = next();
    } catch (const moo::NothingFeasible&) {
        throw Error(stage + ": no architecture was found that keeps the constraints; the nearest has " +
                    nearest.broken());
    }
    search.train(stage, region);
    search.note(stage + " architectures", region.size());
    std::optional<Evaluation> best;
    std::size_t count = 0;
    double least = std::numeric_limits<double>::infinity();
    while (!asked.empty()) {
        const std::vector<Evaluation> evaluated = search.evaluate(genomes.architectures(asked));
        const moo::Told told = genomes.told(evaluated);
        if (told.not_finite > 0)
            search.note("not finite", static_cast<double>(told.not_finite));
        for (std::size_t i = 0; i < evaluated.size(); ++i)
            if (told.violations[i] == 0 && told.losses[i][0] < least) {
                least = told.losses[i][0];
                best = evaluated[i];
            }
        count += asked.rows();
        left -= asked.rows();
        evolution->tell(told.genomes, told.losses, told.violations);
        try {
            asked = next();
        } catch (const moo::NothingFeasible&) {
            break;  // the known ones have no feasible children
        }
    }
    search.note(stage + " evaluated", static_cast<double>(count));
    if (best)
        for (const auto& [metric, value] : best->metrics)
            search.note(stage + " " + metric, value);
    return best;
}

}  // namespace espalier::hurricane
