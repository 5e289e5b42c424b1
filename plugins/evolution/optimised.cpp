// SPDX-License-Identifier: Apache-2.0
#include "optimised.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <map>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/moo/methods.hpp"
#include "espalier/moo/search_genomes.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

namespace espalier::evolution {
namespace {

/// Decisions whose names are equal but for one of `words`, such as kernel and expansion of a block.
std::vector<std::vector<std::uint32_t>> blocks_of(std::span<const Decision> decisions,
                                                  const std::vector<std::string>& words)
{
    std::map<std::string, std::vector<std::uint32_t>> blocks;
    for (std::uint32_t i = 0; i < decisions.size(); ++i) {
        for (const std::string& word : words) {
            std::string rest = decisions[i].name;
            if (const std::size_t at = rest.find(word); at != std::string::npos) {
                blocks[rest.erase(at, word.size())].push_back(i);
                break;
            }
        }
    }
    std::vector<std::vector<std::uint32_t>> result;
    result.reserve(blocks.size());
    for (auto& [name, genes] : blocks)
        result.push_back(std::move(genes));
    return result;
}

void check_blocks(std::span<const Decision> decisions, const std::vector<std::string>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto has_word = [&](const Decision& decision) {
            return decision.name.find(words[i]) != std::string::npos;
        };
        if (words[i].empty() || std::ranges::none_of(decisions, has_word))
            throw OptionError("blocks." + std::to_string(i),
                              "no decision of the space has '" + words[i] + "' in its name; the first is '" +
                                  decisions.front().name + "', the last '" + decisions.back().name + "'");
    }
}

/// Constraints that cost models answer without measuring.
bool all_priced(const Setup& setup)
{
    std::vector<std::string> priced;
    for (const CostModel* cost : setup.costs) {
        if (cost->measures())
            return false;  // asking for costs would measure
        const std::vector<std::string> metrics = cost->metrics();
        priced.insert(priced.end(), metrics.begin(), metrics.end());
    }
    return std::ranges::all_of(setup.constraints, [&](const Constraint& constraint) {
        return std::ranges::find(priced, constraint.metric) != priced.end();
    });
}

/// A method at work. Which one is all that it leaves open.
class Optimised : public Strategy {
public:
    void search(Search&) override;

protected:
    /// @param blocks decisions whose names are equal but for one of these words are mutated together
    /// @throws OptionError, or Error for objectives that the method cannot have.
    /// @param asks_costs the method knows which genomes are feasible before they are evaluated
    Optimised(std::string method, moo::Objectives wanted, bool asks_costs, const Setup&,
              std::vector<std::string> blocks);
    /// How many objectives the method is given.
    std::size_t losses() const { return losses_; }

private:
    virtual std::unique_ptr<moo::Optimiser> optimiser(moo::GenomeSpace, std::uint64_t seed) const = 0;
    moo::GenomeSpace genome_space(Search&, const moo::SearchGenomes&) const;

