// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <initializer_list>

#include "espalier/moo/table.hpp"
#include "espalier/moo/test_problem.hpp"
#include "espalier/rng.hpp"

/// Points as written down; all rows of the same length.
inline espalier::moo::Points points(std::initializer_list<std::vector<double>> rows)
{
    espalier::moo::Points result(rows.begin()->size());
    for (const auto& row : rows)
        result.append(row);
    return result;
}

inline espalier::moo::Points random_points(std::size_t rows, std::size_t objectives, espalier::Rng& rng)
{
    espalier::moo::Points result(objectives, rows);
    for (double& value : result.values())
        value = rng.uniform();
    return result;
}

/// The true front of an integer ZDT problem: the first gene anything, all others 0.
inline espalier::moo::Points zdt_front(const espalier::moo::TestProblem& problem)
{
    espalier::moo::Genomes genomes(problem.options.size(), problem.options[0]);
    for (std::size_t row = 0; row < genomes.rows(); ++row)
        genomes[row][0] = static_cast<espalier::moo::Gene>(row);
    return problem(genomes);
}
