// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

TEST_CASE("a search cannot start from a run in another space, and is told so before a folder is made", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --quiet --out three").status == 0);
    REQUIRE(shell.espalier("run orchard.yaml --quiet --out four --set space.bits=4").status == 0);
    for (const char* command : {"check orchard.yaml", "run orchard.yaml --quiet --out next"}) {
        const Outcome refused =
            shell.espalier(std::string(command) + " --set start.run=" + (shell.folder() / "four").string());
        CHECK(refused.status == 2);
        CHECK_THAT(refused.err, ContainsSubstring("start.run: '") &&
                                    ContainsSubstring("four' is a run in another search space: its decisions"));
        CHECK_THAT(refused.err, !ContainsSubstring("espalier resume"));
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "next"));
    CHECK(shell.espalier("run orchard.yaml --quiet --out next --set start.run=" + (shell.folder() / "three").string())
              .status == 0);
}

TEST_CASE("a finished run has status 0 and says what won and where it is", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const Outcome run = shell.espalier("run orchard.yaml --quiet");
    CHECK(run.err == "");
    REQUIRE(run.status == 0);
    CHECK(run.out ==
          "winner best: 1,1,1\n"
          "  ones                                3\n"
          "  size_kib                            6\n"
          "  taste                               7  (final)\n");
    CHECK(shell.espalier("resume runs/orchard --quiet").out == "");
    CHECK(shell.espalier("run orchard.yaml --out loud").out ==
          run.out + "8 architectures seen; all of them: espalier results --all loud\n");
}

TEST_CASE("a failure while running has status 1 and the run can go on", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const Outcome run = shell.espalier("run orchard.yaml --out closed --set evaluator.never=true --quiet");
    CHECK(run.status == 1);
    CHECK_THAT(run.err, ContainsSubstring("the orchard is closed"));
    CHECK_THAT(run.err, ContainsSubstring("espalier resume closed"));
}

TEST_CASE("wrong usage has status 2 and names the nearest", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier(arguments);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(outcome.out == "");
    };
    refused("rum orchard.yaml", "command 'rum' is unknown; did you mean 'run'?");
    refused("run orchard.yaml --sets a=b", "option '--sets' is unknown; did you mean '--set'?");
    refused("run", "FILE is missing");
    refused("run a.yaml b.yaml", "'b.yaml' is one argument too many");
    refused("run orchard.yaml --out", "--out");
    refused("run orchard.yaml --out a --out b", "--out is given twice");
    refused("run orchard.yaml --set seed", "must be KEY=VALUE");
    refused("run orchard.yaml --workers 0", "--workers 0: must be a whole number from 1");
    refused("run orchard.yaml --seeds 3..1", "--seeds 3..1: must be A..B");
    refused("run orchard.yaml --seeds 0..18446744073709551616", "must be A..B");
    refused("run orchard.yaml --seeds -1..1", "must be A..B");
    for (const char* list : {"1,", ",1", "1,,2", "1 ,2", "1..2..3", "1,3..2"})
        refused("run orchard.yaml --seeds '" + std::string(list) + "'", "or several of these and single ones");
    for (const char* many : {"0..18446744073709551615", "0..100000", "18446744073709451615..18446744073709551615"})
        refused(std::string("run orchard.yaml --seeds ") + many, "at most 100000 seeds can be run at once");
    refused("run orchard.yaml --quiet --verbose", "exclude each other");
    refused("results nowhere", "nowhere: is no run directory");
    refused("plugins lost", "'lost' is unknown; did you mean 'list'?");
    refused("plugins show patent", "did you mean 'patient'?");
    refused("plugins show orch", "did you mean 'orchard'?");
    refused("check orchard.yaml --plugin-path /nowhere", "--plugin-path /nowhere: is no folder");
    refused("run orchard.yaml --out ''", "--out: the name of the directory is empty");
    refused("correlate nowhere", "--against METRIC is missing");
    CHECK(shell.espalier("").status == 2);
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "runs"));
}

