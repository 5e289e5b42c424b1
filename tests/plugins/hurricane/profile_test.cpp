// SPDX-License-Identifier: Apache-2.0
// Prices of operators that are measured once and stand in a file.
#include "profile.hpp"

#include "espalier/counts.hpp"
#include "espalier/sdk/files.hpp"

#include "catch.hpp"
#include "hurricane.hpp"
#include "toys/nested_components.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::hurricane;

namespace {

/// Takes longer each time that it is asked, as measurements never say the same.
class Stopwatch final : public CostModel, public Measuring {
public:
    struct Options {
        int threads = 1;
        static void describe(Describe<Options>& d) { d("threads", &Options::threads, ""); }
    };
    Stopwatch(const Options& options, const Setup&) : threads_{options.threads} {}
    std::vector<std::string> metrics() const override { return {"latency_ms"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> prices;
        for (const Candidate& c : batch)
            prices.push_back({c.architecture(), {{"latency_ms", ++asked + macs(c.network())}}, Status::ok, {}});
        return prices;
    }
    bool measures() const override { return true; }
    MeasuringConditions conditions() const override
    {
        return {.processor = "toy", .precision = "float32", .runtime = "none", .threads = threads_, .batch = 1};
    }

    static inline int asked = 0;

private:
    int threads_;
};

/// The decisions of a space that is generated; or why there is none.
std::pair<std::vector<Decision>, std::string> generated_with(const std::filesystem::path& profile,
                                                             const std::string& scored_by,
                                                             const std::string& granularity = "stage")
{
    test::NestedComponents parts;
    parts.add<Stopwatch>("stopwatch", "");
    Hurricane::Options options{.operators = "generated", .profile = profile, .granularity = granularity};
    if (!scored_by.empty())
        options.scored_by = Use<CostModel>(scored_by);
    try {
        const Hurricane space(options, parts.setup());
        return {{space.decisions().begin(), space.decisions().end()}, ""};
    } catch (const Error& error) {
        return {{}, error.what()};
    }
}

}  // namespace

TEST_CASE("operators are measured once and stand in a table from then on", "[hurricane]")
{
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "profile.csv";
    Stopwatch::asked = 0;
    const auto [first, refused] = generated_with(file, "{use: stopwatch}");
    REQUIRE(refused.empty());
    CHECK(Stopwatch::asked == 4 * 32);
    const std::string table = read_file(file);
    CHECK_THAT(table, ContainsSubstring("# processor: toy\n"));
    CHECK_THAT(table,
               ContainsSubstring("\noperator,in_side_px,in_channels,out_channels,stride,latency_ms,latency_ms_sd\n"
                                 "SEP_3,56,64,64,1,29302785,\n"));

    for (const char* scored_by : {"{use: stopwatch}", ""})
        CHECK(same_decisions(generated_with(file, scored_by).first, first));
    CHECK(Stopwatch::asked == 4 * 32);
    CHECK(read_file(file) == table);

    CHECK(generated_with(file, "{use: stopwatch}", "layer").second.empty());
    CHECK(Stopwatch::asked == 8 * 32);  // the other four places alone
    CHECK(same_decisions(generated_with(file, "").first, first));
}

TEST_CASE("a table that was cut short goes on where it stopped", "[hurricane]")
{
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "profile.csv";
    const Place place{64, 64, 56, 1};
    const ProfileTable table(file, "latency_ms");
    int asked = 0;
    const Price price = [&](const Operator&, const Place&) { return double(++asked); };
    CHECK(table(kOperators[3], place, price) == 1);
    CHECK(table(kOperators[4], place, price) == 2);
    CHECK(table(kOperators[3], place, price) == 1);
    CHECK_THROWS_WITH(table(kOperators[5], place, nullptr),
                      ContainsSubstring("profile.csv: no row with operator SEP_7_SE, in_side_px 56, in_channels 64, "
                                        "out_channels 64, stride 1"));
    CHECK_THROWS_WITH(table(kOperators[5], place, [](const Operator&, const Place&) -> double { throw Error("late"); }),
                      "late");
    CHECK(table(kOperators[4], {64, 64, 28, 1}, price) == 3);
}

TEST_CASE("tables of other devices are read, and never added to", "[hurricane]")
{
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "profile.csv";
    const std::string columns = "operator,in_side_px,in_channels,out_channels,stride,latency_ms\n";
    write_whole(file, columns + "SEP_3,56,64,64,1,2.5\nSEP_5,56,64,64,1,\n");
    const Place place{64, 64, 56, 1};
    CHECK(ProfileTable(file, "latency_ms")(kOperators[0], place, nullptr) == 2.5);
    CHECK_THAT(generated_with(file, "").second, ContainsSubstring("profile: 'SEP_5' at layer 1: "));
    CHECK_THAT(generated_with(file, "{use: stopwatch}").second, ContainsSubstring("name another file"));
    write_whole(file, columns + "SEP_3,56,64,64,1,soon\n");
    CHECK_THAT(generated_with(file, "").second, ContainsSubstring("profile.csv:2:18: "));
    write_whole(file, "operator,latency_ms\nSEP_3,1\n");
    CHECK_THAT(generated_with(file, "").second, ContainsSubstring("in_side_px"));

    std::filesystem::remove(file);
    REQUIRE(generated_with(file, "{use: stopwatch}").second.empty());
    CHECK(generated_with(file, "{use: stopwatch, threads: 2}").second.empty());  // all is there
    CHECK_THAT(generated_with(file, "{use: stopwatch, threads: 2}", "layer").second,
               ContainsSubstring("was measured on other conditions (toy, "));
    CHECK_THAT(generated_with(folder.path() / "nowhere" / "profile.csv", "{use: stopwatch}").second,
               ContainsSubstring("nowhere"));
}
