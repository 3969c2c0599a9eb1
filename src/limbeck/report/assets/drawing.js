"use strict";
// The whole tree in one drawing that is as wide as the page. Every node has a line of its own: a question stands between
// what follows on yes, above it, and what follows on no, below it. So no two labels ever meet, whatever the tree.

const SVG = "http://www.w3.org/2000/svg";
const FONT = { normal: "12px system-ui, sans-serif", strong: "600 12px system-ui, sans-serif" };
const DRAWN = { margin: 10, head: 22, apart: 15, most: 30, small: 330, tallest: 560, least: 1.1, words: 190 };
// The columns at the leaves, from the left: answer (so wide its words), a bar of the rows, their number, agreement, the
// leaf's own limit.
const COLUMNS = { answer: 0, name: 86, bar: 104, rows: 254, agrees: 316, mark: 392, width: 398 };
const NARROW = { answer: 0, name: 96, bar: null, rows: 164, agrees: 224, mark: null, width: 230 };

function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ruler = document.createElement("canvas").getContext("2d");

// The middle is cut out of a text that is too wide: names often differ at their ends, and a threshold stands there.
function fitted(text, width, font) {
  ruler.font = font;
  if (ruler.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  const cut = (n) => [...letters.slice(0, Math.ceil(n / 2)), "…", ...letters.slice(letters.length - Math.floor(n / 2))].join("");
  let [low, high] = [0, letters.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ruler.measureText(cut(middle)).width <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

class Drawing {
  constructor(view) {
    Object.assign(this, { view, zoom: 1, root: drawn("svg", { role: "tree", "aria-label": "Decision tree", class: "tree" }) });
    view.place.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
  }

  begin() {
    this.zoom = 1;
  }

  // The nodes from top to bottom: what follows on yes, the question, what follows on no.
  lines() {
    const { view } = this, found = [], pending = [];
    for (let node = 0; node !== null || pending.length; ) {
      if (node !== null) {
        pending.push(node);
        node = view.isOpen(node) ? view.tree.yes[node] : null;
      } else {
        const here = pending.pop();
        found.push(here);
        node = view.isOpen(here) ? view.tree.no[here] : null;
      }
    }
    return found;
  }

  layout() {
    const { view } = this, lines = this.lines();
    this.seen = view.place.clientWidth;
    this.width = Math.max(this.seen || 900, 560);
    this.columns = this.width >= 860 ? COLUMNS : NARROW;
    this.edge = this.width - this.columns.width - DRAWN.margin;
    const inner = lines.filter((node) => view.isOpen(node)).map((node) => view.depth[node]);
    const deepest = Math.max(0, ...inner);
    this.step = Math.min(150, (this.edge - DRAWN.margin - DRAWN.words) / Math.max(1, deepest));
    // A small tree is drawn about as tall as the details beside it, a large one until it would no longer be seen whole.
    const roomy = Math.min(DRAWN.most, DRAWN.small / lines.length);
    const tight = Math.min(DRAWN.apart, (DRAWN.tallest - DRAWN.head) / lines.length);
    this.fitting = Math.max(roomy, tight, DRAWN.least);
    this.pitch = this.fitting * this.zoom;
    this.height = DRAWN.head + lines.length * this.pitch + DRAWN.margin;
    this.at = {};
    lines.forEach((node, i) => {
      const x = view.isOpen(node) ? DRAWN.margin + view.depth[node] * this.step : this.edge;
      this.at[node] = { x, y: DRAWN.head + (i + 0.5) * this.pitch };
    });
    this.largest = Math.max(1e-9, ...lines.filter((node) => !view.isOpen(node)).map((node) => view.tree.rows[node]));
    this.shown = this.legible(lines);
  }

  // The nodes that have room for words: those that most rows reach first.
  legible(lines) {
    const { view } = this, shown = new Set(), apart = 12 / this.pitch;
    const taken = { inner: [], end: [] };
    const byRows = lines.map((node, i) => ({ node, i })).sort((a, b) => view.tree.rows[b.node] - view.tree.rows[a.node]);
    for (const { node, i } of byRows) {
      const places = taken[view.isOpen(node) ? "inner" : "end"];
      if (places.some((other) => Math.abs(other - i) < apart)) continue;
      places.push(i);
      shown.add(node);
    }
    return shown;
  }

  draw() {
    this.layout();
    const { view } = this;
    const edges = drawn("g", { "aria-hidden": "true" }), nodes = drawn("g", { role: "presentation" });
    for (const node of view.order) {
      if (view.parent[node] >= 0) edges.append(this.branch(node));
      nodes.append(this.node(node));
    }
    const hatch = drawn("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      drawn("rect", { width: 2, height: 5, fill: "var(--paper)" }));
    this.root.replaceChildren(drawn("defs", {}, hatch), ...this.heads(), edges, nodes);
    const size = { viewBox: `0 0 ${this.width} ${this.height}`, width: this.width, height: this.height };
    for (const [key, value] of Object.entries(size)) this.root.setAttribute(key, value);
  }

  text(x, y, words, kind, anchor = "start") {
    const made = drawn("text", { x, y: y + 4, class: kind, "text-anchor": anchor });
    made.textContent = words;
    return made;
  }

  heads() {
    const { view, columns, edge } = this, y = DRAWN.head / 2 - 2;
    const heads = [this.text(DRAWN.margin, y, "yes ↑   no ↓", "head"), this.text(edge + columns.answer + 10, y, "answer", "head")];
    const end = (place, words) => place !== null && heads.push(this.text(edge + place, y, words, "head", "end"));
    end(columns.rows, "fit rows");
    if (view.tree.mix) end(columns.agrees, "agree");
    if (view.certified && Object.values(view.data.nodes).some((known) => known.mark)) end(columns.mark, view.tree.mix ? "error limit" : "seen");
    return heads;
  }

  // A branch goes up or down from its question, then on to the right; the wider, the more rows.
  branch(node) {
    const { view } = this, from = this.at[view.parent[node]], to = this.at[node];
    const followed = view.path.includes(node), turn = Math.min(6, Math.abs(to.y - from.y), Math.max(0, to.x - from.x));
    const sign = to.y < from.y ? -1 : 1, share = view.tree.rows[node] / view.tree.rows[0];
    const widest = Math.min(7, Math.max(1, this.pitch));
    const least = Math.min(1, 0.25 * this.pitch), width = followed ? 3.5 : least + (widest - least) * share;
    return drawn("path", {
      d: `M${from.x},${from.y} V${to.y - sign * turn} Q${from.x},${to.y} ${from.x + turn},${to.y} H${to.x}`,
      class: followed ? "edge followed" : "edge", "stroke-width": width.toFixed(2),
    });
  }

  node(node) {
    const { view } = this, { x, y } = this.at[node], open = view.isOpen(node);
    const group = drawn("g", {
      role: "treeitem", class: view.classOf(node), tabindex: node === view.selected ? 0 : -1, "aria-level": view.depth[node] + 1,
      "aria-selected": node === view.selected, "aria-label": view.spoken(node), "data-node": node,
    });
    if (view.tree.question[node] >= 0) group.setAttribute("aria-expanded", open);
    const whole = drawn("title", {});
    whole.textContent = view.spoken(node);
    // Named once, by the label; what follows is for the eye.
    const seen = drawn("g", { "aria-hidden": "true" }, whole, ...(open ? this.question(node) : this.end(node)));
    group.append(seen);
    group.addEventListener("click", () => this.onClick(node));
    return group;
  }

  question(node) {
    const { view } = this, { x, y } = this.at[node], room = this.edge - x - 22;
    const words = this.shown.has(node) ? fitted(view.titleOf(node), room, FONT.normal) : "";
    ruler.font = FONT.normal;
    const wide = words ? ruler.measureText(words).width : 0, tall = Math.max(3, Math.min(16, this.pitch * 1.9));
    return [
      drawn("rect", { x: x - 7, y: y - tall / 2, width: wide + 20, height: tall, rx: 4, class: "box" }),
      ...(words || this.pitch > 3 ? [drawn("circle", { cx: x, cy: y, r: Math.min(3.5, Math.max(1.5, this.pitch / 3)), class: "dot" })] : []),
      ...(words ? [this.text(x + 8, y, words, "question")] : []),
    ];
  }

  // A leaf, or a question that is folded: one line of a table.
  end(node) {
    const { view, columns } = this, { x, y } = this.at[node], tall = Math.max(1, Math.min(18, this.pitch * 1.9));
    const parts = [drawn("rect", { x: x - 3, y: y - tall / 2, width: columns.width + DRAWN.margin, height: tall, rx: 3, class: "box" })];
    const bar = Math.max(0.8, Math.min(9, this.pitch * 1.5));
    parts.push(...this.swatch(node, x, y, bar));
    if (columns.bar !== null) parts.push(...this.bar(node, x + columns.bar, y, bar));
    if (!this.shown.has(node)) return parts;
    const folded = view.tree.question[node] >= 0, name = folded ? `+ ${view.below[node]} leaves` : view.titleOf(node);
    parts.push(this.text(x + columns.answer + 10, y, fitted(name, columns.name, view.asks(node) ? FONT.normal : FONT.strong), folded ? "answer folded" : "answer"));
    const end = (place, words, kind) => place !== null && words && parts.push(this.text(x + place, y, words, kind, "end"));
    end(columns.rows, amount(view.tree.rows[node]), "rows");
    end(columns.agrees, view.agreesOf(node), "rows");
    if (!folded) end(columns.mark, view.markOf(node), "rows mark");
    return parts;
  }

  swatch(node, x, y, tall) {
    const most = this.view.stripes(node).reduce((best, next) => (best && best.share >= next.share ? best : next), null);
    if (!most || this.view.tree.question[node] >= 0) return [];
    const box = { x: x - 1, y: y - tall / 2, width: 7, height: tall };
    return [drawn("rect", { ...box, fill: most.fill }), ...(most.hatched ? [drawn("rect", { ...box, fill: "url(#hatch)" })] : [])];
  }

  // As long as the rows are many, striped by what the teacher answers on them.
  bar(node, x, y, tall) {
    const { view } = this, { tree } = view, room = COLUMNS.rows - COLUMNS.bar - 52, parts = [];
    const long = Math.max(1, room * (tree.rows[node] / this.largest));
    let from = x;
    for (const { share, fill, hatched } of view.stripes(node)) {
      const piece = { x: from, y: y - tall / 2, width: share * long, height: tall };
      parts.push(drawn("rect", { ...piece, fill }), ...(hatched ? [drawn("rect", { ...piece, fill: "url(#hatch)" })] : []));
      from += share * long;
    }
    return parts.length ? parts : [drawn("rect", { x, y: y - tall / 2, width: long, height: tall, class: "asking" })];
  }

  select(node, focus) {
    for (const item of this.root.querySelectorAll("[role=treeitem]")) {
      const own = Number(item.dataset.node);
      item.setAttribute("tabindex", own === node ? 0 : -1);
      item.setAttribute("aria-selected", own === node);
      item.setAttribute("class", this.view.classOf(own));
      if (own === node && focus) item.focus({ preventScroll: true });
    }
    this.reveal(node);
  }

  // Scroll the frame, and only the frame, until the node is inside.
  reveal(node) {
    const { y } = this.at[node], place = this.view.place;
    place.scrollTop = Math.min(Math.max(place.scrollTop, y + 24 - place.clientHeight), Math.max(y - 24, 0));
  }

  onClick(node) {
    if (node === this.view.selected && this.view.tree.question[node] >= 0) this.view.fold(node);
    else this.view.select(node);
  }

  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.scale(this.zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
  }

  // Lines further apart show more words; at 1 the whole tree is in sight.
  scale(zoom) {
    const most = Math.max(1.5, DRAWN.apart / this.fitting), place = this.view.place;
    const middle = (place.scrollTop + place.clientHeight / 2 - DRAWN.head) / this.pitch;
    this.zoom = Math.min(Math.max(zoom, 1), most);
    if (this.view.painter !== this) return;
    this.view.draw();
    place.scrollTop = middle * this.pitch + DRAWN.head - place.clientHeight / 2;
  }
}
