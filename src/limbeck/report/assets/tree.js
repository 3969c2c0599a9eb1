"use strict";
// The drawing of one tree: boxes from left to right, folded and followed, walked with the arrow keys.

const BOX = { width: 196, height: 60, across: 52, down: 10, margin: 16 };
const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ruler = document.createElement("canvas").getContext("2d");

function fitted(text, width, font) {
  ruler.font = font;
  if (ruler.measureText(text).width <= width) return text;
  let letters = Array.from(text);
  // The middle is cut out: names often differ at their ends, and a threshold stands there.
  const cut = () => { const half = Math.ceil(letters.length / 2); return [...letters.slice(0, half), "…", ...letters.slice(half)].join(""); };
  while (letters.length && ruler.measureText(cut()).width > width) letters.splice(Math.floor(letters.length / 2), 1);
  return cut();
}

// A text on at most two lines, broken between words where that is possible.
function twoLines(text, width, font) {
  ruler.font = font;
  if (ruler.measureText(text).width <= width) return [text];
  const words = text.split(" ");
  let first = words.shift();
  while (words.length && ruler.measureText(`${first} ${words[0]}`).width <= width) first += " " + words.shift();
  const rest = words.join(" ");
  return rest ? [fitted(first, width, font), fitted(rest, width, font)] : [fitted(first, width, font)];
}

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
    Object.assign(this, { place, data, onSelect, zoom: 1, path: [], limit: null, folded: new Set(), selected: 0 });
    this.svg = drawn("svg", { role: "tree", "aria-label": "Decision tree", class: "tree" });
    place.replaceChildren(this.svg);
    this.svg.addEventListener("keydown", (event) => this.onKey(event));
    place.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.listenToDrags();
  }

  show(index) {
    this.index = index;
    this.tree = this.data.trees[index];
    this.certified = index === this.data.chosen;
    this.folded.clear();
    this.path = [];
    this.selected = 0;
    this.parents();
    this.draw();
    this.fit();
  }

  parents() {
    const n = this.tree.question.length;
    this.parent = new Array(n).fill(-1);
    this.depth = new Array(n).fill(0);
    for (let node = 0; node < n; node++) {
      if (this.tree.question[node] < 0) continue;
      for (const child of [this.tree.yes[node], this.tree.no[node]]) {
        this.parent[child] = node;
        this.depth[child] = this.depth[node] + 1;
      }
    }
  }

  isOpen(node) {
    return this.tree.question[node] >= 0 && !this.folded.has(node);
  }

  // Nodes in drawn order, each with its place: *yes* goes on in the same line, *no* begins a line further down.
  layout() {
    const { tree } = this;
    this.order = [];
    this.at = {};
    let line = 0;
    const lay = (node) => {
      this.order.push(node);
      const x = BOX.margin + this.depth[node] * (BOX.width + BOX.across);
      if (this.isOpen(node)) {
        this.at[node] = { x, y: lay(tree.yes[node]) };
        lay(tree.no[node]);
      } else {
        this.at[node] = { x, y: BOX.margin + line++ * (BOX.height + BOX.down) };
      }
      return this.at[node].y;
    };
    lay(0);
    const deepest = Math.max(...this.order.map((node) => this.depth[node]));
    this.width = 2 * BOX.margin + deepest * (BOX.width + BOX.across) + BOX.width;
    this.height = 2 * BOX.margin + line * (BOX.height + BOX.down) - BOX.down;
  }

  draw() {
    this.layout();
    const edges = drawn("g", { "aria-hidden": "true" });
    const nodes = drawn("g", { role: "presentation" });
    for (const node of this.order) {
      if (this.parent[node] >= 0) edges.append(...this.edge(node));
      nodes.append(this.box(node));
    }
    const hatch = drawn("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      drawn("rect", { width: 2, height: 5, fill: "var(--paper)" }));
    this.svg.replaceChildren(drawn("defs", {}, hatch), edges, nodes);
    this.scale(this.zoom);
  }

  edge(node) {
    const from = this.at[this.parent[node]], to = this.at[node];
    const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2], [x2, y2] = [to.x, to.y + BOX.height / 2];
    const bend = (x1 + x2) / 2 - 8;
    const followed = this.path.includes(node);
    const weight = followed ? 5 : 1.5 + 5 * (this.tree.rows[node] / this.tree.rows[0]);
    const line = drawn("path", {
      d: `M${x1},${y1} C${bend},${y1} ${bend},${y2} ${x2},${y2}`, class: followed ? "edge followed" : "edge", "stroke-width": weight,
    });
    const answer = drawn("text", { x: x2 - 6, y: y2 + 4, class: followed ? "answer followed" : "answer" });
    answer.textContent = this.tree.yes[this.parent[node]] === node ? "yes" : "no";
    return [line, answer];
  }

  box(node) {
    const { x, y } = this.at[node], { tree } = this, leaf = tree.question[node] < 0;
    const group = drawn("g", {
      role: "treeitem", transform: `translate(${x},${y})`, class: this.classOf(node), tabindex: node === this.selected ? 0 : -1,
      "aria-level": this.depth[node] + 1, "aria-selected": node === this.selected, "aria-label": this.spoken(node), "data-node": node,
    });
    if (!leaf) group.setAttribute("aria-expanded", this.isOpen(node));
    // Named once, by the label; the words below are for the eye.
    const seen = drawn("g", { "aria-hidden": "true" });
    seen.append(drawn("rect", { width: BOX.width, height: BOX.height, rx: leaf ? 10 : 3, class: "box" }));
    const words = twoLines(this.titleOf(node), BOX.width - (leaf ? 20 : 34), "600 13px system-ui, sans-serif");
    if (words.join(" ") !== this.titleOf(node)) {
      const whole = drawn("title", {});
      whole.textContent = this.titleOf(node);
      seen.append(whole);
    }
    words.forEach((line, i) => {
      const title = drawn("text", { x: 10, y: 17 + 15 * i, class: "question" });
      title.textContent = line;
      seen.append(title, " ");
    });
    const rows = drawn("text", { x: 10, y: 47, class: "rows" });
    rows.textContent = fitted(this.subtitleOf(node), BOX.width - 20, "11px system-ui, sans-serif");
    seen.append(rows, ...this.mixOf(node));
    if (!leaf) {
      const fold = drawn("text", { x: BOX.width - 16, y: 19, class: "fold" });
      fold.textContent = this.isOpen(node) ? "−" : "+";
      seen.append(fold);
    }
    group.append(seen);
    group.addEventListener("click", () => this.onClick(node));
    return group;
  }

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

  isOver(node) {
    const known = this.certified ? this.data.nodes[node] : undefined;
    const figure = this.data.task === "classes" ? known?.limit : known?.loss;
    return this.limit !== null && this.tree.question[node] < 0 && figure !== undefined && figure > this.limit;
  }

  titleOf(node) {
    const question = this.tree.question[node];
    return question < 0 ? this.tree.answer[node] : this.data.literals[question].yes + "?";
  }

  subtitleOf(node) {
    const rows = `${amount(this.tree.rows[node])} rows`;
    if (this.isOver(node)) return `▲ ${this.data.nodes[node].mark} · ${rows}`;
    if (this.tree.question[node] >= 0) return rows;
    return this.tree.mix && this.tree.rows[node] && !this.asks(node) ? `${percent(this.tree.share[node])} of ${rows}` : rows;
  }

  // The class mix as a striped bar, or where the number lies between the least and the largest.
  mixOf(node) {
    const { tree, data } = this, width = BOX.width - 20, y = BOX.height - 7, parts = [];
    if (this.asks(node)) return parts;
    if (tree.mix) {
      let x = 10;
      for (const [i, share] of tree.mix[node]) {
        const bar = { x, y, width: share * width, height: 4 };
        parts.push(drawn("rect", { ...bar, fill: `var(--c${i % 8})` }));
        if (i >= 8) parts.push(drawn("rect", { ...bar, fill: "url(#hatch)" }));
        x += share * width;
      }
    } else {
      const [low, high] = data.span, place = high > low ? (tree.value[node] / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
      parts.push(drawn("rect", { x: 10, y: y + 1, width, height: 2, fill: "var(--line)" }));
      parts.push(drawn("rect", { x: 8 + place * width, y: y - 1, width: 4, height: 6, fill: "var(--c0)" }));
    }
    return parts;
  }

  spoken(node) {
    const parent = this.parent[node], side = parent < 0 ? "root" : this.tree.yes[parent] === node ? "yes" : "no";
    const over = this.isOver(node) ? ", above the limit that you chose" : "";
    return `${side}: ${this.titleOf(node)} ${this.subtitleOf(node)}${over}`;
  }

  select(node, focus = true) {
    this.selected = node;
    for (const item of this.svg.querySelectorAll("[role=treeitem]")) {
      const own = Number(item.dataset.node);
      item.setAttribute("tabindex", own === node ? 0 : -1);
      item.setAttribute("aria-selected", own === node);
      item.setAttribute("class", this.classOf(own));
      if (own === node) {
        if (focus) item.focus({ preventScroll: true });
        this.reveal(node);
      }
    }
    this.onSelect(node);
  }

  // Scroll the frame, and only the frame, until the node is inside.
  reveal(node) {
    const { x, y } = this.at[node], edge = 24, place = this.place;
    const left = x * this.zoom - edge, right = (x + BOX.width) * this.zoom + edge - place.clientWidth;
    const top = y * this.zoom - edge, bottom = (y + BOX.height) * this.zoom + edge - place.clientHeight;
    place.scrollLeft = Math.min(Math.max(place.scrollLeft, right), Math.max(left, 0));
    place.scrollTop = Math.min(Math.max(place.scrollTop, bottom), Math.max(top, 0));
  }

  open(node) {
    for (let above = this.parent[node]; above >= 0; above = this.parent[above]) this.folded.delete(above);
    this.draw();
    this.select(node, false);
  }

  fold(node) {
    if (this.tree.question[node] < 0) return;
    if (!this.folded.delete(node)) this.folded.add(node);
    this.draw();
    this.select(node);
  }

  foldBelow(depth) {
    this.folded.clear();
    this.tree.question.forEach((question, node) => {
      if (question >= 0 && this.depth[node] >= depth) this.folded.add(node);
    });
    this.draw();
    this.select(0, false);
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

  onClick(node) {
    if (this.dragged) return;
    if (node === this.selected && this.tree.question[node] >= 0) this.fold(node);
    else this.select(node);
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
      "+": () => this.scale(this.zoom * 1.25),
      "-": () => this.scale(this.zoom / 1.25),
      0: () => this.fit(),
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  }

  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.scale(this.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }

  listenToDrags() {
    let start = null;
    this.place.addEventListener("pointerdown", (event) => {
      this.dragged = false;
      if (event.pointerType === "mouse" && event.button === 0) {
        start = { x: event.clientX, y: event.clientY, left: this.place.scrollLeft, top: this.place.scrollTop };
      }
    });
    window.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      if (Math.abs(dx) + Math.abs(dy) > 4) this.dragged = true;
      this.place.scrollLeft = start.left - dx;
      this.place.scrollTop = start.top - dy;
    });
    window.addEventListener("pointerup", () => (start = null));
  }

  scale(zoom) {
    this.zoom = Math.min(Math.max(zoom, 0.15), 3);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.setAttribute("width", this.width * this.zoom);
    this.svg.setAttribute("height", this.height * this.zoom);
  }

  // All of the width, unless the words would become too small to read.
  fit() {
    const whole = (this.place.clientWidth || 800) / this.width;
    this.scale(Math.min(1, Math.max(whole, 0.8)));
    this.place.scrollLeft = this.place.scrollTop = 0;
  }

  whole() {
    this.scale((this.place.clientWidth || 800) / this.width);
  }
}
