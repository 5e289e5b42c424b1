// SPDX-License-Identifier: Apache-2.0
#include "cell.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

#include "benchmark_order.hpp"

namespace espalier::nas_bench_201 {

using namespace std::string_view_literals;
namespace {

constexpr std::array<std::string_view, kOperations> kOperationNames = {"none", "skip_connect", "nor_conv_1x1",
                                                                       "nor_conv_3x3", "avg_pool_3x3"};

constexpr std::array<std::string_view, 3> kFrom = {"~0", "~1", "~2"};

/// What a node computes: the sum of `terms` (numbers of subexpressions, descending, 0: unused). Node 3 has the most,
/// four: one through each of 0->3 and 1->3, two that a skip hands on from node 2.
struct Sum {
    std::array<std::uint16_t, 4> terms{};
    void add(std::uint16_t term)
    {
        if (term == 0)
            return;
        terms.back() = term;  // the last place is free whenever something is added
        std::sort(terms.begin(), terms.end(), std::greater<>());
    }
};

// Numbers of subexpressions: 1 is the cell's input x, 2 to 4 are op(x), 5 and 6 a convolution of x whose result is used
// twice, 7 to 21 op(op(x)); those are all that nodes 1 and 2 are sums of. From 1024 on an operation on node 2 that has
// none of these forms.
constexpr std::uint16_t kInput = 1, kFirstTwice = 5, kFirstOfTwo = 7;

std::uint16_t applied(std::uint16_t operation, const Sum& to)
{
    const std::uint16_t first = to.terms[0], second = to.terms[1];
    if (first == 0)
        return 0;
    const auto kind = static_cast<std::uint16_t>(operation - kConv1x1);
    if (second == 0 && first == kInput)
        return static_cast<std::uint16_t>(2 + kind);
    if (second == 0 && first < kFirstOfTwo)
        return static_cast<std::uint16_t>(kFirstOfTwo + 5 * kind + (first - 2));
    return static_cast<std::uint16_t>(1024 * (kind + 1) + 32 * first + second);
}

void add_edge(Sum& node, std::uint16_t operation, const Sum& from)
{
    if (operation == kSkip) {
        for (const std::uint16_t term : from.terms)
            node.add(term);
    } else if (operation != kNone) {
        node.add(applied(operation, from));
    }
}

/// Whether the output depends on a convolution in more than one place. Only that of 0->1 can: node 1 has two edges out,
/// node 2 a single one.
bool first_convolution_twice(const Architecture& a)
{
    const auto leads = [&a](std::size_t edge) { return a.choices[edge] != kNone; };
    const bool convolves = a.choices[0] == kConv1x1 || a.choices[0] == kConv3x3;
    return convolves && leads(4) && leads(2) && leads(5);  // 1->3, and 1->2->3
}

/// The representatives of all cells by rank.
struct Classes {
    std::vector<std::uint16_t> index;  // in the benchmark, by rank
    std::vector<Architecture> representative;
    Classes() : index{benchmark_order()}
    {
        std::unordered_map<std::uint64_t, std::size_t> best;  // function -> rank
        best.reserve(8192);
        std::vector<std::size_t*> slots(kCells);
        std::vector<Architecture> cells(kCells);
        for (std::size_t r = 0; r < kCells; ++r) {
            cells[r] = cell_at(r);
            const auto [found, is_new] = best.emplace(function_class(cells[r]), r);
            if (!is_new && index[r] < index[found->second])
                found->second = r;
            slots[r] = &found->second;  // stays valid: nodes of an unordered_map do not move
        }
        representative.reserve(kCells);
        for (std::size_t r = 0; r < kCells; ++r)
            representative.push_back(cells[*slots[r]]);
    }
};

/// Constant, made at the first call by whichever thread comes first.
const Classes& classes()
{
    static const Classes all;
    return all;
}

[[noreturn]] void fail_at(std::string_view text, std::size_t position, const std::string& sentence)
{
    throw Error("architecture '" + std::string(text) + "': position " + std::to_string(position + 1) + ": " + sentence);
}

[[noreturn]] void fail_expecting(std::string_view token, std::string_view text, std::size_t at)
{
    fail_at(text, at, "'" + std::string(token) + "' must stand here; the form is |op~0|+|op~0|op~1|+|op~0|op~1|op~2|");
}

/// The word at `position`, for messages.
std::string word(std::string_view text, std::size_t position)
{
    const std::string_view rest = text.substr(std::min(position, text.size()));
    return std::string(rest.substr(0, rest.find_first_of("~|+")));
}

}  // namespace

std::span<const std::string_view, kOperations> operations()
{
    return kOperationNames;
}

std::size_t rank(const Architecture& a)
{
    std::size_t rank = 0;
    for (const std::uint16_t choice : a.choices)
        rank = rank * kOperations + choice;
    return rank;
}

Architecture cell_at(std::size_t rank)
{
    Architecture a;
    a.choices.resize(kEdges);
    for (std::size_t edge = kEdges; edge-- > 0; rank /= kOperations)
        a.choices[edge] = static_cast<std::uint16_t>(rank % kOperations);
    return a;
}

std::string text(const Architecture& a)
{
    std::string text;
    text.reserve(96);
    std::size_t node = 1;
    for (std::size_t edge = 0; edge < kEdges; ++edge) {
        if (kEdgeOrder[edge].to != node) {
            text += "|+";
            node = kEdgeOrder[edge].to;
        }
        text += '|';
        text += kOperationNames[a.choices[edge]];
        text += '~';
        text += static_cast<char>('0' + kEdgeOrder[edge].from);
    }
    text += '|';
    return text;
}

Architecture parse(std::string_view text)
{
    Architecture a;
    a.choices.reserve(kEdges);
    std::size_t at = 0;
    const auto expect = [&](std::string_view token) {
        if (!text.substr(std::min(at, text.size())).starts_with(token))
            fail_expecting(token, text, at);
        at += token.size();
    };
    for (std::size_t edge = 0; edge < kEdges; ++edge) {
        const auto [from, to] = kEdgeOrder[edge];
        expect(edge > 0 && from == 0 ? "|+|"sv : "|"sv);
        const std::string_view rest = text.substr(at);
        std::size_t operation = 0;
        while (operation < kOperations && !(rest.starts_with(kOperationNames[operation]) &&
                                            rest.substr(kOperationNames[operation].size()).starts_with('~')))
            ++operation;
        if (operation == kOperations) {
            const std::string found = word(text, at);
            fail_at(text, at,
                    "'" + found + "' is no operation of edge " + std::to_string(from) + "->" + std::to_string(to) +
                        suggestion(found, {kOperationNames.begin(), kOperationNames.end()}));
        }
        a.choices.push_back(static_cast<std::uint16_t>(operation));
        at += kOperationNames[operation].size();
        expect(kFrom[from]);
    }
    expect("|"sv);
    if (at != text.size())
        fail_at(text, at, "nothing may follow the last edge");
    return a;
}

std::uint64_t function_class(const Architecture& a)
{
    std::array<Sum, 4> nodes;
    nodes[0].add(kInput);
    for (std::size_t edge = 0; edge < kEdges; ++edge) {
        add_edge(nodes[kEdgeOrder[edge].to], a.choices[edge], nodes[kEdgeOrder[edge].from]);
        if (edge == 0 && first_convolution_twice(a))
            nodes[1].terms[0] = static_cast<std::uint16_t>(kFirstTwice + a.choices[0] - kConv1x1);
    }
    std::uint64_t number = 0;
    for (const std::uint16_t term : nodes[3].terms)
        number = number << 16 | term;
    return number;
}

const Architecture& representative(const Architecture& a)
{
    return classes().representative[rank(a)];
}

std::size_t benchmark_index(const Architecture& a)
{
    return classes().index[rank(a)];
}

}  // namespace espalier::nas_bench_201
