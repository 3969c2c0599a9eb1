"use strict";
// What ties the page together: the shown tree, the details of a node, the charts, the theme and the print.

const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 2, useGrouping: true });
const amount = (value) => NUMBERS.format(value).replaceAll(",", "\u202f");
const percent = (share) => `${(100 * share).toFixed(1).replace(/\.0$/, "")}\u202f%`;
const find = (id) => document.getElementById(id);

const data = JSON.parse(find("data").textContent);
const view = new TreeView(find("canvas"), data, describe);
const phone = window.matchMedia("(max-width: 700px)");
const rows = new RowTable(find("rows-table"), data, followed);
const places = data.trees.map((tree, i) => data.frontier.find((point) => point.tree === i));
const charts = {};

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// --- the shown tree

function show(index) {
  const point = places[index], chosen = index === data.chosen;
  find("size").value = index;
  const [value, use] = point.validation === null ? [point.fit, "fit"] : [point.validation, "validation"];
  const leaves = `${point.leaves} ${point.leaves === 1 ? "leaf" : "leaves"}`;
  const words = `${leaves}, depth ${point.depth}, ${use} ${data.measure} ${value.toFixed(4)}`;
  find("size").setAttribute("aria-valuetext", words);
  find("size-text").textContent = words + (chosen ? ", the chosen tree" : "");
  find("not-certified").hidden = chosen;
  find("smaller").disabled = index === 0;
  find("larger").disabled = index === data.trees.length - 1;
  find("chosen").disabled = chosen;
  document.querySelectorAll("#frontier-table tr[data-tree]").forEach((line) => {
    line.classList.toggle("shown", Number(line.dataset.tree) === index);
  });
  if (charts.frontier) charts.frontier.signal("shown", point.leaves).runAsync();
  view.limit = null;
  view.show(index);
  find("clipped").hidden = view.tree.leaves <= 40;
  if (rows.lines.length) {
    const n = rows.answer(view.tree);
    find("rows-text").textContent = `On these ${rows.lines.length} rows, the tree of ${leaves} and the teacher differ on ${n}.`;
    rows.only(find("only-differing").checked);
    if (rows.followed !== null) view.follow(rows.paths[rows.followed]);
  }
  mark();
  describe(view.selected);
}

function mark() {
  const box = find("marking");
  if (!box) return;
  const possible = view.certified;
  box.disabled = find("limit").disabled = !possible;
  const on = possible && box.checked;
  const n = view.mark(on ? Number(find("limit").value) : null);
  const kind = data.task === "classes" ? "a certified error above" : "a typical gap above";
  find("marked").textContent = !possible
    ? "Only the chosen tree has figures for its leaves."
    : on ? `${n} of ${view.tree.leaves} leaves have ${kind} ${find("limit").value}; they are marked ▲.` : "";
}

// --- the details of a node

function terms(node) {
  const found = [];
  for (let here = node; view.parent[here] >= 0; here = view.parent[here]) {
    const above = view.parent[here], literal = data.literals[view.tree.question[above]];
    found.unshift(view.tree.yes[above] === here ? literal.yes : literal.no);
  }
  return found;
}

function describe(node) {
  const tree = view.tree, known = (view.certified && data.nodes[node]) || {};
  const parts = [element("h3", tree.question[node] < 0 ? `Leaf ${node}: ${tree.answer[node]}` : view.titleOf(node))];
  const clause = terms(node), list = element("ul", "", { class: "clause" });
  clause.forEach((term) => list.append(element("li", term)));
  parts.push(element("p", clause.length ? "Rows with" : "Every row"), list);
  const facts = element("dl", "");
  const fact = (name, text) => text && facts.append(element("dt", name), element("dd", text));
  fact("fit rows", `${amount(tree.rows[node])} (${percent(tree.rows[node] / tree.rows[0])} of all)`);
  if (!tree.mix) fact("mean of the teacher", tree.answer[node]);
  fact("certificate", known.certificate);
  fact("seen", known.seen);
  fact("influence", tree.influence[node]);
  fact("representation", known.represented);
  parts.push(facts);
  if (tree.mix) parts.push(mixTable(tree.mix[node]));
  find("details").replaceChildren(...parts);
}

function mixTable(mix) {
  const table = element("table", "", { class: "mix" });
  table.append(element("caption", "The teacher's answers on these rows"));
  for (const [i, share] of [...mix].sort((a, b) => b[1] - a[1])) {
    const line = element("tr", ""), name = element("th", "", { scope: "row" });
    name.append(element("span", "", { class: "swatch" + (i >= 8 ? " hatched" : ""), style: `background-color: var(--c${i % 8})` }), element("bdi", data.classes[i]));
    line.append(name, element("td", percent(share)));
    table.append(line);
  }
  return table;
}

// --- rows

function followed(row) {
  find("stop").disabled = row === null;
  const path = row === null ? [] : rows.paths[row];
  view.follow(path);
  if (row === null) {
    find("path").textContent = "No row is followed.";
    return;
  }
  const leaf = path[path.length - 1], steps = terms(leaf);
  find("path").textContent =
    `Row ${row + 1}: ${steps.join(", ") || "no question"}; the tree answers ${view.tree.answer[leaf]}, the teacher ${data.rows.teacher[row]}.`;
}

