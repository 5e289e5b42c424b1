// SPDX-License-Identifier: Apache-2.0
#include "hyperplane.hpp"

#include <cmath>

namespace espalier::moo {

std::optional<std::vector<double>> intercepts(const Points& points)
{
    // Gaussian elimination of points * h = 1 with row pivots; the intercepts are 1 / h.
    const std::size_t n = points.columns();
    if (points.rows() != n)
        return {};
    Points rows(n + 1, n);
    for (std::size_t i = 0; i < n; ++i) {
        std::ranges::copy(points[i], rows[i].begin());
        rows[i][n] = 1;
    }
    for (std::size_t column = 0; column < n; ++column) {
        std::size_t pivot = column;
        for (std::size_t i = column + 1; i < n; ++i) {
            if (std::abs(rows[i][column]) > std::abs(rows[pivot][column]))
                pivot = i;
        }
        if (std::abs(rows[pivot][column]) < 1e-14)
            return {};
        std::ranges::swap_ranges(rows[pivot], rows[column]);
        for (std::size_t i = 0; i < n; ++i) {
            if (i == column)
                continue;
            const double factor = rows[i][column] / rows[column][column];
            for (std::size_t j = column; j <= n; ++j)
                rows[i][j] -= factor * rows[column][j];
        }
    }
    std::vector<double> result(n);
    for (std::size_t i = 0; i < n; ++i) {
        result[i] = rows[i][i] / rows[i][n];
        if (!std::isfinite(result[i]) || result[i] <= 0)
            return {};
    }
    return result;
}

}  // namespace espalier::moo
