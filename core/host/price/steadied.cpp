// SPDX-License-Identifier: Apache-2.0
#include "host/price/steadied.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "host/price/median.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kNear = 7;  // answers before and behind one by which the device's speed is told
constexpr int kSweeps = 10;       // more change nothing

struct Answers {
    std::vector<std::string> keys;
    std::vector<std::size_t> thing;                  // of each answer, in `keys`
    std::vector<double> logs, moved;                 // of each answer
    std::vector<std::vector<std::size_t>> of_thing;  // answers, in order

    double price(std::size_t of) const
    {
        std::vector<double> values;
        for (const std::size_t answer : of_thing[of])
            values.push_back(logs[answer] - moved[answer]);
        return median(std::move(values));
    }
};

void find_movement(Answers& all)
{
    std::vector<std::size_t> again;  // answers about what was asked about more than once
    for (std::size_t i = 0; i < all.logs.size(); ++i)
        if (all.of_thing[all.thing[i]].size() > 1)
            again.push_back(i);
    if (again.empty())
        return;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
        std::vector<double> prices(all.keys.size());
        for (std::size_t thing = 0; thing < prices.size(); ++thing)
            prices[thing] = all.price(thing);
        for (std::size_t i = 0; i < all.logs.size(); ++i) {
            const std::size_t at = static_cast<std::size_t>(std::ranges::lower_bound(again, i) - again.begin());
            std::vector<double> near;
            for (std::size_t n = at - std::min(at, kNear); n < std::min(again.size(), at + kNear + 1); ++n)
                near.push_back(all.logs[again[n]] - prices[all.thing[again[n]]]);
            all.moved[i] = median(std::move(near));
        }
        const double middle = median(all.moved);
        for (double& moved : all.moved)
            moved -= middle;
    }
}

double deviation(const std::vector<double>& values)
{
    double mean = 0, squares = 0;
    for (const double value : values)
        mean += value / static_cast<double>(values.size());
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

Steadied steadied(std::span<const PriceAnswer> answers)
{
    Answers all;
    std::map<std::string, std::size_t> places;
    const bool factors = std::ranges::all_of(answers, [](const PriceAnswer& answer) { return answer.price > 0; });
    for (const PriceAnswer& answer : answers) {
        const auto [place, is_new] = places.emplace(answer.key, all.keys.size());
        if (is_new) {
            all.keys.push_back(answer.key);
            all.of_thing.emplace_back();
        }
        all.of_thing[place->second].push_back(all.thing.size());
        all.thing.push_back(place->second);
        all.logs.push_back(factors ? std::log(answer.price) : 0);
        all.moved.push_back(0);
    }
    if (factors)
        find_movement(all);
    Steadied found;
    for (const auto& [key, thing] : places) {
        std::vector<double> values, half[2];
        for (const std::size_t answer : all.of_thing[thing]) {
            values.push_back(answers[answer].price / std::exp(all.moved[answer]));
            half[values.size() % 2].push_back(values.back());
        }
        SteadyPrice price{.value = median(values), .deviation = answers[all.of_thing[thing].front()].deviation};
        if (values.size() > 1)
            price.deviation = deviation(values);
        for (int h = 0; h < 2; ++h)
            price.halves[h] = values.size() > 1 ? median(half[h]) : std::numeric_limits<double>::quiet_NaN();
        found.prices.emplace(key, price);
    }
    std::vector<double> moved = all.moved;
    std::ranges::sort(moved);
    if (!moved.empty()) {
        const std::size_t end = moved.size() / 20;
        found.moved_pct = 100 * std::expm1(moved[moved.size() - 1 - end] - moved[end]);
    }
    return found;
}

}  // namespace espalier::host