TEST_CASE("a wrong experiment has status 2, and check tells every error at its place", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml",
                "name: orchard\nspace: {use: bits, bit: 3}\nevaluatr: {use: patient}\n"
                "objectives: [{metric: ones, goal: max}]\nstrategy: {use: exhaustive}\n");
    for (const std::string command : {"check", "run"}) {
        const Outcome outcome = shell.espalier(command + " orchard.yaml");
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring("orchard.yaml:2:20: "));
        CHECK_THAT(outcome.err, ContainsSubstring("orchard.yaml:3:1: "));
        CHECK_THAT(outcome.err, ContainsSubstring("evaluator"));
    }
    shell.write("good.yaml", kOrchard);
    const Outcome good = shell.espalier("check good.yaml");
    CHECK(good.status == 0);
    CHECK(good.out + good.err == "");
    CHECK(shell.espalier("check absent.yaml").status == 2);
}

TEST_CASE("what can price nothing is refused before anything starts", "[command]")
{
    const Shell shell("");
    shell.write("stem.csv",
                "layer,in_side_px,in_channels,out_side_px,out_channels,expanded_channels,kernel,stride,identity_skip,"
                "squeeze_excite,h_swish,mean_ms\nInput,32,3,16,16,16,3,2,0,0,1,2\n");
    shell.write("words.csv", "arch,note\n0000,good\n");
    const std::string cells = ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201/accuracy.csv.gz";
    const auto refusal = [&](const std::string& part) {
        shell.write("e.yaml",
                    "space: {use: ofa_mobilenet_v3}\nstrategy: {use: random}\nbudget: {evaluations: 9}\n"
                    "objectives: [{metric: x, goal: max}]\n" +
                        part + "\n");
        const Outcome checked = shell.espalier("check e.yaml"), run = shell.espalier("run e.yaml --quiet --out run");
        CHECK(checked.status == 2);
        CHECK(run.status == 2);
        CHECK(run.err == checked.err);
        CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
        return checked.err;
    };
    CHECK_THAT(refusal("evaluator: {use: table, file: '" + cells + "', column: cifar10_test_acc_200ep_pct, as: x}"),
               ContainsSubstring("e.yaml:5:12: evaluator: ") && ContainsSubstring("accuracy.csv.gz:2:1: "));
    CHECK_THAT(refusal("evaluator: {use: params}\nfinal: [{use: table, file: '" + cells +
                       "', column: cifar10_test_acc_200ep_pct, as: y}]\ncosts: [{use: lookup, file: stem.csv, as: x}]"),
               ContainsSubstring("e.yaml:7:9: costs.0: prices none of 1000 random architectures: ") &&
                   ContainsSubstring("stem.csv: no row for '") && ContainsSubstring("e.yaml:6:9: final.0: "));
    CHECK_THAT(refusal("evaluator: {use: params}\ncosts: [{use: composite, as: x, combine: ratio, weights: [0, 0], "
                       "of: [{use: macs}, {use: macs}]}]"),
               ContainsSubstring("costs.0: prices none of 1000 random architectures: metric x is not a number"));
    CHECK_THAT(refusal("evaluator: {use: table, file: words.csv, column: arch, as: x}"),
               ContainsSubstring("e.yaml:5:50: evaluator.column: 'arch' is the column with the architectures"));
    CHECK_THAT(refusal("evaluator: {use: table, file: words.csv, column: note, as: x}"),
               ContainsSubstring("words.csv: column 'note' holds no number in any of its 1 rows"));
    CHECK_THAT(refusal("evaluator: {use: params}\ncosts: [{use: predicted, of: {use: table, file: '" + cells +
                       "', column: cifar10_test_acc_200ep_pct, as: x}}]"),
               ContainsSubstring("e.yaml:6:30: costs.0.of: ") && ContainsSubstring("accuracy.csv.gz:2:1: "));
}

TEST_CASE("what a strategy refuses at its beginning is refused before anything starts", "[command]")
{
    const Shell shell("");
    const auto checked = [&](int budget) {
        shell.write("e.yaml",
                    "space: {use: nas_bench_201}\nevaluator: {use: params}\n"
                    "objectives: [{metric: params, goal: min}]\n"
                    "strategy: {use: one_shot_predictor, samples: 60}\nbudget: {evaluations: " +
                        std::to_string(budget) + "}\n");
        return shell.espalier("check e.yaml");
    };
    const Outcome refused = checked(60), run = shell.espalier("run e.yaml --quiet --out run");
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err,
               Catch::Matchers::StartsWith("e.yaml:4:11: strategy: `samples` is 60 and the budget 60 evaluations"));
    CHECK(run.err == refused.err);
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
    CHECK(checked(61).status == 0);
}

