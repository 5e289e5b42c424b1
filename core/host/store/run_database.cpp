// SPDX-License-Identifier: Apache-2.0
#include "host/store/run_database.hpp"

#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

constexpr int kApplication = 0x45535031;  // "ESP1", so that `file` and we can tell it from other SQLite files
constexpr int kVersion = 1;

constexpr const char* kTables = R"(
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE metric(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE component(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE evaluation(id INTEGER PRIMARY KEY, choices BLOB NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL,
  reason TEXT NOT NULL, metrics BLOB NOT NULL, evaluated INTEGER NOT NULL, round INTEGER NOT NULL);
CREATE TABLE result(id INTEGER PRIMARY KEY, component INTEGER NOT NULL, generation INTEGER NOT NULL, key TEXT NOT NULL,
  status INTEGER NOT NULL, reason TEXT NOT NULL, metrics BLOB NOT NULL);
CREATE TABLE note(id INTEGER PRIMARY KEY, series TEXT NOT NULL, value REAL, source INTEGER NOT NULL,
  row INTEGER NOT NULL);
CREATE TABLE phase(name TEXT PRIMARY KEY, component TEXT NOT NULL, history TEXT NOT NULL, generation INTEGER NOT NULL,
  steps INTEGER NOT NULL, finished INTEGER NOT NULL, checkpoint TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE winner(id INTEGER PRIMARY KEY, name TEXT NOT NULL, choices BLOB, text TEXT NOT NULL, key TEXT NOT NULL,
  metrics BLOB NOT NULL, final_metrics BLOB NOT NULL, note TEXT NOT NULL);
CREATE TABLE known(id INTEGER PRIMARY KEY, choices BLOB NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL,
  metrics BLOB NOT NULL);
)";

void check(Database& database, const std::filesystem::path& file)
{
    Statement quick(database, "PRAGMA quick_check(1)");
    const std::string found = quick.step() ? quick.text(0) : "it cannot be read";
    if (found != "ok")
        throw Error(fmt::format("{} is damaged ({}); it was left as it is.", file.string(), found));
    if (database.number("PRAGMA application_id") != kApplication)
        throw Error(fmt::format("{} is no run of Espalier, or damaged; it was left as it is.", file.string()));
    if (const auto version = database.number("PRAGMA user_version"); version != kVersion)
        throw Error(fmt::format("{} has format {}, this Espalier reads format {}: use the version that made the run.",
                                file.string(), version, kVersion));
}

}  // namespace

std::unique_ptr<Database> make_run_database(const std::filesystem::path& file)
{
    for (const char* part : {"", "-journal", "-wal", "-shm"})
        std::filesystem::remove(file.string() + part);
    auto database = std::make_unique<Database>(file, Database::Mode::write);
    database->execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    database->execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; BEGIN; {} COMMIT",
                                  kApplication, kVersion, kTables));
    return database;
}

void finish_run_database(Database& database)
{
    database.execute("PRAGMA journal_mode = WAL");
}

void check_run_database(const std::filesystem::path& file)
{
    if (const std::unique_ptr<Database> database = open_to_read(file))
        check(*database, file);
}

std::unique_ptr<Database> open_to_read(const std::filesystem::path& file)
{
    if (!std::filesystem::exists(file))
        return nullptr;
    std::error_code ignored;
    const std::string log = file.string() + "-wal";
    const bool settled = !std::filesystem::exists(log) || std::filesystem::file_size(log, ignored) == 0;
    // A reader of a WAL file needs a shared memory file beside it. Where everything is in the main file and the
    // directory cannot be written, or nobody has the run open, reading the main file alone is the same.
    const bool writable = access(file.parent_path().c_str(), W_OK) == 0;
    const auto mode = settled && (!writable || !std::filesystem::exists(file.string() + "-shm"))
                          ? Database::Mode::immutable
                          : Database::Mode::read;
    return std::make_unique<Database>(file, mode);
}

InternedNames::InternedNames(Database& database, const std::string& table) : database_{database}, table_{table}
{
    Statement all(database, "SELECT id, name FROM " + table);
    while (all.step()) {
        const auto number = static_cast<int>(all.integer(0));
        numbers_.emplace(all.text(1), number);
        names_.emplace(number, all.text(1));
    }
}

int InternedNames::number(const std::string& name)
{
    if (const auto found = numbers_.find(name); found != numbers_.end())
        return found->second;
    const int next = static_cast<int>(numbers_.size()) + 1;
    Statement insert(database_, "INSERT INTO " + table_ + "(id, name) VALUES(?, ?)");
    insert.with(next, name).run();
    numbers_.emplace(name, next);
    names_.emplace(next, name);
    return next;
}

const std::string& InternedNames::name(int number) const
{
    const auto found = names_.find(number);
    if (found == names_.end())
        throw Error(fmt::format("the run's database is damaged: {} number {} has no name.", table_, number));
    return found->second;
}

std::string encoded(const Metrics& metrics, InternedNames& names)
{
    std::string bytes;
    bytes.reserve(10 * metrics.size());
    for (const auto& [name, value] : metrics) {
        const auto number = static_cast<std::uint16_t>(names.number(name));
        char pair[10];
        std::memcpy(pair, &number, 2);
        std::memcpy(pair + 2, &value, 8);
        bytes.append(pair, sizeof pair);
    }
    return bytes;
}

Metrics decoded_metrics(std::string_view bytes, const InternedNames& names)
{
    Metrics metrics;
    for (std::size_t at = 0; at + 10 <= bytes.size(); at += 10) {
        std::uint16_t number = 0;
        double value = 0;
        std::memcpy(&number, bytes.data() + at, 2);
        std::memcpy(&value, bytes.data() + at + 2, 8);
        metrics.emplace(names.name(number), value);
    }
    return metrics;
}

std::string encoded(const Architecture& architecture)
{
    return {reinterpret_cast<const char*>(architecture.choices.data()), 2 * architecture.choices.size()};
}

Architecture decoded_architecture(std::string_view bytes)
{
    Architecture architecture;
    architecture.choices.resize(bytes.size() / 2);
    if (!bytes.empty())
        std::memcpy(architecture.choices.data(), bytes.data(), 2 * architecture.choices.size());
    return architecture;
}

}  // namespace espalier::host
