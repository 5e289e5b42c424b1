// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "espalier/network.hpp"

namespace espalier::cost_models {

/// A layer as so many matrix products, one after the other, of (rows x inner) by (inner x columns), at real-valued
/// widths. A convolution's rows are its output's positions, `inner` its kernel's numbers for one output, `columns` its
/// outputs; with groups it is one product a group, a depthwise one a product a channel. Multiply-adds are the product
/// of all four.
struct MatrixProducts {
    double count = 1;
    double rows = 1;  ///< of one example
    double inner = 1, columns = 1;
    /// By the input's width for `inner`, by the output's for `columns` and `count`; 0 where it does not depend on it.
    double d_inner = 0, d_columns = 0, d_count = 0;
    bool depthwise = false;
    double width_in = 0, width_out = 0;
    double kernel = 1;           ///< numbers of a convolution's window
    double input_positions = 1;  ///< of one example

    double weights() const { return count * inner * columns; }

    double macs() const { return rows * weights(); }  ///< of one example
    double d_weights_in() const { return count * d_inner * columns; }
    double d_weights_out() const { return inner * (d_count * columns + count * d_columns); }
};

/// Channels of {channels, height, width}, features of {features} and {tokens, width}.
double width(const Shape&);

/// @return nothing for a layer without multiply-adds, which models of matrix arrays take for free.
/// @throws Error for a custom layer with multiply-adds: nobody knows what products those are.
std::optional<MatrixProducts> matrix_products(const Layer&, double width_in, double width_out);
/// At the widths that the layer has.
std::optional<MatrixProducts> matrix_products(const Layer&);

}  // namespace espalier::cost_models
