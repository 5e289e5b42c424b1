// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "espalier/error.hpp"

namespace espalier {

/// One node of an experiment file and where it stands.
struct ESPALIER_API Config {
    enum class Type { null, scalar, list, map };
    Type type = Type::null;
    std::string key, scalar;
    bool quoted = false;               ///< a quoted scalar is text, whatever it looks like
    std::vector<Config> items;         ///< of a list; of a map each with its key, in the order of the file
    std::string path, file;            ///< "strategy.inner.population", "experiment.yaml"
    int line = 0, column = 0;          ///< of the value, from 1
    int key_line = 0, key_column = 0;  ///< of the key in a map, from 1

    const Config* find(std::string_view name) const;  ///< an item of a map, or null
    /// The node below at "column" or "metrics.2"; this one where there is none.
    const Config& at_path(std::string_view path) const;
    Diagnostic error(std::string sentence) const;        ///< at the value
    Diagnostic key_error(std::string sentence) const;    ///< the same, at the key
    [[noreturn]] void fail(std::string sentence) const;  ///< @throws ConfigError with `error(sentence)`
};

/// Everything wrong with a file, gathered so that it can be told in one go.
struct ESPALIER_API Diagnostics {
    std::vector<Diagnostic> errors;
    void add(Diagnostic error) { errors.push_back(std::move(error)); }
    bool empty() const { return errors.empty(); }
    void throw_if_any() const;  ///< @throws ConfigError with all of them
};

/// Reads one YAML document. Aliases and merge keys are expanded up to 10,000 nodes and depth 64; what an alias stands
/// for is told where it is used. `${NAME}` becomes the environment's value, `$${` a `${`. Duplicate keys, several
/// documents, and text that is no YAML are errors.
/// @param file the name used in messages.
ESPALIER_API Config parse_config(std::string_view yaml, const std::string& file, Diagnostics&);
/// @throws ConfigError with all errors.
ESPALIER_API Config parse_config(std::string_view yaml, const std::string& file = "<text>");
/// The node as one line of flow YAML: "{use: table, file: x.csv}". `parse_config` inverts it.
ESPALIER_API std::string to_yaml(const Config&);

/// The allowed name nearest to `name` by edit distance, or empty where none is near.
ESPALIER_API std::string nearest(std::string_view name, const std::vector<std::string>& allowed);
/// "; did you mean 'x'? Allowed: a, b, c" — the end of every message about an unknown name.
ESPALIER_API std::string suggestion(std::string_view name, const std::vector<std::string>& allowed);

}  // namespace espalier
