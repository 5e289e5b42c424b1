// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"
#include "violations.hpp"

namespace espalier::conformance {
namespace {

enum class SpaceFault {
    none,
    parse_ignores_rest,
    parse_ignores_beginning,
    parse_guesses_last,
    parse_takes_twice,
    parse_takes_nothing,
    parse_throws_foreign,
    text_hides_choice,
    key_changes,
    canonical_moves_on,
    canonical_other_key,
    canonical_outside,
    canonical_of_itself,
    inactive_in_key,
    too_few_active,
    empty_network,
    network_changes,
    network_open,
    network_other_than_super,
    other_macs,
    other_params,
    other_shape,
    network_throws,
    network_unwritable,
    super_unwritable,
    same_names,
    same_labels,
    no_options,
    no_decisions,
    key_of_thread,
    key_hides_width,
};

/// Depth (1 to 3) and three widths, of which the last ones are inactive in shallow networks.
class Elastic final : public ToySpace {
public:
    explicit Elastic(SpaceFault fault) : fault_{fault}
    {
        decisions_.push_back({"depth", {"1", "2", "3"}, true});
        for (const char* name : {"width a", "width b", fault == SpaceFault::same_names ? "width a" : "width c"})
            decisions_.push_back({name, {"w8", fault == SpaceFault::same_labels ? "w8" : "w16"}, true});
        std::vector<std::size_t> ends;
        std::size_t x = super_.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        for (int block = 0; block < 3; ++block) {
            const std::string w = "block" + std::to_string(block);
            std::size_t y = super_.add(Op::conv, {x}, {{"out", {16}}}, w);
            y = super_.add(Op::channel_mask, {y}, {{"decision", {block + 1.0}}, {"widths", {8, 16}}});
            x = super_.add(Op::conv, {y}, {{"out", {4}}}, w + ".project");
            ends.push_back(x);
        }
        x = super_.add(Op::choice, ends, {{"decision", {0}}});
        if (fault == SpaceFault::other_macs)
            super_.add(Op::conv, {x}, {{"out", {4}}}, "tail");
        if (fault == SpaceFault::no_options)
            decisions_[2].options.clear();
        if (fault == SpaceFault::no_decisions)
            decisions_.clear();
    }

