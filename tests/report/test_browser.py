"""The report in a real browser: every control, keys alone, both themes, a phone, paper, and names that attack."""

from types import SimpleNamespace

import numpy as np
import pytest
from tests.report.conftest import KINDS

from limbeck import distill
from limbeck.core import Column, Kind, Literal, Op, Table
from limbeck.report.rows import _compared
from limbeck.report.trees import _literal


def text(page, selector):
    return page.inner_text(selector)


def node(page):
    """The node that is selected."""
    return int(page.get_attribute("[role=treeitem][aria-selected=true]", "data-node"))


def wait_until(page, expression):
    """Wait without `wait_for_function`, whose `eval` the page's policy refuses."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never true: {expression}")


def shown(page):
    return page.locator("[role=treeitem]").count()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_every_kind_opens_shows_its_tree_and_answers_as_the_trees_do(kind, visit, results):
    page, result = visit(kind), results[kind]
    assert shown(page) == result.tree.n_nodes
    assert page.locator("#frontier-chart svg").count() == 1
    assert page.locator("#heat-chart svg").count() == int(result.evidence is not None)
    assert page.evaluate("window.hacked") is None
    if result.exhibits is None or not result.exhibits.rows:
        assert page.locator("#rows").count() == 0
        return
    found = page.evaluate(
        "data.trees.map(tree => data.rows.cells.map(cells => pathOf(tree, data.literals, cells).at(-1)))"
    )
    table = table_of(result.exhibits)
    points = [p for p in result.frontier if p.n_leaves in [t["leaves"] for t in page.evaluate("data.trees")]]
    assert found == [point.tree.apply(table).tolist() for point in points]
    chosen = [p.n_leaves for p in points].index(result.tree.n_leaves)
    assert found[chosen] == [row.leaf for row in result.exhibits.rows]


def table_of(exhibits):
    """Put the kept rows back into a table, by Python's own reading of them."""
    columns = []
    for j, (name, kind) in enumerate(exhibits.columns):
        cells = [row.cells[j] for row in exhibits.rows]
        if kind is Kind.NUMERIC:
            columns.append(Column(name, kind, np.array([np.nan if c is None else c for c in cells], np.float64)))
        else:
            categories = sorted({c for c in cells if c is not None})
            codes = np.array([-1 if c is None else categories.index(c) for c in cells], np.int32)
            columns.append(Column(name, kind, codes, tuple(categories)))
    return Table(tuple(columns), None, len(exhibits.rows))


NEXT = float(np.nextafter(1.5, 2))
ASKED = {
    Literal.at_most("x", 1.5): [1.5, NEXT, 1.0, None, float("inf"), float("-inf")],
    Literal.is_value("x", 1.5): [1.5, NEXT, None],
    Literal.is_value("x", 0.0): [0.0, -0.0, 1.0, None],
    Literal.concept("x"): [0.0, 1.0, None],
    Literal.missing("x"): [0.0, 1.5, None],
    Literal.one_of("x", ["a", "Infinity", "constructor"]): ["a", "b", "A", " a", "Infinity", "constructor", "", None],
}


def test_the_page_answers_single_questions_as_python_does(visit):
    """On the threshold, beside it, without a value, and for words that mean something to JavaScript."""
    page = visit("classes")
    for literal, cells in ASKED.items():
        words = literal.op is Op.ONE_OF
        known = sorted({c for c in cells if c is not None}) if words else []
        codes = [-1 if c is None else known.index(c) for c in cells] if words else None
        values = np.array(codes, np.int32) if words else np.array([np.nan if c is None else c for c in cells])
        column = Column("x", Kind.CATEGORICAL if words else Kind.NUMERIC, values, tuple(known))
        result = SimpleNamespace(exhibits=SimpleNamespace(columns=(("x", column.kind),)))
        ask = _literal(literal, result, {text: text for text in ("x", *literal.values)})["ask"]
        plain = [[_compared(cell)] for cell in cells]
        found = page.evaluate("([ask, rows]) => rows.map(cells => holds(ask, cells))", [ask, plain])
        assert found == literal.holds(column).tolist(), literal


