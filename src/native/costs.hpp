// What many leaves cost at once: statistic by statistic, in loops over contiguous memory that the compiler vectorises.
#pragma once

#include <vector>

#include "loss.hpp"

namespace limbeck {

class LeafCosts {
  public:
    explicit LeafCosts(int many) : weight_(many), most_(many), squares_(many), cost_(many) {}

    // Costs of leaves with sums of shape (d, many), infinite where they are too light.
    const double *of(const Loss &loss, const double *sums, int many, double min_leaf);

    // Their impurity, however light they are.
    const double *impurity(const Loss &loss, const double *sums, int many);

    // The weights of those that were asked about last.
    const double *weight() const { return weight_.data(); }

  private:
    std::vector<double> weight_, most_, squares_, cost_;
};

// What is left of a total, (d,), beside each of many sums, (d, many).
void remainder(const double *total, const double *sums, int d, int many, double *rest);

}  // namespace limbeck
