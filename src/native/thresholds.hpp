// Thresholds of finished trees, moved among all values of their columns; see `limbeck.search.thresholds`.
#pragma once

#include <functional>
#include <vector>

#include "rows.hpp"

namespace limbeck {

struct ThresholdNode {
    int question = -1;  // the literal, or -1 for a leaf
    int yes = -1, no = -1;
    int column = -1;    // what is compared, where the question compares a number
    double number = 0.0;
};

struct MovedTree {
    std::vector<ThresholdNode> nodes;
    std::vector<double> sums;  // (nodes, d), those of leaves
    bool better = false;
};

class ThresholdMover {
  public:
    // A threshold of a column between two neighbouring values.
    using Between = std::function<double(int column, double low, double high)>;

    // Columns of n values, NaN where there is none; the column of every literal, or -1, and its number.
    ThresholdMover(const Rows &rows, std::vector<std::vector<double>> values, std::vector<int> column_of,
                   std::vector<double> number_of, double min_leaf, int most_sweeps, double least);

    MovedTree moved(std::vector<ThresholdNode> nodes, const Between &between) const;

  private:
    friend class Moving;
    const Rows &rows_;
    std::vector<std::vector<double>> values_;
    std::vector<std::vector<int>> order_;  // the rows of each column by value, those without any left out
    std::vector<std::vector<int>> place_;  // where a row stands in it, or -1
    std::vector<int> column_of_;
    std::vector<double> number_of_;
    double min_leaf_;
    int most_sweeps_;
    double least_;
};

}  // namespace limbeck
