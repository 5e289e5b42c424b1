// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace espalier::qos_nas {

/// From low frame rates to high ones: how much of the range, from its lowest request on, is asked for. The paper gives
/// no form. `linear`: a fifth of it at first, all for the last 30 % of the search. `adaptive`: a fiftieth more whenever
/// the greedy policy meets nearly all that is asked for; a policy that lags behind is not left without any reward.
class Curriculum {
public:
    enum class Kind : std::uint8_t { none, linear, adaptive };
    /// What `adaptive` has learnt.
    struct State {
        double share = 0.2, average = 0.85;
    };
    explicit Curriculum(Kind kind) : kind_{kind} {}
    Curriculum(Kind kind, const State& state) : kind_{kind}, state_{state} {}

    /// @param progress of the search, 0 to 1.
    double share(double progress) const;
    /// @param met the share of a batch's requests that the greedy policy meets.
    void observe(double met);
    State state() const { return state_; }
    /// File "curriculum" in `folder`. @throws Error naming it.
    void save(const std::string& folder) const;
    void load(const std::string& folder);

private:
    Kind kind_;
    State state_;
};

}  // namespace espalier::qos_nas
