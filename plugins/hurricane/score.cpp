// SPDX-License-Identifier: Apache-2.0
#include "score.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espalier::hurricane {

double log_score(const Profile& p, double alpha)
{
    return alpha * (std::log(p.macs) + std::log(p.params)) - std::log(p.cost);
}

std::vector<std::size_t> ranked(std::span<const Profile> profiles, double alpha)
{
    std::vector<double> scores;
    for (const Profile& p : profiles)
        scores.push_back(log_score(p, alpha));
    std::vector<std::size_t> ranking(profiles.size());
    std::iota(ranking.begin(), ranking.end(), std::size_t{0});
    std::stable_sort(ranking.begin(), ranking.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    return ranking;
}

std::optional<std::size_t> explored(std::span<const std::size_t> ranking, std::span<const Profile> profiles,
                                    const std::vector<bool>& gated, std::size_t keep)
{
    constexpr std::size_t kNext = 8;
    const auto size = [&](std::size_t place) { return profiles[place].macs * profiles[place].params; };
    std::optional<std::size_t> largest;
    for (std::size_t rank = keep; rank < std::min(keep + kNext, ranking.size()); ++rank)
        if (!gated[ranking[rank]] && (!largest || size(ranking[rank]) > size(*largest)))
            largest = ranking[rank];
    return largest;
}

}  // namespace espalier::hurricane