    std::string method_;
    std::vector<Constraint> constraints_;
    std::vector<std::string> blocks_;
    bool asks_costs_, by_reward_, priced_;  ///< priced: every constraint is on costs that may be asked at any time
    std::size_t losses_;
};

Optimised::Optimised(std::string method, moo::Objectives wanted, bool asks_costs, const Setup& setup,
                     std::vector<std::string> blocks)
    : method_{std::move(method)},
      constraints_{setup.constraints},
      blocks_{std::move(blocks)},
      asks_costs_{asks_costs},
      by_reward_{setup.reward != nullptr && (setup.objectives.empty() || wanted == moo::Objectives::one)},
      priced_{all_priced(setup)},
      losses_{by_reward_ ? 1 : setup.objectives.size()}
{
    if (losses_ == 0)
        throw Error(method_ + " needs `objectives` to go by, or a `reward`");
    if (wanted == moo::Objectives::one && losses_ != 1)
        throw Error(method_ + " goes by one number and there are " + std::to_string(losses_) +
                    " objectives: leave exactly one, or add a `reward` such as weighted_sum");
    if (wanted == moo::Objectives::several && losses_ < 2)
        throw Error(method_ + " weighs objectives against each other and there is one; use nsga2, ga or motpe");
    if (setup.space != nullptr)
        check_blocks(setup.space->decisions(), blocks_);
}

moo::GenomeSpace Optimised::genome_space(Search& search, const moo::SearchGenomes& genomes) const
{
    moo::GenomeSpace space = genomes.genome_space();
    space.groups = blocks_of(search.space().decisions(), blocks_);
    if (asks_costs_ && priced_ && !constraints_.empty())
        space.violation = [&](std::span<const moo::Gene> genome) {
            const Architecture architecture = genomes.architecture(genome);
            return genomes.violation(search.cost(std::span(&architecture, 1)).front());
        };
    return space;
}

void Optimised::search(Search& search)
{
    moo::SearchGenomes genomes(search, constraints_, by_reward_);
    if (asks_costs_ && priced_ &&
        !constraints_.empty())  // a table may price one way to write a network and not another
        genomes.distinguish([&](const Architecture& architecture) {
            return std::bit_cast<std::uint64_t>(genomes.violation(search.cost(std::span(&architecture, 1)).front()));
        });
    const auto optimiser = this->optimiser(genome_space(search, genomes), search.rng(method_)());
    const auto tell = [&](std::span<const Evaluation> evaluations) {
        const moo::Told told = genomes.told(evaluations);
        if (told.not_finite > 0)
            search.note("not finite", static_cast<double>(told.not_finite));
        optimiser->tell(told.genomes, told.losses, told.violations);
    };
    tell(search.known());
    try {
        while (search.remaining() > 0) {
            const moo::Genomes asked = optimiser->ask(std::min(optimiser->batch(), search.remaining()));
            if (asked.empty())
                return;  // there is nothing left that it would try
            tell(search.evaluate(genomes.architectures(asked)));
        }
    } catch (const moo::NothingFeasible&) {
        // one architecture for the record, so that the run can say by how much it missed
        Rng rng = search.rng(method_ + " infeasible");
        search.evaluate(std::vector{random_architecture(Region(search.space().decisions()), rng)});
    }
}

/// @tparam Method settings of methods.hpp
template <class Method>
class OptimisedBy final : public Optimised {
public:
    using Options = Method;
    OptimisedBy(const Options& options, const Setup& setup)
        : Optimised(Method::kName, Method::kObjectives, std::derived_from<Method, moo::ConstrainedGaSettings>, setup,
                    blocks_in(options)),
          options_{options}
    {
        moo::check_settings(options_, losses());
    }

private:
    static std::vector<std::string> blocks_in(const Options& options)
    {
        if constexpr (requires { options.blocks; })
            return options.blocks;
        else
            return {};
    }
    std::unique_ptr<moo::Optimiser> optimiser(moo::GenomeSpace space, std::uint64_t seed) const override
    {
        Options seeded = options_;
        seeded.seed = seed;
        return moo::make_optimiser(std::move(space), seeded);
    }

    Options options_;
};

/// With the groups of its genes told by their names.
struct ConstrainedGaInBlocks : moo::ConstrainedGaSettings {
    std::vector<std::string> blocks = {};
    static void describe(Describe<ConstrainedGaInBlocks>& d)
    {
        d.include<moo::ConstrainedGaSettings>();
        d("blocks", &ConstrainedGaInBlocks::blocks,
          "decisions whose names are equal but for one of these words are redrawn together, such as [ks, e] of "
          "ofa_mobilenet_v3");
    }
};

template <class Method>
void add(Registry& registry, std::string help)
{
    registry.add<OptimisedBy<Method>>(Method::kName, std::move(help));
}

}  // namespace

void add_optimisers(Registry& registry)
{
    add<moo::AgeMoeaSettings>(registry, "NSGA-II with survivors chosen by the geometry of their front");
    add<moo::CTaeaSettings>(registry, "two archives, one for convergence and one for diversity, for hard constraints");
    add<ConstrainedGaInBlocks>(registry, "once-for-all's genetic algorithm under a constraint on costs");
    add<moo::GaSettings>(registry, "a genetic algorithm for one objective");
    add<moo::LocalSearchSettings>(registry, "neighbours of what nothing dominates, with restarts");
    add<moo::MoeadSettings>(registry, "one search for each of many weightings of the objectives");
    add<moo::MotpeSettings>(registry, "draws options that good architectures have and others have not");
    add<moo::Nsga2Settings>(registry, "non-dominated sorting and crowding, the usual first choice");
    add<moo::UNsga3Settings>(registry, "reference directions, for two and more objectives");
}

}  // namespace espalier::evolution
