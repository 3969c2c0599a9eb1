// Local improvement of one tree; see `limbeck.search.improve`.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_set>
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
    bool changed = false;  // whether it is another tree than the one that was given
};

// A subtree and the rows that reach it, by hashes of 128 bits: two that differ are taken for the same with a chance
// of about 2^-128.
struct Place {
    std::uint64_t one = 0, two = 0;
    bool operator==(const Place &other) const { return one == other.one && two == other.two; }
};

struct HashOfPlace {
    std::size_t operator()(const Place &place) const { return static_cast<std::size_t>(place.one); }
};

// Small subtrees that were solved, and larger ones that nothing improves, shared by trees of all sizes.
class Improver {
  public:
    Improver(const Rows &rows, double min_leaf, int pair_literals, int most_sweeps, double least);

    // The tree with leaves that fit the rows.
    Improved fitted(std::vector<TreeNode> nodes);

    // The tree, its leaves fitted, after sweeps that make it cost less.
    Improved improved(std::vector<TreeNode> nodes);

  private:
    friend class Sweep;
    std::vector<int> every_row() const;
    const Pairs &solved(const std::vector<int> &row);
    bool is_settled(const Place &place);
    void settle(const Place &place);

    const Rows &rows_;
    double min_leaf_;
    int pair_literals_, most_sweeps_;
    double least_;
    std::vector<Place> row_hash_;  // (n,)
    std::map<std::vector<int>, Pairs> known_;
    std::unordered_set<Place, HashOfPlace> settled_;
    std::mutex lock_;
};

}  // namespace limbeck
