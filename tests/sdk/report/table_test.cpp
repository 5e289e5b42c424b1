// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/table.hpp"

#include <cmath>
#include <limits>

#include "espalier/number_in.hpp"
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
          "plain               2         NaN\n");
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
          "plain,2,NaN\n");
}

TEST_CASE("text with quotes alone is quoted, too, and line ends are escaped", "[table]")
{
    CHECK(to_text({{"a"}, {{std::string("\"b\"")}, {std::string("c\rd")}, {std::string("e\nf")}}}, Format::csv) ==
          "a\n\"\"\"b\"\"\"\nc\\rd\ne\\nf\n");
    CHECK(to_text({{"a"}, {{std::string("e\nf")}}}, Format::markdown) == "| a |\n| --- |\n| e\\nf |\n");
    CHECK(to_text({{"a"}, {{std::string("e\xff")}}}, Format::json) == "[\n {\"a\": \"e\\\\xff\"}\n]\n");
}

TEST_CASE("no byte of a text leaves a table as a control character or as no UTF-8", "[table]")
{
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string odd{'x', c, 'y'}, shown = printable(odd);
        const bool plain = byte >= 0x20 && byte < 0x7f;
        const std::string hex{"0123456789abcdef"[byte / 16], "0123456789abcdef"[byte % 16]};
        CHECK(shown == (plain          ? odd
                        : byte == '\n' ? "x\\ny"
                        : byte == '\t' ? "x\\ty"
                        : byte == '\r' ? "x\\ry"
                                       : "x\\x" + hex + "y"));
        CHECK(printable_lines(odd) == (byte == '\n' ? odd : shown));
        CHECK_THAT(to_text({{odd}, {{odd}}}, Format::table), ContainsSubstring(shown + "\n" + shown + "\n"));
        for (const Format format : {Format::csv, Format::json, Format::markdown})
            if (!plain)
                CHECK(to_text({{odd}, {{odd}}}, format).find(byte == '\n' ? odd : std::string(1, c)) ==
                      std::string::npos);
    }
    // of two and more bytes: accents stay, C1 controls, surrogates, overlong and cut ones do not
    CHECK(printable("\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\xb3") == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\xb3");
    CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
    CHECK(printable("\xc0\x80\xe0\x80\x80") == "\\xc0\\x80\\xe0\\x80\\x80");
    CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
    CHECK(printable("\xe2\x82") == "\\xe2\\x82");
}

TEST_CASE("a text that a spreadsheet would calculate is kept from it, and numbers stay numbers", "[table]")
{
    const std::vector<std::pair<std::string, std::string>> texts{
        {"=1+1", "'=1+1"}, {"+x", "'+x"},    {"-", "'-"},  {"@SUM(1)", "'@SUM(1)"}, {"'=1", "''=1"},
        {"-5", "-5"},      {"it's", "it's"}, {"'x", "'x"}, {"- 1 0", "'- 1 0"},     {"=a,b", "\"'=a,b\""}};
    for (const auto& [text, field] : texts) {
        CHECK(to_text({{"a"}, {{text}}}, Format::csv) == "a\n" + field + "\n");
        CHECK_THAT(to_text({{"a"}, {{text}}}, Format::table), ContainsSubstring("\n" + text));
    }
    CHECK(to_text({{"=a"}, {{-1.5}}}, Format::csv) == "'=a\n-1.5\n");
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
          " {\"architecture\": \"plain\", \"index\": 2, \"latency_ms\": NaN}\n]\n");
    CHECK(to_text({{"a"}, {}}, Format::json) == "[]\n");
}

TEST_CASE("Markdown escapes the bars of an architecture", "[table]")
{
    CHECK(to_text(example(), Format::markdown) ==
          "| architecture | index | latency_ms |\n"
          "| --- | ---: | ---: |\n"
          "| \\|a~0\\|+\\|b, \"c\"\\| | 0 | 12.3457 |\n"
          "| é | 10 |  |\n"
          "| plain | 2 | NaN |\n");
}

TEST_CASE("whole numbers keep all digits, others read back as the same bits", "[table]")
{
    CHECK(exact(153272064) == "153272064");
    CHECK(rounded(153272064) == "153272064");
    CHECK(exact(0.0) == "0");
    CHECK(exact(-0.0) == "-0.0");
    CHECK(rounded(-0.0) == "0");
    CHECK(std::stod(exact(0.1 + 0.2)) == 0.1 + 0.2);
    CHECK(exact(1e300) == "1e+300");
}

TEST_CASE("what has no decimal has a word, and reads back", "[table]")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double value : {infinity, -infinity, -0.0, 0.0, std::numeric_limits<double>::denorm_min(), 1e22}) {
        INFO(exact(value));
        const double back = espalier::number_in<double>(exact(value)).value();
        CHECK(back == value);
        CHECK(std::signbit(back) == std::signbit(value));
    }
    CHECK(std::isnan(espalier::number_in<double>(exact(std::nan(""))).value()));
    for (const Format format : {Format::csv, Format::json, Format::table, Format::markdown})
        CHECK_THAT(to_text({{"a"}, {{-infinity}}}, format), ContainsSubstring("-Infinity"));
    CHECK(if_defined(std::nan("")) == Cell{});
    CHECK(if_defined(-infinity) == Cell{-infinity});
}