    Network network(const Region& region) const override
    {
        if (fault_ == SpaceFault::network_throws && region.single())
            throw Error("cannot");
        if (fault_ == SpaceFault::empty_network && region.single())
            return {};
        if (fault_ == SpaceFault::network_open)
            return super_;
        Network n = resolved(super_, region);
        if (fault_ == SpaceFault::network_changes && calls_++ % 2 == 1)
            n.add(Op::relu, {n.size() - 1});
        if (fault_ == SpaceFault::network_other_than_super && region.single())
            n.add(Op::conv, {n.size() - 1}, {{"out", {4}}});
        if (fault_ == SpaceFault::other_macs && region.single())
            n.add(Op::conv, {n.size() - 1}, {{"out", {4}}}, "tail");
        if (fault_ == SpaceFault::other_params && region.single())
            n.add(Op::batch_norm, {n.size() - 1}, {}, "shift");
        if (fault_ == SpaceFault::other_shape && region.single())
            n.add(Op::slice, {n.size() - 1}, {{"end", {2}}});
        if ((fault_ == SpaceFault::network_unwritable && region.single()) ||
            (fault_ == SpaceFault::super_unwritable && !region.single()))
            n.add_custom("unbounded", {n.size() - 1}, {4}, {{"limit", {std::numeric_limits<double>::infinity()}}});
        return n;
    }
    std::vector<bool> active(const Architecture& a) const override
    {
        if (fault_ == SpaceFault::too_few_active)
            return {true};
        return {true, true, a.choices[0] > 0, a.choices[0] > 1};
    }
    std::string key(const Architecture& a) const override
    {
        if (fault_ == SpaceFault::key_changes)
            return std::to_string(calls_++);
        if (fault_ == SpaceFault::key_of_thread && std::this_thread::get_id() != made_by_)
            return SearchSpace::key(a) + " elsewhere";
        if (fault_ == SpaceFault::inactive_in_key)
            return to_string(a);
        if (fault_ == SpaceFault::key_hides_width)
            return to_string(canonical(a));
        return SearchSpace::key(a);
    }
    Architecture canonical(const Architecture& a) const override
    {
        Architecture c = SearchSpace::canonical(a);
        if (fault_ == SpaceFault::canonical_moves_on)
            c.choices[1] = static_cast<std::uint16_t>(1 - c.choices[1]);
        if (fault_ == SpaceFault::canonical_other_key || fault_ == SpaceFault::key_hides_width)
            c.choices[1] = 0;
        if (fault_ == SpaceFault::canonical_outside)
            c.choices[3] = 7;
        return fault_ == SpaceFault::canonical_of_itself ? a : c;
    }
    std::string text(const Architecture& a) const override
    {
        Architecture shown = a;
        if (fault_ == SpaceFault::text_hides_choice)
            shown.choices[3] = 0;
        return SearchSpace::text(shown);
    }
    Architecture parse(std::string_view text) const override
    {
        if (fault_ == SpaceFault::parse_takes_nothing && text.empty())
            return Architecture{{0, 0, 0, 0}};
        if (fault_ == SpaceFault::parse_throws_foreign && text.empty())
            throw std::out_of_range("basic_string::at");
        if (fault_ == SpaceFault::parse_ignores_rest && text.ends_with('?'))
            text.remove_suffix(1);
        if (fault_ == SpaceFault::parse_ignores_beginning && text.starts_with('?'))
            text.remove_prefix(1);
        if (fault_ == SpaceFault::parse_guesses_last && text.ends_with("w?"))
            return SearchSpace::parse(std::string(text.substr(0, text.size() - 1)) + "8");
        const std::string_view half = text.substr(0, text.size() / 2);
        if (fault_ == SpaceFault::parse_takes_twice && text == std::string(half) + std::string(half))
            text = half;
        return SearchSpace::parse(text);
    }

private:
    SpaceFault fault_;
    mutable std::atomic<int> calls_ = 0;
    std::thread::id made_by_ = std::this_thread::get_id();
};

/// 65,536 architectures: sixteen widths in a row. `hidden` is the first decision that the key does not tell.
class Chain final : public ToySpace {
public:
    Chain(std::size_t hidden, bool superposes)
        : ToySpace(digit_decisions(kBlocks, 2)), hidden_{hidden}, superposes_{superposes}
    {
        std::size_t x = super_.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        for (std::size_t block = 0; block < kBlocks; ++block) {
            x = super_.add(Op::conv, {x}, {{"out", {8}}}, "block" + std::to_string(block));
            x = super_.add(Op::channel_mask, {x}, {{"decision", {double(block)}}, {"widths", {4, 8}}});
        }
    }
    Network network(const Region& region) const override
    {
        if (!superposes_ && !region.single())
            throw Error("single architectures only");
        return ToySpace::network(region);
    }
    std::string key(const Architecture& a) const override { return to_string(canonical(a)); }
    Architecture canonical(const Architecture& a) const override
    {
        Architecture c = a;
        std::fill(c.choices.begin() + static_cast<std::ptrdiff_t>(hidden_), c.choices.end(), std::uint16_t{0});
        return c;
    }
    static constexpr std::size_t kBlocks = 16;

private:
    std::size_t hidden_;
    bool superposes_;
};

}  // namespace

TEST_CASE("a space that keeps its promises has no violations", "[conformance]")
{
    CHECK(check_space(Elastic(SpaceFault::none)) == Violations{});
}

TEST_CASE("keys that hide what costs something are found in spaces too large to go through", "[conformance]")
{
    for (const bool superposes : {true, false}) {
        CHECK(check_space(Chain(Chain::kBlocks, superposes)) == Violations{});
        const std::string told = joined(check_space(Chain(Chain::kBlocks - 1, superposes)));
        CHECK_THAT(told, ContainsSubstring("equal keys have networks of other multiply-adds or parameters"));
        // one architecture is enough: its canonical one, or a neighbour
        CHECK(joined(check_space(Chain(Chain::kBlocks - 1, superposes), 1)) != "");
    }
}

TEST_CASE("each broken promise of a space is told", "[conformance]")
{
    const auto told = [](SpaceFault fault) { return joined(check_space(Elastic(fault))); };
    CHECK_THAT(told(SpaceFault::parse_ignores_rest), ContainsSubstring("'TEXT?', is not refused"));
    CHECK_THAT(told(SpaceFault::parse_ignores_beginning), ContainsSubstring("'?TEXT', is not refused"));
    CHECK_THAT(told(SpaceFault::parse_guesses_last), ContainsSubstring("'TEX?', is not refused"));
    CHECK_THAT(told(SpaceFault::parse_takes_twice), ContainsSubstring("'TEXTTEXT', is not refused"));
    CHECK_THAT(told(SpaceFault::parse_takes_nothing), ContainsSubstring("empty text is not refused"));
    CHECK_THAT(told(SpaceFault::parse_throws_foreign),
               ContainsSubstring("empty text is refused with something else than an espalier::Error"));
    CHECK_THAT(told(SpaceFault::text_hides_choice), ContainsSubstring("`parse` does not invert `text`"));
    CHECK_THAT(told(SpaceFault::key_changes),
               ContainsSubstring("the key of an architecture changes from call to call"));
    CHECK_THAT(told(SpaceFault::canonical_moves_on), ContainsSubstring("`canonical` is not idempotent"));
    CHECK_THAT(told(SpaceFault::canonical_other_key), ContainsSubstring("the canonical architecture has another key"));
    CHECK_THAT(told(SpaceFault::canonical_outside),
               ContainsSubstring("the canonical architecture is not in the space"));
    CHECK_THAT(told(SpaceFault::canonical_of_itself),
               ContainsSubstring("architectures with equal keys have different canonical ones"));
    CHECK_THAT(told(SpaceFault::inactive_in_key), ContainsSubstring("an inactive decision changes the key"));
    CHECK_THAT(told(SpaceFault::too_few_active), ContainsSubstring("`active` has not one answer for every decision"));
    CHECK_THAT(told(SpaceFault::empty_network), ContainsSubstring("the network of an architecture is empty"));
    CHECK_THAT(told(SpaceFault::network_changes),
               ContainsSubstring("network of an architecture changes from call to call"));
    CHECK_THAT(told(SpaceFault::network_open),
               ContainsSubstring("the network of an architecture has open decisions: layer"));
    for (const SpaceFault fault : {SpaceFault::network_other_than_super, SpaceFault::other_macs,
                                   SpaceFault::other_params, SpaceFault::other_shape})
        CHECK_THAT(told(fault), ContainsSubstring("differs from the resolved super-network"));
    CHECK_THAT(told(SpaceFault::network_throws),
               ContainsSubstring("building the network of an architecture throws: cannot"));
    for (const SpaceFault fault : {SpaceFault::network_unwritable, SpaceFault::super_unwritable})
        CHECK_THAT(told(fault), ContainsSubstring("attribute 'limit' is not finite"));
    CHECK_THAT(told(SpaceFault::key_hides_width),
               ContainsSubstring("equal keys have networks of other multiply-adds or parameters: "));
    CHECK_THAT(told(SpaceFault::key_of_thread), ContainsSubstring("several threads at once get other keys"));
    CHECK_THAT(told(SpaceFault::same_names), ContainsSubstring("two decisions have the same name: width a"));
    CHECK_THAT(told(SpaceFault::same_labels),
               ContainsSubstring("two options of a decision have the same label: width a"));
    CHECK(told(SpaceFault::no_options) == "a decision has no options: width b\n");
    CHECK(told(SpaceFault::no_decisions) == "the space has no decisions\n");
}

TEST_CASE("one architecture is enough to find out what its inactive decisions do", "[conformance]")
{
    int told = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
        told += joined(check_space(Elastic(SpaceFault::canonical_of_itself), 1, seed))
                        .starts_with("architectures with equal keys have different canonical ones")
                    ? 1
                    : 0;
    CHECK(told > 0);
}

}  // namespace espalier::conformance
