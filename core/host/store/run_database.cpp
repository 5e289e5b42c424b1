// SPDX-License-Identifier: Apache-2.0
#include "host/store/run_database.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "espalier/error.hpp"

#include "host/store/write_ahead_log.hpp"

namespace espalier::host {
namespace {

constexpr int kApplication = 0x45535031;  // "ESP1", so that `file` and we can tell it from other SQLite files
constexpr int kVersion = 2;

/// The tables, each with a check sum of the columns that are listed as the last one. Where `id` is not listed it only
/// orders the rows.
struct Table {
    std::string_view name, columns;
    const char* made;
};
constexpr Table kTables[] = {
    {"about", "name, value",
     "CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL, checked INTEGER NOT NULL) WITHOUT ROWID"},
    {"metric", "id, name", "CREATE TABLE metric(id INTEGER PRIMARY KEY, name TEXT NOT NULL, checked INTEGER NOT NULL)"},
    {"component", "id, name",
     "CREATE TABLE component(id INTEGER PRIMARY KEY, name TEXT NOT NULL, checked INTEGER NOT NULL)"},
    {"evaluation", "id, choices, key, status, reason, metrics, evaluated, round",
     "CREATE TABLE evaluation(id INTEGER PRIMARY KEY, choices BLOB NOT NULL, key TEXT NOT NULL, status INTEGER NOT "
     "NULL, "
     "reason TEXT NOT NULL, metrics BLOB NOT NULL, evaluated INTEGER NOT NULL, round INTEGER NOT NULL, checked INTEGER "
     "NOT NULL)"},
    {"result", "component, generation, key, status, reason, metrics",
     "CREATE TABLE result(id INTEGER PRIMARY KEY, component INTEGER NOT NULL, generation INTEGER NOT NULL, key TEXT "
     "NOT "
     "NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, metrics BLOB NOT NULL, checked INTEGER NOT NULL)"},
    {"note", "series, value, source, row",
     "CREATE TABLE note(id INTEGER PRIMARY KEY, series TEXT NOT NULL, value REAL, source INTEGER NOT NULL, row INTEGER "
     "NOT NULL, checked INTEGER NOT NULL)"},
    {"phase", "name, component, history, generation, steps, finished, checkpoint",
     "CREATE TABLE phase(name TEXT PRIMARY KEY, component TEXT NOT NULL, history TEXT NOT NULL, generation INTEGER NOT "
     "NULL, steps INTEGER NOT NULL, finished INTEGER NOT NULL, checkpoint TEXT NOT NULL, checked INTEGER NOT NULL) "
     "WITHOUT ROWID"},
    {"winner", "name, choices, text, key, metrics, final_metrics, note",
     "CREATE TABLE winner(id INTEGER PRIMARY KEY, name TEXT NOT NULL, choices BLOB, text TEXT NOT NULL, key TEXT NOT "
     "NULL, metrics BLOB NOT NULL, final_metrics BLOB NOT NULL, note TEXT NOT NULL, checked INTEGER NOT NULL)"},
    {"known", "choices, status, reason, metrics",
     "CREATE TABLE known(id INTEGER PRIMARY KEY, choices BLOB NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, "
     "metrics BLOB NOT NULL, checked INTEGER NOT NULL)"},
};

// In `about`: whether the log is part of the run, and how many rows each table had when it last was not.
constexpr std::string_view kLog = "log", kOpen = "open", kClosed = "closed", kRows = "rows";

std::string counted_rows(Database& database)
{
    std::string counts;
    for (const Table& table : kTables)
        counts += fmt::format(
            "{} {} ", table.name,
            database.number(fmt::format("SELECT count(*) FROM {}{}", table.name,
                                        table.name == "about" ? " WHERE name NOT IN ('log', 'rows')" : "")));
    return counts;
}

std::optional<std::string> about(Database& database, std::string_view name)
{
    Statement query(database, "SELECT value FROM about WHERE name = ?");
    return query.with(name).step() ? std::optional(query.text(0)) : std::nullopt;
}

/// What is wrong with the tables and their rows; empty: nothing.
std::string fault(Database& database)
{
    Statement schema(database, "SELECT sql FROM sqlite_master ORDER BY rowid");
    for (const Table& table : kTables)
        if (!schema.step() || schema.text(0) != table.made)
            return fmt::format("table {} is not as it was made", table.name);
    if (schema.step())
        return "it has a table too many";
    for (const Table& table : kTables) {
        Statement rows(database, fmt::format("SELECT {}, checked FROM {}", table.columns, table.name));
        for (std::size_t row = 1; rows.step(); ++row)
            if (!rows.intact())
                return fmt::format("row {} of table {} does not match its check sum", row, table.name);
    }
    if (!about(database, "experiment"))
        return "it holds no experiment";
    if (const auto rows = about(database, kRows);
        rows && about(database, kLog) == kClosed && *rows != counted_rows(database))
        return fmt::format("it has not the rows that it had: {}", *rows);
    return {};
}

bool is_open(Database& database)
{
    return about(database, kLog) == kOpen;
}

void check(Database& database, const std::filesystem::path& file)
{
    const auto damaged = [&](const std::string& found) {
        return Error(fmt::format("{} is damaged ({}); it was left as it is.", file.string(), found));
    };
    Statement quick(database, "PRAGMA quick_check(1)");
    const std::string found = quick.step() ? quick.text(0) : "it cannot be read";
    if (found != "ok")
        throw damaged(found);
    if (database.number("PRAGMA application_id") != kApplication)
        throw Error(fmt::format("{} is no run of Espalier, or damaged; it was left as it is.", file.string()));
    if (const auto version = database.number("PRAGMA user_version"); version != kVersion)
        throw Error(fmt::format("{} has format {}, this Espalier reads format {}: use the version that made the run.",
                                file.string(), version, kVersion));
    if (const std::string wrong = fault(database); !wrong.empty())
        throw damaged(wrong);
    if (is_open(database) && !std::filesystem::exists(log_of(file)))
        throw Error(
            fmt::format("{} was being written to when it was copied or its process was killed, and what was "
                        "recorded last is in {}, which is missing: put it beside.",
                        file.string(), log_of(file).filename().string()));
}

}  // namespace

std::unique_ptr<Database> make_run_database(const std::filesystem::path& file)
{
    for (const char* part : {"", "-journal", "-wal", "-shm"})
        std::filesystem::remove(file.string() + part);
    auto database = std::make_unique<Database>(file, Database::Mode::write);
    database->execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    database->execute(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; BEGIN", kApplication, kVersion));
    for (const Table& table : kTables)
        database->execute(table.made);
    database->execute("COMMIT");
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

bool is_log_emptied(Database& database, const std::filesystem::path& file)
{
    std::error_code none;
    return is_open(database) && std::filesystem::file_size(log_of(file), none) == 0;
}

std::string insertion(std::string_view table, const char* verb)
{
    const auto found = std::ranges::find(kTables, table, &Table::name);
    std::string places = "?";
    for (const char c : found->columns)
        places += c == ',' ? ", ?" : "";
    return fmt::format("{} INTO {}({}, checked) VALUES({}, ?)", verb, table, found->columns, places);
}

void set_open(Database& database, bool open)
{
    database.keep_log(true);
    if (!open)
        Statement(database, insertion("about", "INSERT OR REPLACE")).checked(kRows, counted_rows(database)).run();
    Statement(database, insertion("about", "INSERT OR REPLACE")).checked(kLog, open ? kOpen : kClosed).run();
    if (open)
        database.execute("PRAGMA wal_checkpoint(FULL)");  // the log of an open run is never empty
    else
        database.keep_log(false);
}

std::unique_ptr<Database> open_to_read(const std::filesystem::path& file)
{
    if (!std::filesystem::exists(file))
        return nullptr;
    std::error_code ignored;
    const bool logged = std::filesystem::exists(log_of(file));
    const bool settled = !logged || std::filesystem::file_size(log_of(file), ignored) == 0;
    // A reader of a WAL file needs a shared memory file beside it. Where everything is in the main file and the
    // directory cannot be written, or nobody has the run open, reading the main file alone is the same. Where the log
    // is missing, SQLite would make one.
    const bool writable = access(file.parent_path().c_str(), W_OK) == 0;
    const auto mode = !logged || (settled && (!writable || !std::filesystem::exists(file.string() + "-shm")))
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
    Statement insert(database_, insertion(table_));
    insert.checked(next, name).run();
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
