// SPDX-License-Identifier: Apache-2.0
#include "espalier/option.hpp"

#include "espalier/error.hpp"
#include "espalier/registry.hpp"

#include "catch.hpp"

using namespace espalier;

namespace {

struct Values {
    bool flag = false;
    int count = 3;
    std::uint64_t seed = 0;
    double rate = 0.5;
    std::string mode = "fast";
    std::filesystem::path file;
    MetricName metric{"latency_ms"};
    std::vector<int> sizes{1, 2};
    Use<Evaluator> of{"{use: table}"};
    static void describe(Describe<Values>& d)
    {
        d("flag", &Values::flag, "a flag");
        d("count", &Values::count, "how many").range(1, 10).symbol("N");
        d("seed", &Values::seed, "of the streams");
        d("rate", &Values::rate, "a rate").range(0, 1);
        d("mode", &Values::mode, "a mode").one_of({"fast", "exact"});
        d("file", &Values::file, "a file").must();
        d("metric", &Values::metric, "a metric");
        d("sizes", &Values::sizes, "sizes");
        d("of", &Values::of, "nested");
    }
};

std::vector<Option> options()
{
    Describe<Values> d;
    Values::describe(d);
    return d.options;
}

Values read(const std::string& yaml)
{
    Values v;
    const auto o = options();
    read_map(parse_config(yaml, "/exp/x.yaml"), o, &v);
    return v;
}

std::vector<std::string> errors(const std::string& yaml)
{
    Diagnostics d;
    check_map(parse_config(yaml, "x.yaml"), options(), d);
    std::vector<std::string> lines;
    for (const Diagnostic& error : d.errors)
        lines.push_back(to_string(error));
    return lines;
}

}  // namespace

TEST_CASE("options are read into their fields", "[option]")
{
    const Values v = read(
        "{use: t, flag: true, count: 10, seed: 18446744073709551615, rate: 1e-3, mode: exact, file: a/../t.csv, "
        "metric: "
        "macs, sizes: [4, 5, 6], of: {use: fusion, n: 1}}");
    CHECK(v.flag);
    CHECK(v.count == 10);
    CHECK(v.seed == 18446744073709551615U);
    CHECK(v.rate == 1e-3);
    CHECK(v.mode == "exact");
    CHECK(v.file == "/exp/t.csv");
    CHECK(v.metric.name == "macs");
    CHECK(v.sizes == std::vector{4, 5, 6});
    CHECK(v.of.config.at_path("n").scalar == "1");
}

TEST_CASE("defaults are shown as they would be written", "[option]")
{
    const auto all = options();
    CHECK(all[1].preset == "3");
    CHECK(all[3].preset == "0.5");
    CHECK(all[5].preset == "\"\"");
    CHECK(all[7].preset == "[1, 2]");
    CHECK(all[8].preset == "{use: table}");
    CHECK(all[1].paper_symbol == "N");
    CHECK(all[8].kind == Kind::evaluator);
}

TEST_CASE("included options have the defaults of who includes them, and are read into the base", "[option]")
{
    struct Derived : Values {
        Derived() { count = 7, mode = "exact"; }
        static void describe(Describe<Derived>& d) { d.include<Values>(); }
    };
    struct Further : Derived {
        Further() { rate = 1; }
        static void describe(Describe<Further>& d) { d.include<Derived>(); }
    };
    Describe<Further> d;
    Further::describe(d);
    CHECK(d.options[1].preset == "7");
    CHECK(d.options[3].preset == "1");
    CHECK(d.options[4].preset == "exact");
    CHECK(d.options[7].preset == "[1, 2]");
    CHECK(options()[1].preset == "3");  // the base's own are what they were
    Further values;
    read_map(parse_config("{file: f, rate: 0.25}", "x.yaml"), d.options, &values);
    CHECK(values.count == 7);
    CHECK(values.rate == 0.25);
    CHECK(values.mode == "exact");
}

TEST_CASE("all errors of a map are told at once, each with its place", "[option]")
{
    const auto e = errors("{conut: 3, flag: yes, rate: 2, mode: fsat, sizes: 3, of: 5}");
    REQUIRE(e.size() == 7);
    CHECK_THAT(e[0], ContainsSubstring("x.yaml:1:2: conut: unknown key 'conut'; did you mean 'count'?"));
    CHECK_THAT(e[1], ContainsSubstring("x.yaml:1:18: flag: 'yes' is neither true nor false"));
    CHECK_THAT(e[2], ContainsSubstring("2 is out of range; allowed: a number from 0 to 1"));
    CHECK_THAT(e[3], ContainsSubstring("did you mean 'fast'?"));
    CHECK_THAT(e[4], ContainsSubstring("must be a list, for example [3]"));
    CHECK_THAT(e[5], ContainsSubstring("must be of kind evaluator"));
    CHECK_THAT(e[6], ContainsSubstring("'file' is missing: a file"));
}

TEST_CASE("numbers are exact about what they take", "[option]")
{
    CHECK(errors("{file: f, count: 3.5}").size() == 1);
    CHECK(errors("{file: f, count: \"3\"}").size() == 1);
    CHECK(errors("{file: f, count: 11}").size() == 1);
    CHECK(errors("{file: f, rate: .nan}").size() == 1);
    CHECK(errors("{file: f, rate: 1x}").size() == 1);
    CHECK(errors("{file: f, rate: 1}").empty());
    CHECK_THROWS_AS(read("{file: f, seed: -1}"), ConfigError);
    CHECK(errors("[1]").size() == 1);
}

TEST_CASE("an option error of a constructor gets the option's place", "[registry]")
{
    const Config c = parse_config("of: {use: t, columns: [a, b]}", "x.yaml");
    const auto make = [](const char* option) {
        return [option]() -> std::unique_ptr<Component> { throw OptionError(option, "no such column"); };
    };
    CHECK_THROWS_WITH(located(c.at_path("of"), make("columns.1")), "x.yaml:1:27: of.columns.1: no such column");
    CHECK_THROWS_WITH(located(c.at_path("of"), make("absent")), "x.yaml:1:5: of: absent: no such column");
    CHECK_THROWS_WITH(located(c.at_path("of"), []() -> std::unique_ptr<Component> { throw Error("bad pair"); }),
                      "x.yaml:1:5: of: bad pair");
}

TEST_CASE("errors about several options each get their place", "[registry]")
{
    const Config c = parse_config("of: {use: t, columns: [a, b], scale: 0}", "x.yaml");
    const auto make = []() -> std::unique_ptr<Component> {
        throw OptionErrors({{"columns.1", "no such column"}, {"scale", "is 0"}, {"absent", "is wrong"}});
    };
    CHECK_THROWS_AS(located(c.at_path("of"), make), ConfigError);
    CHECK_THROWS_WITH(located(c.at_path("of"), make),
                      "x.yaml:1:27: of.columns.1: no such column\nx.yaml:1:38: of.scale: is 0\n"
                      "x.yaml:1:5: of: absent: is wrong");
}
