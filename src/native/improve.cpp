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

std::uint64_t mixed(std::uint64_t x) {  // splitmix64
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}

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
                changed_ = true;
                return fit(at, row);
            }
        return fit(node.yes, sides.yes) + fit(node.no, sides.no);
    }

    // Improve every node below, then this one; tell whether anything changed. The leaves fit the rows when it begins,
    // so that what comes out depends on the questions and the rows alone: what nothing improved once is left alone.
    bool sweep(int at, const RowList &row) {
        if (nodes_[at].question < 0 || row.empty() || nothing_to_save(at)) return false;
        const Place place = place_of(at, row);
        if (improver_.is_settled(place)) return false;
        bool changed = false;
        {
            const Sides sides = split(row, nodes_[at].question);
            changed |= sweep(nodes_[at].yes, sides.yes);
            changed |= sweep(nodes_[at].no, sides.no);
        }
        changed |= depth(at) <= 2 ? resolve(at, row) : exchange(at, row);
        if (!changed) improver_.settle(place);
        changed_ |= changed;
        return changed;
    }

    Improved frozen(double cost) const {
        Improved out;
        out.cost = cost;
        out.changed = changed_;
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

    // Whether the leaves below a node, which fit their rows, cost nothing.
    bool nothing_to_save(int at) const {
        const TreeNode &node = nodes_[at];
        if (node.question < 0) return rows_.loss.cost(sums_[at].data()) <= improver_.least_;
        return nothing_to_save(node.yes) && nothing_to_save(node.no);
    }

    Place place_of(int at, const RowList &row) const {
        Place place = shape_of(at);
        for (int r : row) {
            place.one += improver_.row_hash_[r].one;
            place.two += improver_.row_hash_[r].two;
        }
        return place;
    }

    Place shape_of(int at) const {
        const TreeNode &node = nodes_[at];
        if (node.question < 0) return {1, 2};
        const Place yes = shape_of(node.yes), no = shape_of(node.no);
        const auto question = static_cast<std::uint64_t>(node.question);
        return {mixed(mixed(yes.one ^ question) + 3 * no.one), mixed(mixed(yes.two + question) + 5 * no.two)};
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

    // Of a set of rows, those that the leaves below a node answer rightly, and those of which they ask the model.
    struct Told {
        Bits right, asked;
    };

    void told(int at, const Bits &reached, Told &out) const {
        const TreeNode &node = nodes_[at];
        if (node.question < 0) {
            const Bits &of_class = rows_.of_class[answers_[at].code];
            for (int w = 0; w < rows_.words; ++w) {
                if (answers_[at].asks) out.asked[w] |= reached[w];
                out.right[w] |= reached[w] & of_class[w];
            }
            return;
        }
        both_sides(node, reached, [&](int below, const Bits &side) { told(below, side, out); });
    }

    // Call with the node on each side of a question and the rows that go there.
    template <class Call>
    void both_sides(const TreeNode &node, const Bits &reached, Call call) const {
        const Bits &answer = rows_.answers[node.question];
        Bits side(rows_.words);
        for (int w = 0; w < rows_.words; ++w) side[w] = reached[w] & answer[w];
        call(node.yes, side);
        for (int w = 0; w < rows_.words; ++w) side[w] = reached[w] & ~answer[w];
        call(node.no, side);
    }

    // What it saves that a row goes to the yes side, where that makes a difference.
    struct Gains {
        RowList row;
        std::vector<double> gain;
    };

    Gains gains(const TreeNode &node, const Bits &reached) const {
        Gains out;
        if (rows_.loss.hard) {
            Told yes{Bits(rows_.words), Bits(rows_.words)}, no = yes;
            told(node.yes, reached, yes);
            told(node.no, reached, no);
            Bits differs(rows_.words);
            for (int w = 0; w < rows_.words; ++w)
                differs[w] = (yes.right[w] ^ no.right[w]) | (yes.asked[w] ^ no.asked[w]);
            each_row(differs, [&](int r) { add_gain(out, r, cost_of(no, r) - cost_of(yes, r)); });
            return out;
        }
        std::vector<double> if_yes(rows_.n), if_no(rows_.n);
        row_costs(node.yes, reached, if_yes);
        row_costs(node.no, reached, if_no);
        each_row(reached, [&](int r) { add_gain(out, r, if_no[r] - if_yes[r]); });
        return out;
    }

    static void add_gain(Gains &out, int row, double gain) {
        if (gain == 0.0) return;
        out.row.push_back(row);
        out.gain.push_back(gain);
    }

    double cost_of(const Told &told, int row) const {
        const double w = rows_.weight(row);
        if (bit(told.asked.data(), row)) return (rows_.loss.price - 1.0) * w;
        return bit(told.right.data(), row) ? -w : 0.0;
    }

    // What each row of a set costs at the leaf below a node that it would end in, up to a term of its own, shape (n,).
    void row_costs(int at, const Bits &reached, std::vector<double> &cost) const {
        const TreeNode &node = nodes_[at];
        if (node.question < 0) {
            each_row(reached, [&](int r) { cost[r] = answers_[at].cost(rows_, r); });
            return;
        }
        both_sides(node, reached, [&](int below, const Bits &side) { row_costs(below, side, cost); });
    }

    // Ask the best question of a node whose two sides stay as they are, either way round.
    bool exchange(int at, const RowList &row) {
        TreeNode &node = nodes_[at];
        Bits reached(rows_.words, 0);
        for (int r : row) put(reached.data(), r);
        const Gains found = gains(node, reached);  // rows that do not care on which side they are add nothing
        if (found.row.empty()) return false;
        const double whole = std::accumulate(found.gain.begin(), found.gain.end(), 0.0);
        std::vector<double> saved(rows_.l);
        literal_totals(rows_, found.row.data(), found.gain.data(), static_cast<int>(found.row.size()), saved.data());
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
        const double now = cost_below(at, row), least = now - improver_.least_ * (1 + now);
        if (size == 2) {
            const Single found = best_single(rows_, row, improver_.min_leaf_);
            return found.cost < least && replace(at, row, found.literal, -1, -1);
        }
        const Pairs &found = improver_.solved(row);
        const auto &asked = found.literals[size - 2];
        return found.cost[size - 2] < least && replace(at, row, asked[0], asked[1], asked[2]);
    }

    bool replace(int at, const RowList &row, int first, int after_yes, int after_no) {
        const int yes = small(after_yes), no = small(after_no);
        nodes_[at] = {first, yes, no};
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
    bool changed_ = false;
};

Improver::Improver(const Rows &rows, double min_leaf, int pair_literals, int most_sweeps, double least)
    : rows_(rows), min_leaf_(min_leaf), pair_literals_(pair_literals), most_sweeps_(most_sweeps), least_(least) {
    for (int r = 0; r < rows.n; ++r) row_hash_.push_back({mixed(2ULL * r), mixed(2ULL * r + 1)});
}

bool Improver::is_settled(const Place &place) {
    const std::lock_guard<std::mutex> guard(lock_);
    return settled_.count(place) > 0;
}

void Improver::settle(const Place &place) {
    const std::lock_guard<std::mutex> guard(lock_);
    settled_.insert(place);
}

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

RowList Improver::every_row() const {
    RowList row(rows_.n);
    std::iota(row.begin(), row.end(), 0);
    return row;
}

Improved Improver::fitted(std::vector<TreeNode> nodes) {
    Sweep tree(*this, std::move(nodes));
    const double cost = tree.fit(0, every_row());
    return tree.frozen(cost);
}

Improved Improver::improved(std::vector<TreeNode> nodes) {
    const RowList row = every_row();
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
