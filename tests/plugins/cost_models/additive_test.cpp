// SPDX-License-Identifier: Apache-2.0
#include "additive.hpp"

#include <string>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using cost_models::Additive;

namespace {

const ToySpace& digits()
{
    static const ToySpace space(digit_decisions(2, 3));
    return space;
}

Setup with_digits()
{
    Setup setup;
    setup.space = &digits();
    return setup;
}

/// Decision 0 by name, decision 1 by number.
const std::string kOptionRows = "digit 0,0,1\ndigit 0,1,2\ndigit 0,2,4\n2,0,-0.5\n2,1,10\n2,2,0\n";

std::vector<Evaluation> priced_by(const std::string& text, Additive::Options options,
                                  const std::vector<Candidate>& batch)
{
    const TemporaryFile file(text);
    options.file = file.path();
    Additive model(options, with_digits());
    test::Quiet quiet;
    return model.evaluate(batch, quiet);
}

std::string refused_options(const std::string& text, const Additive::Options& options = {.column = "t_ms"})
{
    const TemporaryFile file(text);
    try {
        Additive::Options with_file = options;
        with_file.file = file.path();
        Additive model(with_file, with_digits());
        test::Quiet quiet;
        const Candidate candidate(digits(), {{0, 0}});
        model.evaluate({&candidate, 1}, quiet);
    } catch (const Error& error) {
        const std::string said = error.what();
        return said.starts_with(file.name()) ? said.substr(file.name().size()) : said;
    }
    return "priced";
}

}  // namespace

TEST_CASE("an architecture costs what all have in common and what its options cost", "[additive]")
{
    const std::vector<Candidate> batch{Candidate(digits(), {{0, 0}}), Candidate(digits(), {{2, 1}})};
    const auto plain = priced_by("decision,option,t_ms\n0,total,100\n" + kOptionRows, {.column = "t_ms"}, batch);
    CHECK(plain[0].metrics == Metrics{{"t_ms", 100.5}});
    CHECK(plain[1].metrics == Metrics{{"t_ms", 114}});
    const auto scaled = priced_by(
        "t_ms,where,which\n" + std::string("1,1,0\n1,1,1\n2,1,2\n0,2,0\n3,2,1\n0,2,2\n"),
        {.column = "t_ms", .as = "t_us", .decision_column = "where", .option_column = "which", .scale = 1000}, batch);
    CHECK(scaled[1].metrics == Metrics{{"t_us", 5000}});
    const auto fragment = priced_by("decision,option,t_ms\n" + kOptionRows, {.column = "t_ms"}, {Candidate(Network())});
    CHECK_THAT(fragment[0].reason, ContainsSubstring("whole architectures, not single operators"));
}

TEST_CASE("the sum says what each decision costs", "[additive]")
{
    const TemporaryFile file("decision,option,t_ms\n0,total,100\n" + kOptionRows);
    const Additive model({.file = file.path(), .column = "t_ms", .as = "t_us", .scale = 1000}, with_digits());
    const DecisionTerms terms = model.terms({{2, 1}});
    CHECK(terms.common == 1e5);
    CHECK(terms.decisions == std::vector<double>{4000, 10000});
}

TEST_CASE("tables of options that are wrong are one error with its place", "[additive]")
{
    const std::string names = "decision,option,t_ms\n";
    CHECK(refused_options(names + kOptionRows) == "priced");
    CHECK_THAT(refused_options(names + kOptionRows + "3,0,1\n"),
               ContainsSubstring(":8:1: '3' is no decision of the space: no name of one, and no number from 1 to 2"));
    CHECK_THAT(refused_options(names + kOptionRows + "00,0,1\n"), ContainsSubstring(":8:1: '00' is no decision"));
    CHECK_THAT(refused_options(names + kOptionRows + "digit0,0,1\n"), ContainsSubstring("did you mean 'digit 0'?"));
    CHECK_THAT(refused_options(names + kOptionRows + "1,7,1\n"),
               ContainsSubstring(":8:3: '7' is no option of decision 'digit 0'"));
    CHECK_THAT(refused_options(names + kOptionRows + "1,0,1\n"),
               ContainsSubstring(":8:1: the same option stands at ") && ContainsSubstring(":2:1"));
    CHECK_THAT(refused_options(names + "0,a,1\n0,b,1\n" + kOptionRows),
               ContainsSubstring(":3:1: the same option stands at "));
    CHECK(refused_options(names + kOptionRows.substr(0, kOptionRows.rfind("2,2,0"))) ==
          ": no row for option '2' of decision 'digit 1'");
    CHECK_THAT(refused_options(names + "0,,\n" + kOptionRows), ContainsSubstring(":2:4: no value in column 't_ms'"));
    CHECK_THAT(refused_options(names + "0,,x\n" + kOptionRows), ContainsSubstring(":2:4: 'x' is no number"));
    CHECK_THAT(refused_options(names + "0,,inf\n" + kOptionRows),
               ContainsSubstring(":2:4: 'inf' in column 't_ms' is not finite"));
    CHECK_THAT(refused_options(names + kOptionRows, {.column = "t_s"}), ContainsSubstring("column: no column 't_s'"));
    CHECK_THAT(refused_options(names + kOptionRows, {.column = "t_ms", .option_column = "options"}),
               ContainsSubstring("option_column: no column 'options'"));
    CHECK_THAT(refused_options(names + kOptionRows, {.column = "t_ms", .as = "t_s"}),
               ContainsSubstring("that needs scale: 0.001"));
    CHECK_THROWS_WITH(Additive({.file = "x.csv", .column = "t_ms"}, Setup{}),
                      ContainsSubstring("needs a search space"));
}

TEST_CASE("a measured table of options is checked as one", "[additive]")
{
    const std::string header = "# espalier-cost-table 1\n# device: board\n# rows: 6\n";
    std::string rows;
    for (const char c : kOptionRows)
        rows += c == '\n' ? ",0.1\n" : std::string(1, c);
    const std::string names = "decision,option,t_ms,t_ms_sd\n";
    CHECK(refused_options(header + names + rows) == "priced");
    CHECK_THAT(refused_options(header + names + rows.substr(0, rows.rfind("2,2,0"))),
               ContainsSubstring(":9: the file ends after 5 rows, its header says 6"));
    CHECK_THAT(refused_options(header + names + rows, {.column = "option"}),
               ContainsSubstring(":4: column 'option' is no cost with its dispersion"));
}

TEST_CASE("sums over options keep what cost models promise", "[additive]")
{
    const TemporaryFile file("decision,option,t_ms\n" + kOptionRows);
    Additive model({.file = file.path(), .column = "t_ms"}, with_digits());
    CHECK(conformance::check_cost_model(model, conformance::random_candidates(digits(), 9)) ==
          conformance::Violations{});
}
