"use strict";
// The tree on the page: which one is shown, what of it is open, selected, followed and marked, and how keys walk it.
// A Drawing or an Outline puts it before the eye.

// Whether a row's value answers a question with yes; a missing value answers no to all but `missing`.
function holds(ask, cells) {
  const cell = cells[ask.column];
  if (ask.op === "missing") return cell === null;
  if (cell === null) return false;
  if (ask.op === "one_of") return ask.values.includes(cell);
  return ask.op === "at_most" ? Number(cell) <= ask.number : Number(cell) === ask.number;
}

// The nodes that a row passes, from the root to its leaf.
function pathOf(tree, literals, cells) {
  const path = [0];
  for (let node = 0; tree.question[node] >= 0; ) {
    node = holds(literals[tree.question[node]].ask, cells) ? tree.yes[node] : tree.no[node];
    path.push(node);
  }
  return path;
}

class TreeView {
  constructor(place, data, onSelect) {
    Object.assign(this, { place, data, onSelect, path: [], limit: null, folded: new Set(), selected: 0 });
    this.drawing = new Drawing(this);
    this.outline = new Outline(this);
    this.painter = this.drawing;
    place.addEventListener("keydown", (event) => this.onKey(event));
  }

  // Show it as a drawing or as a list.
  paintBy(painter) {
    this.painter = painter;
    this.place.classList.toggle("list", painter === this.outline);
    this.place.replaceChildren(painter.root);
    this.draw();
  }

  show(index) {
    this.index = index;
    this.tree = this.data.trees[index];
    this.certified = index === this.data.chosen;
    this.path = [];
    this.selected = 0;
    this.lay();
    this.painter.begin();
    this.draw();
  }

  // Parents, depths and leaves below each node; parents come before their children.
  lay() {
    const { tree } = this, n = tree.question.length;
    this.folded.clear();
    this.parent = new Array(n).fill(-1);
    this.depth = new Array(n).fill(0);
    this.below = new Array(n).fill(1);
    for (let node = 0; node < n; node++) {
      for (const child of this.children(node)) {
        this.parent[child] = node;
        this.depth[child] = this.depth[node] + 1;
      }
    }
    for (let node = n - 1; node >= 0; node--) {
      const below = this.children(node);
      if (below.length) this.below[node] = this.below[below[0]] + this.below[below[1]];
    }
  }

  children(node) {
    return this.tree.question[node] < 0 ? [] : [this.tree.yes[node], this.tree.no[node]];
  }

  isOpen(node) {
    return this.tree.question[node] >= 0 && !this.folded.has(node);
  }

  draw() {
    this.order = [];
    for (const pending = [0]; pending.length; ) {
      const node = pending.pop();
      this.order.push(node);
      if (this.isOpen(node)) pending.push(this.tree.no[node], this.tree.yes[node]);
    }
    const focused = this.place.contains(document.activeElement) && document.activeElement !== this.place;
    this.painter.draw();
    if (focused) this.place.querySelector("[role=treeitem][tabindex='0']")?.focus({ preventScroll: true });
  }

  // --- what is said of a node

  classOf(node) {
    const words = ["node", this.tree.question[node] < 0 ? "leaf" : "inner"];
    if (this.asks(node)) words.push("asks");
    if (node === this.selected) words.push("selected");
    if (this.path.includes(node)) words.push("followed");
    if (this.isOver(node)) words.push("over");
    return words.join(" ");
  }

  asks(node) {
    return this.tree.asks.includes(node);
  }

  known(node) {
    return (this.certified && this.data.nodes[node]) || {};
  }

  isOver(node) {
    const known = this.known(node), figure = this.data.task === "classes" ? known.limit : known.loss;
    return this.limit !== null && this.tree.question[node] < 0 && figure !== undefined && figure > this.limit;
  }

  titleOf(node) {
    const question = this.tree.question[node];
    return question < 0 ? this.tree.answer[node] : this.data.literals[question].yes + "?";
  }

  rowsOf(node) {
    return `${amount(this.tree.rows[node])} rows`;
  }

