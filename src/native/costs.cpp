#include "costs.hpp"

#include <algorithm>
#include <limits>

#include "clones.hpp"

namespace limbeck {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double tiny = std::numeric_limits<double>::min();

// Of each of many leaves: its weight, the weight of its largest class, and the sum of squares over its classes.
LIMBECK_WIDE void of_classes(const double *sums, int d, int many, double *weight, double *most, double *squares) {
    for (int b = 0; b < many; ++b) {
        weight[b] = most[b] = sums[b];
        squares[b] = sums[b] * sums[b];
    }
    for (int c = 1; c < d; ++c) {
        const double *s = sums + static_cast<std::size_t>(c) * many;
        for (int b = 0; b < many; ++b) {
            weight[b] += s[b];
            most[b] = std::max(most[b], s[b]);
            squares[b] += s[b] * s[b];
        }
    }
}

LIMBECK_WIDE void gini(const double *weight, const double *squares, int many, double *out) {
    for (int b = 0; b < many; ++b) out[b] = weight[b] - squares[b] / std::max(weight[b], tiny);
}

LIMBECK_WIDE void disagreement(const double *weight, const double *most, const double *impurity, double eta, int many,
                               double *cost) {
    for (int b = 0; b < many; ++b) cost[b] = weight[b] - most[b] + eta * impurity[b];
}

// Of each of many leaves with statistics (w, w|y|^2, w y): its weight and the squared distance from its mean.
LIMBECK_WIDE void of_numbers(const double *sums, int d, int many, double *weight, double *squares, double *distance) {
    std::copy(sums, sums + many, weight);
    std::fill(squares, squares + many, 0.0);
    for (int c = 2; c < d; ++c) {
        const double *s = sums + static_cast<std::size_t>(c) * many;
        for (int b = 0; b < many; ++b) squares[b] += s[b] * s[b];
    }
    for (int b = 0; b < many; ++b) distance[b] = std::max(sums[many + b] - squares[b] / std::max(weight[b], tiny), 0.0);
}

}  // namespace

void LeafCosts::measure(const Loss &loss, const double *sums, int many) {
    if (loss.hard) {
        of_classes(sums, loss.d, many, weight.data(), most_.data(), squares_.data());
        gini(weight.data(), squares_.data(), many, impurity.data());
        disagreement(weight.data(), most_.data(), impurity.data(), loss.eta, many, cost.data());
    } else {
        of_numbers(sums, loss.d, many, weight.data(), squares_.data(), impurity.data());
        cost = impurity;
    }
    if (loss.price < infinite)
        for (int b = 0; b < many; ++b) cost[b] = loss.asked(cost[b], weight[b]);
}

const double *LeafCosts::unless_light(const Loss &loss, const double *sums, int many, double min_leaf) {
    measure(loss, sums, many);
    for (int b = 0; b < many; ++b)
        if (!(weight[b] >= min_leaf)) cost[b] = infinite;
    return cost.data();
}

LIMBECK_WIDE void remainder(const double *total, const double *sums, int d, int many, double *rest) {
    for (int c = 0; c < d; ++c)
        for (int b = 0; b < many; ++b) rest[c * many + b] = total[c] - sums[c * many + b];
}

}  // namespace limbeck
