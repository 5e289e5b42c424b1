// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what leaves libespalier; everything else is hidden.
#define ESPALIER_API __attribute__((visibility("default")))
