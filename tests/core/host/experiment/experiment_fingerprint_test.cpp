// SPDX-License-Identifier: Apache-2.0

#include "catch.hpp"
#include "experiment_bench.hpp"
#include "host/experiment/fingerprint.hpp"
#include "host/experiment/provenance.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

struct Prints {
    std::vector<std::string> costs, finals;
    std::string evaluator;
    bool operator==(const Prints&) const = default;
};

Prints prints(ExperimentBench& bench, const std::vector<Override>& overrides = {})
{
    const Components parts = bench.parts(bench.good(kWholeExperiment, overrides));
    Prints result;
    for (const auto& cost : parts.costs)
        result.costs.push_back(cost.fingerprint);
    for (const auto& final : parts.finals)
        result.finals.push_back(final.fingerprint);
    result.evaluator = parts.evaluator.fingerprint;
    return result;
}

}  // namespace

TEST_CASE("a fingerprint stays when nothing changes what a component computes")
{
    ExperimentBench bench;
    const Prints first = prints(bench);
    REQUIRE(first.costs.size() == 1);
    CHECK(first.costs[0].starts_with("column-"));
    CHECK(first.costs[0].size() == 7 + 16);
    CHECK(first.evaluator.starts_with("blend-"));
    CHECK(first.evaluator == prints(bench).evaluator);
    const std::vector<Override> harmless[] = {
        {{"seed", "99"}},
        {{"name", "other"}},
        {{"budget.evaluations", "1"}},
        {{"execution.threads", "4"}},
        {{"execution.device", "[cuda:0, cuda:1]"}},
        {{"execution.replicas", "1"}},
        {{"strategy.epochs", "7"}},
        {{"reward.alpha", "0.1"}},
        {{"evaluator.of.noise", "0.5"}},   // its default
        {{"evaluator.of.noise", "5e-1"}},  // in another spelling
        {{"evaluator.of.noise", "+0.5"}},
        {{"evaluator.of.gives", "['quality', \"extra\"]"}},
        {{"evaluator.of.repeats", "+3"}},  // added later, as it was before
        {{"costs.0.scale", "1.0"}},
    };
    for (const std::vector<Override>& overrides : harmless) {
        INFO(overrides[0].path << "=" << overrides[0].value);
        CHECK(prints(bench, overrides) == first);
    }
    // Another place of the same data is the same data.
    std::filesystem::copy(bench.folder() / "table.csv", bench.folder() / "copy.csv");
    CHECK(prints(bench, {{"costs.0.file", (bench.folder() / "copy.csv").string()}}) == first);
}

TEST_CASE("a fingerprint changes with everything that a component's results depend on")
{
    ExperimentBench bench;
    const Prints first = prints(bench);

    const std::vector<Override> asked{{"evaluator.of.fast", "true"}};
    const std::vector<Override> two{asked[0], {"execution.replicas", "2"}},
        three{asked[0], {"execution.replicas", "3"}};
    CHECK(prints(bench, two).costs != first.costs);
    CHECK(prints(bench, two).finals != first.finals);
    CHECK(prints(bench, two).evaluator != prints(bench, asked).evaluator);
    CHECK(prints(bench, two).evaluator != prints(bench, three).evaluator);

    const Prints cost = prints(bench, {{"costs.0.column", "pixel3_ms"}});
    CHECK(cost.costs != first.costs);
    CHECK(cost.evaluator == first.evaluator);  // moving a search to another device evaluates nothing twice
    CHECK(cost.finals == first.finals);

    for (const Override& set :
         {Override{"evaluator.of.seed", "8"}, Override{"evaluator.others.0.noise", "0.3"},
          Override{"evaluator.of.repeats", "4"}, Override{"evaluator.metrics", "[quality, extra]"}}) {
        INFO(set.path);
        const Prints changed = prints(bench, {set});
        CHECK(changed.evaluator != first.evaluator);
        CHECK(changed.costs == first.costs);
    }
    for (const Override& set : {Override{"space.decisions", "5"}, Override{"data.count", "11"}}) {
        INFO(set.path);
        const Prints changed = prints(bench, {set});
        CHECK(changed.evaluator != first.evaluator);
        CHECK(changed.costs != first.costs);
        CHECK(changed.finals != first.finals);
    }

    bench.write("table.csv", "arch,raspi4_ms,pixel3_ms,accuracy_pct\n0,1,2,4\n");
    const Prints table = prints(bench);
    CHECK(table.costs != first.costs);
    CHECK(table.evaluator == first.evaluator);
    bench.write("numbers/deep/two.txt", "3");
    CHECK(prints(bench).evaluator != first.evaluator);
}

