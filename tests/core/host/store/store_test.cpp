// SPDX-License-Identifier: Apache-2.0
#include "host/store/store.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "core/host/search/search_bench.hpp"
#include "host/store/sqlite.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

StoredEvaluation row(std::size_t index)
{
    const auto digit = static_cast<std::uint16_t>(index % 10);
    return {index,
            "key " + std::to_string(index),
            {digits({1, digit}), {{"score", 0.1 * static_cast<double>(index)}, {"latency_ms", 2}}, Status::ok, ""},
            true,
            0};
}

std::string bytes(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// Runs `work` in a process of its own. @return what it wrote with `say`.
template <class Work>
std::string elsewhere(const Work& work)
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        std::string said;
        try {
            said = work();
        } catch (const std::exception& error) {
            said = error.what();
        }
        const auto written = write(ends[1], said.data(), said.size());
        _exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    close(ends[1]);
    std::string said(4096, '\0');
    std::size_t size = 0;
    for (ssize_t got = 1; got > 0; size += static_cast<std::size_t>(std::max<ssize_t>(got, 0)))
        got = read(ends[0], said.data() + size, said.size() - size);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    said.resize(size);
    return said;
}

}  // namespace

TEST_CASE("what is put into a store comes out again", "[store]")
{
    const TemporaryFolder folder;
    {
        RunStore store = RunStore::create(folder / "run", "name: x\n");
        store.set_provenance("threads", "1");
        store.append(StoredEvaluation{0, "k", failed(digits({3, 2}), "no value in line 7"), false, 2});
        store.append(row(1));
        store.append(StoredEvaluation{2, "l", row(1).evaluation, true, 2, false});
        store.append(StoredResult{"table-1", "k", 3, {{}, {{"a", 1.5}}, Status::ok, ""}});
        store.append(NotedValue{"loss", 0.5, NotedValue::Source::strategy, 1});
        const std::vector<NotedValue> notes{{"loss", 0.25, NotedValue::Source::phase, 0}};
        store.set_phase({"p", "table-1", "h", 1, 4, true, "phases/p/step-4"}, notes);
        const std::vector<StoredWinner> winners{{"best", digits({1}), "1", "k", {{"a", 1}}, {{"b", 2}}, "note"},
                                                {"verified",
                                                 digits({2}),
                                                 "2",
                                                 "l",
                                                 {{"a", 2}},
                                                 {},
                                                 "",
                                                 "",
                                                 Evaluation{{}, {{"a", 3}}, Status::infeasible, "a at most 2: broken"}},
                                                {"model", std::nullopt, "", "", {}, {}, ""}};
        store.set_winners(winners);
        const std::vector<Evaluation> known{{digits({1, 1}), {{"a", 1}}, Status::ok, ""}};
        store.set_known(known);
        store.set_state(RunState::interrupted);
    }
    const RunStore store = RunStore::read_only(folder / "run");
    CHECK(store.experiment() == "name: x\n");
    CHECK(store.provenance("threads") == "1");
    CHECK(!store.provenance("nothing"));
    CHECK(store.state() == RunState::interrupted);
    CHECK(store.evaluations() == 3);
    const auto all = rows(folder / "run");
    CHECK(all[0].evaluation == failed(digits({3, 2}), "no value in line 7"));
    CHECK(all[0].round == 2);
    CHECK(!all[0].evaluated);
    CHECK(all[0].spent);
    CHECK(all[1].evaluation == row(1).evaluation);
    CHECK((all[1].evaluated && all[1].spent));
    CHECK((all[2].evaluated && !all[2].spent && all[2].round == 2));
    int results = 0;
    store.for_each_result([&](const StoredResult& r) {
        ++results;
        CHECK((r.fingerprint == "table-1" && r.key == "k" && r.generation == 3));
        CHECK(r.evaluation.metrics == Metrics{{"a", 1.5}});
    });
    CHECK(results == 1);
    REQUIRE(store.notes("loss").size() == 2);
    CHECK(store.notes("loss")[0].value == 0.25);  // by the evaluation they belong to
    CHECK(store.strategy_notes().size() == 1);
    REQUIRE(store.phases().size() == 1);
    CHECK((store.phases()[0].steps == 4 && store.phases()[0].finished));
    REQUIRE(store.winners().size() == 3);
    CHECK(!store.winners()[0].verified);
    CHECK(store.winners()[1].verified == Evaluation{{}, {{"a", 3}}, Status::infeasible, "a at most 2: broken"});
    CHECK(store.winners()[0].final_metrics == Metrics{{"b", 2}});
    CHECK(!store.winners()[2].architecture);
    REQUIRE(store.known());
    CHECK(store.known()->front().metrics == Metrics{{"a", 1}});
}

