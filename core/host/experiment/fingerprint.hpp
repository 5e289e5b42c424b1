// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "host/experiment/experiment.hpp"

namespace espalier::host {

/// XXH64 of a file's bytes, or of a folder's sorted relative names and their files' hashes, as 16 hexadecimal digits;
/// "absent" where there is nothing. Of a folder of more than 4 GiB the files' sizes take the place of their hashes:
/// reading a million images would delay every start. Reads at several GB/s; links inside a folder are not followed to
/// other folders.
/// @throws Error if something cannot be read.
std::string content_hash(const std::filesystem::path&);

/// Identifies what the components of one experiment compute, so that results of equal fingerprint may be shared. In it:
/// every option with its value or default, in the order of the descriptors and in one spelling (5e-4 is 0.0005), nested
/// components, the contents of the files and folders that options of type path name in place of their paths, the
/// plug-in name and version of each component, the same of the space and the data, and replicas if there are several.
/// Not in it: options added later and left at their default, the experiment's seed, the other components, and the rest
/// of `execution`: devices and threads are
/// provenance of a run, which `resume` and `reuse` compare.
class Fingerprints {
public:
    /// Both outlive this object.
    Fingerprints(const Experiment&, const Catalog&);

    /// "table-0123456789abcdef": name and XXH64 of the canonical text.
    std::string of(const Config& component, Kind);
    /// What is hashed; for tests and for finding out why two fingerprints differ.
    std::string canonical(const Config& component, Kind);
    /// Of everything asked so far, by absolute path.
    const std::map<std::string, std::string>& file_hashes() const { return file_hashes_; }

private:
    void write(std::string& text, const Config& component, Kind);
    void write(std::string& text, const Config& value, const Option&);
    bool as_before(const Config& value, const Option&);  // an option added later, left as it was before it existed

    const Experiment& experiment_;
    const Catalog& catalog_;
    std::map<std::string, std::string> file_hashes_;
    std::string surroundings_;  // canonical text of space and data
};

}  // namespace espalier::host
