// SPDX-License-Identifier: Apache-2.0
#include "espalier/config.hpp"

#include <cstdlib>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/odd_text.hpp"

using namespace espalier;

namespace {
std::string only_error(std::string_view yaml)
{
    Diagnostics d;
    parse_config(yaml, "x.yaml", d);
    REQUIRE(d.errors.size() == 1);
    return to_string(d.errors[0]);
}
}  // namespace

TEST_CASE("an error is a value until it is printed", "[config]")
{
    const Config c = parse_config("a: {b: [1]}", "x.yaml");
    const Diagnostic at_b = c.at_path("a.b").error("is wrong");
    CHECK(at_b == Diagnostic{"x.yaml", 1, 8, "a.b", "", "is wrong"});
    CHECK(at_b.same_place(c.at_path("a.b").error("is late")));
    CHECK_FALSE(at_b.same_place(c.at_path("a.b").key_error("is wrong")));
    CHECK_FALSE(at_b.same_place(c.at_path("a.b.0").error("is wrong")));
    CHECK_FALSE(at_b.same_place({"y.yaml", 1, 8, "a.b", "", "is wrong"}));
    CHECK(to_string(Diagnostic{"", 0, 0, "", "", "alone"}) == "alone");
    CHECK(to_string(Diagnostic{"--set a", 0, 0, "b", "", "is wrong"}) == "--set a: b: is wrong");
    CHECK(to_string(Diagnostic{"x.yaml", 2, 3, "a", "rate", "is wrong"}) == "x.yaml:2:3: a: rate: is wrong");
    const ConfigError both({at_b, {"x.yaml", 0, 0, "", "", "is late"}});
    CHECK(both.what() == std::string("x.yaml:1:8: a.b: is wrong\nx.yaml: is late"));
    CHECK(both.errors().size() == 2);
}

TEST_CASE("every value knows its place", "[config]")
{
    const Config c = parse_config("a: 1\nb:\n  - {use: t, c: 2}\n", "x.yaml");
    const Config& inner = c.at_path("b.0.c");
    CHECK(inner.scalar == "2");
    CHECK(inner.path == "b.0.c");
    CHECK(to_string(inner.error("wrong")) == "x.yaml:3:17: b.0.c: wrong");
    CHECK(to_string(inner.key_error("wrong")) == "x.yaml:3:14: b.0.c: wrong");
    CHECK(&c.at_path("nothing.here") == &c);
}

TEST_CASE("a name that was cut short is meant by the only one that begins so", "[config]")
{
    CHECK_THAT(suggestion("nas_bench", {"macs", "nas_bench_201"}), ContainsSubstring("did you mean 'nas_bench_201'?"));
    CHECK(suggestion("nas_bench", {"nas_bench_101", "nas_bench_201"}).starts_with("; allowed"));
    CHECK(suggestion("na", {"nas_bench_201"}).starts_with("; allowed"));
}

TEST_CASE("what cannot be read is one error with its place", "[config]")
{
    CHECK_THAT(only_error(std::string_view("a: 1\nb: x\0y\n", 11)),
               ContainsSubstring("x.yaml:2:5: the control character 0x00 stands here"));
    CHECK_THAT(only_error("a: \x1b[31mred\n"), ContainsSubstring("x.yaml:1:4: the control character 0x1b"));
    CHECK_THAT(only_error("a: \"x\\0y\"\n"), ContainsSubstring("x.yaml:1:4: a: holds a null character"));
    CHECK(parse_config("a:\t1\r\n", "x.yaml").find("a")->scalar == "1");
    CHECK_THAT(only_error("a: 1\nb: 2\na: 3\n"),
               ContainsSubstring("x.yaml:3:1: the key 'a' stands here a second time; first in line 1"));
    CHECK_THAT(only_error("a: 1\n---\nb: 2\n"), ContainsSubstring("a second document"));
    CHECK_THAT(only_error("a: [1, 2\nb: 3\n"), ContainsSubstring("not valid YAML"));
    CHECK_THAT(only_error("[1, 2]: 3\n"), ContainsSubstring("a key must be one word"));
    CHECK_THAT(only_error("a: *b\n"), ContainsSubstring("x.yaml:1"));
    CHECK_THAT(only_error("a: ${ESPALIER_NOT_SET}\n"),
               ContainsSubstring("x.yaml:1:4: a: the environment variable ESPALIER_NOT_SET is not set"));
    CHECK_THAT(only_error(std::string(2 << 20, ' ')), ContainsSubstring("at most"));
}

TEST_CASE("a small file cannot become a large one", "[config]")
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 10; ++k)
            bomb += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    CHECK_THAT(only_error(bomb), ContainsSubstring("more than 10000 values"));
    const std::string word(100'000, 'x');
    CHECK_THAT(only_error("a: &a " + word + "\nb: &b [*a, *a, *a, *a]\nc: [*b, *b]\n"),
               ContainsSubstring("x.yaml:3:9: more than 1048576 bytes, aliases written out"));
    CHECK(parse_config("a: &a " + word + "\nb: &b [*a, *a, *a, *a]\nc: [*b]\n").at_path("c.0.3").scalar == word);
    // each value's path holds the keys above it
    CHECK_THAT(only_error(std::string(257, 'k') + ": [1, 2]\n"), ContainsSubstring("a key of 257 bytes; at most 256"));
    CHECK_THAT(only_error(std::string(100, '[') + std::string(100, ']')),
               ContainsSubstring("nested more than 64 deep"));
    CHECK_FALSE(only_error(std::string(100000, '[')).empty());
}

