// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <memory>
#include <string>

#include "host/calls/workers.hpp"
#include "host/experiment/components.hpp"

namespace espalier::host {

/// A component as this run uses it: its part, what it has learnt, and what holds for the answers of such a part.
/// `learnt` changes only while none of its calls is under way.
struct ComponentInRun {
    explicit ComponentInRun(const Part<Evaluator>& evaluator) : ComponentInRun(evaluator, true) {}
    explicit ComponentInRun(const Part<CostModel>& cost) : ComponentInRun(cost, cost->slow())
    {
        reusable = false;  // priced anew in every run
        recorded = slow;
    }
    /// Of `final` or `verify`.
    template <class Interface>
    static ComponentInRun final(const Part<Interface>& part)
    {
        ComponentInRun final(part);
        final.recorded = true;  // so that no winner is measured twice
        final.limited = false;  // a training of the winner is no evaluation of the search
        final.abortable = false;
        return final;
    }

    Evaluator* component;
    std::string role, name, fingerprint, who;  ///< as the part's
    std::shared_ptr<const Learnt> learnt = std::make_shared<const Learnt>();
    bool slow;              ///< worth a worker even for a single candidate
    std::size_t batch;      ///< how many candidates it likes at once
    bool reusable = true;   ///< its results may come from other runs
    bool recorded = true;   ///< its results are kept in the store
    bool limited = true;    ///< `timeout_s` holds for it
    bool abortable = true;  ///< `on_failure: abort` ends the run if it fails

private:
    template <class Interface>
    ComponentInRun(const Part<Interface>& part, bool is_slow)
        : component{part.component.get()},
          role{part.role},
          name{part.name},
          fingerprint{part.fingerprint},
          who{part.who()},
          slow{is_slow},
          batch{std::max<std::size_t>(1, part->batch_size())}
    {
    }
};

}  // namespace espalier::host
