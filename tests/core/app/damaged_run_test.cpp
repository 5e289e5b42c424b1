// SPDX-License-Identifier: Apache-2.0
// Files of a run with one bit flipped: told, or without effect.
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "stopped_run.hpp"
#include "toys/sanitized.hpp"

namespace {

namespace fs = std::filesystem;

const char* const kLong = R"(name: long
space: {use: bits, bits: 9}
evaluator: {use: patient, lessons: 3, fails: "0,0,0,0,0,0,0,1,0"}
costs: [{use: size}]
objectives: [{metric: ones, goal: max}, {metric: size_kib, goal: min}]
strategy: {use: random}
budget: {evaluations: 300}
final: [{use: taste}]
)";

struct Told {
    int status;
    std::string out;
    bool operator==(const Told&) const = default;
};

/// What the commands that read a run say of it.
std::vector<Told> read(const Shell& shell)
{
    std::vector<Told> all;
    for (const char* command : {"results run --all --format csv", "results run --format json"}) {
        const Outcome outcome = shell.espalier(command);
        CAPTURE(command, outcome.err);
        CHECK(outcome.status < 2);
        CHECK((outcome.status == 0 || !outcome.err.empty()));
        all.push_back({outcome.status, outcome.out});
    }
    return all;
}

struct Verdicts {
    int told = 0, harmless = 0;
};

/// Flips single bits of the run's files, each from the same beginning, in one page after the other: so every table has
/// its turn.
Verdicts flip(const Shell& shell, int flips, const std::string& ended)
{
    const fs::path run = shell.folder() / "run";
    std::map<std::string, std::string> files;
    for (const char* name : {"run.db", "run.db-wal"})
        if (fs::exists(run / name) && fs::file_size(run / name) > 0)
            files[name] = shell.read(std::string("run/") + name);
    std::size_t bits = 0;
    for (const auto& [name, content] : files)
        bits += 8 * content.size();
    fs::copy(run, shell.folder() / "kept", fs::copy_options::recursive);
    const auto put_back = [&] {
        fs::remove_all(run);
        fs::copy(shell.folder() / "kept", run, fs::copy_options::recursive);
    };
    const std::vector<Told> whole = read(shell);
    espalier::Rng rng(files.size(), "flips");
    Verdicts verdicts;
    for (int i = 0; i < flips; ++i) {
        put_back();
        constexpr std::size_t kPage = 8 * 4096;
        const std::size_t page = kPage * (static_cast<std::size_t>(i) % ((bits + kPage - 1) / kPage));
        std::size_t bit = page + rng.below(std::min(kPage, bits - page));
        auto file = files.begin();
        for (; bit >= 8 * file->second.size(); ++file)
            bit -= 8 * file->second.size();
        std::string flipped = file->second;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        shell.write("run/" + file->first, flipped);
        CAPTURE(file->first, bit);
        const std::vector<Told> now = read(shell);
        for (std::size_t command = 0; command < now.size(); ++command)
            CHECK((now[command].status == 1 || now[command] == whole[command]));
        now == whole ? ++verdicts.harmless : ++verdicts.told;
        if (i % 10 != 0)
            continue;
        const Outcome resumed = shell.espalier("resume run --quiet");
        CAPTURE(resumed.err);
        CHECK(resumed.status < 2);
        CHECK((resumed.status == 1 || picture(shell) == ended));
    }
    put_back();
    fs::remove_all(shell.folder() / "kept");
    return verdicts;
}

void flip_bits(int flips)
{
    const Shell shell;
    shell.write("first.yaml", kLong);
    REQUIRE(shell.espalier("run first.yaml --out first --quiet").status == 0);
    shell.write("long.yaml", std::string(kLong) + "start: {run: first, best: 20}\n");
    const std::string start = "run long.yaml --out run --quiet";
    REQUIRE(shell.espalier(start).status == 0);
    const std::string ended = picture(shell);
    const Verdicts finished = flip(shell, flips / 2, ended);
    // killed so late that all is in the log: where the last call is, is found by halving
    int lived = 1 << 12, killed = 1;
    while (lived - killed > 8) {
        const int middle = (lived + killed) / 2;
        fs::remove_all(shell.folder() / "run");
        (shell.espalier(start, io_fault("kill", middle)).status == 0 ? lived : killed) = middle;
    }
    fs::remove_all(shell.folder() / "run");
    REQUIRE(shell.espalier(start, io_fault("kill", killed - 8)).status == kKilled);
    REQUIRE(fs::file_size(shell.folder() / "run" / "run.db-wal") > 50'000);
    const Verdicts stopped = flip(shell, flips - flips / 2, ended);
    std::printf("finished: %d told, %d harmless; killed: %d told, %d harmless\n", finished.told, finished.harmless,
                stopped.told, stopped.harmless);
    CHECK(finished.told > flips / 4);
    CHECK(stopped.told > flips / 4);
}

}  // namespace

TEST_CASE("a flipped bit in a run is told or has no effect", "[damaged]")
{
    flip_bits(120);
}

