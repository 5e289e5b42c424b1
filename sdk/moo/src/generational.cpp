// SPDX-License-Identifier: Apache-2.0
#include "generational.hpp"

namespace espalier::moo {

Generational::Generational(const std::string& name, GenomeSpace space, const Settings& settings)
    : Populated(name, std::move(space), settings), first_(this->space().options.size()), second_(first_.size())
{
}

void Generational::breed(std::size_t missing, Rng& rng, Genomes& asked)
{
    contestants_.restart(population_.size());
    const auto parent = [&] {
        const std::uint32_t a = contestants_.next(rng), b = contestants_.next(rng);
        return winner(a, b, rng);
    };
    for (std::size_t pairs = (missing + 1) / 2; pairs > 0; --pairs) {
        const std::uint32_t mother = parent(), father = parent();
        breeder_.cross(population_.genomes[mother], population_.genomes[father], first_, second_, rng);
        for (std::vector<Gene>* child : {&first_, &second_}) {
            breeder_.mutate(*child, rng);
            if (missing > 0 && admit(*child, asked))
                --missing;
        }
    }
}

void Generational::join(const Population& told, Rng& rng)
{
    population_.append(told);
    if (population_.size() > wanted_)
        survive(wanted_, rng);
    else
        refresh(rng);
}

}  // namespace espalier::moo
