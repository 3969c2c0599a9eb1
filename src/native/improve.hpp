// Local improvement of one tree; see `limbeck.search.improve`.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "pairs.hpp"
#include "rows.hpp"

namespace limbeck {

struct TreeNode {
    int question = -1;  // the literal, or -1 for a leaf
    int yes = -1, no = -1;
};

struct Improved {
    std::vector<TreeNode> nodes;  // the root first
    std::vector<double> sums;     // (nodes, d), those of leaves
    double cost = 0.0;
};

// Small subtrees that were solved, shared by trees of all sizes.
class Improver {
  public:
    Improver(const Rows &rows, double min_leaf, int pair_literals, int most_sweeps, double least)
        : rows_(rows), min_leaf_(min_leaf), pair_literals_(pair_literals), most_sweeps_(most_sweeps), least_(least) {}

    Improved improved(std::vector<TreeNode> nodes);

  private:
    friend class Sweep;
    const Pairs &solved(const std::vector<int> &row);

    const Rows &rows_;
    double min_leaf_;
    int pair_literals_, most_sweeps_;
    double least_;
    std::map<std::vector<int>, Pairs> known_;
    std::mutex lock_;
};

}  // namespace limbeck
