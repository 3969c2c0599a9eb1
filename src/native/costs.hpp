// What many leaves cost at once: statistic by statistic, in loops over contiguous memory that the compiler vectorises.
#pragma once

#include <vector>

#include "loss.hpp"

namespace limbeck {

struct LeafCosts {
    std::vector<double> weight, impurity, cost;

    explicit LeafCosts(int many) : weight(many), impurity(many), cost(many), most_(many), squares_(many) {}

    // Measure leaves with sums of shape (d, many).
    void measure(const Loss &loss, const double *sums, int many);

    // Their costs, infinite where they are too light.
    const double *unless_light(const Loss &loss, const double *sums, int many, double min_leaf);

  private:
    std::vector<double> most_, squares_;
};

// What is left of a total, (d,), beside each of many sums, (d, many).
void remainder(const double *total, const double *sums, int d, int many, double *rest);

}  // namespace limbeck
