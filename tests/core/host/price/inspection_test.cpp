// SPDX-License-Identifier: Apache-2.0
#include "host/price/inspection.hpp"

#include "espalier/model_folder/tensor_file.hpp"

#include "catch.hpp"
#include "host/price/difference.hpp"

using namespace espalier;
using host::CostBreakdown;
using host::Inspection;

namespace {

/// A convolution, then a depthwise one and one without window.
Network inspected_block(const std::string& name)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    x = n.add(Op::conv, {x}, {{"out", {8}}, {"kernel", {1}}}, name + ".expand");
    x = n.add(Op::relu, {x});
    x = n.add(Op::conv, {x}, {{"out", {8}}, {"kernel", {5}}, {"stride", {2}}, {"groups", {8}}}, name + ".depthwise");
    x = n.add(Op::batch_norm, {x}, {}, name + ".depthwise.bn");
    return n;
}

/// A part for each word, whose weights have that name, priced as given.
CostBreakdown inspected_breakdown(const std::vector<std::string>& names, std::vector<double> prices)
{
    CostBreakdown breakdown;
    double sum = 0;
    for (const double price : prices)
        sum += price;
    for (const std::string& name : names)
        breakdown.parts.push_back({"block " + std::to_string(breakdown.parts.size() + 1), inspected_block(name)});
    breakdown.metrics.push_back(
        {.name = "ms", .parts = std::move(prices), .decisions = {}, .sum = sum, .total = sum + 1, .compared = {}});
    breakdown.network = inspected_block("all");
    return breakdown;
}

std::vector<std::string> inspected_column(const report::Table& table, const std::string& name)
{
    std::vector<std::string> cells;
    const auto place = std::find(table.columns.begin(), table.columns.end(), name) - table.columns.begin();
    REQUIRE(place < std::ssize(table.columns));
    for (const std::vector<report::Cell>& row : table.rows)
        cells.push_back(report::cell_text(row[static_cast<std::size_t>(place)]));
    return cells;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a part is told by its weights, its layers that count, shapes and numbers", "[inspection]")
{
    const Inspection found = host::inspection("best", inspected_breakdown({"a.MB_5"}, {2.5}), {});
    REQUIRE(found.rows.size() == 3);
    const Inspection::Row& row = found.rows[0];
    CHECK(row.part == "block 1");
    CHECK(row.weights == "a.MB_5");
    CHECK(row.layers == "1x1, dw 5x5/2");
    CHECK(row.input == "4x8x8");
    CHECK(row.output == "8x4x4");
    CHECK(row.params == 4 * 8 + 25 * 8 + 16);
    CHECK(row.macs == 4 * 8 * 64 + 25 * 8 * 16);
    CHECK(row.costs == std::vector<std::optional<double>>{2.5});
    CHECK(row.checksum.empty());
    CHECK(found.rows[1].part == "sum");
    CHECK(found.rows[2].part == "total");
    CHECK(found.rows[2].costs == std::vector<std::optional<double>>{3.5});
    CHECK(inspected_column(host::inspection_table(std::vector{found}), "ms") == Texts{"2.5", "2.5", "3.5"});
}

TEST_CASE("weights without a common name are told by their first words, layers that count nothing by all",
          "[inspection]")
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    x = n.add(Op::batch_norm, {x}, {}, "head.bn");
    x = n.add(Op::global_average, {x});
    CostBreakdown breakdown;
    breakdown.parts = {{"head", n}};
    CHECK(host::inspection("", breakdown, {}).rows[0].layers == "batch_norm, global_average");
    x = n.add(Op::linear, {x}, {{"out", {2}}}, "headless");
    breakdown.parts = {{"head", n}, {"nothing", {}}};
    const Inspection found = host::inspection("", breakdown, {});
    REQUIRE(found.rows.size() == 2);  // no cost: no sum
    CHECK(found.rows[0].weights == "head, headless");
    CHECK(found.rows[0].layers == "linear");
    CHECK(found.rows[1].part == "total");
}

TEST_CASE("a check sum is of names, types, extents and numbers", "[inspection]")
{
    const auto sum = [](std::string name, std::string type, std::vector<std::int64_t> extents, std::string_view bytes) {
        const std::vector<StoredTensor> one{{std::move(name), std::move(type), std::move(extents), bytes}};
        return host::tensor_checksum(one);
    };
    const std::string first = sum("a", "F32", {1, 2}, "12345678");
    CHECK(first.size() == 16);
    CHECK(sum("a", "F32", {1, 2}, "12345678") == first);
    CHECK(sum("b", "F32", {1, 2}, "12345678") != first);
    CHECK(sum("a", "I32", {1, 2}, "12345678") != first);
    CHECK(sum("a", "F32", {2, 1}, "12345678") != first);
    CHECK(sum("a", "F32", {1, 2}, "12345679") != first);
}

TEST_CASE("each part has the check sum of its own tensors", "[inspection]")
{
    const auto of = [](std::string_view first, std::string_view second) {
        const std::vector<StoredTensor> tensors{{"a.expand.weight", "F32", {1}, first},
                                                {"b.expand.weight", "F32", {1}, second}};
        return host::inspection("", inspected_breakdown({"a", "b", "c"}, {1, 1, 1}), tensors);
    };
    const Inspection found = of("1111", "2222"), other = of("1111", "3333");
    CHECK(found.rows[0].checksum == other.rows[0].checksum);
    CHECK(found.rows[1].checksum != other.rows[1].checksum);
    CHECK(found.rows[2].checksum.empty());  // has none of these
    CHECK(found.rows.back().checksum != other.rows.back().checksum);
}

TEST_CASE("a difference has only what differs, each part beside its counterpart", "[inspection]")
{
    const Inspection shallow = host::inspection("", inspected_breakdown({"s1.A", "s2", "s3.C"}, {1, 2, 4}), {});
    const Inspection deep = host::inspection("", inspected_breakdown({"s1.B", "s2", "s2b", "s3.C"}, {3, 2, 8, 4}), {});
    const auto [table, equal] = host::difference_table(shallow, deep);
    CHECK(equal == 2);  // s2 and s3.C, although their numbers of blocks differ
    CHECK(inspected_column(table, "part") == Texts{"block 1", "block 3", "sum", "total"});
    CHECK(inspected_column(table, "weights") == Texts{"s1.A", "", "", ""});
    CHECK(inspected_column(table, "against_weights") == Texts{"s1.B", "s2b", "", ""});
    CHECK(inspected_column(table, "ms_difference") == Texts{"-2", "-8", "-10", "-10"});
    const auto [back, same] = host::difference_table(deep, shallow);
    CHECK(same == 2);
    CHECK(inspected_column(back, "ms_difference") == Texts{"2", "8", "10", "10"});
    const auto [none, all] = host::difference_table(deep, deep);
    CHECK(all == 4);
    CHECK(inspected_column(none, "part") == Texts{"sum", "total"});
}

TEST_CASE("a cost of the same name takes the place of the count", "[inspection]")
{
    CostBreakdown breakdown = inspected_breakdown({"a"}, {7});
    breakdown.metrics[0].name = "macs";
    const report::Table table = host::inspection_table(std::vector{host::inspection("", breakdown, {})});
    CHECK(table.columns == Texts{"part", "weights", "layers", "input", "output", "params", "macs"});
    CHECK(inspected_column(table, "macs") == Texts{"7", "7", "8"});
}