TEST_CASE("a run says on which device its table was measured, and a table that is wrong is refused at its line",
          "[command]")
{
    const Shell shell("");
    std::string rows;
    for (int decision = 1; decision <= 45; ++decision)
        for (const char* option : {"3", decision <= 20 ? "5" : "4", decision <= 20 ? "7" : decision <= 40 ? "6" : "2"})
            rows += std::to_string(decision) + "," + option + ",1.5,0.1\n";
    const auto write = [&](const std::string& version, const std::string& count, const std::string& columns) {
        shell.write("t.csv", "# espalier-cost-table " + version + "\n# device: board\n# threads: 2\n# rows: " + count +
                                 "\n" + columns + "\n" + rows);
    };
    const std::string columns = "decision,option,x_ms,x_ms_sd";
    shell.write("e.yaml",
                "space: {use: ofa_mobilenet_v3}\nstrategy: {use: random}\nbudget: {evaluations: 3}\n"
                "objectives: [{metric: x_ms, goal: min}]\nevaluator: {use: params}\n"
                "costs: [{use: additive, file: t.csv, column: x_ms}]\n");
    write("1", "135", columns);
    const Outcome run = shell.espalier("run e.yaml --out run");
    CHECK(run.status == 0);
    CHECK_THAT(run.out, ContainsSubstring("67.5"));
    CHECK_THAT(run.err, ContainsSubstring("t.csv: measured on board, 2 threads\n"));
    CHECK_THAT(shell.espalier("resume run --set budget.evaluations=5").err, ContainsSubstring("measured on board"));
    CHECK(shell.espalier("run e.yaml --out quiet --quiet").err == "");

    const auto refusal = [&] {
        const Outcome checked = shell.espalier("check e.yaml");
        CHECK(checked.status == 2);
        return checked.err;
    };
    write("2", "135", columns);
    CHECK_THAT(refusal(), ContainsSubstring("t.csv:1: is of version 2 of the format; version 1 is read\n"));
    CHECK_THAT(shell.espalier("resume run --set budget.evaluations=7").err, ContainsSubstring("t.csv:1: "));
    write("1", "136", columns);
    CHECK_THAT(refusal(), ContainsSubstring("t.csv:140: the file ends after 135 rows, its header says 136\n"));
    write("1", "135", "decision,option,x_ms,x_us_sd");
    CHECK_THAT(refusal(), ContainsSubstring("t.csv:5: column 'x_us_sd' is the dispersion of no column"));
    rows += "1,3,1.5,0.1\n";
    write("1", "136", columns);
    CHECK_THAT(refusal(),
               ContainsSubstring("t.csv:141:1: the same option stands at ") && ContainsSubstring("t.csv:6:1\n"));
}

TEST_CASE("runs and seeds may lie in folders of any name", "[command]")
{
    const Shell shell;
    for (const std::string name :
         {"caf\xe9", "x${HOME}", "$${a", "a\x7f\x1b", "new\nline", "quo\"te\\", " #~: ", "[a, b]"}) {
        INFO(name);
        const std::string here = "./" + name;
        std::filesystem::create_directories(shell.folder() / name);
        shell.write(name + "/more.txt", "5");
        shell.write(name + "/e.yaml",
                    "space: {use: bits}\nevaluator: {use: patient, file: more.txt}\nobjectives: [{metric: ones, goal: "
                    "max}]\nstrategy: {use: exhaustive}\nbudget: {evaluations: 4}\n");
        REQUIRE(shell.espalier("run '" + here + "/e.yaml' --quiet --out '" + here + "/one'").status == 0);
        CHECK(shell.espalier("run '" + here + "/e.yaml' --quiet --seeds 1..2 --out '" + here + "/both'").status == 0);
        for (const char* run : {"one", "both/seed-1", "both/seed-2"})
            CHECK_THAT(shell.espalier("results '" + here + "/" + run + "' --format csv").out, ContainsSubstring("7"));
    }
}

TEST_CASE("a refused plug-in has status 3", "[command]")
{
    const Shell shell;
    shell.write("espalier_text.so", "not a library");
    const Outcome outcome = shell.espalier("plugins check espalier_text.so");
    CHECK(outcome.status == 3);
    CHECK_THAT(outcome.out + outcome.err, ContainsSubstring("espalier_text.so"));
    const Outcome shown = shell.espalier("plugins show text --plugin-path .");
    CHECK(shown.status == 3);
    CHECK_THAT(shown.out, ContainsSubstring("plug-in text is refused"));
    CHECK_THAT(shell.espalier("plugins check .").out, ContainsSubstring(": is a folder; name one of the libraries"));
}

