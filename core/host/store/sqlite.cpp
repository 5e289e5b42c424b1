// SPDX-License-Identifier: Apache-2.0
#include "host/store/sqlite.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

/// A path as SQLite's URI, where '?', '#' and '%' have a meaning of their own.
std::string uri(const std::filesystem::path& file, std::string_view parameters)
{
    std::string text = "file:";
    for (const char c : std::filesystem::absolute(file).string())
        if (c == '?' || c == '#' || c == '%')
            text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        else
            text += c;
    return text + "?" + std::string(parameters);
}

std::string sentence(const std::string& file, int code, int system, const char* message)
{
    const bool no_room = system == ENOSPC || system == EFBIG || system == EDQUOT;
    switch (code & 0xff) {
        case SQLITE_FULL:
            return fmt::format(
                "{} cannot grow: the disk is full. What is recorded is intact; free some space, then go on.", file);
        case SQLITE_IOERR:
            if (no_room)
                return sentence(file, SQLITE_FULL, 0, message);
            // SQLite tells a full disk from other failing writes, but not a quota or a limit on file sizes.
            if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE)
                return fmt::format(
                    "{} cannot grow: a quota, a limit on file sizes or a broken disk. What is recorded "
                    "is intact; go on when there is room.",
                    file);
            break;
        case SQLITE_CANTOPEN:
            if (no_room)
                return sentence(file, SQLITE_FULL, 0, message);
            [[fallthrough]];
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return fmt::format("{} cannot be written: the directory or the file is read-only ({}).", file,
                               system != 0 ? std::strerror(system) : message);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return fmt::format("{} is damaged ({}); it was left as it is.", file, message);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fmt::format("{} is in use by another process.", file);
        default:
            break;
    }
    return fmt::format("{}: {}{}{}.", file, message, system != 0 ? ": " : "", system != 0 ? std::strerror(system) : "");
}

}  // namespace

Database::Database(const std::filesystem::path& file, Mode mode) : file_{file}
{
    const bool write = mode == Mode::write;
    const int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                      (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    const std::string name = uri(file, mode == Mode::immutable ? "immutable=1" : (write ? "mode=rwc" : "mode=ro"));
    const int code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string text = sentence(file_.string(), code, handle_ != nullptr ? sqlite3_system_errno(handle_) : 0,
                                          sqlite3_errstr(code));
        sqlite3_close(handle_);
        throw Error(text);
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, 5000);
}

Database::~Database()
{
    sqlite3_close_v2(handle_);
}

void Database::execute(const std::string& sql)
{
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        fail();
}

std::int64_t Database::number(const std::string& sql)
{
    Statement query(*this, sql);
    return query.step() ? query.integer(0) : 0;
}

bool Database::in_transaction() const
{
    return sqlite3_get_autocommit(handle_) == 0;
}

void Database::keep_log(bool keep)
{
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

void Database::fail() const
{
    throw Error(sentence(file_.string(), sqlite3_extended_errcode(handle_), sqlite3_system_errno(handle_),
                         sqlite3_errmsg(handle_)));
}

Statement::Statement(Database& database, std::string_view sql) : database_{database}
{
    check(sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &statement_, nullptr));
}

Statement::~Statement()
{
    sqlite3_finalize(statement_);
}

bool Statement::step()
{
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    database_.fail();
}

void Statement::run()
{
    while (step()) {
    }
    reset();
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(statement_, column);
}

bool Statement::null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Statement::text(int column) const
{
    return std::string(bytes(column));
}

std::string_view Statement::bytes(int column) const
{
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::intact() const
{
    const int last = sqlite3_column_count(statement_) - 1;
    RowCheck check;
    for (int column = 0; column < last; ++column)
        switch (sqlite3_column_type(statement_, column)) {
            case SQLITE_INTEGER:
                check.add(integer(column));
                break;
            case SQLITE_FLOAT:
                check.add(real(column));
                break;
            case SQLITE_NULL:
                check.add_null();
                break;
            default:
                check.add(bytes(column));
        }
    return sqlite3_column_type(statement_, last) == SQLITE_INTEGER && integer(last) == check.sum();
}

void Statement::reset()
{
    // What it returns is the error of the latest step, which has been thrown already.
    sqlite3_reset(statement_);
}

void Statement::bind(int parameter, std::int64_t value)
{
    check(sqlite3_bind_int64(statement_, parameter, value));
}

void Statement::bind(int parameter, double value)
{
    check(sqlite3_bind_double(statement_, parameter, value));
}

void Statement::bind(int parameter, std::string_view text)
{
    // A null pointer would bind NULL, not the empty text.
    const char* data = text.data() != nullptr ? text.data() : "";
    check(sqlite3_bind_text(statement_, parameter, data, static_cast<int>(text.size()), SQLITE_STATIC));
}

void Statement::bind(int parameter, const std::optional<std::string>& text)
{
    if (text)
        bind(parameter, std::string_view(*text));
    else
        check(sqlite3_bind_null(statement_, parameter));
}

void Statement::check(int code)
{
    if (code != SQLITE_OK)
        database_.fail();
}

}  // namespace espalier::host
