// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <numeric>

#include "espalier/moo/dominance.hpp"

#include "method_options.hpp"
#include "populated.hpp"

namespace espalier::moo {
namespace {

constexpr double kMutation = 0.1;
constexpr int kMostRejections = 10'000, kMostCopies = 100, kMostRepairs = 20, kMostInVain = 5;

/// The genetic algorithm of once-for-all: Cai, Gan, Wang, Zhang, Han, "Once-for-All: Train One Network and Specialize
/// it for Efficient Deployment", ICLR 2020, as in its released code: one objective under a constraint known beforehand
/// (`GenomeSpace::violation`). Initial genomes, mutants and crossovers are drawn until they meet it; the best
/// `parents` x `population` of parents and children survive; `mutants` of the children are mutants.
///
/// The genes of a block mutate together where `GenomeSpace::groups` names blocks, otherwise each on its own, with
/// probability 0.1 unless set.
///
/// Differs from the code: after 10,000 rejections a genome is repaired by the one-gene changes that help most, so an
/// infeasible constraint ends in an error that names the smallest violation instead of never.
class ConstrainedGa final : public Populated {
public:
    ConstrainedGa(GenomeSpace space, const ConstrainedGaSettings& settings)
        : Populated(ConstrainedGaSettings::kName, std::move(space), with_rate(settings)),
          parents_{std::max<std::size_t>(2, share(settings.parents, settings.population, "parents"))},
          mutants_{settings.mutants},
          rate_{settings.variation.mutation.value_or(kMutation)},
          child_(this->space().options.size()),
          other_(child_.size())
    {
        share(settings.mutants, settings.population, "mutants");
        std::vector<bool> grouped(child_.size(), false);
        for (const auto& group : this->space().groups)
            for (const std::uint32_t gene : group)
                grouped[gene] = true;
        for (std::uint32_t gene = 0; gene < child_.size(); ++gene)
            if (!grouped[gene])
                alone_.push_back(gene);
        if (this->space().objectives != 1)
            throw Error("constrained_ga searches for one objective, not " + std::to_string(this->space().objectives) +
                        "; nsga2 takes several");
    }

private:
    static Settings with_rate(const Settings& settings)
    {
        Settings result = settings;
        result.variation.operators = Operators::discrete;
        result.variation.mutation = settings.variation.mutation.value_or(kMutation);
        result.variation.crossover = 1;
        return result;
    }
    static std::size_t share(double part, std::size_t whole, const char* what)
    {
        if (!(part >= 0 && part <= 1))
            throw Error(std::string("constrained_ga: the share of ") + what + " must lie between 0 and 1");
        return static_cast<std::size_t>(part * static_cast<double>(whole));
    }

    /// Groups of genes are redrawn together, and what is redrawn may be what it was, as in the code.
    void mutate(Rng& rng)
    {
        if (space().groups.empty()) {
            breeder_.mutate(child_, rng);
            return;
        }
        const auto redraw = [&](std::uint32_t gene) {
            child_[gene] = static_cast<Gene>(rng.below(space().options[gene]));
        };
        for (const auto& group : space().groups) {
            if (rng.uniform() < rate_)
                std::ranges::for_each(group, redraw);
        }
        for (const std::uint32_t gene : alone_) {
            if (rng.uniform() < rate_)
                redraw(gene);
        }
    }

    double violation_of(std::span<const Gene> genome) const
    {
        return space().violation ? space().violation(genome) : 0;
    }

    /// Draws with `make` into `child_` until it meets the constraint and `take` takes it; false if all that is made
    /// was taken before.
    template <typename Make, typename Take>
    bool draw_feasible(Make make, Take take)
    {
        int copies = 0;
        for (int i = 0; i < kMostRejections; ++i) {
            make();
            if (violation_of(child_) > 0)
                continue;
            if (take())
                return true;
            if (++copies == kMostCopies)
                return false;
        }
        double least = std::numeric_limits<double>::infinity();
        for (int i = 0; i < kMostRepairs; ++i) {
            const double left = repair();
            least = std::min(least, left);
            if (left <= 0 && take())
                return true;
            make();
        }
        if (least > 0)
            throw NothingFeasible(
                "constrained_ga: no genome was found that meets the constraint; the smallest violation is " +
                std::to_string(least));
        return false;
    }

