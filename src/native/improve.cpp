#include "improve.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "answer.hpp"

namespace limbeck {

namespace {

using RowList = std::vector<int>;

struct Sides {
    RowList yes, no;
};

}  // namespace

// The tree under improvement: nodes that are rewritten in place, with the sums and values of leaves.
class Sweep {
  public:
    Sweep(Improver &improver, std::vector<TreeNode> nodes)
        : improver_(improver), rows_(improver.rows_), nodes_(std::move(nodes)) {
        sums_.resize(nodes_.size());
        answers_.resize(nodes_.size());
    }

    double fit(int at, const RowList &row) {
        TreeNode &node = nodes_[at];
        if (node.question < 0) {
            sums_[at] = total(row);
            answers_[at] = Answer(rows_.loss, sums_[at].data());
            return rows_.loss.cost(sums_[at].data());
        }
        const Sides sides = split(row, node.question);
        for (const auto &[other, held] : {std::pair{node.no, &sides.yes}, std::pair{node.yes, &sides.no}})
            if (rows_.loss.weight(total(*held).data()) < improver_.min_leaf_) {
                node = TreeNode(nodes_[other]);
                return fit(at, row);
            }
        return fit(node.yes, sides.yes) + fit(node.no, sides.no);
    }

    // Improve every node below, then this one; tell whether anything changed.
    bool sweep(int at, const RowList &row) {
        if (nodes_[at].question < 0 || row.empty()) return false;
        bool changed = false;
        {
            const Sides sides = split(row, nodes_[at].question);
            changed |= sweep(nodes_[at].yes, sides.yes);
            changed |= sweep(nodes_[at].no, sides.no);
        }
        const bool here = depth(at) <= 2 ? resolve(at, row) : exchange(at, row);
        return here || changed;
    }

    Improved frozen(double cost) const {
        Improved out;
        out.cost = cost;
        copy(0, out);
        return out;
    }

  private:
    std::vector<double> total(const RowList &row) const {
        std::vector<double> sums(rows_.loss.d, 0.0);
        for (int r : row) rows_.add(r, sums.data());
        return sums;
    }

    Sides split(const RowList &row, int question) const {
        Sides sides;
        for (int r : row) (rows_.answer(r, question) ? sides.yes : sides.no).push_back(r);
        return sides;
    }

    int depth(int at) const {
        const TreeNode &node = nodes_[at];
        return node.question < 0 ? 0 : 1 + std::max(depth(node.yes), depth(node.no));
    }

    int n_leaves(int at) const {
        const TreeNode &node = nodes_[at];
        return node.question < 0 ? 1 : n_leaves(node.yes) + n_leaves(node.no);
    }

    double cost_below(int at, const RowList &row) const {
        const TreeNode &node = nodes_[at];
        if (node.question < 0) return rows_.loss.cost(total(row).data());
        const Sides sides = split(row, node.question);
        return cost_below(node.yes, sides.yes) + cost_below(node.no, sides.no);
    }

    // What each row costs at the leaf below a node that it would end in, up to a term of its own.
    void row_costs(int at, const RowList &row, std::vector<double> &cost) const {
        for (std::size_t i = 0; i < row.size(); ++i) {
            int node = at;
            while (nodes_[node].question >= 0)
                node = rows_.answer(row[i], nodes_[node].question) ? nodes_[node].yes : nodes_[node].no;
            cost[i] = answers_[node].cost(rows_, row[i]);
        }
    }

    // Ask the best question of a node whose two sides stay as they are, either way round.
    bool exchange(int at, const RowList &row) {
        TreeNode &node = nodes_[at];
        std::vector<double> gain(row.size()), other(row.size()), saved(rows_.l);
        row_costs(node.no, row, gain);
        row_costs(node.yes, row, other);
        RowList moved;  // rows that do not care on which side they are add nothing
        double whole = 0.0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const double difference = gain[i] - other[i];
            if (difference == 0.0) continue;
            gain[moved.size()] = difference;
            moved.push_back(row[i]);
            whole += difference;
        }
        if (moved.empty()) return false;
        literal_totals(rows_, moved.data(), gain.data(), static_cast<int>(moved.size()), saved.data());
        const double now = saved[node.question];
        const auto straight = std::max_element(saved.begin(), saved.end());
        const auto turned = std::min_element(saved.begin(), saved.end());  // the sides exchanged: whole - saved
        if (std::max(*straight, whole - *turned) <= now + 1e-6 * (1.0 + std::abs(now))) return false;
        if (*straight >= whole - *turned) {
            node.question = static_cast<int>(straight - saved.begin());
        } else {
            node.question = static_cast<int>(turned - saved.begin());
            std::swap(node.yes, node.no);
        }
        return true;
    }

    // Put the exact best subtree of depth 2 in a node's place, when it costs less with as many leaves.
    bool resolve(int at, const RowList &row) {
        const int size = n_leaves(at);
        const Pairs &found = improver_.solved(row);
        const double now = cost_below(at, row);
        if (found.cost[size - 2] >= now - improver_.least_ * (1 + now)) return false;
        const auto &asked = found.literals[size - 2];
        const int yes = small(asked[1]), no = small(asked[2]);
        nodes_[at] = {asked[0], yes, no};
        fit(at, row);
        return true;
    }

    // A leaf, or one question with two leaves.
    int small(int question) {
        const int at = added();
        if (question >= 0) {
            const int yes = added(), no = added();
            nodes_[at] = {question, yes, no};
        }
        return at;
    }

    int added() {
        nodes_.emplace_back();
        sums_.emplace_back();
        answers_.emplace_back();
        return static_cast<int>(nodes_.size()) - 1;
    }

    int copy(int at, Improved &out) const {
        const int place = static_cast<int>(out.nodes.size());
        out.nodes.push_back({nodes_[at].question, -1, -1});
        const int d = rows_.loss.d;
        if (nodes_[at].question < 0)
            out.sums.insert(out.sums.end(), sums_[at].begin(), sums_[at].end());
        else
            out.sums.insert(out.sums.end(), d, 0.0);
        if (nodes_[at].question >= 0) {
            const int yes = copy(nodes_[at].yes, out), no = copy(nodes_[at].no, out);
            out.nodes[place].yes = yes;
            out.nodes[place].no = no;
        }
        return place;
    }

    Improver &improver_;
    const Rows &rows_;
    std::vector<TreeNode> nodes_;
    std::vector<std::vector<double>> sums_;  // of the rows at each leaf
    std::vector<Answer> answers_;
};

const Pairs &Improver::solved(const std::vector<int> &row) {
    {
        const std::lock_guard<std::mutex> guard(lock_);
        const auto found = known_.find(row);
        if (found != known_.end()) return found->second;
    }
    const Pairs made = best_pairs(rows_, row, min_leaf_, pair_literals_);
    const std::lock_guard<std::mutex> guard(lock_);
    return known_.emplace(row, made).first->second;
}

Improved Improver::improved(std::vector<TreeNode> nodes) {
    RowList row(rows_.n);
    std::iota(row.begin(), row.end(), 0);
    Sweep tree(*this, std::move(nodes));
    double cost = tree.fit(0, row);
    Improved best = tree.frozen(cost);
    for (int i = 0; i < most_sweeps_ && tree.sweep(0, row); ++i) {
        cost = tree.fit(0, row);
        if (cost >= best.cost - least_ * (1 + best.cost)) break;
        best = tree.frozen(cost);
    }
    return best;
}

}  // namespace limbeck
