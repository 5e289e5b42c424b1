// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "espalier/candidate.hpp"
#include "espalier/component.hpp"
#include "espalier/evaluation.hpp"
#include "espalier/phase.hpp"

namespace espalier {

/// Candidates to metrics: a table, an indicator, a supernet, a training, a device.
class ESPALIER_API Evaluator : public Component {
public:
    ~Evaluator() override;
    virtual std::vector<std::string> metrics() const = 0;
    /// In the order of `batch`; from several threads at once unless `measures()`. A candidate that cannot be evaluated
    /// is a value, see Evaluation::reason. @throws Error if no candidate can ever be evaluated.
    virtual std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) = 0;
    /// How many candidates `evaluate` likes at once, at least 1: the host asks up to so many together where it has
    /// them. What it says of one must not depend on the others. A batch has the time of all of its candidates.
    virtual std::size_t batch_size() const { return 1; }
    /// Writes what `evaluate` has learnt for this candidate, its trained weights, into an empty folder. `final` is
    /// asked about each winner, after `evaluate`, perhaps in another process. @return false: there is nothing to be
    /// saved, and nothing was written. @throws Error if it cannot be written.
    virtual bool save(const Candidate&, const std::string& folder, Context&);
    /// Candidates with equal keys have equal results. A table of single architectures returns the architecture.
    virtual std::string key(const Candidate& c) const { return c.key(); }
    /// What must be learnt before `evaluate`: made for `region`, fed with architectures from `paths`; null: nothing.
    /// The phase keeps a reference to this object; after its last step or `load` this object is ready.
    virtual std::unique_ptr<Phase> training(const Region& region, Sampler paths);
    virtual bool trains() const { return false; }  ///< whether `training` gives something
    /// The same candidate may give another number next time: recorded, never recomputed, run alone on its device.
    virtual bool measures() const { return false; }
    /// Seed of this component's own random streams (its option `seed`): never the experiment's, so that runs with other
    /// experiment seeds share its results.
    virtual std::uint64_t seed() const { return 0; }
};

}  // namespace espalier
