// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// A problem with a known front, on integer genes: gene value g of k levels stands for the variable's g / (k - 1)-th
/// part of its range. 65,535 levels come close to real variables.
struct TestProblem {
    std::string name;
    std::vector<std::uint32_t> options;  ///< levels per gene
    std::size_t objectives = 2;
    std::function<void(std::span<const Gene> genome, std::span<double> values)> evaluate;

    Points operator()(const Genomes& genomes) const;
};

/// ZDT1 to ZDT6 (Zitzler, Deb, Thiele, Evol. Comput. 8(2), 2000). ZDT5 has 80 binary genes whatever `variables` and
/// `levels`, and both objectives are scaled to [0, 1].
/// @throws Error for another number, fewer than two variables or two levels.
TestProblem zdt(int number, std::size_t variables, std::uint32_t levels);

/// DTLZ1 to DTLZ4 (Deb, Thiele, Laumanns, Zitzler, CEC 2002).
/// @throws Error for another number, or fewer variables than objectives.
TestProblem dtlz(int number, std::size_t variables, std::size_t objectives, std::uint32_t levels);

}  // namespace espalier::moo
