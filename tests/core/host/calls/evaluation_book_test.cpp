// SPDX-License-Identifier: Apache-2.0
// What a run keeps in memory of its evaluations, against plain containers.
#include "host/calls/evaluation_book.hpp"

#include <map>
#include <unordered_map>

#include "espalier/rng.hpp"

#include "catch.hpp"
#include "host/calls/answers.hpp"
#include "host/calls/key_numbers.hpp"
#include "host/calls/number_table.hpp"

namespace espalier::host {
namespace {

TEST_CASE("a table finds the number of what was inserted, also where hashes agree", "[evaluation_book]")
{
    // few different hashes: most are told apart by `same` alone
    const auto hash = [](std::uint32_t thing) -> std::size_t { return thing % 97; };
    NumberTable table;
    CHECK_FALSE(table.find(0, [](std::uint32_t) { return true; }));
    for (std::uint32_t thing = 0; thing < 2000; ++thing) {
        CHECK_FALSE(table.find(hash(thing), [&](std::uint32_t number) { return number == thing; }));
        table.insert(hash(thing), thing);
    }
    for (std::uint32_t thing = 0; thing < 2000; ++thing)
        CHECK(table.find(hash(thing), [&](std::uint32_t number) { return number == thing; }) == thing);
    table.clear();
    CHECK_FALSE(table.find(hash(1), [](std::uint32_t) { return true; }));
    table.insert(hash(7), 7);
    CHECK(table.find(hash(7), [](std::uint32_t) { return true; }) == 7U);
}

TEST_CASE("keys are numbered in their order, short, empty and longer than a block", "[evaluation_book]")
{
    Rng rng(1, "keys");
    KeyNumbers keys;
    std::unordered_map<std::string, std::uint32_t> expected;
    for (int i = 0; i < 20'000; ++i) {
        std::string key = std::to_string(rng.below(9000));
        if (i == 10)
            key = "";
        if (i % 5000 == 20)
            key.append(70'000, 'x');
        const auto [at, fresh] = expected.emplace(key, static_cast<std::uint32_t>(expected.size()));
        CHECK(keys.find(key).has_value() == !fresh);
        CHECK(keys.number(key) == at->second);
    }
    CHECK(keys.size() == expected.size());
    const KeyNumbers moved = std::move(keys);
    for (const auto& [key, number] : expected)
        CHECK(moved.find(key) == number);
}

Evaluation drawn(Rng& rng)
{
    Evaluation evaluation;
    for (int d = 0; d < 5; ++d)
        evaluation.architecture.choices.push_back(static_cast<std::uint16_t>(rng.below(60'000)));
    for (const char* metric : {"energy_mj", "latency_ms", "top1_pct"})
        if (rng.below(4) > 0)
            evaluation.metrics[metric] = rng.uniform();
    if (rng.below(5) == 0) {
        evaluation.status = rng.below(2) == 0 ? Status::failed : Status::infeasible;
        evaluation.reason = "because of " + std::to_string(rng.below(1000));
    }
    return evaluation;
}

TEST_CASE("a book gives back every evaluation as it was, filled in any order and again", "[evaluation_book]")
{
    Rng rng(2, "book");
    EvaluationBook book(5);
    std::vector<Evaluation> expected;
    for (std::size_t i = 0; i < 3000; ++i) {
        expected.push_back(drawn(rng));
        CHECK(book.add(expected.back().architecture) == i);
        if (i % 7 == 6)
            for (std::size_t j = i; j + 7 > i; --j)
                book.fill(j, expected[j]);
    }
    for (std::size_t i = 2999; i >= 2996; --i)
        book.fill(i, expected[i]);
    for (std::size_t i = 0; i < 3000; i += 11) {
        const Architecture architecture = expected[i].architecture;
        expected[i] = drawn(rng);
        expected[i].architecture = architecture;
        book.fill(i, expected[i]);
    }
    REQUIRE(book.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(book.at(i) == expected[i]);
        CHECK(book.is(i, expected[i].architecture));
        CHECK_FALSE(book.is(i, expected[(i + 1) % expected.size()].architecture));
    }
    CHECK_FALSE(book.is(0, Architecture{}));
    CHECK(book.at(book.add(expected[0].architecture)) == Evaluation{expected[0].architecture, {}, Status::ok, ""});
}

TEST_CASE("answers are kept by key and paid for once", "[evaluation_book]")
{
    Answers answers;
    const std::uint32_t first = answers.number("first");
    CHECK(answers.contains("first"));
    CHECK_FALSE(answers.answered(first));
    CHECK_FALSE(answers.find("first"));
    CHECK(answers.pay(first));
    CHECK_FALSE(answers.pay(first));

    const std::uint32_t second = answers.number("second");
    CHECK(answers.pay(second));
    answers.keep(second, {{}, {{"top1_pct", 93.5}}, Status::ok, ""});
    answers.keep(first, {{}, {}, Status::failed, "it rained"});
    CHECK(answers.find("first") == Evaluation{{}, {}, Status::failed, "it rained"});
    CHECK(answers.find("second") == Evaluation{{}, {{"top1_pct", 93.5}}, Status::ok, ""});
    answers.keep(first, {{}, {{"top1_pct", 90}}, Status::ok, ""});
    CHECK(answers.at(first) == Evaluation{{}, {{"top1_pct", 90}}, Status::ok, ""});
    CHECK(answers.number("first") == first);
    CHECK_FALSE(answers.find("third"));
    CHECK(answers.size() == 2);
}

}  // namespace
}  // namespace espalier::host
