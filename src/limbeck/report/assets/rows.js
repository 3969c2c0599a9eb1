"use strict";
// The table of rows: which of them the shown tree answers as the teacher does, and which one is followed.

class RowTable {
  constructor(table, data, onFollow) {
    Object.assign(this, { table, data, onFollow, followed: null });
    this.lines = table ? Array.from(table.querySelectorAll("tbody tr")) : [];
    this.lines.forEach((line, row) => {
      line.addEventListener("click", () => this.follow(this.followed === row ? null : row));
    });
  }

  // Answer all rows by another tree.
  answer(tree) {
    const { rows, literals } = this.data;
    this.paths = this.lines.map((line, row) => pathOf(tree, literals, rows.cells[row]));
    this.differs = this.paths.map((path, row) => {
      const leaf = path[path.length - 1];
      if (tree.asks.includes(leaf)) return false;
      if (!tree.value) return tree.best[leaf] !== rows.code[row];
      return Math.abs(tree.value[leaf] - rows.number[row]) > rows.apart;
    });
    this.lines.forEach((line, row) => {
      const path = this.paths[row];
      line.querySelector(".by-tree").textContent = tree.answer[path[path.length - 1]];
      line.querySelector(".same").textContent = this.differs[row] ? "≠ differ" : "= same";
      line.classList.toggle("differs", this.differs[row]);
    });
    return this.differs.filter(Boolean).length;
  }

  follow(row) {
    this.followed = row;
    this.lines.forEach((line, own) => {
      line.classList.toggle("followed", own === row);
      line.querySelector("button").setAttribute("aria-pressed", own === row);
    });
    this.onFollow(row);
  }

  only(differing) {
    this.lines.forEach((line, row) => (line.hidden = differing && !this.differs[row]));
  }
}
