// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"

#include "initial_genomes.hpp"
#include "method_options.hpp"
#include "state.hpp"

namespace espalier::moo {
namespace {

constexpr double kTiny = 1e-12;
constexpr int kMostDraws = 20;
constexpr std::size_t kManyInfeasible = 1000;

/// A little beyond the worst of `points` in every objective.
std::vector<double> reference_of(const Points& points)
{
    std::vector<double> reference(points.columns(), -std::numeric_limits<double>::infinity());
    for (std::size_t row = 0; row < points.rows(); ++row) {
        for (std::size_t m = 0; m < points.columns(); ++m)
            reference[m] = std::max(reference[m], points[row][m]);
    }
    for (double& worst : reference) {
        worst = std::max(1.1 * worst, 0.9 * worst);
        if (worst == 0)
            worst = kTiny;
    }
    return reference;
}

Points rows_of(const Points& points, std::span<const std::uint32_t> rows)
{
    Points result(points.columns());
    for (const std::uint32_t row : rows)
        result.append(points[row]);
    return result;
}

/// MOTPE: Ozaki, Tanigaki, Watanabe, Onishi, "Multiobjective tree-structured Parzen estimator for computationally
/// expensive optimization problems", GECCO 2020, Algorithm 1, as in Optuna 2. The best tenth of all results, by
/// non-domination rank and hypervolume, is told from the rest; per gene an option's density among either is counted,
/// and of `candidates` options drawn from the good density the one with the largest ratio of both is taken. Every gene
/// counts as categorical.
///
/// Differs from Optuna: a genome whose key was seen is drawn anew up to 20 times, then one gene changes at random;
/// infeasible results rank behind feasible ones, and with more than 1,000 of them, which cost no budget, densities are
/// counted anew only after a feasible result or a hundredth more infeasible ones.
class Motpe final : public Optimiser {
public:
    Motpe(GenomeSpace space, const MotpeSettings& settings)
        : Optimiser(MotpeSettings::kName, std::move(space), settings),
          startup_{settings.startup},
          candidates_{settings.candidates},
          prior_{settings.prior_weight},
          genomes_(this->space()),
          breeder_(this->space(), {}),
          history_(this->space().options.size(), this->space().objectives)
    {
        if (candidates_ < 1 || !(prior_ > 0))
            throw Error("motpe needs at least one candidate and a prior weight above 0");
        for (const std::uint32_t count : this->space().options)
            offsets_.push_back(offsets_.back() + count);
    }
    const Population& population() const override { return history_; }

private:
    void propose(std::size_t count, Rng& rng, Genomes& asked) override
    {
        const std::size_t below = history_.size() / 10;
        const bool fitted = asked_ >= startup_ && below > 0;
        const std::size_t most = asked_ < startup_ ? std::min<std::size_t>(count, startup_ - asked_) : count;
        if (fitted && outdated_) {
            fit(below);
            outdated_ = false;
            unfitted_ = 0;
        }
        std::vector<Gene> genome(space().options.size());
        while (asked.rows() < most) {
            if (!fitted || !draw_new(genome, rng)) {
                const auto random = genomes_.draw(seen_, rng);
                if (!random)
                    return;
                std::ranges::copy(*random, genome.begin());
            }
            asked.append(genome);
            ++asked_;
        }
    }

    bool draw_new(std::vector<Gene>& genome, Rng& rng)
    {
        for (int i = 0; i < kMostDraws; ++i) {
            for (std::size_t gene = 0; gene < genome.size(); ++gene)
                genome[gene] = best_candidate(gene, rng);
            if (seen_.insert(space().key_of(genome)))
                return true;
        }
        for (int i = 0; i < kMostDraws; ++i) {
            const std::vector<Gene> before = genome;
            if (breeder_.mutate_once(genome, rng) && seen_.insert(space().key_of(genome)))
                return true;
            genome = before;
        }
        return false;
    }

    Gene best_candidate(std::size_t gene, Rng& rng) const
    {
        const std::size_t from = offsets_[gene], to = offsets_[gene + 1];
        std::size_t best = from;
        double best_ratio = -1;
        for (std::size_t i = 0; i < candidates_; ++i) {
            const double wanted = rng.uniform() * cumulated_[to - 1];
            std::size_t option = from;
            while (option + 1 < to && cumulated_[option] <= wanted)
                ++option;
            if (ratio_[option] > best_ratio) {
                best_ratio = ratio_[option];
                best = option;
            }
        }
        return static_cast<Gene>(best - from);
    }

