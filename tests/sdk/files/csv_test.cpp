// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/csv.hpp"

#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using espalier::csv_header;
using espalier::CsvColumns;

namespace {

std::vector<std::string> column(const CsvColumns& table, std::size_t c)
{
    std::vector<std::string> cells;
    for (std::size_t row = 0; row < table.rows(); ++row)
        cells.push_back(table.cell(row, c));
    return cells;
}

using Cells = std::vector<std::string>;

}  // namespace

TEST_CASE("columns come in the order asked for, one of them even twice", "[csv]")
{
    const TemporaryFile file("a,b,c\n1,2,3\n4,5,6\n");
    CHECK(csv_header(file.path()) == Cells{"a", "b", "c"});
    const CsvColumns table(file.path(), {"c", "a", "c"});
    REQUIRE(table.rows() == 2);
    CHECK(column(table, 0) == Cells{"3", "6"});
    CHECK(column(table, 1) == Cells{"1", "4"});
    CHECK(column(table, 2) == Cells{"3", "6"});
}

TEST_CASE("byte order mark, carriage returns, blank lines and a missing last line end are no data", "[csv]")
{
    const TemporaryFile file(
        "\xEF\xBB\xBF"
        "a,b\r\n\r\n1,\r\n\n,4");
    CHECK(csv_header(file.path()) == Cells{"a", "b"});
    const CsvColumns table(file.path(), {"a", "b"});
    CHECK(column(table, 0) == Cells{"1", ""});
    CHECK(column(table, 1) == Cells{"", "4"});
    CHECK(table.place(1, 1) == file.name() + ":5:2");
}

TEST_CASE("quoted cells hold commas, line breaks and quotation marks", "[csv]")
{
    const TemporaryFile file("\"na,me\",b\n\"x, \"\"y\"\"\",\"1\"\n\"two\nlines\",2\nlast,3\n");
    CHECK(csv_header(file.path()) == Cells{"na,me", "b"});
    const CsvColumns table(file.path(), {"na,me", "b"});
    CHECK(column(table, 0) == Cells{"x, \"y\"", "two\nlines", "last"});
    CHECK(table.number(0, 1) == 1.0);
    CHECK(table.place(2, 1) == file.name() + ":5:6");
}

TEST_CASE("what spreadsheets and pandas write is read like what RFC 4180 says", "[csv]")
{
    const std::string plain = "arch,acc,lat\n|a~0|+|b,70.0,1.5\n|c~0|+|d,80.5,\n";
    for (const std::string text :
         {"arch;acc;lat\n|a~0|+|b;70.0;1.5\n|c~0|+|d;80.5;\n",
          "arch\tacc\tlat\n|a~0|+|b\t70.0\t1.5\n|c~0|+|d\t80.5\t\n",
          "arch , acc, lat \n |a~0|+|b , 70.0,\t1.5 \n|c~0|+|d,80.5 , \n",
          "\"arch\", \"acc\" ,\"lat\"\r\n\"|a~0|+|b\", \"70.0\" , \"1.5\"\r\n\"|c~0|+|d\",80.5,\"\"\r\n",
          ",arch,acc,lat\n0,|a~0|+|b,70.0,1.5\n1,|c~0|+|d,80.5,\n",
          "arch,acc,lat,,\n|a~0|+|b,70.0,1.5,,\n,,,,\n|c~0|+|d,80.5,,,\n;;;;\n"}) {
        INFO(text);
        if (text.ends_with(";;;;\n")) {  // no separator of that file
            const TemporaryFile file(text);
            CHECK_THROWS_WITH(CsvColumns(file.path(), {"arch"}), ContainsSubstring(":5: has 1 cells"));
            continue;
        }
        const TemporaryFile file(text), usual(plain);
        CHECK(csv_header(file.path()) == Cells{"arch", "acc", "lat"});
        const CsvColumns table(file.path(), {"arch", "acc", "lat"}), expected(usual.path(), {"arch", "acc", "lat"});
        for (std::size_t c = 0; c < 3; ++c)
            CHECK(column(table, c) == column(expected, c));
    }
}

TEST_CASE("a comma that cells are not separated by is no reason to take a header's rarer one", "[csv]")
{
    const TemporaryFile file("name (a, b);\"x;y\";z\n1;2;3\n");
    CHECK(csv_header(file.path()) == Cells{"name (a, b)", "x;y", "z"});
}

TEST_CASE("numbers of another notation are told as what they are", "[csv]")
{
    const auto why = [](const std::string& text) {
        const TemporaryFile file(text);
        const CsvColumns table(file.path(), {"b"});
        CHECK_FALSE(table.number(0, 0));
        return table.no_number(0, 0).substr(file.name().size());
    };
    CHECK(why("a,b\n1,\n") == ":2:3: no value");
    CHECK(why("a,b\n1,nan\n") == ":2:3: 'nan' is no number");
    CHECK(why("a,b\n1,1.5 ms\n") == ":2:3: '1.5 ms' is no number");
    CHECK_THAT(why("a,b\n1,\"70,0\"\n"), ContainsSubstring("'70,0' is no number: it has a decimal comma"));
    CHECK_THAT(why("a,b\n1,\"-0,125\"\n"), ContainsSubstring("may be for decimals or for thousands"));
    for (const char* thousands : {"1,030.125", "1,030,125", "1.030,5", "1 030.125", "1'030"})
        CHECK_THAT(why(std::string("a,b\n1,\"") + thousands + "\"\n"), ContainsSubstring("separators of thousands"));

    const TemporaryFile commas("a;b\nx;80.5\ny;70,5\n");
    const CsvColumns table(commas.path(), {"b"});
    CHECK(table.number(0, 0) == 80.5);
    CHECK_THROWS_WITH(table.number(1, 0), commas.name() +
                                              ":3:3: '70,5' is no number: it has a decimal comma; decimals "
                                              "take a point");
}

