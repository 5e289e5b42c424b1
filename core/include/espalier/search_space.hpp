// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/architecture.hpp"
#include "espalier/component.hpp"
#include "espalier/network.hpp"

namespace espalier {

class Data;

/// How large networks are to be that stand for those of a space.
struct NetworkSize {
    int width = 8;      ///< channels of the first stage
    int depth = 1;      ///< blocks of a stage
    bool bare = false;  ///< blocks of one stage alone: no stem before, no stages or classifier behind them
};

/// The decisions of a search and what they mean. Thread-safe: every method is const and has no hidden state.
class ESPALIER_API SearchSpace : public Component {
public:
    ~SearchSpace() override;
    virtual std::span<const Decision> decisions() const = 0;
    /// The network with a `choice` or `channel_mask` for every decision still open in `region`.
    /// @throws Error if this space cannot superpose and `region` holds more than one architecture.
    virtual Network network(const Region& region) const = 0;
    /// Which decisions influence the network (those of switched-off blocks do not). Default: all.
    virtual std::vector<bool> active(const Architecture&) const;
    /// Equal for architectures that are the same network. Default: the active choices.
    virtual std::string key(const Architecture&) const;
    /// The representative of all architectures with this key: what keyed evaluators receive, so that scores do not
    /// depend on who came first. Default: inactive decisions at their first option.
    virtual Architecture canonical(const Architecture&) const;
    /// A space with the same decisions and networks of this size for these examples. Null (the default): there is none.
    virtual std::unique_ptr<SearchSpace> resized(const NetworkSize&, const Data& examples) const;
    /// The usual notation of this space; default: labels joined by commas. `parse` inverts it.
    virtual std::string text(const Architecture&) const;
    /// @throws Error with the position and what is allowed there.
    virtual Architecture parse(std::string_view) const;
};

}  // namespace espalier
