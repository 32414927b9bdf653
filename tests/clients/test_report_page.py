"""The HTML report in real Chromium: it asks nobody for anything, its filters work, and it is read on a phone, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ownership_contracts import specs
from ownership_contracts.contracts.kills import Mutant, Trial
from ownership_contracts.contracts.report.document import PROVE, RUN, Report
from ownership_contracts.contracts.report.forms import write
from ownership_contracts.contracts.result import Result, Verdict
from playwright.sync_api import BrowserContext, Page

HOSTILE = "<script>document.title = 'taken'</script><img src=http://127.0.0.1:9/x onerror=\"document.title='taken'\">" + "long" * 200
MISSED = {
    "expected": "status 201",
    "seen": HOSTILE,
    "reason": HOSTILE,
    "trace": (f"POST /ownerships as user -> 500 {HOSTILE}",),
    "curl": "curl -sS http://x",
}


def rows() -> Iterator[Result]:
    """Rows of every verdict, layer and grade of both vendors, thousands of them."""
    clauses = [(vendor, clause) for vendor in specs.vendors() for clause in specs.ledger(vendor).clauses.values()]
    verdicts = list(Verdict)
    for number in range(3_000):
        vendor, clause = clauses[number % len(clauses)]
        verdict = verdicts[number % 97] if number % 97 < len(verdicts) else Verdict.PASS
        told = MISSED if verdict.in_full else {}
        yield Result(vendor, f"row-{number}", clause.id, clause.grade, verdict, operation="addOwner", **told)  # type: ignore[arg-type]  # fields by name
    for who in range(30):
        for operation in range(20):
            verdict = verdicts[who % len(verdicts)] if operation == who % 20 else Verdict.PASS
            axes = {"state": "none", "principal": f"principal-{who}", "operation": f"anOperationOfMany{operation}"}
            cell = f"grid/none/{operation}/{who}"
            yield Result("kii", cell, "kii-post.nobody-else", "documented", verdict, layer="matrix", axes=axes)


def trials() -> Iterator[Trial]:
    for number in range(120):
        mutant = Mutant(f"kii.mutant-{number}", "kii", f"It goes wrong in way {number}.", ("addOwner",), ("kii-post.204",), harmless=number % 10 == 0)
        kills = {"case": tuple(f"row-{row}" for row in range(number % 7 + 1))} if number % 10 and number != 55 else {}
        yield Trial(mutant, kills, played={"case": 40})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write(Report(RUN, 1, specs.vendors(), tuple(rows()), base_url="http://127.0.0.1:1"), {"html": folder / "run.html"})
    write(Report(PROVE, 1, specs.vendors(), trials=tuple(trials())), {"html": folder / "prove.html"})
    return folder


@pytest.fixture(params=["run", "prove"])
def page(request: pytest.FixtureRequest, browser: BrowserContext, folder: Path) -> Iterator[Page]:
    """Each page, opened; nothing may have been complained of or asked for by the end of the test."""
    with browser.new_page() as page:
        page.set_default_timeout(20_000)
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda sent: asked.append(sent.url))
        file = (folder / f"{request.param}.html").as_uri()
        page.goto(file)
        yield page
        assert said == []
        assert [url for url in asked if url.partition("#")[0] != file and not url.startswith("data:")] == []


only_run = pytest.mark.parametrize("page", ["run"], indirect=True)
SHOWN = "[...document.querySelectorAll('{}')].filter(one => one.checkVisibility() || !one.closest('[hidden]')).length"


def shown(page: Page, what: str) -> int:
    """How many of these elements no filter has hidden; a closed clause hides none of its rows in this sense."""
    return int(page.evaluate(SHOWN.format(what)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_width_makes_the_page_scroll_sideways_and_its_text_can_be_read(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate("document.querySelectorAll('details:not(.clause)').forEach(one => { one.open = true })")
    page.evaluate("[...document.querySelectorAll('.clause')].slice(0, 30).forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    assert page.title().startswith(("It may not go out", "The suite cannot be trusted"))


# WCAG's contrast of a text with what lies behind it, for one element of each kind; 4.5 is what small text needs.
CONTRAST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if ((numbers(color)[3] ?? 1) === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const kinds = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (said && element.checkVisibility()) kinds.set(`${element.localName}.${element.className}<${element.parentElement.className}`, element);
  }
  return [...kinds].map(([kind, element]) => {
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
    return [kind, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
  }).filter(([, contrast]) => contrast < 4.5);
}"""


@only_run
def test_the_filters_show_what_fits_and_nothing_else(page: Page) -> None:
    results = list(rows())
    everything = shown(page, "li.row")
    assert everything == len(results)
    page.get_by_label("fail", exact=False).first.check()
    assert shown(page, "li.row") == sum(result.verdict is Verdict.FAIL for result in results)
    assert shown(page, "article, .brief") == sum(result.verdict is Verdict.FAIL for result in results)
    page.get_by_label("Vendor").select_option("connhex")
    left = [result for result in results if result.verdict is Verdict.FAIL and result.vendor == "connhex"]
    assert shown(page, "li.row") == len(left)
    page.get_by_label("Grade").select_option("documented")
    left = [result for result in left if result.grade == "documented"]
    assert shown(page, "li.row") == len(left) > 0
    assert page.locator("output").text_content() == f"{len(left)} of {len(results):,} rows shown"
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Layer").select_option("matrix")
    assert shown(page, "li.row") == 600
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Text").fill("row-2999")
    assert shown(page, "li.row") == 1
    page.get_by_label("Text").fill("nothing has this text")
    assert (shown(page, "li.row"), page.locator("#broken").is_visible()) == (0, False)
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("document.querySelector('output').textContent === ''")
    assert shown(page, "li.row") == everything


@only_run
def test_the_keyboard_is_enough_and_a_link_goes_deep(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("nothing-has-this-text")
    assert shown(page, "li.row") == 0
    # A link to what a filter hides shows it.
    page.evaluate("location.hash = 'connhex-post.201'")
    page.wait_for_function("document.getElementById('connhex-post.201').open")
    assert page.locator("[id='connhex-post.201'] blockquote").is_visible()
    assert page.evaluate("document.activeElement.localName") in ("body", "input")
    # Every table that scrolls can be scrolled by the keyboard.
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(one => one.tabIndex === 0)")


def test_thousands_of_rows_are_filtered_at_once(page: Page) -> None:
    took = page.evaluate(
        """() => {
          const begun = performance.now();
          const text = document.forms.filter.elements.text;
          for (const word of ["a", "row-1", ""]) {
            text.value = word;
            text.dispatchEvent(new Event("input", { bubbles: true }));
            document.body.offsetHeight;
          }
          return performance.now() - begun;
        }"""
    )
    # Some tens of milliseconds; a machine that is busy is slow, and a page that is stuck is much slower.
    assert took < 5_000
