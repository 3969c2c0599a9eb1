"""Build hooks of the site: the benchmarks' pages are shown where they lie, so that no figure is kept twice.

`benchmarks/README.md` and `benchmarks/*/README.md` become pages of the site. Links between them and the pages of
`docs/` work in the repository as they are written, and are turned to the site's addresses here. A comment

    <!-- shown: ../benchmarks/tables/README.md, Mean test fidelity -->

is replaced, on the site only, by the first table or fenced block under that heading of that page; a long one is folded.
"""

import os
import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(?=[)#\s])")
SHOWN = re.compile(r"^<!-- shown: (?P<page>\S+), (?P<heading>.+?) -->$", re.M)
BLOCK = re.compile(r"^(?:```.*?^```$|(?:\|[^\n]*(?:\n|\Z))+)", re.M | re.S)
HEADING = re.compile(r"^#+ (.+)$", re.M)
LONGEST_UNFOLDED = 20


def pages_of_benchmarks():
    """Return the place on the site of every page of the benchmarks, by its place in the repository."""
    found = {"benchmarks/README.md": "benchmarks/commands.md"}
    for path in sorted(ROOT.glob("benchmarks/*/README.md")):
        found[path.relative_to(ROOT).as_posix()] = f"benchmarks/{path.parent.name}.md"
    return found


PAGES = pages_of_benchmarks()
PLACES = {place: source for source, place in PAGES.items()}


def on_files(files, config):
    """Add the benchmarks' pages."""
    for source, place in PAGES.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Show what comments name, and turn links to files of the repository to pages of the site."""
    place = page.file.src_uri
    source = PLACES.get(place, f"docs/{place}")
    shown = SHOWN.sub(lambda match: shown_block(source, match["page"], match["heading"]), markdown)
    return LINK.sub(lambda match: turned(match[1], source, place), shown)


def turned(link, source, place):
    """Return a link of a page of the repository as it must be on the site."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    if target in PAGES:
        on_site = PAGES[target]
    elif target.startswith("docs/") and source in PAGES:
        on_site = target.removeprefix("docs/")
    else:
        return link
    return os.path.relpath(on_site, posixpath.dirname(place) or ".").replace(os.sep, "/")


def shown_block(source, link, heading):
    """Return the first table or fenced block under a heading of another page."""
    text = (ROOT / posixpath.normpath(posixpath.join(posixpath.dirname(source), link))).read_text(encoding="utf-8")
    begin = next((match.end() for match in HEADING.finditer(text) if match[1].strip() == heading), None)
    if begin is None:
        raise PluginError(f"{source} shows the heading `{heading}` of {link}, which has none of that name")
    end = HEADING.search(text, begin)
    block = BLOCK.search(text, begin, end.start() if end else len(text))
    if block is None:
        raise PluginError(f"{source} shows what is under `{heading}` of {link}, where there is no table or block")
    shown = block[0].rstrip()
    if shown.count("\n") < LONGEST_UNFOLDED:
        return shown
    return f'<details markdown="1"><summary>The table</summary>\n\n{shown}\n\n</details>'
