// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace espalier::host {

/// Finds numbered things by their hash in one block of memory of eight bytes a place: what is not there is told from
/// one look, and growing reads nothing but the table. The things themselves are kept elsewhere, by number.
class NumberTable {
public:
    /// The number with this hash for which `same(number)` holds.
    template <class Same>
    std::optional<std::uint32_t> find(std::size_t hash, const Same& same) const
    {
        if (places_.empty())
            return std::nullopt;
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t at = tag & (places_.size() - 1);; at = (at + 1) & (places_.size() - 1)) {
            const Place& place = places_[at];
            if (place.next == 0)
                return std::nullopt;
            if (place.tag == tag && same(place.next - 1))
                return place.next - 1;
        }
    }

    /// Which must not be there yet.
    void insert(std::size_t hash, std::uint32_t number)
    {
        if (3 * (size_ + 1) > 2 * places_.size())
            grow();
        put({tag_of(hash), number + 1});
        ++size_;
    }

    void clear()
    {
        places_ = {};
        size_ = 0;
    }

private:
    struct Place {
        std::uint32_t tag = 0, next = 0;  // next: the number and one; 0: nothing is here
    };

    /// All bits of the hash count: that of short lists of small numbers has most of its entropy in few of them.
    static std::uint32_t tag_of(std::size_t hash)
    {
        return static_cast<std::uint32_t>(((hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9U) >> 32);
    }

    void put(Place place)
    {
        std::size_t at = place.tag & (places_.size() - 1);
        while (places_[at].next != 0)
            at = (at + 1) & (places_.size() - 1);
        places_[at] = place;
    }

    void grow()
    {
        std::vector<Place> before(places_.empty() ? 64 : 2 * places_.size());
        before.swap(places_);
        for (const Place& place : before)
            if (place.next != 0)
                put(place);
    }

    std::vector<Place> places_;  // a power of two, at most two thirds taken
    std::size_t size_ = 0;
};

}  // namespace espalier::host
