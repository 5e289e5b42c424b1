// SPDX-License-Identifier: Apache-2.0
#include "host/tell/verification.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

StoredWinner verified(const std::string& name, double predicted, double measured)
{
    return {name,
            Architecture{{0}},
            name,
            name,
            {{"latency_ms", predicted}},
            {},
            "",
            "",
            Evaluation{{}, {{"latency_ms", measured}, {"energy_mj", 1}}, Status::ok, ""}};
}

}  // namespace

TEST_CASE("pairs of winners that verification orders otherwise are told", "[verification]")
{
    const std::vector<StoredWinner> winners{verified("a", 1, 10), verified("b", 2, 30), verified("c", 3, 20),
                                            verified("d", 3, 40)};
    const std::vector<VerifiedOrder> orders = verified_orders(winners);
    REQUIRE(orders.size() == 1);  // the search knows no energy
    CHECK(orders[0].winners == 4);
    CHECK(orders[0].reversed == std::vector<std::pair<std::size_t, std::size_t>>{{1, 2}});
    CHECK(orders[0].kendall == Approx(3 / std::sqrt(5.0 * 6)));  // five pairs predicted apart
    CHECK(
        verification_warnings(winners) ==
        std::vector<std::string>{"verified, latency_ms orders the 4 winners otherwise: Kendall's tau 0.547723, 1 of 6 "
                                 "pairs are the other way round: b (2, verified 30) and c (3, verified 20)"});
}

TEST_CASE("winners whose measurement did not settle are named", "[verification]")
{
    std::vector<StoredWinner> winners{verified("a", 1, 1), verified("b", 2, 2), verified("c", 3, 3)};
    winners[0].metrics["latency_unsettled"] = 0;
    CHECK(verification_warnings(winners).empty());
    winners[0].metrics["latency_unsettled"] = 1;
    winners[2].verified->metrics["latency_unsettled"] = 1;
    CHECK(verification_warnings(winners) ==
          std::vector<std::string>{
              "latency_unsettled is 1 for a, c: measuring ended before the figure was as precise as asked for"});
}

TEST_CASE("many pairs are counted, and what is infinite has no order", "[verification]")
{
    std::vector<StoredWinner> winners;
    for (int i = 0; i < 6; ++i)
        winners.push_back(verified("w" + std::to_string(i), i, -i));
    CHECK_THAT(verification_warnings(winners).at(0),
               ContainsSubstring("15 of 15 pairs") && Catch::Matchers::EndsWith("; and 10 more"));
    winners = {verified("a", 1, std::numeric_limits<double>::infinity()), verified("b", 2, 1)};
    CHECK(verified_orders(winners).at(0).winners == 1);
    CHECK(verification_warnings(winners).empty());
    winners = {StoredWinner{"a", Architecture{{0}}, "a", "a", {{"latency_ms", 1}}, {}, ""}};
    CHECK(verified_orders(winners).empty());
}

TEST_CASE("winners that break a constraint or could not be verified are one sentence a constraint", "[verification]")
{
    std::vector<StoredWinner> winners;
    for (int i = 0; i < 9; ++i) {
        winners.push_back(verified("w" + std::to_string(i), i, i));
        Evaluation& said = *winners.back().verified;
        said.status = i < 7 ? Status::infeasible : Status::ok;
        said.reason = "latency_ms at most 2: " + std::string(i < 7 ? "broken, it is " + std::to_string(i) : "holds") +
                      "; energy_mj at most 3: " + (i == 4 ? "broken, it is 8" : "holds");
    }
    CHECK(verification_warnings(winners) ==
          std::vector<std::string>{
              "verified, w4 breaks energy_mj at most 3: it is 8",
              "verified, 7 of the 9 winners break latency_ms at most 2: w0 (0), w1 (1), w2 (2), w3 (3), w4 (4) and 2 "
              "more"});
    for (StoredWinner& winner : winners)
        winner.verified = failed({}, "verify 0 'device': gone; latency_ms at most 2: broken, it is 4");
    CHECK(
        verification_warnings(winners) ==
        std::vector<std::string>{"9 of the 9 winners could not be verified: w0, w1, w2, w3, w4 and 4 more; the first: "
                                 "verify 0 'device': gone; latency_ms at most 2: broken, it is 4"});
}