def test_the_mixed_rows_hold_every_kind_of_value(results):
    cells = [cell for row in results["mixed"].exhibits.rows for cell in row.cells]
    assert None in cells
    assert float("inf") in cells
    assert any(isinstance(cell, str) for cell in cells)
    assert {literal.op for p in results["mixed"].frontier for literal in p.tree.literals} >= {"at_most", "is", "one_of"}


def test_the_size_control_changes_the_tree_and_says_what_is_certified(visit, results):
    page, sizes = visit("classes"), [p.n_leaves for p in results["classes"].frontier]
    assert text(page, "#size-text").endswith("the chosen tree")
    assert page.is_hidden("#not-certified")
    assert page.is_disabled("#chosen")
    page.fill("#size", "0")
    assert text(page, "#size-text").startswith("1 leaf, depth 0, validation fidelity 0.")
    assert shown(page) == 1
    assert page.is_visible("#not-certified")
    assert page.is_disabled("#smaller")
    assert page.is_disabled("#marking")
    assert "Only the chosen tree" in text(page, "#marked")
    page.click("#larger")
    assert shown(page) == 2 * sizes[1] - 1
    page.click("#smaller")
    assert shown(page) == 1
    page.click("#chosen")
    assert page.is_hidden("#not-certified")
    assert shown(page) == results["classes"].tree.n_nodes


def test_a_point_of_the_chart_shows_its_tree(visit):
    page = visit("classes")
    page.locator("#frontier-chart").scroll_into_view_if_needed()
    marks = page.locator("#frontier-chart path[aria-roledescription=point]")
    labels = [mark.get_attribute("aria-label") for mark in marks.all()]
    box = marks.nth(next(i for i, label in enumerate(labels) if "leaves: 1;" in label)).bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*place)  # CART's point may lie on limbeck's
    assert "leaves: 1" in text(page, "#tooltip")
    page.mouse.click(*place)
    assert shown(page) == 1
    assert page.evaluate("charts.frontier.signal('shown')") == 1


