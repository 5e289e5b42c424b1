// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "espalier/moo/dominance.hpp"

#include "generational.hpp"
#include "method_options.hpp"

namespace espalier::moo {
namespace {

/// A genetic algorithm for one objective: binary tournaments, the best of parents and children survive (Eiben and
/// Smith, "Introduction to Evolutionary Computing", 2nd ed. 2015, section 5.3.2, (mu + lambda) selection).
class Ga final : public Generational {
public:
    Ga(GenomeSpace space, const GaSettings& settings) : Generational(GaSettings::kName, std::move(space), settings)
    {
        if (this->space().objectives != 1)
            throw Error("ga searches for one objective, not " + std::to_string(this->space().objectives) +
                        "; nsga2 takes several");
    }

private:
    bool better(std::uint32_t a, std::uint32_t b) const { return dominates(population_, a, b); }
    void survive(std::size_t wanted, Rng&) override
    {
        order_.resize(population_.size());
        std::iota(order_.begin(), order_.end(), 0U);
        std::ranges::stable_sort(order_, [this](std::uint32_t a, std::uint32_t b) { return better(a, b); });
        order_.resize(wanted);
        keep(order_);
    }
    void refresh(Rng&) override {}
    std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const override
    {
        if (better(a, b))
            return a;
        return better(b, a) || (rng() & 1U) != 0 ? b : a;
    }

    Rows order_;
};

}  // namespace

void GaSettings::describe(Describe<GaSettings>& d)
{
    describe_breeding(d);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const GaSettings& settings)
{
    return std::make_unique<Ga>(std::move(space), settings);
}

}  // namespace espalier::moo
