// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "populated.hpp"
#include "tournament.hpp"

namespace espalier::moo {

/// A population whose children have parents that won binary tournaments; told results join it, and the method says who
/// survives. Told results of any number are one generation: asking for one and telling one is the steady-state form.
class Generational : public Populated {
public:
    Generational(const std::string& name, GenomeSpace space, const Settings& settings);

protected:
    /// The population holds parents and then children, more than `wanted` in all: calls `keep`.
    virtual void survive(std::size_t wanted, Rng& rng) = 0;
    /// Called after every change of the population that did not need `survive`.
    virtual void refresh(Rng& rng) = 0;
    /// Of two members the one that becomes a parent.
    virtual std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const = 0;

    void breed(std::size_t missing, Rng& rng, Genomes& asked) final;
    void join(const Population& told, Rng& rng) final;

private:
    Contestants contestants_;
    std::vector<Gene> first_, second_;
};

}  // namespace espalier::moo
