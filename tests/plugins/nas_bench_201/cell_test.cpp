// SPDX-License-Identifier: Apache-2.0
#include "cell.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"

using namespace espalier::nas_bench_201;
using espalier::Architecture;

namespace {

// Three coarser or slower ways to tell cells apart, written as their definitions read.

/// A skip stands for the name of its input node; nothing else is simplified.
std::string skip_resolved(const Architecture& a)
{
    std::vector<std::string> nodes{"0"};
    for (std::size_t edge = 0; edge < kEdges;) {
        std::vector<std::string> terms;
        for (const std::size_t to = kEdgeOrder[edge].to; edge < kEdges && kEdgeOrder[edge].to == to; ++edge) {
            const std::string& from = nodes[kEdgeOrder[edge].from];
            terms.push_back(a.choices[edge] == kSkip ? from : "(" + from + ")@" + std::to_string(a.choices[edge]));
        }
        std::sort(terms.begin(), terms.end());
        std::string& node = nodes.emplace_back();
        for (const std::string& term : terms)
            node += (node.empty() ? "" : "+") + term;
    }
    return nodes.back();
}

/// The benchmark's own "unique string": an edge is "#" if its operation is none or its input exactly "#".
std::string unique_string(const Architecture& a)
{
    std::vector<std::string> nodes{"0"};
    for (std::size_t edge = 0; edge < kEdges;) {
        std::vector<std::string> terms;
        for (const std::size_t to = kEdgeOrder[edge].to; edge < kEdges && kEdgeOrder[edge].to == to; ++edge) {
            const std::string& from = nodes[kEdgeOrder[edge].from];
            const std::uint16_t o = a.choices[edge];
            terms.push_back(o == kNone || from == "#" ? "#"
                            : o == kSkip              ? from
                                                      : "(" + from + ")@" + std::string(operations()[o]));
        }
        std::sort(terms.begin(), terms.end());
        std::string& node = nodes.emplace_back();
        for (const std::string& term : terms)
            node += (node.empty() ? "" : "+") + term;
    }
    return nodes.back();
}

/// A term of a sum: the input (no operation), or an operation on a sum. Convolutions have the weights of their edge.
struct Term {
    std::uint16_t operation = 0;
    std::size_t weights = kEdges;  // kEdges: none
    std::vector<Term> of;
};

/// What the output is the sum of: zero terms dropped, sums flattened through skips.
std::vector<Term> output(const Architecture& a)
{
    std::vector<std::vector<Term>> nodes{{Term{}}, {}, {}, {}};
    for (std::size_t edge = 0; edge < kEdges; ++edge) {
        const std::vector<Term>& from = nodes[kEdgeOrder[edge].from];
        std::vector<Term>& to = nodes[kEdgeOrder[edge].to];
        const std::uint16_t o = a.choices[edge];
        if (o == kSkip)
            to.insert(to.end(), from.begin(), from.end());
        else if (o != kNone && !from.empty())
            to.push_back({o, o == kAveragePool ? kEdges : edge, from});
    }
    return nodes.back();
}

void add_weights(const std::vector<Term>& terms, std::set<std::size_t>& used)
{
    for (const Term& term : terms) {
        if (term.weights < kEdges)
            used.insert(term.weights);
        add_weights(term.of, used);
    }
}

/// In one order of the terms. @param names of each edge's weights.
std::string written(const std::vector<Term>& terms, const std::array<char, kEdges>& names)
{
    std::vector<std::string> texts;
    for (const Term& term : terms) {
        std::string text(1, static_cast<char>('0' + term.operation));
        if (term.weights < kEdges)
            text += names[term.weights];
        texts.push_back(text + written(term.of, names));
    }
    std::sort(texts.begin(), texts.end());
    std::string all = "(";
    for (const std::string& text : texts)
        all += text + "+";
    return all + ")";
}

/// The least of what the cells' outputs read under all ways to name the weights in them, by rank: equal for two cells
/// exactly if one becomes the other by renaming weights.
const std::vector<std::string>& expressions()
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> least;
        for (std::size_t r = 0; r < kCells; ++r) {
            const std::vector<Term> terms = output(cell_at(r));
            std::set<std::size_t> used;
            add_weights(terms, used);
            std::string name = std::string("abcdef").substr(0, used.size());
            std::string& best = least.emplace_back();
            do {
                std::array<char, kEdges> names{};
                auto next = name.begin();
                for (const std::size_t edge : used)
                    names[edge] = *next++;
                const std::string text = written(terms, names);
                if (best.empty() || text < best)
                    best = text;
            } while (std::next_permutation(name.begin(), name.end()));
        }
        return least;
    }();
    return all;
}

std::string expression(const Architecture& a)
{
    return expressions()[rank(a)];
}

std::size_t distinct(const std::function<std::string(const Architecture&)>& name)
{
    std::set<std::string> names;
    for (std::size_t r = 0; r < kCells; ++r)
        names.insert(name(cell_at(r)));
    return names.size();
}

