#include "thresholds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "answer.hpp"

namespace limbeck {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

using RowList = std::vector<int>;

}  // namespace

// One tree whose thresholds move; children come after their parents.
class Moving {
  public:
    Moving(const ThresholdMover &mover, std::vector<ThresholdNode> nodes, const ThresholdMover::Between &between)
        : mover_(mover), rows_(mover.rows_), between_(between), nodes_(std::move(nodes)), reached_(nodes_.size()),
          sums_(nodes_.size()), answers_(nodes_.size()) {
        for (ThresholdNode &node : nodes_)
            if (node.question >= 0 && mover_.column_of_[node.question] >= 0) {
                node.column = mover_.column_of_[node.question];
                node.number = mover_.number_of_[node.question];
            }
    }

    // Send the rows down and fit the leaves to them; return the cost, infinite where a leaf is too light.
    double fitted() {
        reached_[0].resize(rows_.n);
        std::iota(reached_[0].begin(), reached_[0].end(), 0);
        double cost = 0.0;
        for (std::size_t at = 0; at < nodes_.size(); ++at) {
            if (nodes_[at].question >= 0) {
                send(static_cast<int>(at));
                continue;
            }
            fit(static_cast<int>(at));
            const double *sums = sums_[at].data();
            cost += rows_.loss.weight(sums) >= mover_.min_leaf_ ? rows_.loss.cost(sums) : infinite;
        }
        return cost;
    }

    // Move the thresholds of all nodes, those below first; tell whether any moved.
    bool sweep() {
        bool changed = false;
        for (int at = static_cast<int>(nodes_.size()) - 1; at >= 0; --at) {
            ThresholdNode &node = nodes_[at];
            if (node.column < 0 || !move(at)) continue;
            changed = true;
            if (!above_leaves(at)) continue;
            send(at);
            fit(node.yes);
            fit(node.no);
        }
        return changed;
    }

    MovedTree frozen() const {
        MovedTree out{nodes_, std::vector<double>(nodes_.size() * rows_.loss.d), true};
        for (std::size_t at = 0; at < nodes_.size(); ++at)
            std::copy(sums_[at].begin(), sums_[at].end(), &out.sums[at * rows_.loss.d]);
        return out;
    }

  private:
    bool answer(const ThresholdNode &node, int row) const {
        return node.column >= 0 ? mover_.values_[node.column][row] <= node.number : rows_.answer(row, node.question);
    }

    bool above_leaves(int at) const {
        return nodes_[nodes_[at].yes].question < 0 && nodes_[nodes_[at].no].question < 0;
    }

    void send(int at) {
        const ThresholdNode &node = nodes_[at];
        RowList &yes = reached_[node.yes], &no = reached_[node.no];
        yes.clear();
        no.clear();
        for (int row : reached_[at]) (answer(node, row) ? yes : no).push_back(row);
    }

    void fit(int leaf) {
        sums_[leaf].assign(rows_.loss.d, 0.0);
        for (int row : reached_[leaf]) rows_.add(row, sums_[leaf].data());
        answers_[leaf] = Answer(rows_.loss, sums_[leaf].data());
    }

    // What a row costs at the leaf below a node that it would end in.
    double cost_below(int at, int row) const {
        while (nodes_[at].question >= 0) at = answer(nodes_[at], row) ? nodes_[at].yes : nodes_[at].no;
        return answers_[at].cost(rows_, row);
    }

    // Some rows by their value in a column; those without any are left out.
    RowList by_value(int column, const RowList &rows) const {
        const RowList &order = mover_.order_[column], &place = mover_.place_[column];
        Bits places(rows_.words, 0);  // sorted, for a bit is where its place is
        for (int r : rows)
            if (place[r] >= 0) put(places.data(), place[r]);
        RowList out;
        out.reserve(rows.size());
        each_row(places, [&](int at) { out.push_back(order[at]); });
        return out;
    }

    // Give a node the best threshold of its column, where another is better; tell whether it is.
    bool move(int at) {
        ThresholdNode &node = nodes_[at];
        const std::vector<double> &values = mover_.values_[node.column];
        const int d = rows_.loss.d;
        const bool leaves = above_leaves(at);
        std::vector<double> yes(d, 0.0), whole(d, 0.0), missing(d, 0.0), no(d);
        for (int r : reached_[at])
            if (std::isnan(values[r])) rows_.add(r, missing.data());
        const RowList row = by_value(node.column, reached_[at]);
        for (int r : row) rows_.add(r, whole.data());
        for (int c = 0; c < d; ++c) whole[c] += missing[c];
        double best = -infinite, saved = 0.0, before = leaves ? -infinite : 0.0;
        int cut = -1;
        for (std::size_t i = 0; i < row.size(); ++i) {
            rows_.add(row[i], yes.data());
            if (!leaves) saved += cost_below(node.no, row[i]) - cost_below(node.yes, row[i]);
            if (i + 1 < row.size() && !(values[row[i]] < values[row[i + 1]])) continue;
            for (int c = 0; c < d; ++c) no[c] = whole[c] - yes[c];
            const double gain = leaves ? -rows_.loss.cost(yes.data()) - rows_.loss.cost(no.data()) : saved;
            if (values[row[i]] <= node.number) before = gain;
            if (i + 1 == row.size()) break;
            const double least = std::min(rows_.loss.weight(yes.data()), rows_.loss.weight(no.data()));
            if (least >= mover_.min_leaf_ && (cut < 0 || gain > best)) {
                best = gain;
                cut = static_cast<int>(i);
            }
        }
        if (cut < 0 || best <= before + 1e-6 * (1 + std::abs(before))) return false;
        node.number = between_(node.column, values[row[cut]], values[row[cut + 1]]);
        return true;
    }

    const ThresholdMover &mover_;
    const Rows &rows_;
    const ThresholdMover::Between &between_;
    std::vector<ThresholdNode> nodes_;
    std::vector<RowList> reached_;
    std::vector<std::vector<double>> sums_;
    std::vector<Answer> answers_;
};

ThresholdMover::ThresholdMover(const Rows &rows, std::vector<std::vector<double>> values, std::vector<int> column_of,
                               std::vector<double> number_of, double min_leaf, int most_sweeps, double least)
    : rows_(rows), values_(std::move(values)), column_of_(std::move(column_of)), number_of_(std::move(number_of)),
      min_leaf_(min_leaf), most_sweeps_(most_sweeps), least_(least) {
    for (const std::vector<double> &column : values_) {
        RowList order, place(rows.n, -1);
        for (int r = 0; r < rows.n; ++r)
            if (!std::isnan(column[r])) order.push_back(r);
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return column[a] < column[b]; });
        for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
        order_.push_back(std::move(order));
        place_.push_back(std::move(place));
    }
}

MovedTree ThresholdMover::moved(std::vector<ThresholdNode> nodes, const Between &between) const {
    Moving tree(*this, std::move(nodes), between);
    double best = tree.fitted();
    MovedTree out;
    for (int i = 0; i < most_sweeps_ && tree.sweep(); ++i) {
        const double cost = tree.fitted();
        if (!(cost < best - least_ * (1 + best))) break;
        best = cost;
        out = tree.frozen();
    }
    return out;
}

}  // namespace limbeck
