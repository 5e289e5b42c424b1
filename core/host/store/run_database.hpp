// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "espalier/evaluation.hpp"

#include "host/store/sqlite.hpp"

namespace espalier::host {

/// Makes a file with the tables of a run, in the place of one that is there. Fast, because a crash may spoil it: it is
/// worth nothing before `finish_run_database`, and is to be renamed then.
std::unique_ptr<Database> make_run_database(const std::filesystem::path& file);
void finish_run_database(Database&);

/// The statement that adds a row, for the columns of the table and `Statement::checked`.
std::string insertion(std::string_view table, const char* verb = "INSERT");

/// From here on the main file says that its log is part of it and must not be missing; with `false`, that all is in the
/// main file once the database is closed.
void set_open(Database&, bool open);

/// Looks at every page and row without changing anything. @throws Error for a damaged file, a log that is missing, or
/// another version's format.
void check_run_database(const std::filesystem::path& file);

/// Whether the main file says that its log is part of it, and that has nothing in it, as no open run leaves it.
bool is_log_emptied(Database&, const std::filesystem::path& file);

/// Also where the directory cannot be written. @return null if there is no such file.
std::unique_ptr<Database> open_to_read(const std::filesystem::path& file);

/// Names that occur in every row, stored once: metric names and fingerprints by number.
class InternedNames {
public:
    /// `table` has columns id and name.
    InternedNames(Database&, const std::string& table);
    int number(const std::string& name);  ///< makes one for a new name
    const std::string& name(int number) const;

private:
    Database& database_;
    std::string table_;
    std::unordered_map<std::string, int> numbers_;
    std::unordered_map<int, std::string> names_;
};

/// Metrics as pairs of a two-byte name number and an eight-byte value, little endian.
std::string encoded(const Metrics&, InternedNames&);
Metrics decoded_metrics(std::string_view, const InternedNames&);

/// Option indices, two bytes each, little endian.
std::string encoded(const Architecture&);
Architecture decoded_architecture(std::string_view);

}  // namespace espalier::host
