// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace espalier::host {

/// Prices written down one by one as they become known, so that a calibration that was stopped asks for none twice.
class PriceJournal {
public:
    /// Goes on with the file, but for a last line that is not whole. @param of what is priced by what, in one line.
    /// @throws Error for a file of something else, one that is damaged, or that cannot be written.
    PriceJournal(const std::filesystem::path& file, const std::string& of);

    /// @param what one word: "group", "network".
    std::optional<double> find(const std::string& what, const std::string& key) const;
    /// Of one kind, by key (printable).
    std::map<std::string, double> all(const std::string& what) const;
    /// @throws Error if it cannot be written.
    void add(const std::string& what, const std::string& key, double price);

private:
    std::filesystem::path file_;
    std::map<std::string, double> prices_;  // by "WHAT KEY", printable
    std::ofstream out_;
};

}  // namespace espalier::host
