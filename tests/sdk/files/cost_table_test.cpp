// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/cost_table.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include <zlib.h>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"
#include "espalier/sdk/units.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using espalier::cost_table_header;
using espalier::CostTable;
using espalier::CostTableHeader;
using espalier::wrong_cost_column;

namespace {

CostTable written()
{
    return {.header = {.device = "Raspberry Pi 4, 4 GB",
                       .processor = "Cortex-A72",
                       .threads = 4,
                       .batch = 1,
                       .precision = "float32",
                       .runtime = "ONNX Runtime 1.17",
                       .date = "2026-11-30",
                       .tool_version = "espalier 0.1.0",
                       .protocol = "median of 50 runs, 10 to warm up"},
            .keys = {"layer", "kernel"},
            .costs = {"latency_ms", "energy_mj"},
            .rows = {{{"conv", "3"}, {{.value = 1.5, .deviation = 0.25}, {.value = 1e-7, .deviation = 0}}},
                     {{"a \"b\", c", ""}, {{.value = 0.1}, {.value = -2, .deviation = 1}}}}};
}

const std::string kText =
    "# espalier-cost-table 1\n# device: Raspberry Pi 4, 4 GB\n# processor: Cortex-A72\n# threads: 4\n# batch: 1\n"
    "# precision: float32\n# runtime: ONNX Runtime 1.17\n# date: 2026-11-30\n# tool version: espalier 0.1.0\n"
    "# protocol: median of 50 runs, 10 to warm up\n# rows: 2\n"
    "layer,kernel,latency_ms,latency_ms_sd,energy_mj,energy_mj_sd\n"
    "conv,3,1.5,0.25,1e-07,0\n\"a \"\"b\"\", c\",,0.1,,-2,1\n";

/// What is said of a table with these lines behind its device's, after the file's name.
std::string refusal(const std::string& text)
{
    const TemporaryFile file(text);
    try {
        const std::vector<std::string> names = espalier::csv_header(file.path());
        const espalier::CsvColumns cells(file.path(), {names.front()});
    } catch (const espalier::Error& error) {
        const std::string said = error.what();
        return said.starts_with(file.name()) ? said.substr(file.name().size()) : "without the file: " + said;
    }
    return "read";
}

std::string with(const std::string& from, const std::string& to)
{
    std::string text = kText;
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("a table of costs is written with its circumstances, and read back", "[cost_table]")
{
    CHECK(to_text(written()) == kText);
    const TemporaryFolder folder;
    write_cost_table(written(), folder / "costs.csv");
    const auto found = cost_table_header(folder / "costs.csv");
    REQUIRE(found);
    CostTableHeader expected = written().header;
    expected.rows = 2;
    CHECK(*found == expected);
    CHECK(summary(*found) ==
          "Raspberry Pi 4, 4 GB, Cortex-A72, 4 threads, batch 1, float32, ONNX Runtime 1.17, "
          "2026-11-30");
    CHECK(espalier::csv_header(folder / "costs.csv").at(2) == "latency_ms");
    const espalier::CsvColumns cells(folder / "costs.csv", {"layer", "latency_ms", "latency_ms_sd", "energy_mj"});
    REQUIRE(cells.rows() == 2);
    CHECK(cells.cell(1, 0) == "a \"b\", c");
    CHECK(cells.number(0, 1) == 1.5);
    CHECK(cells.number(1, 2) == std::nullopt);
    CHECK(cells.number(0, 3) == 1e-7);
    CHECK(cells.place(0, 1) == (folder / "costs.csv").string() + ":13:8");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("only device and rows must be said, and files without a header are no table of costs", "[cost_table]")
{
    const TemporaryFile brief("# espalier-cost-table 1\n# device: x\n# rows: 1\na,t_ms,t_ms_sd\n1,2,\n");
    CHECK(cost_table_header(brief.path()) == CostTableHeader{.device = "x", .rows = 1});
    CHECK(summary(*cost_table_header(brief.path())) == "x");
    const TemporaryFile plain("a,t\n1,2\n"), hash("# a,t\n1,2\n");
    CHECK(cost_table_header(plain.path()) == std::nullopt);
    CHECK(cost_table_header(hash.path()) == std::nullopt);
    CHECK(espalier::csv_header(hash.path()).front() == "# a");
}

TEST_CASE("what spreadsheets and editors do to a table of costs changes nothing", "[cost_table]")
{
    const TemporaryFile expected(kText);
    std::string carriage, filled = "\xEF\xBB\xBF\n" + kText;
    for (const char c : kText)
        carriage += c == '\n' ? "\r\n" : std::string(1, c);
    const std::string device = "# device: Raspberry Pi 4, 4 GB";
    filled.replace(filled.find(device), device.size(), "\"# device: Raspberry Pi 4, 4 GB\",,,,,");
    filled.replace(filled.find("# batch: 1"), 10, "# batch: 1;;;\n\n");
    filled.replace(filled.find("table 1"), 7, "table 1,,,,,");
    for (const std::string& text : {carriage, filled}) {
        const TemporaryFile file(text);
        CHECK(cost_table_header(file.path()) == cost_table_header(expected.path()));
        const espalier::CsvColumns cells(file.path(), {"latency_ms"});
        CHECK(cells.number(0, 0) == 1.5);
    }
}

TEST_CASE("a compressed table with a long header is read", "[cost_table]")
{
    CostTable table = written();
    table.header.protocol = std::string(100'000, 'p');
    const TemporaryFolder folder;
    const std::string text = to_text(table), file = (folder / "costs.csv.gz").string();
    const gzFile out = gzopen(file.c_str(), "wb");
    REQUIRE(gzwrite(out, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
    gzclose(out);
    CHECK(cost_table_header(file)->protocol == table.header.protocol);
    CHECK(espalier::csv_header(file).size() == 6);
}

TEST_CASE("a wrong header is one error with file and line", "[cost_table]")
{
    CHECK(refusal(kText) == "read");
    CHECK(refusal(with("table 1", "table 2")) == ":1: is of version 2 of the format; version 1 is read");
    for (const char* const first :
         {"# espalier-cost-table", "# espalier-cost-table one", "# espalier-cost-tabel 1", "# espalier-cost-tables 1"})
        CHECK(refusal(with("# espalier-cost-table 1", first)) ==
              ":1: '" + std::string(first) + "' is not '# espalier-cost-table 1', with which a table of costs begins");
    CHECK_THAT(refusal(with("processor", "proccessor")),
               ContainsSubstring(":3: 'proccessor' is no key of the header; did you mean 'processor'?"));
    CHECK(refusal(with("# threads: 4", "# threads")) ==
          ":4: '# threads' is no line of a header, which is '# key: value'");
    CHECK(refusal(with("threads: 4", "threads: four")) == ":4: 'threads' must be a whole number from 1, not 'four'");
    CHECK(refusal(with("batch: 1", "batch: 0")) == ":5: 'batch' must be a whole number from 1, not '0'");
    CHECK(refusal(with("# batch: 1", "# threads: 1")) == ":5: 'threads' stands twice in the header");
    CHECK(refusal(with("date: 2026-11-30", "date:")) ==
          ":8: 'date' has no value; leave the line out where nothing is to be said");
    CHECK(refusal(with("# device: Raspberry Pi 4, 4 GB\n", "")) == ":1: the header has no line '# device: ...'");
    CHECK(refusal(with("# rows: 2\n", "")) == ":1: the header has no line '# rows: ...'");
    CHECK_THAT(refusal(with("latency_ms,latency_ms_sd", "latency,latency_sd")),
               ContainsSubstring(":12: column 'latency' has no unit: its name must end in one of _ns, _us, _ms, _s, "));
    CHECK(refusal(with("latency_ms_sd", "latency_us_sd")) ==
          ":12: column 'latency_us_sd' is the dispersion of no column: there is no 'latency_us'");
    CHECK_THAT(refusal(with("latency_ms_sd,energy_mj,energy_mj_sd", "a,b,c")),
               ContainsSubstring(":12: no column is a cost with its dispersion"));
}

TEST_CASE("of a table that was cut anywhere nothing is read", "[cost_table]")
{
    for (std::size_t bytes = std::string("# espalier-cost").size(); bytes < kText.size(); ++bytes) {
        const std::string said = refusal(kText.substr(0, bytes));
        INFO(bytes << said);
        CHECK(said.starts_with(":"));
    }
    CHECK(refusal(kText.substr(0, kText.size() - 1)) == ":14: the last line has no end: the file is incomplete");
    const std::size_t last = kText.find("\"a ");
    CHECK(refusal(kText.substr(0, last)) == ":13: the file ends after 1 rows, its header says 2");
    CHECK(refusal(kText + "conv,5,1,1,1,1\n") == ":15: the file ends after 3 rows, its header says 2");
    CHECK(refusal(kText.substr(0, last + 14)) == ":14: has 3 cells, the header has 6");
}

TEST_CASE("a damaged cost is an error, whichever column is asked for", "[cost_table]")
{
    CHECK(refusal(with("1.5,", "1.5x,")) == ":13: '1.5x' in column 'latency_ms' is no finite number");
    CHECK(refusal(with("1e-07", "inf")) == ":13: 'inf' in column 'energy_mj' is no finite number");
    CHECK(refusal(with("1e-07", "nan")) == ":13: 'nan' in column 'energy_mj' is no finite number");
    CHECK(refusal(with("0.25", "-0.25")) == ":13: '-0.25' in column 'latency_ms_sd' is no number from 0");
    CHECK(refusal(with("0.25", "")) == "read");  // measured once
    CHECK(refusal(with("1.5,0.25", ",")) == "read");
}

TEST_CASE("a column without dispersion is no cost of a table that has a header", "[cost_table]")
{
    const TemporaryFile file(kText), plain("kernel,t_ms\n3,1\n");
    CHECK(wrong_cost_column(file.path(), "latency_ms") == std::nullopt);
    CHECK(wrong_cost_column(plain.path(), "t_ms") == std::nullopt);
    CHECK(wrong_cost_column(file.path(), "kernel") ==
          file.name() + ":12: column 'kernel' is no cost with its dispersion: there is no 'kernel_sd'");
}

TEST_CASE("no table is written that would not be read", "[cost_table]")
{
    const auto error = [](auto change) -> std::string {
        CostTable table = written();
        change(table);
        const TemporaryFolder folder;
        try {
            write_cost_table(table, folder / "costs.csv");
        } catch (const espalier::Error& e) {
            CHECK(std::filesystem::is_empty(folder.path()));
            return e.what();
        }
        return "written";
    };
    CHECK_THAT(error([](CostTable& t) { t.header.device = " "; }), ContainsSubstring("needs a device"));
    CHECK_THAT(error([](CostTable& t) { t.header.protocol = "a\nb"; }), ContainsSubstring("more than one line"));
    CHECK_THAT(error([](CostTable& t) { t.costs[0] = "latency"; }), ContainsSubstring("'latency' has no unit"));
    CHECK_THAT(error([](CostTable& t) { t.costs[0] = "energy_mj"; }), ContainsSubstring("have the same name"));
    CHECK_THAT(error([](CostTable& t) { t.rows[1].keys = t.rows[0].keys; }),
               ContainsSubstring("the row of 'conv' stands twice"));
    CHECK_THAT(error([](CostTable& t) { t.rows[1].keys.pop_back(); }), ContainsSubstring("not as many values"));
    CHECK_THAT(error([](CostTable& t) { t.rows[1].costs[0].value = std::nan(""); }), ContainsSubstring("not finite"));
    CHECK_THAT(error([](CostTable& t) { t.rows[1].costs[0].deviation = -1; }), ContainsSubstring("negative"));
    CHECK_THAT(error([](CostTable& t) { t.rows.clear(); }), ContainsSubstring("has no rows"));
    CHECK_THAT(error([](CostTable& t) {
                   t.costs.clear(), t.rows = {{{"a", "b"}, {}}};
               }),
               ContainsSubstring("no column is a cost"));
    CHECK(error([](CostTable&) {}) == "written");
    CHECK_THROWS_WITH(write_cost_table(written(), "/nowhere/costs.csv"),
                      ContainsSubstring("/nowhere/costs.csv: cannot be written"));
}

TEST_CASE("a table that cannot be replaced stays as it was", "[cost_table]")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "costs.csv" / "taken");
    CHECK_THROWS_WITH(write_cost_table(written(), folder / "costs.csv"), ContainsSubstring("cannot be written"));
    CHECK(std::filesystem::is_directory(folder / "costs.csv" / "taken"));
}

TEST_CASE("a name's unit is what stands behind its last underline", "[units]")
{
    CHECK(espalier::unit_of("mean_us")->of_base == 1e-6);
    CHECK(espalier::unit_of("power_mw")->quantity == espalier::Quantity::power);
    CHECK(espalier::unit_of("ms") == nullptr);
    CHECK(espalier::deviation_metric("latency_ms") == "latency_sd_ms");
    CHECK(espalier::deviation_metric("macs") == "macs_sd");
    CHECK(espalier::unit_of("latency_furlongs") == nullptr);
    CHECK_THAT(espalier::unit_endings(), ContainsSubstring("_ns, _us, ") && ContainsSubstring("_mib"));
}