TEST_CASE("a component that only a plug-in refused unread may have is a refused plug-in, not a mistake", "[command]")
{
    const Shell shell;
    std::filesystem::create_directory(shell.folder() / "plugins");
    shell.write("plugins/espalier_text.so", "not a library");
    shell.write("orchard.yaml", std::string(kOrchard) + "reward: {use: pleasure}\n");
    const Outcome refused = shell.espalier("check orchard.yaml --plugin-path plugins");
    CHECK(refused.status == 3);
    CHECK_THAT(refused.err, ContainsSubstring("orchard.yaml:9:15: reward.use: no plug-in has a reward 'pleasure'"));
    CHECK_THAT(refused.err, ContainsSubstring("1 plug-in was refused before its components were known: "));
    CHECK_THAT(refused.err, ContainsSubstring("plugins/espalier_text.so: "));
    // what is most likely a slip stays one, but the refusal is told
    shell.write("slip.yaml", std::string(kOrchard).replace(std::string(kOrchard).find("bits"), 4, "bit"));
    const Outcome slip = shell.espalier("check slip.yaml --plugin-path plugins");
    CHECK(slip.status == 2);
    CHECK_THAT(slip.err, ContainsSubstring("did you mean 'bits'?"));
    CHECK_THAT(slip.err, ContainsSubstring("1 plug-in was refused"));
    CHECK(shell.espalier("check orchard.yaml").status == 2);
}

TEST_CASE("nothing feasible has status 4 and names the nearest miss", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", std::string(kOrchard) + "constraints: [{metric: size_kib, max: -1}]\n");
    const Outcome outcome = shell.espalier("run orchard.yaml --quiet");
    CHECK(outcome.status == 4);
    CHECK_THAT(outcome.err, ContainsSubstring("0,0,0"));
}

TEST_CASE("an existing directory is refused and the message says how to resume", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --quiet").status == 0);
    const Outcome again = shell.espalier("run orchard.yaml");
    CHECK(again.status == 2);
    CHECK_THAT(again.err, ContainsSubstring("`espalier resume runs/orchard`"));

    const Outcome other = shell.espalier("run orchard.yaml --out " + shell.folder().string());
    CHECK(other.status == 2);
    CHECK_THAT(other.err, ContainsSubstring("holds no run"));
}

TEST_CASE("evaluate prints one JSON line an architecture and stores nothing", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const Outcome outcome = shell.espalier("evaluate orchard.yaml 1,0,1 0,0,1 --set evaluator.fails=0,0,1");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.out, ContainsSubstring("{\"architecture\": \"1,0,1\", \"key\": "));
    CHECK_THAT(outcome.out, ContainsSubstring("\"status\": \"ok\", \"metrics\": {\"ones\": 2, \"size_kib\": 3.75, "
                                              "\"taste\": 5}}\n"));
    CHECK_THAT(outcome.out, ContainsSubstring("\"reason\": "));
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "runs"));
    const Outcome wrong = shell.espalier("evaluate orchard.yaml 1,0,2");
    CHECK(wrong.status == 2);
    CHECK(wrong.err.starts_with("architecture '1,0,2': "));
    CHECK(wrong.err.find("architecture", 1) == std::string::npos);
}

TEST_CASE("every command has its help, and version and schema print", "[command]")
{
    const Shell shell;
    for (const std::string command :
         {"run", "resume", "check", "evaluate", "cost", "results", "correlate", "plugins", "schema", "version"}) {
        const Outcome outcome = shell.espalier(command + " --help");
        CHECK(outcome.status == 0);
        CHECK_THAT(outcome.out, ContainsSubstring("usage: espalier " + command));
        CHECK_THAT(outcome.out, ContainsSubstring("--help"));
    }
    CHECK_THAT(shell.espalier("--help").out, ContainsSubstring("correlate"));
    CHECK_THAT(shell.espalier("version").out, ContainsSubstring("stamp library="));
    CHECK(shell.espalier("schema").out.starts_with("{"));
    CHECK_THAT(shell.espalier("plugins").out, ContainsSubstring("orchard"));
    CHECK_THAT(shell.espalier("plugins show patient").out,
               ContainsSubstring("delay_ms") && ContainsSubstring("\n  for example  evaluator: {use: patient}\n"));
}