// --- charts

async function chart(name, id) {
  const spec = data.charts[name];
  if (!spec) return;
  const made = new vega.View(vega.parse(vegaLite.compile(spec, { logger: vega.logger(vega.Error) }).spec, null, { ast: true }), {
    expr: vega.expressionInterpreter, renderer: "svg", container: find(id), hover: true, tooltip: new Tooltip(find("tooltip")).call,
  });
  charts[name] = await made.runAsync();
}

class Tooltip {
  constructor(place) {
    this.call = (handler, event, item, value) => {
      place.hidden = value === null || value === undefined || typeof value !== "object";
      if (place.hidden) return;
      place.textContent = Object.entries(value).map(([key, text]) => `${key}: ${text}`).join("\n");
      place.style.left = `${Math.min(event.clientX + 12, window.innerWidth - 160)}px`;
      place.style.top = `${event.clientY + 12}px`;
    };
  }
}

async function drawCharts() {
  await chart("frontier", "frontier-chart");
  charts.frontier.addEventListener("click", (event, item) => {
    const at = item && item.datum ? places.findIndex((point) => point.leaves === item.datum.leaves) : -1;
    if (at >= 0) show(at);
  });
  await chart("heat", "heat-chart");
}

// --- theme and print

const dark = window.matchMedia("(prefers-color-scheme: dark)");
function theme(toggle) {
  const set = document.documentElement.dataset.theme, now = set ? set === "dark" : dark.matches;
  if (toggle) document.documentElement.dataset.theme = now ? "light" : "dark";
  find("theme").setAttribute("aria-pressed", toggle ? !now : now);
}

let before = null;
function printing(on) {
  if (on && before === null) {
    const closed = Array.from(document.querySelectorAll("details:not([open])"));
    before = { closed, zoom: view.drawing.zoom, painter: view.painter };
    closed.forEach((part) => (part.open = true));
    view.drawing.zoom = 1;
    paint(view.drawing);
  } else if (!on && before !== null) {
    before.closed.forEach((part) => (part.open = false));
    view.drawing.zoom = before.zoom;
    paint(before.painter);
    before = null;
  }
}

// --- a drawing, or a list

function paint(painter) {
  const list = painter === view.outline;
  view.paintBy(painter);
  find("as-list").setAttribute("aria-pressed", list);
  document.querySelectorAll(".of-drawing").forEach((part) => (part.hidden = list));
  document.querySelectorAll(".of-list").forEach((part) => (part.hidden = !list));
}

// --- controls

find("size").addEventListener("input", (event) => show(Number(event.target.value)));
find("smaller").addEventListener("click", () => show(view.index - 1));
find("larger").addEventListener("click", () => show(view.index + 1));
find("chosen").addEventListener("click", () => show(data.chosen));
find("zoom-in").addEventListener("click", () => view.drawing.scale(view.drawing.zoom * 1.4));
find("zoom-out").addEventListener("click", () => view.drawing.scale(view.drawing.zoom / 1.4));
find("zoom-fit").addEventListener("click", () => view.drawing.scale(1));
find("as-list").addEventListener("click", () => paint(view.painter === view.outline ? view.drawing : view.outline));
phone.addEventListener("change", () => paint(phone.matches ? view.outline : view.drawing));
new ResizeObserver(() => view.painter === view.drawing && view.place.clientWidth !== view.drawing.seen && view.draw()).observe(view.place);
find("fold-all").addEventListener("click", () => view.foldBelow(2));
find("unfold-all").addEventListener("click", () => view.foldBelow(Infinity));
find("theme").addEventListener("click", () => theme(true));
find("marking")?.addEventListener("change", mark);
find("limit")?.addEventListener("input", mark);
find("stop")?.addEventListener("click", () => rows.follow(null));
find("only-differing")?.addEventListener("change", (event) => rows.only(event.target.checked));
document.querySelectorAll("[data-leaf]").forEach((button) => {
  button.addEventListener("click", () => {
    if (view.index !== data.chosen) show(data.chosen);
    view.open(Number(button.dataset.leaf));
    find("tree").scrollIntoView();
  });
});
document.querySelectorAll("[data-row]").forEach((button) => {
  button.addEventListener("click", () => {
    if (view.index !== data.chosen) show(data.chosen);
    rows.follow(Number(button.dataset.row));
    find("tree").scrollIntoView();
  });
});
document.querySelectorAll("[name=side]").forEach((choice) => {
  choice.addEventListener("change", () => charts.heat.signal("side", choice.value).runAsync());
});
dark.addEventListener("change", () => theme(false));
window.matchMedia("print").addEventListener("change", (event) => printing(event.matches));
window.addEventListener("beforeprint", () => printing(true));
window.addEventListener("afterprint", () => printing(false));

theme(false);
view.painter = phone.matches ? view.outline : view.drawing;
show(data.chosen);
paint(view.painter);
// The figures and the tree are there first; the charts follow within the same second.
requestAnimationFrame(() => drawCharts().then(() => document.body.setAttribute("data-ready", "yes")));
