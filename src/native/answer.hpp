// What a leaf answers, and what a row costs there.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "rows.hpp"

namespace limbeck {

// A class, or numbers and their square; or nothing, where the model is asked.
struct Answer {
    bool asks = false;
    int code = 0;
    std::vector<double> value;
    double square = 0.0;

    Answer() = default;

    Answer(const Loss &loss, const double *sums) : asks(loss.asks(sums)) {
        if (loss.hard) {
            code = static_cast<int>(std::max_element(sums, sums + loss.d) - sums);
            return;
        }
        const double weight = std::max(sums[0], std::numeric_limits<double>::min());
        for (int c = 2; c < loss.d; ++c) {
            value.push_back(sums[c] / weight);
            square += value.back() * value.back();
        }
    }

    // What a row costs at the leaf, up to a term of its own.
    double cost(const Rows &rows, int row) const {
        if (rows.loss.hard) {
            const double w = rows.weight(row);
            return asks ? (rows.loss.price - 1.0) * w : rows.codes[row] == code ? -w : 0.0;
        }
        const double *t = &rows.statistics[static_cast<std::size_t>(row) * rows.loss.d];
        if (asks) return rows.loss.price * t[0] - t[1];
        double along = 0.0;
        for (std::size_t c = 0; c < value.size(); ++c) along += t[c + 2] * value[c];
        return t[0] * square - 2.0 * along;
    }
};

}  // namespace limbeck
