// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/store/row_check.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace espalier::host {

/// An open SQLite file. Every error comes out as an Error with one sentence for a person: full disk, read-only
/// directory, damaged file, file in use.
class Database {
public:
    enum class Mode : std::uint8_t {
        write,      ///< makes the file where there is none
        read,       ///< never changes the file
        immutable,  ///< as `read`, and nobody else writes: needs no shared memory file beside it
    };
    Database(const std::filesystem::path& file, Mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const std::string& sql);
    std::int64_t number(const std::string& sql);  ///< the single value of a query
    bool in_transaction() const;
    void keep_log(bool);  ///< closing leaves the write-ahead log beside the main file, as a crash would
    sqlite3* handle() const { return handle_; }
    [[noreturn]] void fail() const;  ///< @throws Error about the latest error

private:
    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Text and blobs are not copied: they must live until `step`.
class Statement {
public:
    /// `database` must outlive the statement.
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Values of the parameters from the first on; starts a new execution.
    template <class... Values>
    Statement& with(const Values&... values)
    {
        reset();
        int parameter = 0;
        (bind(++parameter, values), ...);
        return *this;
    }
    /// The same, with a check sum of them as one parameter more.
    template <class... Values>
    Statement& checked(const Values&... values)
    {
        RowCheck check;
        (check.add(values), ...);
        return with(values..., check.sum());
    }
    bool step();  ///< @return whether there is a row
    void run();   ///< steps to the end and resets

    std::int64_t integer(int column) const;
    double real(int column) const;
    bool null(int column) const;
    std::string text(int column) const;        ///< of a blob: its bytes
    std::string_view bytes(int column) const;  ///< valid until the next step
    bool intact() const;                       ///< whether the last column is the check sum of the others

private:
    void reset();
    void bind(int parameter, std::int64_t);
    void bind(int parameter, std::uint64_t value) { bind(parameter, static_cast<std::int64_t>(value)); }
    void bind(int parameter, int value) { bind(parameter, std::int64_t{value}); }
    void bind(int parameter, bool value) { bind(parameter, std::int64_t{value}); }
    void bind(int parameter, double);
    void bind(int parameter, std::string_view text);
    void bind(int parameter, const std::string& text) { bind(parameter, std::string_view(text)); }
    void bind(int parameter, const std::optional<std::string>& text);
    void check(int code);

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace espalier::host
