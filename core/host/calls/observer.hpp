// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "espalier/evaluation.hpp"

namespace espalier::host {

/// What the search tells while it works. Called from several threads, one call at a time.
class Observer {
public:
    virtual ~Observer() = default;
    /// One more distinct architecture, also a replayed one. @param done how much of the budget is spent by now.
    virtual void evaluated(std::size_t done, const Evaluation&) { (void)done; }
    virtual void noted(std::string_view series, double value) { (void)series, (void)value; }
    /// After each step of a phase. @param steps how many there will be, if it knows.
    virtual void phase(std::string_view name, std::size_t step, std::optional<std::size_t> steps)
    {
        (void)name, (void)step, (void)steps;
    }
    virtual void phase_ended(std::string_view name) { (void)name; }
    virtual void rewarded(double reward)
    {
        (void)reward;
    }  ///< what the strategy was told that an architecture is worth
    /// The strategy asked for prices alone, of so many more architectures.
    virtual void priced(std::size_t more) { (void)more; }
    virtual void message(std::string_view sentence) { (void)sentence; }
};

}  // namespace espalier::host