def test_the_tree_is_walked_and_folded_by_keys_alone(visit, results):
    page, tree = visit("classes"), results["classes"].tree
    page.focus("[role=treeitem][tabindex='0']")
    page.keyboard.press("ArrowRight")
    assert node(page) == tree.yes[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert node(page) == tree.yes[0]
    page.keyboard.press("End")
    assert node(page) == tree.n_nodes - 1
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert shown(page) == 1
    assert page.get_attribute("[role=treeitem]", "aria-expanded") == "false"
    page.keyboard.press("ArrowRight")
    assert shown(page) == tree.n_nodes
    page.keyboard.press("Enter")
    assert shown(page) == 1
    page.keyboard.press(" ")
    assert shown(page) == tree.n_nodes
    page.keyboard.press("+")
    assert page.evaluate("view.drawing.zoom") > 1
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert page.evaluate("view.drawing.zoom") == 1
    assert page.evaluate("document.activeElement.getAttribute('role')") == "treeitem"


def test_every_control_is_reached_by_the_tab_key(visit):
    page = visit("layers")
    wanted = set(page.evaluate(
        "[...document.querySelectorAll('main button:not(:disabled), main input:not(:disabled), summary')]"
        ".filter(e => e.checkVisibility() && !e.closest('tbody') && (e.type !== 'radio' || e.checked))"
        ".map((e, i) => (e.dataset.stop = String(i)))"
    ))  # fmt: skip
    met = set()
    for _ in range(160):
        page.keyboard.press("Tab")
        met.add(page.evaluate("document.activeElement.dataset.stop ?? ''"))
    assert len(wanted) > 12
    assert wanted <= met


def test_tree_items_say_where_they_are(visit, results):
    page = visit("classes")
    items = page.locator("[role=treeitem]").all()
    said = [item.get_attribute("aria-label") for item in items]
    assert said[0].startswith("root: ")
    assert all(words.startswith(("yes: ", "no: ")) for words in said[1:])
    levels = {int(i.get_attribute("data-node")): int(i.get_attribute("aria-level")) for i in items}
    assert [levels[n] for n in range(len(levels))] == (results["classes"].tree.depth_of + 1).tolist()


def test_a_node_shows_what_is_known_of_it(visit, results):
    page, result = visit("layers"), results["layers"]
    leaf = int(result.tree.leaves[0])
    page.click(f"[data-node='{leaf}']")
    shown = text(page, "#details")
    certified = next(c for c in result.certificate.leaves if c.leaf == leaf)
    assert f"of {certified.n_rows} certificate rows differ" in shown
    assert "in the activations" in shown
    page.click("[data-node='0']")
    assert "changing this column alone changes" in text(page, "#details")


def test_clicking_twice_folds_and_the_buttons_fold_and_zoom(visit, results):
    page, tree = visit("twelve"), results["twelve"].tree
    page.click("[data-node='0']")
    assert shown(page) == 1
    page.click("#unfold-all")
    assert shown(page) == tree.n_nodes
    page.click("#fold-all")
    assert shown(page) == int((tree.depth_of <= 2).sum())
    page.click("#unfold-all")
    page.click("#zoom-in")
    assert page.evaluate("view.drawing.zoom") > 1
    page.click("#zoom-in")
    page.click("#zoom-out")
    page.click("#zoom-fit")
    assert page.evaluate("view.drawing.zoom") == 1


def test_the_wheel_zooms_a_large_tree_until_every_line_has_its_words(visit):
    page = visit("large")
    drawing = page.locator("#canvas")
    drawing.scroll_into_view_if_needed()
    assert page.locator("#canvas text.question").count() < 127
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    wait_until(page, "view.drawing.zoom > 1")
    page.evaluate("view.drawing.scale(100)")
    assert page.locator("#canvas text.question").count() == 127
    assert page.evaluate("view.place.scrollHeight > view.place.clientHeight")
    assert page.evaluate("view.place.scrollWidth <= view.place.clientWidth")


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("#canvas text")].map((t) => [t.getBoundingClientRect(), t]);
  const frame = view.place.getBoundingClientRect(), found = [];
  for (const [a, one] of boxes) {
    if (a.right > frame.right + 1 || a.left < frame.left) found.push(`outside: ${one.textContent}`);
    for (const [b, other] of boxes) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (one !== other && across > 1 && down > 4) found.push(`${one.textContent} on ${other.textContent}`);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("width", [820, 1280, 1800])
@pytest.mark.parametrize("kind", ["classes", "twelve", "numbers", "hostile", "large"])
def test_the_whole_tree_is_in_sight_and_no_words_meet(kind, width, visit):
    page = visit(kind, viewport={"width": width, "height": 900})
    assert page.evaluate("view.place.scrollHeight <= view.place.clientHeight")
    assert page.evaluate("view.place.scrollWidth <= view.place.clientWidth")
    assert page.evaluate(OVERLAPS) == []


def test_a_phone_shows_a_list_that_folds_and_a_screen_shows_one_when_asked(visit, results):
    tree = results["large"].tree
    phone = visit("large", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    assert phone.locator(".outline").count() == 1
    assert shown(phone) == 15
    phone.tap("[data-node='0']")
    assert shown(phone) == 1
    phone.tap("[data-node='0']")
    phone.tap("#unfold-all")
    assert shown(phone) == tree.n_nodes
    phone.tap(f"[data-node='{tree.leaves[0]}']")
    assert f"Leaf {tree.leaves[0]}" in text(phone, "#details")
    page = visit("classes")
    page.click("#as-list")
    assert page.locator(".outline [role=treeitem]").count() == results["classes"].tree.n_nodes
    assert page.is_hidden("#zoom-in")
    page.focus("[role=treeitem][tabindex='0']")
    page.keyboard.press("ArrowRight")
    assert node(page) == results["classes"].tree.yes[0]
    page.click("#as-list")
    assert page.locator("#canvas svg").count() == 1
    assert page.evaluate("document.querySelector('h1').textContent").count("`") == 0


def test_leaves_above_a_limit_are_marked_not_by_colour_alone(visit, results):
    page = visit("classes")
    page.check("#marking")
    page.fill("#limit", "0")
    n = results["classes"].tree.n_leaves
    assert f"{n} of {n} leaves have a certified error above 0" in text(page, "#marked")
    assert page.locator(".node.over").count() == n
    assert all("▲ ≤" in words for words in page.locator(".node.over .mark").all_text_contents())
    page.fill("#limit", "1")
    assert page.locator(".node.over").count() == 0
    page.fill("#limit", "0")
    page.uncheck("#marking")
    assert page.locator(".node.over").count() == 0


def test_numbers_are_marked_by_their_typical_gap(visit, results):
    page = visit("numbers")
    page.check("#marking")
    page.fill("#limit", "0")
    n = sum(leaf.loss > 0 for leaf in results["numbers"].exhibits.seen)
    assert f"{n} of " in text(page, "#marked")
    assert "typical gap" in text(page, "#marked")


def test_a_row_is_followed_filtered_and_let_go(visit, results):
    page, result = visit("classes"), results["classes"]
    page.click("[aria-label='Follow row 3']")
    row = result.exhibits.rows[2]
    assert node(page) == row.leaf
    assert f"the teacher {row.answer}" in text(page, "#path")
    assert page.locator(".edge.followed").count() == int(result.tree.depth_of[row.leaf])
    page.click("#smaller")
    assert page.locator(".node.followed").count() >= 1
    page.click("#stop")
    assert page.locator(".node.followed").count() == 0
    assert text(page, "#path") == "No row is followed."
    page.fill("#size", "0")
    root = result.frontier[0].tree
    differ = sum(str(r.answer) != str(root.predict([[0.0, 0.0, "u"]])[0]) for r in result.exhibits.rows)
    assert text(page, "#rows-text").endswith(f"differ on {differ}.")
    page.check("#only-differing")
    assert page.locator("#rows-table tbody tr:visible").count() == differ


def test_groups_lead_to_their_leaf_and_their_rows(visit, results):
    page, groups = visit("twelve"), results["twelve"].exhibits.groups
    assert groups
    page.fill("#size", "0")
    page.click(f"[data-leaf='{groups[0].leaf}'] >> nth=0")
    assert node(page) == groups[0].leaf
    assert page.is_hidden("#not-certified")
    page.click(f"[data-row='{groups[0].examples[0]}'] >> nth=0")
    assert f"Row {groups[0].examples[0] + 1}:" in text(page, "#path")


def test_the_heat_map_changes_its_side(visit):
    page = visit("layers")

    def numbers():
        return page.locator("#heat-chart .role-mark text").all_text_contents()

    first = numbers()
    for side in ("selectivity", "above_random"):
        page.check(f"[name=side][value={side}]")
        wait_until(page, f"charts.heat.signal('side') === '{side}'")
        assert len(numbers()) == len(first)
        assert numbers() != first
    page.check("[name=side][value=r_squared]")
    assert numbers() == first


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_dark_and_light_follow_the_system_and_the_button(visit):
    light, dark = visit("layers"), visit("layers", color_scheme="dark")
    assert background(light) == "rgb(255, 255, 255)"
    assert background(dark) == "rgb(18, 23, 28)"
    assert dark.get_attribute("#theme", "aria-pressed") == "true"
    for page, other in ((light, "rgb(18, 23, 28)"), (dark, "rgb(255, 255, 255)")):
        before = page.evaluate("getComputedStyle(document.querySelector('#heat-chart .mark-rect path')).fill")
        page.click("#theme")
        assert background(page) == other
        assert page.evaluate("getComputedStyle(document.querySelector('#heat-chart .mark-rect path')).fill") != before


CONTRAST = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (name) => {
    probe.style.color = `var(${name})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
    return (high + 0.05) / (low + 0.05);
  };
  const words = ["--ink", "--soft", "--accent", "--alert"];
  const pairs = words.flatMap((name) => [[name, "--paper"], [name, "--raised"]]);
  for (let i = 0; i < 6; i++) pairs.push([i < 4 ? "--on-weak" : "--on-strong", `--h${i}`]);
  return pairs.map(([a, b]) => ratio(a, b));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(scheme, visit):
    ratios = visit("classes", color_scheme=scheme).evaluate(CONTRAST)
    assert min(ratios) >= 4.5  # level AA of WCAG 2


@pytest.mark.parametrize("kind", ["hostile", "layers", "large"])
def test_a_phone_shows_the_page_without_sideways_scrolling(kind, visit):
    page = visit(kind, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        for part in page.locator("summary").all():
            part.tap()


def test_paper_shows_the_whole_tree_and_every_table_in_dark_ink(visit):
    page = visit("classes", color_scheme="dark")
    page.emulate_media(media="print")
    wait_until(page, "before !== null")
    assert background(page) == "rgb(255, 255, 255)"
    assert page.is_hidden("#smaller")
    assert page.is_visible("#frontier-table")
    assert page.is_visible("pre")
    assert page.evaluate("view.drawing.root.clientWidth <= view.place.clientWidth + 1")
    page.emulate_media(media="screen")
    wait_until(page, "before === null")
    assert page.is_hidden("#frontier-table")


def test_the_page_can_be_read_without_scripts(visit, browser, file_of, results):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file_of("classes").as_uri())
    assert "certified" in text(page, ".figures")
    page.click("text=The chosen tree as text")
    assert "leaf" in text(page, "pre")
    assert page.locator("#rows-table tbody tr").count() == len(results["classes"].exhibits.rows)
    context.close()


def test_names_that_attack_are_shown_and_do_nothing(visit):
    page = visit("hostile")
    page.click("#unfold-all")
    page.evaluate("view.order.forEach(node => view.select(node))")
    page.locator("#rows-table button").first.click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, body script[src]").count() == 0
    whole = page.evaluate("document.body.textContent")
    assert "<script>window.hacked" in whole
    assert "\u202e" not in page.evaluate("[...document.querySelectorAll('main')].map(e => e.innerText).join('')")


def test_the_policy_stops_a_script_that_is_not_the_pages_own(browser, file_of, tmp_path):
    """The failing converse: put a script into the page, and the browser refuses it."""
    forged = tmp_path / "forged.html"
    page_text = file_of("classes").read_text(encoding="utf-8")
    forged.write_text(page_text.replace("<main>", "<main><script>window.hacked = 1</script>"), encoding="utf-8")
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(forged.as_uri())
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in words for words in said)
    page.close()


def test_a_long_answer_ends_before_the_bar_beside_it(visit):
    page = visit("hostile")
    ends = page.evaluate(
        "Array.from(document.querySelectorAll('.answer'), (words) => words.getBBox()).map((box) => box.x + box.width)"
    )
    assert max(ends) < page.evaluate("view.drawing.edge + view.drawing.columns.bar")


def test_a_small_tree_fills_its_place_and_a_large_one_is_seen_whole(visit):
    assert visit("one_leaf").evaluate("view.drawing.pitch") == 30
    page = visit("large")
    assert page.evaluate("view.drawing.pitch") < 5
    assert page.evaluate("view.place.scrollHeight - view.place.clientHeight") <= 0


def test_a_leaf_that_asks_says_so_in_full(browser, tmp_path):
    def steep(rows):
        return np.sin(9 * rows[:, 0] * rows[:, 1]) > 0

    rows = np.random.default_rng(0).normal(size=(600, 2))
    result = distill(steep, rows, max_leaves=4, effort="fast", defer=0.2)
    assert len(result.tree.asking)
    result.report(tmp_path / "asks.html")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((tmp_path / "asks.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    assert set(page.locator(".asks .answer").all_text_contents()) == {"ask the model"}
    page.close()
