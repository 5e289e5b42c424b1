// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/architecture.hpp"
#include "espalier/error.hpp"

#include "network_builder.hpp"

namespace espalier {

enum class Presence : std::uint8_t { nothing, open, sure };  // `open`: may be nothing, as the open decisions fall

/// What becomes of one layer of the super-network.
struct Fate {
    std::uint32_t stands_for;  // itself, or the layer that it is replaced by
    std::uint32_t uses = 0;    // by live layers
    std::uint32_t placed = 0;  // index in the result
    std::int64_t narrowed = 0;
    Presence presence = Presence::sure;
    bool live = false, closed_mask = false, reshaped = false;
};

/// What a region decides about each layer of a super-network: which layer stands for it, whether it may be nothing,
/// whether it is needed, and how wide it is. Keeps references to both.
class Fates {
public:
    Fates(const Network& super, const Region& region);

    Fate& operator[](std::uint32_t i) { return fates_[i]; }
    const Fate& operator[](std::uint32_t i) const { return fates_[i]; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
    const NetworkBuilder::Node& node(std::uint32_t i) const { return nodes_[i]; }
    const LayerEntry& entry(std::uint32_t i) const { return entry_of(*nodes_[i].spec); }
    std::span<const std::uint32_t> inputs(std::uint32_t i) const { return NetworkBuilder::inputs(super_, nodes_[i]); }
    bool nothing(std::uint32_t i) const { return fates_[i].presence == Presence::nothing; }
    /// The layer that is in the result for layer `i`, through choices and then through absorbed masks.
    std::uint32_t standing(std::uint32_t i) const { return fates_[fates_[i].stands_for].stands_for; }
    /// Of a `conv` or `linear` with a width of its own, as it stands: a mask may have made it narrower before. 0:
    /// others.
    std::int64_t width(std::uint32_t i) const;
    std::int64_t mask_width(std::uint32_t i) const;  ///< of a mask with one option left
    /// Per layer of the super-network, also of those that another stands for: whether the output comes through it. A
    /// skip that leads nowhere does not count, although the layer that stands for it may be live.
    std::vector<bool> needed() const;

    /// Calls `use(k)` for every place k in the layer's options that the region allows. @return how many.
    template <class Use>
    std::size_t each_allowed(std::uint32_t i, Use use) const
    {
        const std::vector<std::uint16_t>& options = entry(i).options;
        const std::span<const std::uint16_t> kept = allowed(i);
        std::size_t found = 0, next = 0;
        for (std::size_t k = 0; k < options.size() && next < kept.size(); ++k) {
            while (next < kept.size() && kept[next] < options[k])
                ++next;
            if (next < kept.size() && kept[next] == options[k])
                use(k), ++found;
        }
        if (found == 0)
            throw Error(place(i, entry(i).name) + ": the region allows none of the options it has; decision " +
                        std::to_string(entry(i).decision) + " allows option " + std::to_string(kept.front()) +
                        (kept.size() > 1 ? " and others" : ""));
        return found;
    }

private:
    std::span<const std::uint16_t> allowed(std::uint32_t i) const
    {
        const std::size_t decision = entry(i).decision;
        if (decision >= region_.decisions())
            throw Error(place(i, entry(i).name) + " belongs to decision " + std::to_string(decision) +
                        ", the region has " + std::to_string(region_.decisions()));
        return region_.options(decision);
    }

    void become(std::uint32_t i, std::uint32_t input);
    void decide(std::uint32_t i);
    void decide_choice(std::uint32_t i);
    void decide_add(std::uint32_t i);
    void decide_otherwise(std::uint32_t i);
    void use(std::uint32_t input);
    void mark_live(std::uint32_t output);
    void narrow();

    const Network& super_;
    const Region& region_;
    std::span<const NetworkBuilder::Node> nodes_;
    std::vector<Fate> fates_;
    bool masked_ = false;  // some mask has one option left
};

}  // namespace espalier
