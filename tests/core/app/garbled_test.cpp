// SPDX-License-Identifier: Apache-2.0
// Texts of plug-ins and files may hold any byte; what the command prints and writes is text all the same.
#include <nlohmann/json.hpp>

#include "espalier/report/text.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"
#include "shell.hpp"

namespace {

const std::string kGarbled = R"(seed: 1
space: {use: bytes}
evaluator: {use: odd}
objectives: [{metric: up, goal: max}, {metric: down, goal: max}]
strategy: {use: exhaustive}
final: [{use: notes}]
)";

/// Whether a terminal, and a reader of UTF-8, take it as it is.
bool is_text(const std::string& text)
{
    return espalier::report::printable_lines(text) == text;
}

void check_text(const Outcome& outcome)
{
    CHECK(is_text(outcome.out));
    CHECK(is_text(outcome.err));
}

std::string shown(const char* before, int byte)
{
    return before + espalier::report::printable(std::string{'<', static_cast<char>(byte), '>'});
}

}  // namespace

TEST_CASE("every byte in texts, keys, reasons, notes and names comes out as text, of every command", "[garbled]")
{
    const Shell shell(ESPALIER_BINARY_DIR "/tests/app/garbled:" ESPALIER_BINARY_DIR "/lib/espalier/plugins");
    shell.write("e.yaml", kGarbled);
    const Outcome run = shell.espalier("run e.yaml --out run --verbose");
    INFO(run.err);
    REQUIRE(run.status == 0);
    check_text(run);
    CHECK_THAT(run.err, ContainsSubstring("fails<\\x07>"));
    check_text(shell.espalier("resume run"));

    const Outcome csv = shell.espalier("results run --all --format csv");
    CHECK(csv.status == 0);
    check_text(csv);
    shell.write("all.csv", csv.out);
    const espalier::CsvColumns table(shell.folder() / "all.csv", {"architecture", "key", "reason"});
    REQUIRE(table.rows() == 256);
    for (std::size_t row = 0; row < 256; ++row) {
        const int byte = static_cast<int>(row);
        CHECK(table.cell(row, 0) == shown("", byte));
        CHECK(table.cell(row, 1) == shown("key", byte));
        CHECK(table.cell(row, 2) == (byte % 8 == 7 ? shown("fails", byte) : ""));
    }
    const Outcome json = shell.espalier("results run --all --format json");
    check_text(json);
    CHECK(nlohmann::json::parse(json.out).size() == 256);
    for (const char* format : {"table", "markdown"}) {
        const Outcome text = shell.espalier(std::string("results run --all --format ") + format);
        CHECK(text.status == 0);
        check_text(text);
        CHECK(std::count(text.out.begin(), text.out.end(), '\n') >= 257);
    }

    const nlohmann::json winners = nlohmann::json::parse(shell.read("run/winners.json"));
    CHECK(winners.size() == 224);  // all that did not fail
    CHECK(is_text(shell.read("run/winners.json")));
    for (const nlohmann::json& winner : winners)
        CHECK(winner.at("note").get<std::string>().starts_with("notes: noted<"));
    for (const char* format : {"table", "csv", "json", "markdown"})
        check_text(shell.espalier(std::string("results run --format ") + format));
    check_text(shell.espalier("compare run --reference up=0,down=0 --html page.html --csv curves.csv"));
    CHECK(is_text(shell.read("page.html")));
    CHECK(is_text(shell.read("curves.csv")));
    check_text(shell.espalier("correlate run --against up"));
    check_text(shell.espalier("plugins"));
    check_text(shell.espalier("plugins show odd"));

    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += " " + std::to_string(byte);
    const Outcome evaluated = shell.espalier("evaluate e.yaml" + all);
    check_text(evaluated);
    std::istringstream lines(evaluated.out);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        CHECK(nlohmann::json::parse(line).at("key") == shown("key", static_cast<int>(count)));
    CHECK(count == 256);
}

TEST_CASE("winners in names of every byte are finished with", "[garbled]")
{
    const Shell shell(ESPALIER_BINARY_DIR "/tests/app/garbled:" ESPALIER_BINARY_DIR "/lib/espalier/plugins");
    shell.write("e.yaml", "seed: 1\nspace: {use: bytes}\nevaluator: {use: odd}\nstrategy: {use: names}\n");
    const Outcome run = shell.espalier("run e.yaml --out run");
    INFO(run.err);
    REQUIRE(run.status == 0);
    check_text(run);
    const nlohmann::json winners = nlohmann::json::parse(shell.read("run/winners.json"));
    REQUIRE(winners.size() == 256);
    for (int byte = 0; byte < 256; ++byte)
        CHECK(winners[static_cast<std::size_t>(byte)].at("name") == shown("name", byte));
    check_text(shell.espalier("results run"));
}

TEST_CASE("a table's cell in another encoding is a note like another", "[garbled]")
{
    const Shell shell(ESPALIER_BINARY_DIR "/tests/app/plugins:" ESPALIER_BINARY_DIR "/lib/espalier/plugins");
    const std::string cell = "caf\xe9 \x1b[2J", arch = "0,0,1";
    shell.write("t.csv", "arch,late\n\"" + arch + "\"," + cell + "\n\"1,1,1\",3\n");
    shell.write("e.yaml",
                "seed: 1\nspace: {use: bits, bits: 3}\nevaluator: {use: patient}\nobjectives: [{metric: ones, "
                "goal: max}]\nstrategy: {use: exhaustive}\nbudget: {evaluations: 2}\n"
                "final: [{use: table, file: t.csv, column: late}]\n");
    const Outcome run = shell.espalier("run e.yaml --out run");
    INFO(run.err);
    CHECK(run.status == 0);
    check_text(run);
    CHECK(is_text(shell.read("run/winners.json")));
    CHECK_THAT(shell.read("run/winners.json"),
               ContainsSubstring("caf\\\\xe9 \\\\x1b[2J") || ContainsSubstring("no row"));
    check_text(shell.espalier("results run"));
    check_text(shell.espalier("check '\x1b]0;title.yaml'"));  // a name that no terminal should obey
}
