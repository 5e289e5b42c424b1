// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "espalier/rng.hpp"

namespace espalier {

class Phase;

/// What an evaluator or a phase may use while it works. One per call; calls may come from several threads at once.
class ESPALIER_API Context {
public:
    virtual bool stopped() const = 0;  ///< time-out or Ctrl-C: return soon, the rest as failed
    /// One point of a curve for the progress line and the report.
    virtual void note(std::string_view series, double value) = 0;
    /// Long work for one candidate (training it), named by component and candidate key: saved after each step, loaded
    /// instead of repeated.
    virtual void phase(std::string_view name, Phase& work) = 0;
    /// The device that this call may use, one of `execution.devices`: "cpu", "cuda:1". Workers take turns at them.
    virtual std::string device() const { return "cpu"; }

protected:
    ~Context() = default;
};

/// Work too long to repeat when a run is resumed: training. Core saves it after its steps and never looks inside.
/// All randomness comes from `Step::rng`, which depends on seed, phase and step only, so a resumed phase equals an
/// uninterrupted one although no random state is saved. Optimiser state belongs to `save`.
class ESPALIER_API Phase {
public:
    struct Step {
        std::size_t index;
        Rng rng;
        Context& context;
    };
    virtual ~Phase();
    /// Normally an epoch. @return whether there is more to do.
    virtual bool step(Step&) = 0;
    /// How many steps there will be, for who watches; none: unknown.
    virtual std::optional<std::size_t> steps() const { return std::nullopt; }
    /// Whether to save after this step, from 0. A resumed run makes the steps behind the last save again. The last
    /// step, and the one in which the run is interrupted, are saved in any case.
    virtual bool worth_saving(std::size_t step) const { return (void)step, true; }
    /// `folder` exists and is empty.
    virtual void save(const std::string& folder) const = 0;
    /// Restores what `save` wrote, into an object that has made no step. @throws Error if files are missing or damaged.
    virtual void load(const std::string& folder) = 0;
};

}  // namespace espalier