TEST_CASE("only a number is a number, infinite ones are, too", "[csv]")
{
    const TemporaryFile file("a,b\n 1.5e-3 ,x\n+2,unsupported\n-0.0,nan\n,NaN\n1 2,0x10\nInfinity,\n-inf,\n");
    const CsvColumns table(file.path(), {"a", "b"});
    CHECK(table.number(0, 0) == 1.5e-3);
    CHECK(table.number(1, 0) == 2.0);
    CHECK(table.number(2, 0) == 0.0);
    CHECK(std::signbit(table.number(2, 0).value()));
    CHECK_FALSE(table.number(3, 0));
    CHECK_FALSE(table.number(4, 0));
    CHECK(table.number(5, 0) == std::numeric_limits<double>::infinity());
    CHECK(table.number(6, 0) == -std::numeric_limits<double>::infinity());
    for (std::size_t row = 0; row < table.rows(); ++row)
        CHECK_FALSE(table.number(row, 1));
}

TEST_CASE("the apostrophe that keeps a text from being a formula is taken away", "[csv]")
{
    const TemporaryFile file("a\n'=1+1\n''=1\n'-x\n'x\n'\n\"'@y\"\n");
    const CsvColumns table(file.path(), {"a"});
    CHECK(column(table, 0) == Cells{"=1+1", "'=1", "-x", "'x", "'", "@y"});
}

TEST_CASE("a CSV file that is wrong is refused with file and line", "[csv]")
{
    const auto refusal = [](const TemporaryFile& file, const Cells& columns) -> std::string {
        try {
            const CsvColumns table(file.path(), columns);
        } catch (const espalier::Error& error) {
            return std::string(error.what()).substr(file.name().size());
        }
        return "read without complaint";
    };
    CHECK(refusal(TemporaryFile(""), {"a"}) == ": is empty; a CSV file begins with a line of column names");
    CHECK(refusal(TemporaryFile(std::string("\xFF\xFE"
                                            "a\0,\0b\0\n\0",
                                            10)),
                  {"a"}) == ": is UTF-16 text; save it as UTF-8");
    CHECK(refusal(TemporaryFile(std::string("\xFE\xFF\0a\0,\0b\0\n", 10)), {"a"}) ==
          ": is UTF-16 text; save it as UTF-8");
    CHECK(refusal(TemporaryFile(std::string("a\0,\0b\0\n\0", 8)), {"a"}) ==
          ": is no text in UTF-8: a null character stands in its first line");
    CHECK(refusal(TemporaryFile("a,b\r1,2\r"), {"a"}) ==
          ": its lines end with a carriage return alone; save it with line feeds");
    CHECK(refusal(TemporaryFile("a,b,a\n"), {"a"}) == ":1: column 'a' stands twice in the header");
    CHECK(refusal(TemporaryFile("a,b\n1,2\n\n1\n"), {"a"}) == ":4: has 1 cells, the header has 2");
    CHECK(refusal(TemporaryFile("a,b\n1,2,3\n"), {"b"}) == ":2: has 3 cells, the header has 2");
    CHECK(refusal(TemporaryFile("a,b\n1,\"2\n"), {"b"}) ==
          ":2: a quotation mark is opened at column 3 and never closed");
    CHECK(refusal(TemporaryFile("a,b\n1,\"2\"3\n"), {"b"}) ==
          ":2: a quoted cell is followed by more than a separator; a quotation mark inside quotes is written twice");
    CHECK_THAT(refusal(TemporaryFile("latency_ms,b\n"), {"latencyms"}),
               ContainsSubstring(":1: no column 'latencyms'; did you mean 'latency_ms'?"));
}

TEST_CASE("the header of a long file is found although only its beginning is read", "[csv]")
{
    std::string long_header = "first";
    for (int i = 0; i < 20'000; ++i)
        long_header += ",column_" + std::to_string(i);
    const TemporaryFile file(long_header + "\n" + std::string(5'000'000, '\n'));
    const Cells names = csv_header(file.path());
    REQUIRE(names.size() == 20'001);
    CHECK(names.back() == "column_19999");

    const TemporaryFile endless(std::string(std::size_t{1} << 24, 'x'));
    CHECK_THROWS_WITH(csv_header(endless.path()), ContainsSubstring("its first line has more than 16777216 bytes"));
}

TEST_CASE("the table of NAS-Bench-201 is read", "[csv]")
{
    const char* data = std::getenv("ESPALIER_DATA");
    if (!data) {
        WARN("skipped: ESPALIER_DATA is not set");
        return;
    }
    const CsvColumns table(std::filesystem::path(data) / "nasbench201/nasbench201.csv.gz",
                           {"arch", "cifar10_test_acc_200ep_pct"});
    REQUIRE(table.rows() == 15'625);
    CHECK(table.number(6111, 1) == 94.3733);
    CHECK(table.raw(0, 0) ==
          "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|");
}
