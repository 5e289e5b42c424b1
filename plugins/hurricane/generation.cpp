// SPDX-License-Identifier: Apache-2.0
#include "generation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"

#include "backbone.hpp"
#include "score.hpp"

namespace espalier::hurricane {
namespace {

std::vector<Profile> profiled(const Place& place, std::size_t layer, const Price& price)
{
    std::vector<Profile> profiles;
    for (const Operator& op : kOperators) {
        const Network network = alone(op, place);
        try {
            const double cost = price(op, place);
            if (!(cost > 0 && std::isfinite(cost)))
                throw Error("costs " + std::to_string(cost) + ", but a score needs a cost above 0");
            profiles.push_back({macs(network), params(network), cost});
        } catch (const Error& error) {
            throw Error("'" + std::string(op.name) + "' at layer " + std::to_string(layer + 1) + ": " + error.what());
        }
    }
    return profiles;
}

std::vector<std::size_t> listed(const std::vector<Profile>& profiles, const Generation& g, bool exploring)
{
    std::vector<std::size_t> list = ranked(profiles, g.alpha);
    std::optional<std::size_t> explorer;
    if (exploring && g.explore == Generation::Explore::named)
        explorer = g.explorer;
    if (exploring && g.explore == Generation::Explore::large) {
        std::vector<bool> gated;
        for (const Operator& op : kOperators)
            gated.push_back(op.gated);
        explorer = explored(list, profiles, gated, g.keep);
    }
    list.resize(std::min(g.keep, list.size()));
    if (explorer && std::find(list.begin(), list.end(), *explorer) == list.end())
        list.push_back(*explorer);
    return list;
}

}  // namespace

Lists generated(std::span<const Place> places, const Generation& g, const Price& price)
{
    Lists lists;
    std::vector<Profile> profiles;
    const Place* profiled_at = nullptr;
    for (std::size_t layer = 0; layer < places.size(); ++layer) {
        const Place& place = places[g.by_layer ? layer : kStageEnds[stage_of(layer)] - 1];
        if (profiled_at == nullptr || *profiled_at != place)
            profiles = profiled(place, layer, price);
        profiled_at = &place;
        lists.push_back(listed(profiles, g, stage_of(layer) == kStages - 1));
    }
    return lists;
}

}  // namespace espalier::hurricane
