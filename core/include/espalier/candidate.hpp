// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "espalier/architecture.hpp"
#include "espalier/network.hpp"

namespace espalier {

class SearchSpace;

/// What evaluators and cost models receive: an architecture, or a network alone (a single operator to be priced).
/// Copies are cheap and share the network.
class ESPALIER_API Candidate {
public:
    /// `space` must outlive the candidate.
    Candidate(const SearchSpace& space, Architecture);
    explicit Candidate(Network fragment);
    ~Candidate();
    Candidate(const Candidate&);
    Candidate& operator=(const Candidate&);

    const Architecture& architecture() const;  ///< as proposed; empty for a fragment
    const Architecture& canonical() const;     ///< the representative of all architectures with this key
    const std::string& key() const;            ///< equal keys: the same network; of a fragment: its printed form
    const SearchSpace* space() const;          ///< null for a fragment
    /// The network of the canonical architecture, so that a score does not depend on who came first. Built at the first
    /// call, once, whichever thread asks.
    const Network& network() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared: copies in flight at several components build the network once
};

}  // namespace espalier
