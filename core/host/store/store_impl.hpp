// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "espalier/error.hpp"

#include "host/store/run_database.hpp"
#include "host/store/run_lock.hpp"
#include "host/store/store.hpp"

namespace espalier::host {

inline constexpr const char* kFormer = "former_winners";  // provenance: what becomes of winners of before an extension
inline constexpr const char* kRunnersUp = "winners.runners_up";  // provenance: how many stand behind the chosen one
inline constexpr const char* kVerified = "verified winner";      // whose results are by the winners' numbers

inline std::filesystem::path database_file(const std::filesystem::path& directory)
{
    return directory / "run.db";
}

/// Of the file that has this name now; zeros: none has.
inline std::pair<dev_t, ino_t> identity(const std::filesystem::path& file)
{
    struct stat of = {};
    return ::stat(file.c_str(), &of) == 0 ? std::pair(of.st_dev, of.st_ino) : std::pair<dev_t, ino_t>();
}

/// What RunStore keeps; of store.cpp and store_winners.cpp.
struct RunStore::Impl {
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kBatch = 256;

    /// The statements that run for every evaluation, prepared once.
    struct Inserts {
        explicit Inserts(Database& database)
            : evaluation{database, insertion("evaluation")},
              result{database, insertion("result")},
              note{database, insertion("note")},
              begin{database, "BEGIN IMMEDIATE"},
              commit{database, "COMMIT"}
        {
        }
        Statement evaluation, result, note, begin, commit;
    };

    enum class Use : std::uint8_t { create, write, read };

    Impl(std::filesystem::path where, std::unique_ptr<Database> opened, Use use)
        : directory{std::move(where)},
          database{std::move(opened)},
          metrics{*database, "metric"},
          components{*database, "component"},
          has_log{use == Use::write},
          file_then{identity(database_file(directory))}
    {
        if (use == Use::read)
            return;
        inserts.emplace(*database);
        if (has_log)
            set_open(*database, true);
    }
    ~Impl()
    {
        try {
            commit();
            if (has_log && !broken)
                set_open(*database, false);
        } catch (const Error&) {
            // The disk is full or gone. A batch is lost, as in a crash; there is nobody left to tell.
        }
    }

    /// Everything that writes goes through here: opens a transaction, and after an error writes no more, so that what
    /// is on the disk stays a beginning of the run.
    template <class Work>
    void write(const Work& work)
    {
        if (!inserts)
            throw Error(fmt::format("{} is open for reading only.", database_file(directory).string()));
        if (broken)
            throw Error(fmt::format("{} cannot be written any more.", database_file(directory).string()));
        try {
            if (!database->in_transaction())
                inserts->begin.with().run();
            work();
        } catch (...) {
            broken = true;
            throw;
        }
    }

    void commit()
    {
        if (database->in_transaction() && inserts && !broken)
            write([this] {
                inserts->commit.with().run();
                if (has_log && identity(database_file(directory)) != file_then)
                    throw Error(
                        fmt::format("{} was moved, removed or replaced while the run went on: what it computed since "
                                    "is lost.",
                                    database_file(directory).string()));
            });
        pending = 0;
        committed = Clock::now();
    }

    void commit_if_due(bool evaluation)
    {
        pending += evaluation ? 1 : 0;
        if (pending >= kBatch || Clock::now() - committed >= kRisked)
            commit();
    }

    void insert(std::span<const NotedValue> notes)
    {
        for (const NotedValue& note : notes)
            inserts->note.checked(note.series, note.value, static_cast<int>(note.source), note.row).run();
    }

    void insert(const StoredResult& result)
    {
        const std::string bytes = encoded(result.evaluation.metrics, metrics);
        inserts->result
            .checked(components.number(result.fingerprint), result.generation, result.key,
                     static_cast<int>(result.evaluation.status), result.evaluation.reason, bytes)
            .run();
    }
    std::optional<int> component(std::string_view name) const
    {
        Statement query(*database, "SELECT id FROM component WHERE name = ?");
        return query.with(name).step() ? std::optional(static_cast<int>(query.integer(0))) : std::nullopt;
    }
    void forget_winners()
    {
        database->execute("DELETE FROM winner");
        if (const std::optional<int> verified = component(kVerified))
            Statement(*database, "DELETE FROM result WHERE component = ?").with(*verified).run();
    }

    std::filesystem::path directory;
    std::optional<RunLock> lock;  // before the database: let go of last
    std::unique_ptr<Database> database;
    InternedNames metrics, components;
    const bool has_log;
    const std::pair<dev_t, ino_t> file_then;
    std::optional<Inserts> inserts;
    mutable std::recursive_mutex mutex;  // visitors may ask the store something
    std::size_t pending = 0;
    Clock::time_point committed = Clock::now();
    bool broken = false, cut = false;
};

}  // namespace espalier::host