TEST_CASE("ten thousand flipped bits are told or have no effect", "[damaged][slow]")
{
    flip_bits(10'000);
}

TEST_CASE("a killed run without its log says what is missing", "[damaged]")
{
    const Shell shell;
    shell.write("long.yaml", kLong);
    REQUIRE(shell.espalier("run long.yaml --out run --quiet", io_fault("kill", 150)).status == kKilled);
    fs::remove(shell.folder() / "run" / "run.db-wal");
    for (const char* command : {"results run", "resume run"}) {
        const Outcome outcome = shell.espalier(command);
        CHECK(outcome.status == 1);
        CHECK_THAT(outcome.err, ContainsSubstring("run.db-wal, which is missing"));
    }
}

TEST_CASE("a log of which only a part of the header is left is told", "[damaged]")
{
    const Shell shell;
    shell.write("long.yaml", kLong);
    REQUIRE(shell.espalier("run long.yaml --out run --quiet", io_fault("kill", 150)).status == kKilled);
    const std::string log = shell.read("run/run.db-wal");
    REQUIRE(log.size() > 4096);
    std::string huge = log.substr(0, 32);  // says that its pages are of 4 GiB
    huge.replace(8, 4, "\xff\xff\xff\xff");
    for (const std::string& left : {log.substr(0, 1), log.substr(0, 31), huge}) {
        CAPTURE(left.size());
        shell.write("run/run.db-wal", left);
        const Outcome outcome =
            shell.espalier("results run", espalier::test::kSanitized ? "" : "prlimit --as=2000000000");
        CHECK(outcome.status == 1);
        CHECK_THAT(outcome.err, ContainsSubstring("run.db-wal is damaged"));
    }
    REQUIRE(shell.espalier("resume run --quiet").status == 0);
    const std::string mended = picture(shell);
    fs::remove_all(shell.folder() / "run");
    REQUIRE(shell.espalier("run long.yaml --out run --quiet").status == 0);
    CHECK(mended == picture(shell));
}

TEST_CASE("a log that was cut short is told, and what it held is computed again", "[damaged]")
{
    const Shell shell;
    shell.write("long.yaml", kLong);
    const fs::path run = shell.folder() / "run", kept = shell.folder() / "kept", log = run / "run.db-wal";
    REQUIRE(shell.espalier("run long.yaml --out run --quiet").status == 0);
    const std::string ended = picture(shell);
    fs::remove_all(run);
    REQUIRE(shell.espalier("run long.yaml --out run --quiet", io_fault("kill", 150)).status == kKilled);
    fs::copy(run, kept, fs::copy_options::recursive);
    const std::uintmax_t header = 32, frame = 24 + 4096, whole = fs::file_size(log);
    REQUIRE(whole > header + 8 * frame);
    for (const bool with_index : {true, false})
        for (const std::uintmax_t left : {std::uintmax_t{0}, header, header + frame, header + 4 * frame}) {
            if (!with_index && left > 0)
                continue;  // it might have been no longer
            CAPTURE(with_index, left);
            fs::remove_all(run);
            fs::copy(kept, run, fs::copy_options::recursive);
            fs::resize_file(log, left);
            if (!with_index)
                fs::remove(run / "run.db-shm");
            for (int time = 0; time < 2; ++time) {
                const Outcome told = shell.espalier("results run");
                CHECK(told.status == 1);
                CHECK_THAT(told.err, ContainsSubstring("run.db-wal is damaged"));
            }
            const Outcome resumed = shell.espalier("resume run --quiet");
            CHECK(resumed.status == 0);
            CHECK_THAT(resumed.err, ContainsSubstring("run.db-wal was damaged"));
            CHECK(picture(shell) == ended);
        }
}

TEST_CASE("the log of a run that was only killed is whole", "[damaged]")
{
    const Shell shell;
    shell.write("long.yaml", kLong);
    for (int call = 20; call < 180; call += 3) {
        CAPTURE(call);
        fs::remove_all(shell.folder() / "run");
        REQUIRE(shell.espalier("run long.yaml --out run --quiet", io_fault("kill", call)).status == kKilled);
        if (!fs::exists(shell.folder() / "run" / "run.db"))
            continue;
        const Outcome resumed = shell.espalier("resume run --quiet");
        CHECK(resumed.status == 0);
        CHECK(resumed.err == "");
    }
}

TEST_CASE("rows that are no architectures of the space are told, not looked up", "[damaged]")
{
    const Shell shell;
    for (const char* bits : {"4", "3"}) {
        std::string text = kLong;
        text.replace(text.find("bits: 9"), 7, std::string("bits: ") + bits);
        shell.write("some.yaml", text);
        REQUIRE(shell.espalier(std::string("run some.yaml --out run") + bits + " --quiet").status == 0);
    }
    const Outcome correlated = shell.espalier("correlate run3 run4 --against taste");
    CHECK(correlated.status == 2);
    CHECK_THAT(correlated.err, ContainsSubstring("search other spaces"));
    const Outcome studied = shell.espalier("predictor-study --log run4 --metric ones --space '{use: bits, bits: 3}'");
    CHECK(studied.status == 1);
    CHECK_THAT(studied.err, ContainsSubstring("run4: evaluation 0, '"));
    CHECK_THAT(studied.err, ContainsSubstring("', is no architecture of the space"));
}
