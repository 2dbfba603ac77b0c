// The inner loops of winograd.cpp, compiled once for each instruction set: the includer defines CT_ISA (a namespace),
// CT_LANES (floats in a vector register) and CT_PANEL (output channels that one pass of the product computes).
//
// Maps are [pixel][channel]; all channel counts are multiples of 16. A tile's transform is 36 rows of channels, `plane`
// floats apart, so that the 36 matrix products find the tiles as the rows of contiguous matrices and pack nothing.

namespace ct::CT_ISA {

typedef float Vector __attribute__((vector_size(4 * CT_LANES), aligned(4)));

inline Vector load(const float *p) { return *reinterpret_cast<const Vector *>(p); }
inline void store(float *p, Vector v) { *reinterpret_cast<Vector *>(p) = v; }

/// Bᵀ of a column of six.
inline void transform_input(const Vector d[6], Vector t[6]) {
    constexpr float a = points::a, b = points::b, aa = a * a, bb = b * b;
    const Vector even1 = d[4] - bb * d[2], odd1 = a * d[3] - (a * bb) * d[1];
    const Vector even2 = d[4] - aa * d[2], odd2 = b * d[3] - (b * aa) * d[1];
    t[0] = (aa * bb) * d[0] - (aa + bb) * d[2] + d[4];
    t[1] = even1 + odd1;
    t[2] = even1 - odd1;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = (aa * bb) * d[1] - (aa + bb) * d[3] + d[5];
}

/// Aᵀ of a column of six.
inline void transform_output(const Vector m[6], Vector y[4]) {
    constexpr float a = points::a, b = points::b;
    const Vector sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const Vector sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = m[0] + sum1 + sum2;
    y[1] = a * difference1 + b * difference2;
    y[2] = (a * a) * sum1 + (b * b) * sum2;
    y[3] = (a * a * a) * difference1 + (b * b * b) * difference2 + m[5];
}

/// BᵀdB of the 6×6 pixels at `pixels`; where `gates` are given, pixels whose gate is not above 0 count as 0.
inline void tile_to_rows(
    const float *const pixels[36], const float *const *gates, int64_t channels, float *rows, int64_t plane
) {
    for (int64_t c = 0; c < channels; c += CT_LANES) {
        Vector half[6][6], column[6], transformed[6];
        for (int x = 0; x < 6; ++x) {
            for (int y = 0; y < 6; ++y) {
                column[y] = load(pixels[6 * y + x] + c);
                if (gates) {
                    const Vector gate = load(gates[6 * y + x] + c);
                    column[y] = gate > 0 ? column[y] : Vector{};
                }
            }
            transform_input(column, transformed);
            for (int y = 0; y < 6; ++y) half[y][x] = transformed[y];
        }
        for (int y = 0; y < 6; ++y) {
            transform_input(half[y], transformed);
            for (int x = 0; x < 6; ++x) store(rows + (6 * y + x) * plane + c, transformed[x]);
        }
    }
}

/// relu(AᵀmA + bias) into the first `height × width` of a tile's 4×4 pixels at `out`, whose lines are `line` floats apart.
template <bool relu>
inline void rows_to_tile(
    const float *rows, int64_t plane, int64_t channels, const float *bias, float *out, int64_t line, int height, int width
) {
    for (int64_t c = 0; c < channels; c += CT_LANES) {
        Vector half[4][6], column[6], transformed[4];
        for (int x = 0; x < 6; ++x) {
            for (int y = 0; y < 6; ++y) column[y] = load(rows + (6 * y + x) * plane + c);
            transform_output(column, transformed);
            for (int y = 0; y < 4; ++y) half[y][x] = transformed[y];
        }
        const Vector offset = bias ? load(bias + c) : Vector{};
        for (int y = 0; y < height; ++y) {
            transform_output(half[y], transformed);
            for (int x = 0; x < width; ++x) {
                Vector value = transformed[x] + offset;
                if (relu) value = value < 0 ? Vector{} : value;  // a NaN stays one
                store(out + y * line + x * channels + c, value);
            }
        }
    }
}

/// `height` rows and `width` vectors of a product: the accumulators stay in registers.
template <int height, int width>
inline void product_block(
    const float *a, int64_t depth, const float *panel, float *out, int64_t out_columns
) {
    Vector sum[height][width] = {};
    for (int64_t k = 0; k < depth; ++k) {
        Vector right[width];
        for (int j = 0; j < width; ++j) right[j] = load(panel + k * (width * CT_LANES) + j * CT_LANES);
        for (int i = 0; i < height; ++i) {
            const float left = a[i * depth + k];
            for (int j = 0; j < width; ++j) sum[i][j] += left * right[j];
        }
    }
    for (int i = 0; i < height; ++i)
        for (int j = 0; j < width; ++j) store(out + i * out_columns + j * CT_LANES, sum[i][j]);
}

template <int width>
inline void product_panel(
    const float *a, int64_t rows, int64_t depth, const float *panel, float *out, int64_t out_columns
) {
    for (; rows >= 6; rows -= 6, a += 6 * depth, out += 6 * out_columns)
        product_block<6, width>(a, depth, panel, out, out_columns);
    switch (rows) {
    case 5: product_block<5, width>(a, depth, panel, out, out_columns); break;
    case 4: product_block<4, width>(a, depth, panel, out, out_columns); break;
    case 3: product_block<3, width>(a, depth, panel, out, out_columns); break;
    case 2: product_block<2, width>(a, depth, panel, out, out_columns); break;
    case 1: product_block<1, width>(a, depth, panel, out, out_columns); break;
    default: break;
    }
}

/// `[rows, depth] · [depth, columns]`, the right side packed in panels of CT_PANEL columns, the last one narrower.
inline void product(
    const float *a, int64_t rows, int64_t depth, const float *panels, float *out, int64_t columns
) {
    constexpr int full = CT_PANEL / CT_LANES;
    for (int64_t column = 0; column < columns; column += CT_PANEL) {
        const float *panel = panels + depth * column;
        const int64_t vectors = std::min<int64_t>(CT_PANEL, columns - column) / CT_LANES;
        if (vectors == full) {
            product_panel<full>(a, rows, depth, panel, out + column, columns);
        } else if constexpr (full > 1) {
            if (vectors == 3) product_panel<3>(a, rows, depth, panel, out + column, columns);
            if (vectors == 2) product_panel<2>(a, rows, depth, panel, out + column, columns);
            if (vectors == 1) product_panel<1>(a, rows, depth, panel, out + column, columns);
        }
    }
}

inline constexpr Kernels kernels = {
    CT_PANEL, tile_to_rows, rows_to_tile<true>, rows_to_tile<false>, product,
};

}  // namespace ct::CT_ISA