TEST_CASE("the canonical text names plug-in, version, defaults, contents, space and data")
{
    ExperimentBench bench;
    const Experiment e = bench.good(kWholeExperiment);
    Fingerprints fingerprints(e, bench.catalog());
    const std::string text = fingerprints.canonical(e.costs[0], Kind::cost_model);
    CHECK(text ==
          "cost_model column of experiment_parts 0.3.0 {\n"
          "file: " +
              content_hash(bench.folder() / "table.csv") +
              "\n"
              "column: \"raspi4_ms\"\n"
              "as: \"latency_ms\"\n"
              "scale: 1\n"
              "}\n"
              "space grid of experiment_parts 0.3.0 {\n"
              "decisions: 4\n"
              "labels: list of 2\n"
              "\"a\"\n"
              "\"b\"\n"
              "}\n"
              "data numbers of experiment_parts 0.3.0 {\n"
              "path: " +
              content_hash(bench.folder() / "numbers") +
              "\n"
              "count: 10\n"
              "}\n");
    CHECK_THAT(fingerprints.canonical(*e.evaluator, Kind::evaluator),
               ContainsSubstring("noise: 0.25\nseed: 7\nfast: \"false\"\n}\n"));  // without `repeats`, added later
    CHECK(fingerprints.file_hashes().size() == 2);
    CHECK(fingerprints.file_hashes().contains((bench.folder() / "table.csv").string()));
}

TEST_CASE("a folder's hash sees names and contents, not times")
{
    ExperimentBench bench;
    const std::string first = content_hash(bench.folder() / "numbers");
    CHECK(first.size() == 16);
    bench.write("numbers/one.txt", "1");
    CHECK(content_hash(bench.folder() / "numbers") == first);
    std::filesystem::rename(bench.folder() / "numbers/one.txt", bench.folder() / "numbers/eins.txt");
    const std::string renamed = content_hash(bench.folder() / "numbers");
    CHECK(renamed != first);
    bench.write("numbers/eins.txt", "9");
    const std::string changed = content_hash(bench.folder() / "numbers");
    CHECK(changed != renamed);
    std::filesystem::rename(bench.folder() / "numbers/deep", bench.folder() / "numbers/dark");
    CHECK(content_hash(bench.folder() / "numbers") != changed);
    CHECK(content_hash(bench.folder() / "nothing") == "absent");
    bench.write("empty", "");
    CHECK(content_hash(bench.folder() / "empty").size() == 16);
}

TEST_CASE("of a large folder names and sizes are seen")
{
    ExperimentBench bench;
    bench.write("numbers/large", "");
    std::filesystem::resize_file(bench.folder() / "numbers/large", std::uintmax_t{5} << 30);  // of zeros, on no disk
    bench.write("numbers/one.txt", "1");
    const std::string first = content_hash(bench.folder() / "numbers");
    bench.write("numbers/one.txt", "9");
    CHECK(content_hash(bench.folder() / "numbers") == first);
    bench.write("numbers/one.txt", "10");
    CHECK(content_hash(bench.folder() / "numbers") != first);
    std::filesystem::resize_file(bench.folder() / "numbers/large", 0);
    const std::string small = content_hash(bench.folder() / "numbers");
    bench.write("numbers/one.txt", "11");
    CHECK(content_hash(bench.folder() / "numbers") != small);
}

TEST_CASE("a folder's hash does not depend on the order in which its files are listed")
{
    namespace fs = std::filesystem;
    // A file system in memory lists files in the order of their creation, others have an order of their own.
    const fs::path memory = "/dev/shm";
    const fs::path base = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
                          ("espalier_hash_" + std::to_string(::getpid()));
    for (const std::string order : {"abcde", "edcba"}) {
        fs::create_directories(base / order);
        for (const char file : order)
            std::ofstream(base / order / std::string(1, file)) << file;
    }
    CHECK(content_hash(base / "abcde") == content_hash(base / "edcba"));
    fs::remove_all(base);
}

