// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <span>
#include <string>

#include "host/price/price_journal.hpp"

namespace espalier::host {

/// A price made of several answers.
struct SteadyPrice {
    double value = 0;       ///< their median
    double deviation = 0;   ///< their standard deviation; of a single answer what the device says, or NaN
    double halves[2] = {};  ///< medians of every second answer and of the others; NaN where there are fewer than two
};

struct Steadied {
    std::map<std::string, SteadyPrice> prices;  ///< by key
    /// How much slower the device was at its slowest than at its fastest, in %, but for the 5 % of the answers at
    /// either end; 0 where nothing was asked twice.
    double moved_pct = 0;
};

/// Answers about things of one kind in the order in which they came, without what moved them all: a device that is
/// warm, or busy with other work, is slower for a while. Each answer is divided by the factor by which the answers
/// before and behind it are larger than the prices of the things that they are about, found in turn with the prices
/// (medians, so that single outliers count for nothing). Where nothing was asked twice nothing can be told, and
/// answers are prices; so where one is not above 0.
Steadied steadied(std::span<const PriceAnswer>);

}  // namespace espalier::host
