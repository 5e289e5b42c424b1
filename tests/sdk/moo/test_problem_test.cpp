// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/test_problem.hpp"

#include "espalier/error.hpp"
#include "espalier/moo/directions.hpp"
#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

namespace {

const std::vector<double> kReference{1.1, 1.1};

/// Of the true front on fine levels, all other variables at their best.
double fine_hypervolume(int number)
{
    const std::uint32_t levels = 65'535;
    const TestProblem problem = zdt(number, 2, levels);
    Genomes genomes(2, levels);
    for (std::size_t row = 0; row < levels; ++row) {
        genomes[row][0] = static_cast<Gene>(row);
        genomes[row][1] = number == 4 ? levels / 2 : 0;
    }
    return hypervolume(problem(genomes), kReference);
}

}  // namespace

TEST_CASE("the true fronts have the analytic hypervolumes", "[moo][test_problem]")
{
    CHECK(fine_hypervolume(1) == Approx(0.876667).margin(2e-5));
    CHECK(fine_hypervolume(2) == Approx(0.543333).margin(2e-5));
    CHECK(fine_hypervolume(3) == Approx(1.331763).margin(2e-5));
    CHECK(fine_hypervolume(4) == Approx(0.876667).margin(2e-5));
    CHECK(fine_hypervolume(6) == Approx(0.507878).margin(1e-4));
}

TEST_CASE("the integer fronts have the known hypervolumes", "[moo][test_problem]")
{
    CHECK(hypervolume(zdt_front(zdt(1, 30, 11)), kReference) == Approx(0.8205093417).margin(1e-9));
    CHECK(hypervolume(zdt_front(zdt(1, 30, 31)), kReference) == Approx(0.8587811404).margin(1e-9));
    CHECK(hypervolume(zdt_front(zdt(2, 30, 11)), kReference) == Approx(0.495).margin(1e-9));
    CHECK(hypervolume(zdt_front(zdt(2, 30, 31)), kReference) == Approx(0.5268518519).margin(1e-9));
    CHECK(non_dominated(zdt_front(zdt(1, 30, 11))).size() == 11);
}

TEST_CASE("ZDT5 has 31 best points", "[moo][test_problem]")
{
    const TestProblem problem = zdt(5, 0, 0);
    Genomes genomes(80, 31);
    for (std::size_t row = 0; row < 31; ++row) {
        for (std::size_t i = 0; i < 80; ++i)
            genomes[row][i] = i < row || i >= 30;
    }
    const Points front = problem(genomes);
    CHECK(non_dominated(front).size() == 31);
    CHECK(hypervolume(front, kReference) == Approx(1.1057282210).margin(1e-9));
}

TEST_CASE("DTLZ fronts lie on the plane and on the sphere", "[moo][test_problem]")
{
    espalier::Rng rng(5);
    for (int number = 1; number <= 4; ++number) {
        const TestProblem problem = dtlz(number, 7, 3, 65'535);
        Genomes genomes(7, 20);
        for (Gene& gene : genomes.values())
            gene = 65'534 / 2;
        for (std::size_t row = 0; row < genomes.rows(); ++row)
            genomes[row][0] = static_cast<Gene>(rng.below(65'535));
        const Points front = problem(genomes);
        for (std::size_t row = 0; row < front.rows(); ++row) {
            double sum = 0;
            for (const double value : front[row])
                sum += number == 1 ? value : value * value;
            CHECK(sum == Approx(number == 1 ? 0.5 : 1));
        }
    }
}

TEST_CASE("problems that do not exist are refused", "[moo][test_problem]")
{
    CHECK_THROWS_WITH(zdt(7, 30, 11), ContainsSubstring("ZDT7"));
    CHECK_THROWS_WITH(dtlz(9, 30, 2, 11), ContainsSubstring("DTLZ9"));
    CHECK_THROWS_AS(dtlz(2, 2, 3, 11), espalier::Error);
}