TEST_CASE("the files of a strategy and a reward are a run's too")
{
    ExperimentBench bench;
    bench.write("guide.csv", "arch,steps\n0,1\n");
    const std::string guide = "{use: column, file: " + (bench.folder() / "guide.csv").string() + ", column: steps}";
    const auto hashes = [&](const Override& set) {
        return bench.parts(bench.good(kWholeExperiment, {set})).file_hashes;
    };
    CHECK(hashes({"seed", "3"}).size() == 2);
    CHECK(hashes({"strategy.guide", guide}).contains((bench.folder() / "guide.csv").string()));
    CHECK(hashes({"reward.guide", guide}).contains((bench.folder() / "guide.csv").string()));
}

TEST_CASE("provenance tells what changed since a run, file by file and plug-in by plug-in")
{
    ExperimentBench bench;
    const Experiment e = bench.good(kWholeExperiment);
    const Components parts = bench.parts(e);
    const Provenance now = provenance(e, parts, bench.host());
    const auto changed = [&](const std::string& name, const std::string& value) {
        Provenance then = now;
        for (auto& [key, recorded] : then)
            if (key == name)
                recorded = value;
        REQUIRE(then != now);
        return provenance_changes(then, now);
    };
    CHECK(provenance_changes(now, now).empty());
    const std::string file = (bench.folder() / "table.csv").string();
    CHECK(changed("file." + file, "0") ==
          std::vector<std::string>{"the data file " + file + " has other contents than at the time of the run"});
    CHECK(changed("plugin.experiment_parts.version", "0.2.0") ==
          std::vector<std::string>{"plug-in experiment_parts is version 0.3.0 now and was 0.2.0 in the run"});
    CHECK(changed("plugin.experiment_parts.build", "x") ==
          std::vector<std::string>{"plug-in experiment_parts has been built anew since the run"});
    CHECK(changed("execution.threads", "2") ==
          std::vector<std::string>{"execution.threads is 1 now and was 2 in the run"});
    CHECK(changed("execution.replicas", "2") ==
          std::vector<std::string>{"execution.replicas is 1 now and was 2 in the run"});
    CHECK_THAT(changed("espalier.stamp", "old").at(0), ContainsSubstring("Espalier is another build"));

    CHECK(provenance_changes({{"file./there", "1"}}, {{"file./there", "absent"}}) ==
          std::vector<std::string>{"the data file /there is no longer there"});
    // of a table of costs its file alone is told
    CHECK(provenance_changes({{"file./t", "1"}, {"measured./t", "board"}}, {{"file./t", "2"}, {"measured./t", "phone"}})
              .size() == 1);
    const Experiment two = bench.good(kWholeExperiment, {{"execution.device", "[cuda:0, cuda:1]"}});
    CHECK(std::ranges::count(provenance(two, bench.parts(two), bench.host()),
                             Provenance::value_type{"execution.device", "cuda:0, cuda:1"}) == 1);

    Provenance then = now;
    for (auto& [key, recorded] : then)
        recorded += "'";
    const std::vector<std::string> all = provenance_changes(then, now);
    CHECK(all.size() == now.size() - 1);  // a new version is not also told as a new build
    CHECK_THAT(all.at(0), ContainsSubstring("the data file"));
    then.emplace("file./another.csv", "1");
    CHECK(provenance_changes(then, now).size() == all.size());
}

TEST_CASE("who works on the experiment's device has it in its fingerprint, and not in the resolved file")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\ncosts: [{use: stopwatch";
    const auto print = [&](const std::string& device, const std::string& own) {
        const Experiment e = bench.good(rest + own + "}]\nexecution: {device: '" + device + "'}\n");
        if (own.empty())
            CHECK_THAT(e.resolved, ContainsSubstring("{use: stopwatch}"));
        return bench.parts(e).costs.front().fingerprint;
    };
    CHECK(print("cpu", "") != print("cuda:1", ""));
    CHECK(print("cpu", "") == print("cuda:1", ", device: cpu"));
    CHECK(print("cuda:1", "") == print("cpu", ", device: cuda:1"));
}
