// SPDX-License-Identifier: Apache-2.0
#include "espalier/candidate.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "espalier/search_space.hpp"

namespace espalier {

struct Candidate::State {
    const SearchSpace* space = nullptr;
    Architecture architecture, canonical;
    std::string key;
    std::once_flag built;
    std::optional<Network> network;
};

Candidate::Candidate(const SearchSpace& space, Architecture architecture) : state_{std::make_shared<State>()}
{
    state_->space = &space;
    state_->canonical = space.canonical(architecture);
    state_->key = space.key(architecture);
    state_->architecture = std::move(architecture);
}

Candidate::Candidate(Network fragment) : state_{std::make_shared<State>()}
{
    state_->key = to_string(fragment);
    state_->network = std::move(fragment);
}

Candidate::~Candidate() = default;
Candidate::Candidate(const Candidate&) = default;
Candidate& Candidate::operator=(const Candidate&) = default;

const Architecture& Candidate::architecture() const
{
    return state_->architecture;
}

const Architecture& Candidate::canonical() const
{
    return state_->canonical;
}

const std::string& Candidate::key() const
{
    return state_->key;
}

const SearchSpace* Candidate::space() const
{
    return state_->space;
}

const Network& Candidate::network() const
{
    std::call_once(state_->built, [this] {
        if (!state_->network)
            state_->network = state_->space->network(Region(state_->canonical));
    });
    return *state_->network;
}

}  // namespace espalier