TEST_CASE("a transaction holds at most 256 evaluations", "[store]")
{
    const TemporaryFolder folder;
    RunStore store = RunStore::create(folder / "run", "");
    for (std::size_t i = 0; i < 1000; ++i) {
        store.append(row(i));
        if (i % 50 == 0)
            CHECK(RunStore::read_only(folder / "run").evaluations() + 256 > i);
    }
    store.commit();
    CHECK(RunStore::read_only(folder / "run").evaluations() == 1000);
}

TEST_CASE("a directory that holds a run is refused, with the way to go on", "[store]")
{
    const TemporaryFolder folder;
    RunStore::create(folder / "run", "");
    CHECK_THROWS_WITH(RunStore::create(folder / "run", ""), ContainsSubstring("espalier resume"));
    CHECK_THROWS_WITH(RunStore::open(folder / "none"), ContainsSubstring("holds no run"));
    CHECK_THROWS_WITH(RunStore::read_only(folder / "none"), ContainsSubstring("holds no run"));
}

TEST_CASE("a second process is refused and told who has the run", "[store]")
{
    const TemporaryFolder folder;
    RunStore store = RunStore::create(folder / "run", "");
    const std::string said = elsewhere([&] {
        RunStore::open(folder / "run");
        return std::string("opened");
    });
    CHECK_THAT(said, ContainsSubstring("in use by process " + std::to_string(getpid())));
}

