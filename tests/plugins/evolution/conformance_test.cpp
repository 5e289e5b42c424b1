// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "aging_evolution.hpp"
#include "catch.hpp"
#include "exhaustive.hpp"
#include "random_search.hpp"

using namespace espalier;

namespace {

template <class T>
conformance::Violations check(const typename T::Options& options)
{
    return conformance::check_strategy([&](const Setup& setup) { return std::make_unique<T>(options, setup); });
}

}  // namespace

TEST_CASE("the plain strategies keep what strategies promise", "[evolution]")
{
    CHECK(check<evolution::Random>({}) == conformance::Violations{});
    CHECK(check<evolution::AgingEvolution>({.population = 10, .sample = 3}) == conformance::Violations{});
    CHECK(check<evolution::AgingEvolution>({.population = 10, .sample = 3, .in_flight = 4}) ==
          conformance::Violations{});
}

TEST_CASE("exhaustive keeps what strategies promise, but for the seed: it draws nothing", "[evolution]")
{
    for (const char* per : {"class", "architecture"})
        CHECK(check<evolution::Exhaustive>({.per = per}) == conformance::Violations{});
}
