// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "host/plugins/catalog.hpp"

namespace espalier::host {

/// JSON Schema (draft 2020-12) of experiment files with all components of the catalog, for editors.
std::string experiment_schema(const Catalog&);

}  // namespace espalier::host
