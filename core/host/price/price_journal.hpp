// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace espalier::host {

/// What a device was asked about, and what it answered.
struct PriceAnswer {
    std::string what;  ///< one word: "group", "network"
    std::string key;   ///< printable
    double price = 0;
    double deviation = std::numeric_limits<double>::quiet_NaN();  ///< as the device says; NaN: it does not
    double seconds = 0;                                           ///< that it took
    bool unsettled = false;                                       ///< it ended before the price was known well
};

/// Answers written down one by one as they come, so that a calibration that was stopped asks for none twice.
class PriceJournal {
public:
    /// Goes on with the file, but for a last line that is not whole. @param of what is priced by what, in one line.
    /// @throws Error for a file of something else, one that is damaged, or that cannot be written.
    PriceJournal(const std::filesystem::path& file, const std::string& of);

    /// In the order in which they came.
    const std::vector<PriceAnswer>& answers() const { return answers_; }
    /// Of one kind, printable.
    std::size_t count(const std::string& what, const std::string& key) const;
    /// That all answers took.
    double seconds() const { return seconds_; }
    /// What was said beside them, by name: the last of each.
    const std::map<std::string, double>& notes() const { return notes_; }

    /// @throws Error if it cannot be written.
    void add(PriceAnswer);
    void note(const std::string& name, double value);

private:
    void read(const std::string& line);
    void remember(PriceAnswer);
    void write(const std::string& line);

    std::filesystem::path file_;
    std::vector<PriceAnswer> answers_;
    std::map<std::string, std::size_t> counts_;  // by "WHAT KEY"
    std::map<std::string, double> notes_;
    double seconds_ = 0;
    std::ofstream out_;
};

}  // namespace espalier::host
