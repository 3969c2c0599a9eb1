"use strict";
// A tree as a list that folds, for narrow screens and for those who read it line by line.

class Outline {
  constructor(view) {
    this.view = view;
    this.root = element("div", "", { role: "tree", "aria-label": "Decision tree", class: "outline" });
  }

  // A phone shows some dozen lines at first.
  begin() {
    this.view.openLargest(15);
  }

  draw() {
    this.root.replaceChildren(...this.view.order.map((node) => this.line(node)));
  }

  line(node) {
    const { view } = this, leaf = view.tree.question[node] < 0, open = view.isOpen(node);
    const line = element("div", "", {
      role: "treeitem", class: view.classOf(node), tabindex: node === view.selected ? 0 : -1, "aria-level": view.depth[node] + 1,
      "aria-selected": node === view.selected, "aria-label": view.spoken(node), "data-node": node,
      style: `padding-left: calc(${Math.min(view.depth[node], 12)} * var(--step) + 1.4em)`,
    });
    if (!leaf) line.setAttribute("aria-expanded", open);
    const side = view.sideOf(node);
    if (!leaf) line.append(element("span", open ? "−" : "+", { class: "fold" }));
    if (side !== "root") line.append(element("span", side, { class: `side ${side}` }));
    if (leaf) for (const { fill, hatched } of view.stripes(node).filter((s, i, all) => s.share === Math.max(...all.map((t) => t.share))).slice(0, 1)) {
      line.append(element("span", "", { class: hatched ? "swatch hatched" : "swatch", style: `background-color: ${fill}` }));
    }
    line.append(element("bdi", view.titleOf(node), { class: "question" }));
    const told = [leaf && view.agreesOf(node) ? `${view.agreesOf(node)} of ${view.rowsOf(node)}` : view.rowsOf(node)];
    if (!leaf && !open) told.push(`${view.below[node]} leaves`);
    if (leaf && view.markOf(node)) told.push(view.markOf(node));
    line.append(element("span", told.join(" · "), { class: "rows" }));
    line.addEventListener("click", () => (leaf ? view.select(node) : view.fold(node)));
    return line;
  }

  select(node, focus) {
    for (const line of this.root.children) {
      const own = Number(line.dataset.node);
      line.setAttribute("tabindex", own === node ? 0 : -1);
      line.setAttribute("aria-selected", own === node);
      line.setAttribute("class", this.view.classOf(own));
      if (own === node && focus) line.focus({ preventScroll: true });
    }
  }
}