    /// Changes `child_` gene by gene, always where the violation falls most; what is left of it.
    double repair()
    {
        double left = violation_of(child_);
        while (left > 0) {
            std::size_t best_gene = child_.size();
            Gene best_option = 0;
            for (std::size_t i = 0; i < child_.size(); ++i) {
                const Gene before = child_[i];
                for (std::uint32_t option = 0; option < space().options[i]; ++option) {
                    child_[i] = static_cast<Gene>(option);
                    if (const double now = violation_of(child_); now < left) {
                        left = now;
                        best_gene = i;
                        best_option = child_[i];
                    }
                }
                child_[i] = before;
            }
            if (best_gene == child_.size())
                return left;
            child_[best_gene] = best_option;
        }
        return left;
    }

    void propose_initial(std::size_t count, Rng& rng, Genomes& asked) override
    {
        while (asked.rows() < count) {
            const bool found = draw_feasible([&] { space().draw(child_, rng); },
                                             [&] { return initial_keys().insert(space().key_of(child_)); });
            if (!found) {
                end_initial();
                return;
            }
            asked.append(child_);
            count_initial();
        }
    }

    void breed(std::size_t missing, Rng& rng, Genomes& asked) override
    {
        const std::size_t breeders = std::min(parents_, population_.size());
        const auto parent = [&] { return population_.genomes[rng.below(breeders)]; };
        const auto mutants = static_cast<std::size_t>(std::lround(mutants_ * static_cast<double>(missing)));
        int in_vain = 0;  // children in a row that were all known
        for (std::size_t i = 0; i < missing; ++i) {
            const auto make = [&] {
                if (i < mutants) {
                    std::ranges::copy(parent(), child_.begin());
                    mutate(rng);
                } else {
                    const auto second = parent();  // drawn by name: compilers order arguments as they like
                    breeder_.cross(parent(), second, child_, other_, rng);
                }
            };
            in_vain = draw_feasible(make, [&] { return admit(child_, asked); }) ? 0 : in_vain + 1;
            if (in_vain == kMostInVain && i >= mutants)
                return;
            if (in_vain == kMostInVain) {  // no further mutant, but crossovers may be new
                i = mutants - 1;
                in_vain = 0;
            }
        }
    }

    /// Those that meet the constraint.
    void draw_others(std::size_t count, Rng& rng, Genomes& asked) override
    {
        for (int rejected = 0; asked.rows() < count && rejected < kMostRejections;) {
            const auto genome = draw_other(rng);
            if (!genome)
                return;
            if (violation_of(*genome) > 0)
                ++rejected;
            else
                asked.append(*genome);
        }
    }

    void join(const Population& told, Rng&) override
    {
        population_.append(told);
        Rows order(population_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return dominates(population_, a, b); });
        if (order.size() > wanted_)
            order.resize(parents_);
        keep(order);
    }

    std::size_t parents_;
    double mutants_, rate_;
    Rows alone_;  ///< genes in no group
    std::vector<Gene> child_, other_;
};

}  // namespace

void ConstrainedGaSettings::describe(Describe<ConstrainedGaSettings>& d)
{
    describe_population(d);
    describe_variety(d, "or block, auto: 0.1");
    d("parents", &ConstrainedGaSettings::parents, "share of the population that breeds").range(0, 1);
    d("mutants", &ConstrainedGaSettings::mutants, "share of the children that are mutants, the rest are crossed")
        .range(0, 1);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const ConstrainedGaSettings& settings)
{
    return std::make_unique<ConstrainedGa>(std::move(space), settings);
}

}  // namespace espalier::moo
