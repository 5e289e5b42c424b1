// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/plugins/catalog.hpp"

namespace espalier::host {

/// Checks the keys, types and ranges of one experiment file against the descriptors of its sections and of the
/// catalog's components. A misspelt key or component is told once and then taken for the one that was meant, so that
/// the rest is checked too.
class KeyCheck {
public:
    /// @param root the whole file: where else a misplaced key is known. All three outlive this object.
    KeyCheck(const Config& root, const Catalog&, Diagnostics&);

    /// The keys of the top level. @return the map with components and sections under their right names.
    Config top_level(const Config& root);
    /// A map of a section. @return with the keys corrected; nothing if something else is wrong.
    std::optional<Config> section(const Config& map, std::span<const Option> options);
    /// A component and the ones nested in it. @return with the keys corrected; the type is left to the owner to check.
    Config component(const Config&, Kind);

private:
    Config corrected(const Config& map, const std::vector<std::string>& names);
    Config checked_below(Config map, std::span<const Option> options);
    void unknown_component(const Config& use, Kind);
    /// What a misspelt `use` most likely means: the nearest name, if what is given below fits it. Null: nobody knows.
    const CatalogComponent* meant(const Config& component, Kind) const;
    bool is_option(const std::string& key) const;  ///< of any component there is
    std::string where_else(const std::string& key) const;
    void collect(const Config& map, std::span<const Option> options, const std::string& path);

    const Catalog& catalog_;
    Diagnostics& diagnostics_;
    std::map<std::string, std::vector<std::string>> places_;  // of every key that the file's parts know
};

/// "a cost model", "an evaluator"
std::string_view with_article(Kind);

}  // namespace espalier::host
