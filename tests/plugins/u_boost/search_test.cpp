// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include "espalier/sdk/conformance.hpp"

#include "analytic/systolic.hpp"
#include "catch.hpp"
#include "relaxed_search.hpp"
#include "supernet/columns.hpp"
#include "toys/temporary_folder.hpp"
#include "u_boost_cell/u_boost_cell.hpp"

using namespace espalier;
using namespace espalier::u_boost;
using espalier::testing::Columns;
using espalier::testing::Steps;

namespace {

/// A space of two operations and three widths, its images, and a device on which 16 channels are the cheapest each.
struct Workplace {
    Columns data{{3, 8, 8}, 2, 96};
    cost_models::Systolic device{[] {
                                     cost_models::Systolic::Options o;
                                     o.rows = o.columns = 16;
                                     o.batch = 64;
                                     o.ceiling = "smooth";
                                     return o;
                                 }(),
                                 {}};
    u_boost_cell::UBoostCell space{{.array = 16,
                                    .cells = 1,
                                    .widths = {0.5, 1, 1.25},
                                    .operations = {"conv3", "separable3"},
                                    .resolution = 8,
                                    .classes = 2},
                                   {}};
    Setup setup() const
    {
        Setup setup;
        setup.data = &data;
        setup.space = &space;
        setup.costs = {&device};
        return setup;
    }
    static SearchOptions options()
    {
        SearchOptions o;
        o.batch = 16;
        o.epochs = 8;
        o.utilisation = "utilisation";
        o.split = "in_turn";
        o.weights_share = 0.5;
        o.logits_deviation = 0.1;
        o.crop = 0;
        o.flip = false;
        return o;
    }
};

Region operations(const SearchSpace& space)
{
    Region region(space.decisions());
    for (std::size_t d = 9; d < region.decisions(); ++d)
        region.fix(d, 1);
    return region;
}

Region widths(const SearchSpace& space)
{
    Region region(space.decisions());
    for (std::size_t d = 0; d < 9; ++d)
        region.fix(d, 0);
    return region;
}

}  // namespace

TEST_CASE("a search by utilisation ends at the operation and the width that fill the array", "[u_boost]")
{
    const Workplace place;
    SearchOptions o = Workplace::options();
    o.lambda = 1;
    o.beta = 30;
    const Partners partners(o, place.setup());
    const Architecture first{std::vector<std::uint16_t>(place.space.decisions().size(), 1)};
    Steps steps;
    RelaxedSearch cell("", place.space, operations(place.space), o, partners, o.epochs, Rng(1));
    steps.run(cell);
    const Architecture found = cell.best(first);
    for (std::size_t d = 0; d < 9; ++d)
        CHECK(place.space.decisions()[d].options[found.choices[d]] == "conv3");
    RelaxedSearch wide("", place.space, widths(place.space), o, partners, 2 * o.epochs, Rng(1));
    steps.run(wide);
    const Architecture best = wide.best(found);
    for (std::size_t d = 9; d < best.choices.size(); ++d) {
        INFO(place.space.decisions()[d].name);
        CHECK(place.space.decisions()[d].options[best.choices[d]] == "16");
    }
    CHECK(steps.notes.at("utilisation").back() > steps.notes.at("utilisation").front());
}

TEST_CASE("a stage goes on after any epoch to the same bits", "[u_boost]")
{
    const Workplace place;
    const SearchOptions o = Workplace::options();
    const Partners partners(o, place.setup());
    for (const Region& region : {operations(place.space), widths(place.space)}) {
        const auto made = [&] { return RelaxedSearch("", place.space, region, o, partners, 3, Rng(1)); };
        const std::size_t stop = GENERATE(1, 2);
        const TemporaryFolder folder;
        RelaxedSearch whole = made(), killed = made(), resumed = made();
        Steps at_once, first, rest;
        at_once.run(whole);
        first.run(killed, 0, stop);
        std::filesystem::create_directories(folder / "saved");
        killed.save((folder / "saved").string());
        resumed.load((folder / "saved").string());
        rest.run(resumed, stop);
        for (const auto& [decision, value] : whole.logits().values())
            CHECK(at::equal(value, resumed.logits().values().at(decision)));
        CHECK(rest.notes.at("loss").back() == at_once.notes.at("loss").back());
        std::filesystem::create_directories(folder / "a");
        std::filesystem::create_directories(folder / "b");
        whole.save((folder / "a").string());
        resumed.save((folder / "b").string());
        CHECK(testing::files_in((folder / "a").string()) == testing::files_in((folder / "b").string()));
    }
}

TEST_CASE("a cell that computes nothing is mended by the one option with the largest logit that does it", "[u_boost]")
{
    Workplace place;
    const u_boost_cell::UBoostCell space({.array = 16,
                                          .cells = 1,
                                          .widths = {0.5, 1, 1.25},
                                          .operations = {"conv3", "identity", "zero"},
                                          .resolution = 8,
                                          .classes = 2},
                                         {});
    Setup setup = place.setup();
    setup.space = &space;
    const SearchOptions o = Workplace::options();
    const Partners partners(o, setup);
    const RelaxedSearch search("", space, operations(space), o, partners, 1, Rng(1));
    const auto set = [&](std::size_t edge, double conv3, double identity, double zero) {
        search.logits().values().at(edge).detach().copy_(at::tensor({conv3, identity, zero}, at::kDouble));
    };
    for (std::size_t edge = 0; edge < 9; ++edge)
        set(edge, 0, 0, 2);
    set(7, 1.9, 0, 2);    // t1->t3, but nothing comes into t1
    set(6, 1.5, 1.4, 2);  // pp->t3
    const Architecture first{std::vector<std::uint16_t>(space.decisions().size(), 1)};
    const Architecture mended = search.best(first);
    CHECK(mended.choices[6] == 0);
    CHECK(std::count(mended.choices.begin(), mended.choices.begin() + 9, 2) == 8);
    CHECK(search.timed_operations(mended) == 1);
    set(6, 1.3, 1.4, 2);
    const Architecture handed_on = search.best(first);
    CHECK(handed_on.choices[6] == 1);
    CHECK(search.timed_operations(handed_on) == 0);
    set(2, 3, 0, 2);  // p->t2, which leads nowhere
    CHECK(search.timed_operations(search.best(first)) == 0);
    set(8, 0, 3, 2);  // t2->t3
    CHECK(search.timed_operations(search.best(first)) == 1);
}

TEST_CASE("weight decay does not touch the logits", "[u_boost]")
{
    const Workplace place;
    SearchOptions o = Workplace::options();
    o.learning_rate = 0;  // so that the weights are the same whatever their decay
    const Partners partners(o, place.setup());
    const auto logits = [&](double weight_decay) {
        o.weight_decay = weight_decay;
        RelaxedSearch search("", place.space, operations(place.space), o, partners, 1, Rng(1));
        const at::Tensor before = search.logits().values().at(0).clone();
        Steps steps;
        steps.run(search);
        CHECK_FALSE(at::equal(search.logits().values().at(0), before));
        return search.logits().values().at(0).clone();
    };
    CHECK(at::equal(logits(1), logits(0)));
}
