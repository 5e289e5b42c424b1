// SPDX-License-Identifier: Apache-2.0
// Whatever names files and texts have, the resolved experiment is read back as it was written.
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "experiment_bench.hpp"
#include "toys/odd_text.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// A name that a file may have: no slash, no null, neither "." nor "..", not empty.
std::string drawn_name(Rng& rng)
{
    std::string name = test::odd_text(rng, 1 + rng.below(5));
    std::ranges::replace(name, '/', '_');
    return name == "." || name == ".." ? "dots" : name;
}

std::string yaml(const std::string& text)
{
    return OptionTraits<std::string>::shown(text);
}

}  // namespace

TEST_CASE("the resolved experiment resolves to itself whatever things are called")
{
    const char* more = std::getenv("ESPALIER_FUZZ");  // how many, for a long run
    const int rounds = more != nullptr ? std::atoi(more) : 1000;
    ExperimentBench bench;
    Rng rng(1, "names of everything");
    for (int i = 0; i < rounds; ++i) {
        const std::filesystem::path home = bench.folder() / drawn_name(rng) / drawn_name(rng);
        const std::string name = drawn_name(rng), column = drawn_name(rng), table = drawn_name(rng),
                          old = drawn_name(rng);
        const std::string text = "name: " + yaml(name) + "\nspace: {use: grid, labels: [" + yaml(column) + ", b]}\n" +
                                 "strategy: {use: wander}\ncosts: [{use: column, file: " + yaml(table) +
                                 ", column: " + yaml(column) + "}]\nreuse: " + yaml(old) + "\n";
        INFO(text);
        const auto resolved = [&](const std::string& yaml_text, const std::filesystem::path& file) {
            Diagnostics diagnostics;
            const Experiment e = parse_experiment(yaml_text, file, {}, bench.catalog(), diagnostics);
            for (const std::string& line : lines(diagnostics))
                INFO(line);
            REQUIRE(diagnostics.empty());
            CHECK(e.name == name);
            CHECK(e.costs.front().find("column")->scalar == column);
            CHECK(e.reuse.front() == (home / old).lexically_normal());
            return e.resolved;
        };
        const std::string once = resolved(text, home / (drawn_name(rng) + ".yaml"));
        REQUIRE(resolved(once, "/elsewhere/experiment.yaml") == once);
    }
}

TEST_CASE("an experiment is called like its file, whatever that is called")
{
    ExperimentBench bench;
    Rng rng(2, "names of files");
    for (int i = 0; i < 200; ++i) {
        const std::string name = drawn_name(rng);
        Diagnostics diagnostics;
        const Experiment e = parse_experiment("space: {use: grid}\nstrategy: {use: wander}\n",
                                              bench.folder() / (name + ".yaml"), {}, bench.catalog(), diagnostics);
        REQUIRE(diagnostics.empty());
        CHECK(e.name == name);
        const Experiment again =
            parse_experiment(e.resolved, "/elsewhere/experiment.yaml", {}, bench.catalog(), diagnostics);
        REQUIRE(diagnostics.empty());
        CHECK(again.resolved == e.resolved);
    }
}