TEST_CASE("aliases and merge keys are written out", "[config]")
{
    const Config c = parse_config("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nalso: *b\n");
    CHECK(c.at_path("use.x").scalar == "1");
    CHECK(c.at_path("use.y").scalar == "3");
    CHECK(c.at_path("also.y").scalar == "2");
    CHECK(c.at_path("also.y").path == "also.y");
}

TEST_CASE("the environment is put in", "[config]")
{
    setenv("ESPALIER_TEST_FOLDER", "/data", 1);
    CHECK(parse_config("path: \"${ESPALIER_TEST_FOLDER}/cifar10\"").at_path("path").scalar == "/data/cifar10");
    CHECK(parse_config("a: x${ESPALIER_TEST_FOLDER}y${ESPALIER_TEST_FOLDER}$z").at_path("a").scalar ==
          "x/datay/data$z");
    setenv("ESPALIER_TEST_LONG", std::string(100'000, 'x').c_str(), 1);
    std::string many = "a: [";
    for (int i = 0; i < 11; ++i)
        many += "'${ESPALIER_TEST_LONG}', ";
    CHECK_THAT(only_error(many + "]\n"),
               ContainsSubstring("x.yaml:1:255: a.10: more than 1048576 bytes of environment"));
}

TEST_CASE("two dollars before a brace are one, and nothing is put in", "[config]")
{
    setenv("ESPALIER_TEST_DOLLAR", "$", 1);
    const auto read = [](const std::string& value) { return parse_config("a: '" + value + "'").at_path("a").scalar; };
    CHECK(read("$${HOME}") == "${HOME}");
    CHECK(read("$$${HOME}") == "$${HOME}");
    CHECK(read("$${") == "${");
    CHECK(read("$$ $") == "$$ $");
    CHECK(read("${ESPALIER_TEST_DOLLAR}{HOME}") == "${HOME}");
    CHECK(read("${ESPALIER_TEST_DOLLAR}${ESPALIER_TEST_DOLLAR}") == "$$");
    CHECK(read("${ESPALIER_TEST_DOLLAR}$${x}") == "$${x}");
}

TEST_CASE("what an alias stands for is told where it is used", "[config]")
{
    const Config c = parse_config("base: &b {x: 1}\nuse: {<<: *b, y: 3}\nalso: [*b]\n", "x.yaml");
    CHECK(to_string(c.at_path("base.x").error("no")) == "x.yaml:1:14: base.x: no");
    CHECK(to_string(c.at_path("use.x").error("no")) == "x.yaml:2:11: use.x: no");
    CHECK(to_string(c.at_path("use.y").error("no")) == "x.yaml:2:18: use.y: no");
    CHECK(to_string(c.at_path("also.0.x").key_error("no")) == "x.yaml:3:8: also.0.x: no");
}

TEST_CASE("any text that a name or a path can be is read back", "[config]")
{
    espalier::Rng rng(1, "names");
    for (int i = 0; i < 20'000; ++i) {
        Config text;
        text.type = Config::Type::scalar;
        text.quoted = rng.below(2) == 0;
        text.scalar = espalier::test::odd_text(rng, rng.below(6));
        const std::string yaml = "a: " + to_yaml(text) + "\nb: [" + to_yaml(text) + "]\n";
        const Config read = parse_config(yaml);
        INFO(yaml);
        REQUIRE(read.at_path("a").type == Config::Type::scalar);
        REQUIRE(read.at_path("a").scalar == text.scalar);
        REQUIRE(read.at_path("b.0").scalar == text.scalar);
    }
}

TEST_CASE("YAML that is written is read back equal", "[config]")
{
    const std::string text =
        R"({a: 1, b: [x, -3, 1e-4, "", "- no", "a: b", "it's # \"q\" \\ ", "~", ~], c: {d: "3", e: true}})";
    const Config c = parse_config(text);
    const Config again = parse_config(to_yaml(c));
    CHECK(to_yaml(again) == to_yaml(c));
    CHECK(again.at_path("b.6").scalar == "it's # \"q\" \\ ");
    CHECK(again.at_path("c.d").quoted);
    CHECK(again.at_path("b.8").type == Config::Type::null);
}

TEST_CASE("the nearest name is found also for swapped letters", "[config]")
{
    CHECK(nearest("epohcs", {"epochs", "hidden"}) == "epochs");
    CHECK(nearest("zzzzzz", {"epochs", "hidden"}).empty());
    CHECK_THAT(suggestion("hiden", {"epochs", "hidden"}),
               ContainsSubstring("did you mean 'hidden'?; allowed: epochs, hidden"));
}
