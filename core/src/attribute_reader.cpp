// SPDX-License-Identifier: Apache-2.0
#include "espalier/attribute_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

namespace espalier {
namespace {

// 2^53: beyond it a double no longer holds every whole number.
constexpr double kLargest = 9007199254740992.0;

std::string shown(double value)
{
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text;
}

[[noreturn]] void refuse(const std::string& key, double value, const std::string& allowed)
{
    throw Error(fmt::format("attribute '{}' is {}, allowed are {}", key, shown(value), allowed));
}

std::int64_t integer(const std::string& key, double value, std::int64_t low)
{
    if (!(value >= static_cast<double>(low)) || value > kLargest || value != std::floor(value))
        refuse(key, value, fmt::format("whole numbers from {}", low));
    return static_cast<std::int64_t>(value);
}

}  // namespace

const std::vector<double>* AttributeReader::find(const std::string& key, std::size_t most, bool must)
{
    known_.push_back(key);
    const auto found = given_.find(key);
    if (found == given_.end() && must)
        throw Error(fmt::format("attribute '{}' is missing", key));
    if (found == given_.end())
        return nullptr;
    const std::size_t count = found->second.size();
    if (count < 1 || count > most)
        throw Error(fmt::format("attribute '{}' has {} numbers, allowed {}", key, count,
                                most == 1   ? "is 1"
                                : most == 2 ? "are 1 or 2"
                                            : "are 1 or more"));
    return &found->second;
}

void AttributeReader::keep(const std::string& key, double value, double preset)
{
    if (value != preset)
        kept_[key] = {value};
}

double AttributeReader::real(const std::string& key, double preset, double low, double high)
{
    const auto* values = find(key);
    const double value = values != nullptr ? values->front() : preset;
    if (!(value >= low && value <= high))
        refuse(key, value, shown(low) + " to " + shown(high));
    return keep(key, value, preset), value;
}

std::int64_t AttributeReader::whole(const std::string& key, std::int64_t preset, std::int64_t low)
{
    const auto* values = find(key);
    const std::int64_t value = values != nullptr ? integer(key, values->front(), low) : preset;
    return keep(key, static_cast<double>(value), static_cast<double>(preset)), value;
}

std::int64_t AttributeReader::required(const std::string& key, std::int64_t low)
{
    const std::int64_t value = integer(key, find(key, 1, true)->front(), low);
    return set(key, value), value;
}

bool AttributeReader::flag(const std::string& key, bool preset)
{
    const auto* values = find(key);
    const double value = values != nullptr ? values->front() : preset ? 1.0 : 0.0;
    if (value != 0 && value != 1)
        refuse(key, value, "0 and 1");
    return keep(key, value, preset ? 1.0 : 0.0), value == 1;
}

AttributeReader::Pair AttributeReader::pair(const std::string& key, Pair preset, std::int64_t low)
{
    Pair value = preset;
    if (const auto* values = find(key, 2))
        value = {integer(key, values->front(), low), integer(key, values->back(), low)};
    if (value != preset) {
        set(key, value[0]);
        if (value[0] != value[1])
            kept_[key].push_back(static_cast<double>(value[1]));
    }
    return value;
}

std::vector<std::int64_t> AttributeReader::list(const std::string& key, std::int64_t low, bool must)
{
    std::vector<std::int64_t> items;
    if (const auto* values = find(key, std::numeric_limits<std::size_t>::max(), must)) {
        for (const double value : *values)
            items.push_back(integer(key, value, low));
        kept_[key] = *values;
    }
    return items;
}

Attributes AttributeReader::kept()
{
    for (const auto& [key, values] : given_)
        if (std::find(known_.begin(), known_.end(), key) == known_.end())
            throw Error(fmt::format("unknown attribute '{}'{}", key,
                                    known_.empty() ? "; it has none" : suggestion(key, known_)));
    return std::move(kept_);
}

}  // namespace espalier
