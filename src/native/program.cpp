#include "program.hpp"

#include <algorithm>

namespace limbeck {

namespace {

// By column, so that the costs of one clause lie side by side.
std::vector<double> turned(const double *values, std::size_t rows, std::size_t columns) {
    std::vector<double> out(rows * columns);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = values[i * columns + j];
    return out;
}

}  // namespace

std::vector<double> shared_leaves(const double *value, std::size_t s, std::size_t k, const double *below,
                                  std::size_t s_below, std::size_t k_below, const Splits &splits) {
    std::vector<double> best = turned(value, s, k);
    const std::vector<double> sides = turned(below, s_below, k_below);
    for (std::size_t i = 0; i < splits.m; ++i) {
        const double *yes = &sides[splits.yes[i] * s_below], *no = &sides[splits.no[i] * s_below];
        for (std::size_t one = 0; one < s_below; ++one) {
            if (one && yes[one] == yes[one - 1]) continue;  // a leaf fewer does as well
            const double cost = yes[one];
            double *total = &best[splits.parent[i] * s + one + 1];
            for (std::size_t other = 0; other < s_below - one; ++other)
                total[other] = std::min(total[other], cost + no[other]);
        }
    }
    for (std::size_t c = 0; c < k; ++c)
        for (std::size_t leaves = 1; leaves < s; ++leaves)
            best[c * s + leaves] = std::min(best[c * s + leaves], best[c * s + leaves - 1]);
    return turned(best.data(), k, s);
}

}  // namespace limbeck