  // How far the teacher agrees with what a node would answer, on the rows that fit.
  agreesOf(node) {
    return this.tree.mix && this.tree.rows[node] && !this.asks(node) ? percent(this.tree.share[node]) : "";
  }

  // What is claimed or seen at a leaf; one above the limit that was chosen is marked by more than its colour.
  markOf(node) {
    const mark = this.known(node).mark || "";
    return this.isOver(node) ? `▲ ${mark}` : mark;
  }

  sideOf(node) {
    const parent = this.parent[node];
    return parent < 0 ? "root" : this.tree.yes[parent] === node ? "yes" : "no";
  }

  spoken(node) {
    const over = this.isOver(node) ? ", above the limit that you chose" : "";
    const agrees = this.tree.question[node] < 0 && this.agreesOf(node);
    return `${this.sideOf(node)}: ${this.titleOf(node)} ${agrees ? `${agrees} of ` : ""}${this.rowsOf(node)}${over}`;
  }

  // The classes of the teacher's answers, each with its colour; the larger a number, the stronger its one colour.
  stripes(node) {
    const { tree, data } = this;
    if (this.asks(node)) return [];
    if (tree.mix) return tree.mix[node].map(([i, share]) => ({ share, fill: `var(--c${i % 8})`, hatched: i >= 8 }));
    const [low, high] = data.span, place = high > low ? (tree.value[node] / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
    return [{ share: 1, fill: `var(--h${2 + Math.min(3, Math.floor(4 * place))})`, hatched: false }];
  }

  // --- what a reader does

  select(node, focus = true) {
    this.selected = node;
    this.painter.select(node, focus);
    this.onSelect(node);
  }

  open(node) {
    for (let above = this.parent[node]; above >= 0; above = this.parent[above]) this.folded.delete(above);
    this.draw();
    this.select(node, false);
  }

  fold(node, focus = true) {
    if (this.tree.question[node] < 0) return;
    if (!this.folded.delete(node)) this.folded.add(node);
    this.draw();
    this.select(node, focus);
  }

  foldBelow(depth) {
    this.folded.clear();
    this.tree.question.forEach((question, node) => {
      if (question >= 0 && this.depth[node] >= depth) this.folded.add(node);
    });
    this.draw();
    this.select(0, false);
  }

  // Open the questions that most rows pass, until so many lines are shown.
  openLargest(lines) {
    const inner = this.tree.question.flatMap((question, node) => (question < 0 ? [] : [node]));
    const byRows = inner.sort((a, b) => this.tree.rows[b] - this.tree.rows[a] || a - b);
    this.folded = new Set(byRows.slice(Math.max(1, (lines - 1) / 2)));
  }

  follow(path) {
    this.path = path;
    path.forEach((node) => this.folded.delete(node));
    this.draw();
    if (path.length) this.select(path[path.length - 1], false);
  }

  mark(limit) {
    this.limit = limit;
    this.draw();
    return this.tree.question.filter((question, node) => this.isOver(node)).length;
  }

  onKey(event) {
    const node = this.selected, here = this.order.indexOf(node), inner = this.tree.question[node] >= 0;
    const moves = {
      ArrowDown: () => this.select(this.order[Math.min(here + 1, this.order.length - 1)]),
      ArrowUp: () => this.select(this.order[Math.max(here - 1, 0)]),
      ArrowRight: () => (this.isOpen(node) ? this.select(this.tree.yes[node]) : inner && this.fold(node)),
      ArrowLeft: () => (this.isOpen(node) ? this.fold(node) : this.parent[node] >= 0 && this.select(this.parent[node])),
      Home: () => this.select(0),
      End: () => this.select(this.order[this.order.length - 1]),
      Enter: () => this.fold(node),
      " ": () => this.fold(node),
      "+": () => this.drawing.scale(this.drawing.zoom * 1.4),
      "-": () => this.drawing.scale(this.drawing.zoom / 1.4),
      0: () => this.drawing.scale(1),
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  }
}
