// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "espalier/network.hpp"
#include "espalier/search_space.hpp"

#include "dependence.hpp"

namespace espalier::cost_models {

/// A part of what a plain network costs.
struct Part {
    std::uint32_t layer = 0;  ///< the layer that it is counted at
    double value = 0;
    /// What it was computed from: these layers' operations, shapes, inputs, users, and nothing else. Where a layer
    /// costs nothing because another part has it, that is a part of value 0 with all that this was told from; where it
    /// costs by itself because no part has it, that needs no mention: the part that would have it depends on why.
    std::vector<std::uint32_t> seen;
};

/// The parts of a plain network's cost; the cost is their sum. A layer at which no part is counted costs nothing in
/// every network that looks the same to that layer. @throws Error where the network cannot be priced.
using Pricing = std::function<std::vector<Part>(const Network&)>;

/// At which layers of the super-network parts may be counted, and which are counted together: a number for each layer,
/// equal for those of a group, kNeverCounted for the others.
using Grouping = std::function<std::vector<std::size_t>(const Network& super)>;
inline constexpr std::size_t kNeverCounted = static_cast<std::size_t>(-1);

/// The cost of any architecture of a space without building its network: what each layer costs is kept by the decisions
/// that it depends on (Dependence), found out from a network built when a value is asked for the first time. Exact: a
/// sum of the same parts, always in the same order.
///
/// A table is indexed by all decisions on which the parts seen so far depend; where a new one depends on more, it
/// begins anew. Spaces that cannot superpose, or whose super-network Dependence cannot judge, have no tables, nor have
/// layers that depend on more than 65,536 combinations: networks are built then, and what the first 65,536 cost is
/// kept.
class DecisionTables {
public:
    /// @param space must outlive this object.
    DecisionTables(const SearchSpace& space, Pricing, Grouping);
    /// Thread-safe. @throws Error as the pricing does.
    double operator()(const Architecture& canonical);
    std::size_t networks_built() const { return built_; }

private:
    struct Digit {
        std::size_t decision, factor;
    };
    struct Group {
        DecisionSet known;  // decisions that `digits` has
        std::vector<Digit> digits;
        std::vector<double> values;  // not a number: not known yet
        std::size_t place(const Architecture&) const;
    };
    void prepare();
    std::optional<double> tabulated(const Architecture&) const;
    double learnt(const Architecture&);
    /// Enters the parts of an architecture's network. @return whether all of them have a place.
    bool enter(const Architecture&, const Network&, std::span<const Part>);
    /// @return whether the table could be made that large.
    bool widen(Group&, const DecisionSet&) const;
    double built(const Architecture&);

    const SearchSpace& space_;
    Pricing pricing_;
    Grouping grouping_;
    std::mutex busy_;
    bool prepared_ = false;
    Network super_;
    std::optional<Dependence> dependence_;  // none: networks are built
    std::vector<Group> groups_;
    std::vector<std::size_t> group_of_;  // by layer of the super-network, or kNeverCounted
    std::unordered_map<const LayerSpec*, std::size_t> layer_of_;
    std::unordered_map<Architecture, double> whole_;  // where networks are built, the first 65,536
    std::size_t built_ = 0;
};

}  // namespace espalier::cost_models
