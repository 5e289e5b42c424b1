// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/moo/genome_space.hpp"
#include "espalier/moo/population.hpp"
#include "espalier/moo/settings.hpp"

namespace espalier::moo {

class State;

/// A search that is asked for genomes and told what they are worth, by whoever evaluates them.
///
/// Same space, settings and calls: same genomes. What is drawn in a call depends on the seed and the number of the
/// call, so a saved and reloaded optimiser goes on as if nothing had happened.
class Optimiser {
public:
    virtual ~Optimiser();
    Optimiser(const Optimiser&) = delete;
    Optimiser& operator=(const Optimiser&) = delete;

    /// At most `count` genomes to be evaluated next, no two with the same key. Fewer at the end of the initial
    /// population and where hardly any new genome can be made; none: the space is used up.
    Genomes ask(std::size_t count);
    /// What the evaluation of genomes gave, asked for or not, in any order and number. Each call is one generation:
    /// tell all of a batch together.
    /// @param objectives `[genomes][objectives]`
    /// A row with a number that is infinite, beyond 1e100 or no number teaches nothing: it counts as failed.
    /// @param violations 0: feasible; infinity: the evaluation failed, its objectives are not read. Empty: all
    /// feasible.
    /// @throws Error if sizes differ, a gene has no such option, or a violation is negative.
    void tell(const Genomes& genomes, const Points& objectives, std::span<const double> violations = {});

    /// What the method would go on with, in no particular order; see `best_first`.
    virtual const Population& population() const = 0;
    /// How many genomes the method would be asked for at once.
    std::size_t batch() const { return batch_; }
    const std::string& name() const { return name_; }
    /// One sentence about settings that work badly together; empty: none.
    virtual std::string warning() const { return {}; }

    /// Everything that is not in space and settings, as bytes for the same machine.
    std::string save();
    /// @throws Error unless `bytes` was saved by an optimiser of the same name, space and population.
    void load(std::string_view bytes);

protected:
    Optimiser(std::string name, GenomeSpace space, const Settings& settings);

    /// Appends at most `count` genomes to `asked`, which is empty.
    virtual void propose(std::size_t count, Rng& rng, Genomes& asked) = 0;
    /// Learns from results that are complete; failed ones are left out.
    /// @param failed how many were
    virtual void learn(const Population& told, std::size_t failed, Rng& rng) = 0;
    virtual void exchange(State& state) = 0;

    const GenomeSpace& space() const { return space_; }

private:
    std::string name_;
    GenomeSpace space_;
    std::uint64_t seed_, population_, asks_ = 0, tells_ = 0;
    std::size_t batch_;
    Population told_;
};

/// What `Optimiser::ask` throws where a constraint that is known beforehand cannot be met.
class NothingFeasible : public Error {
public:
    using Error::Error;
};

/// "age_moea", "constrained_ga", ... in alphabetical order.
const std::vector<std::string>& optimiser_names();

/// A method with its own settings as they are unless set; methods.hpp makes others.
/// @throws Error for an unknown name, naming all; for settings or a number of objectives that the method cannot have.
std::unique_ptr<Optimiser> make_optimiser(std::string_view name, GenomeSpace space, const Settings& settings = {});
/// What making it would throw, without the cost of a large population and its reference directions.
/// @throws Error as make_optimiser
void check_settings(std::string_view name, std::size_t objectives, const Settings& settings);

}  // namespace espalier::moo