    /// Counts both densities of all genes.
    void fit(std::size_t below)
    {
        const Rows good = split(below);
        const std::vector<double> weights = weights_of(good);
        std::vector<double> good_counts(offsets_.back(), prior_), bad_counts(offsets_.back(), prior_);
        std::vector<bool> is_good(history_.size(), false);
        for (std::size_t i = 0; i < good.size(); ++i) {
            is_good[good[i]] = true;
            count(good[i], weights[i], good_counts);
        }
        for (std::size_t row = 0; row < history_.size(); ++row) {
            if (!is_good[row])
                count(row, 1, bad_counts);
        }
        cumulated_.resize(offsets_.back());
        ratio_.resize(offsets_.back());
        for (std::size_t gene = 0; gene + 1 < offsets_.size(); ++gene) {
            double sum = 0;
            for (std::size_t at = offsets_[gene]; at < offsets_[gene + 1]; ++at) {
                cumulated_[at] = sum += good_counts[at];
                ratio_[at] = good_counts[at] / bad_counts[at];  // both sums are the same for all options of a gene
            }
        }
    }

    void count(std::size_t row, double weight, std::vector<double>& counts) const
    {
        const auto genome = history_.genomes[row];
        for (std::size_t gene = 0; gene < genome.size(); ++gene)
            counts[offsets_[gene] + genome[gene]] += weight;
    }

    /// The `below` best rows: whole ranks, then the part of the next rank with most hypervolume.
    Rows split(std::size_t below)
    {
        fronts_.sort(history_.objectives, history_.violations);
        Rows good;
        for (std::size_t k = 0; good.size() < below; ++k) {
            const auto front = fronts_[k];
            const std::size_t room = below - good.size();
            if (front.size() <= room) {
                good.insert(good.end(), front.begin(), front.end());
                continue;
            }
            const Points points = rows_of(scaled(), front);
            for (const std::uint32_t i : greedy_hypervolume_subset(points, room, reference_of(points)))
                good.push_back(front[i]);
        }
        return good;
    }

    /// All objectives, each in [0, 1].
    Points scaled() const
    {
        Points result = history_.objectives;
        for (std::size_t m = 0; m < result.columns(); ++m) {
            double low = std::numeric_limits<double>::infinity(), high = -low;
            for (std::size_t row = 0; row < result.rows(); ++row) {
                low = std::min(low, result[row][m]);
                high = std::max(high, result[row][m]);
            }
            const double scale = high > low ? 1 / (high - low) : 1;
            for (std::size_t row = 0; row < result.rows(); ++row)
                result[row][m] = (result[row][m] - low) * scale;
        }
        return result;
    }

    /// A feasible row's share of hypervolume in units of the largest; infeasible rows count only among their like.
    std::vector<double> weights_of(const Rows& good) const
    {
        Rows feasible;
        for (std::uint32_t i = 0; i < good.size(); ++i) {
            if (history_.violations[good[i]] <= 0)
                feasible.push_back(i);
        }
        if (feasible.empty())
            return std::vector<double>(good.size(), 1);
        std::vector<double> weights(good.size(), kTiny);
        Points points(history_.objectives.columns());
        for (const std::uint32_t i : feasible)
            points.append(history_.objectives[good[i]]);
        std::vector<double> shares = hypervolume_contributions(points, reference_of(points));
        for (double& share : shares)
            share += kTiny;
        const double largest = *std::ranges::max_element(shares);
        for (std::size_t i = 0; i < feasible.size(); ++i)
            weights[feasible[i]] = std::clamp(shares[i] / largest, 0., 1.);
        return weights;
    }

    void learn(const Population& told, std::size_t, Rng&) override
    {
        for (const std::uint64_t key : told.keys)
            seen_.insert(key);
        history_.append(told);
        const auto bad = static_cast<std::uint64_t>(
            std::ranges::count_if(told.violations, [](double violation) { return violation > 0; }));
        infeasible_ += bad;
        unfitted_ += bad;
        outdated_ = outdated_ || bad < told.size() || infeasible_ <= kManyInfeasible || unfitted_ * 100 >= infeasible_;
    }

    void exchange(State& state) override
    {
        state(asked_);
        seen_.exchange(state);
        state(history_);
        state(infeasible_);
        state(unfitted_);
        state(outdated_);
        state(cumulated_);
        state(ratio_);
    }

    // Fourteen: three settings, two sources of genomes, what was told, and densities with what tells when to fit them.
    std::uint64_t startup_, asked_ = 0;
    std::size_t candidates_;
    double prior_;
    InitialGenomes genomes_;
    Breeder breeder_;
    KeySet seen_;
    Population history_;
    std::uint64_t infeasible_ = 0, unfitted_ = 0;  ///< results; of these since the last fit
    bool outdated_ = true;                         ///< the densities
    Fronts fronts_;
    std::vector<std::size_t> offsets_{0};  ///< where each gene's options begin in what follows
    std::vector<double> cumulated_, ratio_;
};

}  // namespace

void MotpeSettings::describe(Describe<MotpeSettings>& d)
{
    describe_batch(d, "50");
    d("startup", &MotpeSettings::startup, "random architectures first").range(0, 1e6);
    d("candidates", &MotpeSettings::candidates, "drawn for each decision").range(1, 1e6).symbol("n_c");
    d("prior_weight", &MotpeSettings::prior_weight, "of each option").range(1e-6, 1e6);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const MotpeSettings& settings)
{
    return std::make_unique<Motpe>(std::move(space), settings);
}

}  // namespace espalier::moo