std::string cell_refusal(const std::string& cell)
{
    try {
        parse(cell);
    } catch (const espalier::Error& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("there are 15,625 cells, 12,751 by skips, 6,466 by the benchmark's string and 5,260 by function",
          "[nas_bench_201]")
{
    CHECK(distinct(text) == 15'625);
    CHECK(distinct(skip_resolved) == 12'751);
    CHECK(distinct(unique_string) == 6'466);
    CHECK(distinct(expression) == 5'260);
}

TEST_CASE("cells share a function class exactly if their expressions are equal", "[nas_bench_201]")
{
    std::map<std::uint64_t, std::string> expression_of;
    std::set<std::string> expressions;
    for (std::size_t r = 0; r < kCells; ++r) {
        const Architecture a = cell_at(r);
        const auto [found, is_new] = expression_of.emplace(function_class(a), expression(a));
        if (found->second != expression(a))
            FAIL(text(a) << " shares a class with " << found->second);
        expressions.insert(found->second);
    }
    CHECK(expression_of.size() == 5'260);
    CHECK(expressions.size() == 5'260);
}

TEST_CASE("a convolution used twice is not two alike, but pooling twice is pooling once", "[nas_bench_201]")
{
    // 0->1, 0->2, 1->2, 0->3, 1->3, 2->3
    const Architecture used_twice{{3, 0, 1, 0, 2, 2}}, two_alike{{3, 3, 0, 0, 2, 2}};
    CHECK(function_class(used_twice) != function_class(two_alike));
    const Architecture pooled_twice{{4, 0, 1, 0, 2, 2}}, two_pools{{4, 4, 0, 0, 2, 2}};
    CHECK(function_class(pooled_twice) == function_class(two_pools));
    // used once, it is like any other: which edge has it does not matter
    CHECK(function_class({{3, 0, 0, 0, 1, 0}}) == function_class({{0, 0, 0, 3, 0, 0}}));
    CHECK(function_class({{3, 2, 0, 0, 1, 1}}) == function_class({{2, 3, 0, 0, 1, 1}}));
}

TEST_CASE("the representative is the member with the smallest index in the benchmark", "[nas_bench_201]")
{
    std::map<std::string, std::size_t> smallest;
    for (std::size_t r = 0; r < kCells; ++r) {
        const auto [found, is_new] = smallest.emplace(expression(cell_at(r)), benchmark_index(cell_at(r)));
        found->second = std::min(found->second, benchmark_index(cell_at(r)));
    }
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < kCells; ++r)
        wrong += benchmark_index(representative(cell_at(r))) != smallest.at(expression(cell_at(r)));
    CHECK(wrong == 0);
}

TEST_CASE("indices are the benchmark's: six known ones", "[nas_bench_201]")
{
    // spec of the benchmark's published table
    const std::map<std::size_t, Architecture> known = {{0, {{4, 2, 1, 2, 1, 1}}},    {1, {{3, 3, 4, 1, 3, 1}}},
                                                       {2, {{4, 3, 3, 4, 4, 4}}},    {6111, {{3, 3, 3, 1, 3, 2}}},
                                                       {9930, {{3, 3, 3, 1, 3, 3}}}, {857, {{2, 2, 3, 1, 3, 3}}}};
    for (const auto& [index, cell] : known)
        CHECK(benchmark_index(cell) == index);
    CHECK(text(known.at(0)) ==
          "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|");
}

TEST_CASE("the indices of all 15,625 cells are those of the published table", "[nas_bench_201]")
{
    // its rows are in the order of the index
    const espalier::CsvColumns table(ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201/accuracy.csv.gz", {"arch"});
    REQUIRE(table.rows() == kCells);
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < kCells; ++row)
        wrong += benchmark_index(parse(table.raw(row, 0))) != row;
    CHECK(wrong == 0);
}

TEST_CASE("the published classes are those of the benchmark's string", "[nas_bench_201]")
{
    const char* data = std::getenv("ESPALIER_DATA");
    if (!data) {
        WARN("skipped: ESPALIER_DATA is not set");
        return;
    }
    const espalier::CsvColumns table(std::string(data) + "/nasbench201/nasbench201.csv.gz", {"arch", "iso_rep_index"});
    std::size_t wrong = 0;
    std::map<std::string, double> first;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const double index = table.number(row, 1).value();
        wrong += first.emplace(unique_string(parse(table.raw(row, 0))), index).first->second != index;
    }
    CHECK(wrong == 0);
    CHECK(first.size() == 6'466);
}

TEST_CASE("text and parse undo each other for every cell", "[nas_bench_201]")
{
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < kCells; ++r)
        wrong += parse(text(cell_at(r))) != cell_at(r) || rank(cell_at(r)) != r;
    CHECK(wrong == 0);
}

TEST_CASE("a cell that is not one is refused at the right position", "[nas_bench_201]")
{
    const std::string good = "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    const std::string form = "; the form is |op~0|+|op~0|op~1|+|op~0|op~1|op~2|";
    const auto message = [](const std::string& cell, int position, const std::string& sentence) {
        return "architecture '" + cell + "': position " + std::to_string(position) + ": " + sentence;
    };
    CHECK(cell_refusal(good) == "accepted");
    CHECK(cell_refusal("") == message("", 1, "'|' must stand here" + form));
    CHECK(cell_refusal(good + "x") == message(good + "x", int(good.size()) + 1, "nothing may follow the last edge"));
    CHECK_THAT(cell_refusal(good.substr(0, 20)),
               ContainsSubstring("position 19: 'no' is no operation of edge 0->2; did you mean 'none'?"));
    std::string cell = good;
    cell[14] = '1';
    CHECK(cell_refusal(cell) == message(cell, 14, "'~0' must stand here" + form));
    cell = good;
    cell.replace(18, 4, "nor_conv_3x4");
    CHECK_THAT(
        cell_refusal(cell),
        ContainsSubstring("position 19: 'nor_conv_3x4' is no operation of edge 0->2; did you mean 'nor_conv_3x3'?"));
    CHECK_THAT(cell_refusal("0 1 2 3 4 0"), ContainsSubstring("position 1: '|' must stand here"));
}
