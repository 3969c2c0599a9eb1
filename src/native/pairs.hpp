// The best subtree of depth at most 2 over all pairs of literals; see `limbeck.search.depth_two`.
#pragma once

#include "rows.hpp"

namespace limbeck {

// With at most 2, 3 and 4 leaves: the cost, and the literals asked first, after yes and after no (-1: a leaf).
struct Pairs {
    double cost[3];
    std::int32_t literals[3][3];
};

// The best single question and what its two leaves cost; -1 where there is none.
struct Single {
    double cost;
    int literal;
};

Single best_single(const Rows &rows, const std::vector<int> &row, double min_leaf);

Pairs best_pairs(const Rows &rows, const std::vector<int> &row, double min_leaf, int max_literals);

}  // namespace limbeck