TEST_CASE("the largest seed is a seed", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const std::string largest = "18446744073709551615";
    const Outcome run = shell.espalier("run orchard.yaml --seeds " + largest + ".." + largest + " --out last --quiet");
    CHECK(run.status == 0);
    CHECK_THAT(shell.espalier("results last --all --format csv").out, ContainsSubstring("\n0,"));
    CHECK(shell.espalier("run orchard.yaml --seeds 18446744073709551614.." + largest + " --out two --quiet").status ==
          0);
}

TEST_CASE("a folder of seeds holds one run each and its results are summed up", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const Outcome run = shell.espalier("run orchard.yaml --seeds 3..5 --out many --quiet");
    REQUIRE(run.status == 0);
    for (const char* seed : {"3", "4", "5"})
        CHECK(std::filesystem::exists(shell.folder() / "many" / (std::string("seed-") + seed) / "run.db"));
    CHECK(shell.espalier("results many --format csv").out ==
          "metric,mean,spread,count\nones,3,0,3\nsize_kib,6,0,3\ntaste,7,0,3\n");
    CHECK(shell.espalier("run orchard.yaml --seeds 3..5 --out many").status == 2);

    std::filesystem::remove_all(shell.folder() / "many" / "seed-4");  // as if it had been stopped before
    const Outcome some = shell.espalier("results many --format csv");
    CHECK(some.status == 0);
    CHECK(some.err == "many: 1 of 3 seeds left out, which have no run: 4\n");
    CHECK_THAT(some.out, ContainsSubstring("ones,3,0,2"));
    CHECK(shell.espalier("resume many --quiet").status == 0);
    CHECK(std::filesystem::exists(shell.folder() / "many" / "seed-4" / "run.db"));
}

TEST_CASE("seeds are added to a folder of seeds", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --seeds 1,2,9 --out many --quiet").status == 0);
    CHECK(shell.read("many/seeds") == "1..2,9\n");
    const auto last = [&] { return shell.read("many/seed-9/winners.json"); };
    const std::string before = last();
    REQUIRE(shell.espalier("run orchard.yaml --seeds 1..4 --out many --quiet --workers 2").status == 0);
    CHECK(shell.read("many/seeds") == "1..4,9\n");
    CHECK(last() == before);
    REQUIRE(shell.espalier("resume many --seeds 6 --quiet").status == 0);
    CHECK(shell.read("many/seeds") == "1..4,6,9\n");
    CHECK_THAT(shell.espalier("results many --format csv").out, ContainsSubstring("\nones,3,0,6\n"));

    // of other data, under the same name, there are no more seeds
    const auto priced_at = [&](const std::string& price) {
        std::string rows = "arch,x_ms\n";
        for (int bits = 0; bits < 8; ++bits)
            rows += '"' + std::to_string(bits >> 2) + ',' + std::to_string(bits >> 1 & 1) + ',' +
                    std::to_string(bits & 1) + "\"," + price + '\n';
        shell.write("prices.csv", rows);
    };
    priced_at("2");
    shell.write("priced.yaml",
                "space: {use: bits, bits: 3}\nevaluator: {use: table, file: prices.csv, column: x_ms}\n"
                "objectives: [{metric: x_ms, goal: min}]\nstrategy: {use: exhaustive}\n");
    REQUIRE(shell.espalier("run priced.yaml --seeds 1..2 --out priced --quiet").status == 0);
    priced_at("3");
    const Outcome changed = shell.espalier("run priced.yaml --seeds 1..3 --out priced --quiet");
    CHECK(changed.status == 1);
    CHECK_THAT(changed.err, ContainsSubstring("prices.csv has other contents than at the time of the run"));
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "priced/seed-3"));

    const Outcome other = shell.espalier("run orchard.yaml --seeds 1..20 --out many --set space.bits=4");
    CHECK(other.status == 2);
    CHECK_THAT(other.err, ContainsSubstring("many: holds seeds of an experiment with another `space`, see "));
    CHECK(shell.espalier("run orchard.yaml --seeds 2..3 --out many").status == 2);  // nothing new
    CHECK(shell.espalier("resume many/seed-1 --seeds 7").status == 2);
    CHECK(shell.espalier("resume many --seeds 7,x").status == 2);
    CHECK(shell.read("many/seeds") == "1..4,6,9\n");
}
