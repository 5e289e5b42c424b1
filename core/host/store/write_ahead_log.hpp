// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace espalier::host {

/// Beside the database, while a process works on it and after a kill: what is not yet in the main file.
std::filesystem::path log_of(const std::filesystem::path& database);

/// Whether a write-ahead log of SQLite goes on behind a damaged place. SQLite takes that place for its end, as it must
/// take what a crash has left half written; but behind that nothing more is of the same log. Nobody may be writing to
/// it, and nobody may have opened the database since: its index ("-shm"), where it is beside the log and of the same
/// one, tells how long that was. No file: false. https://www.sqlite.org/fileformat2.html#the_write_ahead_log,
/// https://www.sqlite.org/walformat.html#the_wal_index_file_format
bool is_cut(const std::filesystem::path& log);

}  // namespace espalier::host
