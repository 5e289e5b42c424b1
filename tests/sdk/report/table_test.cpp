// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/table.hpp"

#include <cmath>
#include <limits>

#include "espalier/report/text.hpp"

#include "catch.hpp"

using namespace espalier::report;

namespace {

Table example()
{
    return {{"architecture", "index", "latency_ms"},
            {{std::string("|a~0|+|b, \"c\"|"), std::uint64_t{0}, 12.34567891},
             {std::string("é"), std::uint64_t{10}, Cell{}},
             {std::string("plain"), std::uint64_t{2}, std::numeric_limits<double>::quiet_NaN()}}};
}

}  // namespace

TEST_CASE("a table for people is aligned and rounded", "[table]")
{
    CHECK(to_text(example(), Format::table) ==
          "architecture    index  latency_ms\n"
          "|a~0|+|b, \"c\"|      0     12.3457\n"
          "é                  10\n"
          "plain               2\n");
}

TEST_CASE("a column in which nothing is said goes", "[table]")
{
    Table table{{"a", "b", "c"}, {{std::string("x"), std::string(), Cell{}}, {1.0, Cell{}, std::string("y")}}};
    for (const char* column : {"a", "b", "c"})
        drop_if_empty(table, column);
    CHECK(table.columns == std::vector<std::string>{"a", "c"});
    CHECK(table.rows[1] == std::vector<Cell>{1.0, std::string("y")});
}

TEST_CASE("CSV quotes what needs it and keeps every digit", "[table]")
{
    CHECK(to_text(example(), Format::csv) ==
          "architecture,index,latency_ms\n"
          "\"|a~0|+|b, \"\"c\"\"|\",0,12.34567891\n"
          "é,10,\n"
          "plain,2,\n");
}

TEST_CASE("text with quotes or line ends alone is quoted, too", "[table]")
{
    CHECK(to_text({{"a"}, {{std::string("\"b\"")}, {std::string("c\rd")}, {std::string("e\nf")}}}, Format::csv) ==
          "a\n\"\"\"b\"\"\"\n\"c\rd\"\n\"e\nf\"\n");
    CHECK(to_text({{"a"}, {{std::string("e\nf")}}}, Format::markdown) == "| a |\n| --- |\n| e f |\n");
    CHECK(to_text({{"a"}, {{std::string("e\xff")}}}, Format::json) == "[\n {\"a\": \"e\xef\xbf\xbd\"}\n]\n");
}

TEST_CASE("a column of numbers and text is one of text", "[table]")
{
    CHECK(to_text({{"value"}, {{1.5}, {std::string("none")}}}, Format::table) == "value\n1.5\nnone\n");
}

TEST_CASE("JSON has null for what is not there", "[table]")
{
    CHECK(to_text(example(), Format::json) ==
          "[\n {\"architecture\": \"|a~0|+|b, \\\"c\\\"|\", \"index\": 0, \"latency_ms\": 12.34567891},\n"
          " {\"architecture\": \"é\", \"index\": 10, \"latency_ms\": null},\n"
          " {\"architecture\": \"plain\", \"index\": 2, \"latency_ms\": null}\n]\n");
    CHECK(to_text({{"a"}, {}}, Format::json) == "[]\n");
}

TEST_CASE("Markdown escapes the bars of an architecture", "[table]")
{
    CHECK(to_text(example(), Format::markdown) ==
          "| architecture | index | latency_ms |\n"
          "| --- | ---: | ---: |\n"
          "| \\|a~0\\|+\\|b, \"c\"\\| | 0 | 12.3457 |\n"
          "| é | 10 |  |\n"
          "| plain | 2 |  |\n");
}

TEST_CASE("whole numbers keep all digits, others read back as the same bits", "[table]")
{
    CHECK(exact(153272064) == "153272064");
    CHECK(rounded(153272064) == "153272064");
    CHECK(exact(-0.0) == "0");
    CHECK(std::stod(exact(0.1 + 0.2)) == 0.1 + 0.2);
    CHECK(exact(1e300) == "1e+300");
}
