// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::qos_nas {

/// What a policy takes, in ms: what always runs, the modules that are on, and those that are forced. Tables of the
/// paper hold the latency of each module alone; the controller's is part of what always runs.
class PolicyLatency {
public:
    struct Layer {
        std::vector<std::size_t> decisions;      ///< a module each
        std::optional<std::size_t> forced = {};  ///< the module, by its decision, that runs where none is on
    };
    /// @param modules ms by decision, 0 off and 1 on.
    PolicyLatency(std::vector<double> modules, std::vector<Layer> layers, double fixed);

    /// @param policy zeros and ones by decision.
    double operator()(std::span<const std::uint8_t> policy) const;
    double fps(std::span<const std::uint8_t> policy) const { return 1000 / (*this)(policy); }

    double fixed() const { return fixed_; }
    const std::vector<double>& modules() const { return modules_; }
    const std::vector<Layer>& layers() const { return layers_; }
    double highest() const;                ///< all modules on
    double lowest() const;                 ///< all off: forced modules alone; not the least where others are faster
    double base(std::size_t place) const;  ///< the module at this place of each layer on, and no other

private:
    std::vector<double> modules_;
    std::vector<Layer> layers_;
    double fixed_;
};

/// @param meta a space's whole network: blocks between its marks are layers, `otherwise` the sum of choices between
/// nothing and a module, or else a module of theirs or the layer's input.
/// @param price ms of a part of it.
/// @param added ms of what is no part of it, such as the controller.
/// @throws Error naming the layer that is none such.
PolicyLatency policy_latency(const Network& meta, const std::function<double(const Network&)>& price, double added);

}  // namespace espalier::qos_nas