TEST_CASE("a lock whose process was killed is no lock", "[store]")
{
    const TemporaryFolder folder;
    const pid_t child = fork();
    if (child == 0) {
        RunStore store = RunStore::create(folder / "run", "");
        for (std::size_t i = 0; i < 600; ++i)
            store.append(row(i));
        raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
    // a transaction has 256 rows at most, fewer where the machine is slow
    CHECK(RunStore::read_only(folder / "run").evaluations() > 600 - 256);  // before anybody has repaired anything
    CHECK(RunStore::open(folder / "run").evaluations() > 600 - 256);
}

TEST_CASE("a damaged run is refused in a sentence and left as it is", "[store]")
{
    const TemporaryFolder folder;
    {
        RunStore store = RunStore::create(folder / "run", "");
        for (std::size_t i = 0; i < 2000; ++i)
            store.append(row(i));
    }
    const std::filesystem::path file = folder / "run" / "run.db";
    const std::string whole = bytes(file);
    std::string wrong = whole;
    SECTION("no database at all")
    {
        wrong = "this is a text";
    }
    SECTION("empty")
    {
        wrong.clear();
    }
    SECTION("cut off")
    {
        wrong.resize(wrong.size() / 2);
    }
    SECTION("overwritten in the middle")
    {
        wrong.replace(3 * 4096, 8 * 4096, std::string(8 * 4096, 'x'));
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << wrong;
    CHECK_THROWS_WITH(RunStore::open(folder / "run"), ContainsSubstring("damaged") && ContainsSubstring("run.db"));
    CHECK_THROWS_WITH(RunStore::read_only(folder / "run"), ContainsSubstring("damaged"));
    CHECK(bytes(file) == wrong);
}

TEST_CASE("rows that are gone are missed", "[store]")
{
    const TemporaryFolder folder;
    {
        RunStore store = RunStore::create(folder / "run", "strategy: {use: random}");
        for (std::size_t i = 0; i < 20; ++i)
            store.append(row(i));
        store.set_winners({{StoredWinner{"best", digits({1, 2}), "12", "12", {}, {}, "", ""}}});
    }
    CHECK(RunStore::read_only(folder / "run").winners().size() == 1);
    for (const char* const gone : {"DELETE FROM winner", "DELETE FROM evaluation WHERE id = 19", "DELETE FROM metric",
                                   "DELETE FROM about WHERE name <> 'experiment' AND name <> 'log' AND name <> 'rows'",
                                   "DELETE FROM about WHERE name = 'experiment'", "DELETE FROM about"}) {
        const TemporaryFolder copied;
        std::filesystem::copy(folder / "run", copied / "run");
        {
            RunStore(RunStore::open(copied / "run")).set_state(RunState::finished);
            Database database(copied / "run" / "run.db", Database::Mode::write);
            database.execute(gone);
        }
        INFO(gone);
        CHECK_THROWS_WITH(RunStore::read_only(copied / "run"), ContainsSubstring("damaged"));
        CHECK_THROWS_WITH(RunStore::open(copied / "run"), ContainsSubstring("damaged"));
    }
}

TEST_CASE("a run that is removed or replaced while it goes on says so", "[store]")
{
    const TemporaryFolder folder;
    RunStore store = RunStore::create(folder / "run", "");
    store.append(row(0));
    store.commit();
    SECTION("the folder is removed")
    {
        std::filesystem::remove_all(folder / "run");
    }
    SECTION("the folder is moved")
    {
        std::filesystem::rename(folder / "run", folder / "elsewhere");
    }
    SECTION("another file has its name")
    {
        std::filesystem::copy_file(folder / "run" / "run.db", folder / "run" / "copy");
        std::filesystem::rename(folder / "run" / "copy", folder / "run" / "run.db");
    }
    store.append(row(1));
    CHECK_THROWS_WITH(store.commit(), ContainsSubstring("run.db was moved, removed or replaced while the run went on"));
    CHECK_THROWS_WITH(store.set_state(RunState::finished), ContainsSubstring("cannot be written any more"));
}

TEST_CASE("a run of another format says which", "[store]")
{
    const TemporaryFolder folder;
    RunStore::create(folder / "run", "");
    const std::filesystem::path file = folder / "run" / "run.db";
    std::string changed = bytes(file);
    changed[63] = 9;  // user_version is the big-endian number at offset 60
    std::ofstream(file, std::ios::binary | std::ios::trunc) << changed;
    CHECK_THROWS_WITH(RunStore::open(folder / "run"), ContainsSubstring("has format 9"));
}

TEST_CASE("a read-only directory is refused in a sentence, but can be read", "[store]")
{
    const TemporaryFolder folder;
    {
        RunStore store = RunStore::create(folder / "run", "");
        for (std::size_t i = 0; i < 10; ++i)
            store.append(row(i));
    }
    const auto anybody = std::filesystem::perms::all;
    const auto nobody_writes = std::filesystem::perms(0555);
    std::filesystem::permissions(folder / "", anybody);
    std::filesystem::permissions(folder / "run", nobody_writes);
    std::filesystem::permissions(folder / "run" / "lock", std::filesystem::perms(0444));
    const auto as_somebody = [](const auto& work) {
        return elsewhere([&]() -> std::string {
            if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
                return "cannot become somebody else";
            return work();
        });
    };
    CHECK_THAT(as_somebody([&] { return RunStore::open(folder / "run"), std::string("opened"); }),
               ContainsSubstring("cannot be written") && ContainsSubstring("denied"));
    CHECK_THAT(as_somebody([&] { return RunStore::create(folder / "run" / "inner", ""), std::string("made"); }),
               ContainsSubstring("cannot be made"));
    CHECK(as_somebody([&] { return std::to_string(RunStore::read_only(folder / "run").evaluations()); }) == "10");
    std::filesystem::permissions(folder / "run", anybody);
}

TEST_CASE("a file that may not grow ends in a sentence and loses nothing that was committed", "[store]")
{
    const TemporaryFolder folder;
    {
        RunStore::create(folder / "run", "");
    }
    const std::string said = elsewhere([&]() -> std::string {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{400'000, 400'000};  // no file may grow beyond
        setrlimit(RLIMIT_FSIZE, &limit);
        RunStore store = RunStore::open(folder / "run");
        for (std::size_t i = 0; i < 100'000; ++i)
            store.append(row(i));
        return "no end";
    });
    CHECK_THAT(said, ContainsSubstring("cannot grow") && ContainsSubstring("What is recorded is intact"));
    RunStore store = RunStore::open(folder / "run");
    const std::size_t kept = store.evaluations();
    CHECK(kept > 256);
    std::size_t next = 0;
    store.for_each_evaluation([&](const StoredEvaluation& r) { CHECK(r.index == next++); });
    for (std::size_t i = kept; i < kept + 1000; ++i)
        store.append(row(i));
    store.commit();
    CHECK(store.evaluations() == kept + 1000);
}

TEST_CASE("a file system without room is a full disk", "[store]")
{
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "disk");
    if (mount("tmpfs", (folder / "disk").c_str(), "tmpfs", 0, "size=600k") != 0) {
        WARN("no right to mount a file system: skipped");
        return;
    }
    std::string said;
    try {
        RunStore store = RunStore::create(folder / "disk" / "run", "");
        for (std::size_t i = 0; i < 100'000; ++i)
            store.append(row(i));
    } catch (const Error& error) {
        said = error.what();
    }
    CHECK_THAT(said, ContainsSubstring("the disk is full"));
    CHECK(RunStore::read_only(folder / "disk" / "run").evaluations() > 256);
    umount((folder / "disk").c_str());
}
