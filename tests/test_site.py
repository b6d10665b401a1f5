"""The site, built once, and read as a browser reads it.

``MICROLEARN_ALL_LESSONS=1`` builds the whole of it, as ``make site`` does; else panels record less.
"""

from __future__ import annotations

import functools
import http.server
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from conftest import LESSONS, ROOT

if missing := [
    name
    for name in ("sphinx", "myst_nb", "sphinx_book_theme")
    if not importlib.util.find_spec(name)
]:
    pytest.skip(f"no {', '.join(missing)}: `make site` installs them", allow_module_level=True)

import nbformat
import pages
from address import UNPUBLISHED, Address
from bs4 import BeautifulSoup

from microlearn.course import lessons
from microlearn.rules import Knob, Plausibility, Rule
from microlearn.rules.carriers import FIXED
from microlearn.rules.catalogue import CATALOGUE
from microlearn.threads import ONE_BLAS_THREAD
from microlearn.widgets.curves import ends
from microlearn.widgets.diagram import STAGES, in_words
from microlearn.widgets.flowing import FlowView, offered
from microlearn.widgets.learning import LearningPanel
from microlearn.widgets.runs import Run

ADDRESS = Address.of(ROOT)
on_the_site = pytest.mark.xdist_group("site")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the finished site."""
    out = tmp_path_factory.mktemp("site")
    brief = [] if os.environ.get("MICROLEARN_ALL_LESSONS") else ["--brief"]
    command = [sys.executable, ROOT / "docs/site/build.py", "--out", out, *brief]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return out / "html"


@pytest.fixture(scope="module")
def soups(site):
    """Every page, parsed."""
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def lesson(soups, name):
    return next(soup for path, soup in soups.items() if path.stem == name)


@on_the_site
def test_links_lead_somewhere(soups, site):
    """Within the site to a file and a place in it; outside, to an address that can be one."""
    seen = 0
    for path, soup in soups.items():
        for tag in soup.find_all(["a", "link", "img", "script"]):
            link = tag.get("href") or tag.get("src") or ""
            parts = urlsplit(link)
            if not link or parts.scheme == "data" or "javascript" in parts.scheme:
                continue
            if parts.scheme or parts.netloc:
                assert parts.scheme in ("https", "mailto"), f"{path.name}: {link}"
                assert "." in parts.netloc and " " not in link, f"{path.name}: {link}"
                in_clone = link.removeprefix(f"{ADDRESS.repository}/blob/{ADDRESS.tag}/").partition(
                    "#"
                )[0]
                assert in_clone.startswith("https") or (ROOT / unquote(in_clone)).exists(), link
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name} links to {link}"
            if parts.fragment and target.suffix == ".html":
                anchors = soups[site / target.relative_to(site.resolve())]
                assert anchors.find(id=unquote(parts.fragment)), f"{path.name} links to {link}"
            seen += 1
    assert seen > 1000


@on_the_site
def test_every_picture_is_described(soups):
    pictures = [(path, tag) for path, soup in soups.items() for tag in soup.find_all("img")]
    assert len(pictures) > 20
    for path, tag in pictures:
        assert tag.get("alt", "").strip(), f"{path.name}: {str(tag)[:200]}"
    for path, soup in soups.items():
        for tag in soup.select("article svg[role=img]"):
            assert tag.get("aria-label", "").strip(), f"{path.name}: {str(tag)[:200]}"


@on_the_site
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_results_and_no_answer(name, soups):
    text = lesson(soups, name).get_text()
    exercises = re.findall(r'check\("(\w+)"\)\.points', text)
    assert exercises
    for exercise in exercises:
        # The gap of the released notebook, and the verdict of the solved one.
        assert re.search(rf"{exercise}: right\b.*facts hold", text), exercise
    assert text.count("raise NotImplementedError()") == len(exercises)
    assert "YOUR ANSWER HERE" not in text
    assert "Traceback" not in text and "not attempted yet" not in text
    assert "stands in for it" not in text

    for path in [*ROOT.glob("solutions/*.py"), *ROOT.glob("solutions/*.md")]:
        answer = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            answer = answer.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
        for line in map(str.strip, answer.splitlines()):
            if len(line) > 20 and not line.startswith("#"):
                assert line not in text, f"{name} shows a line of {path.name}: {line}"


@on_the_site
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_opens_where_the_address_leads_or_says_that_there_is_none(name, soups):
    links = [tag["href"] for tag in lesson(soups, name).find_all("a", href=True)]
    hosts = (
        "https://colab.research.google.com/github",
        "https://mybinder.org",
        "https://kaggle.com/kernels",
    )
    opens = [link for link in links if link.startswith(hosts)]
    if ADDRESS.repository:
        wanted = {ADDRESS.colab(name), ADDRESS.binder(name), ADDRESS.kaggle(name)}
        assert wanted <= set(opens) and (ROOT / f"notebooks/{name}/{name}.ipynb").exists()
    else:
        assert not opens and UNPUBLISHED.strip("*") in lesson(soups, name).get_text()


@on_the_site
def test_every_rule_is_in_the_index(soups):
    page = next(soup for path, soup in soups.items() if path.stem == "rules")
    for rule in CATALOGUE.values():
        section = page.find(id=f"rule-{rule.name.replace('_', '-')}").get_text().replace("’", "'")
        assert "ΔW" in section and rule.source in section
        assert rule.plausibility.locality in section
        assert all(knob.name in section for knob in rule.knobs)
    sheet = next(soup for path, soup in soups.items() if path.stem == "cheat_sheet")
    assert len(sheet.select(".ml-sheet tbody tr")) == len(CATALOGUE)


@on_the_site
def test_no_line_break_parts_a_mean_from_its_spread(soups):
    seen = 0
    for path, soup in soups.items():
        for text in soup.select_one("article, main").find_all(string=re.compile(r"\d%?\s±\s")):
            assert text.find_parent("pre") or not re.search(r"\d%? ±|± \d", text), (path.name, text)
            seen += 1
    assert seen > 100


def test_a_rule_that_is_added_appears_without_more_work(monkeypatch):
    rule = Rule(
        name="made_up",
        title="a made-up rule",
        exercise="feedback_alignment",
        knobs=(Knob("learning_rate", 0.1, 0.01, 1.0), Knob("magnitude", 0.25, 0.125, 8.0)),
        plausibility=Plausibility("only of signs", "no: x", "yes: y", "yes: z"),
        source="Liao, Leibo and Poggio 2016",
        carrier=FIXED,
    )
    monkeypatch.setitem(CATALOGUE, rule.name, rule)
    text = pages.rules()
    assert (
        "## Sign symmetry" in text
        and "δ{sub}`l` = (δ{sub}`l+1` B{sub}`l+1`) ∘ f′(a{sub}`l`)" in text
    )
    assert "Liao, Leibo and Poggio 2016" in text and "only of signs" in text
    assert "| magnitude | `magnitude` | 0.25 | 0.125 | 8 |" in text


@on_the_site
def test_all_of_the_package_is_in_the_reference(soups):
    import microlearn

    page = next(soup for path, soup in soups.items() if path.match("reference/index.html"))
    links = {tag["href"].partition("#")[2] for tag in page.find_all("a", href=True)}
    for name in microlearn.__all__:
        assert any(link.endswith(f".{name}") for link in links), name


@pytest.fixture(scope="module")
def served(site):
    """The site's address on this machine."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as start:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = start.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


FAINT = """
() => {
  // WCAG 2.2, 1.4.3: every text that is seen against the ground that it is seen on.
  const parse = c => {
    const n = c.match(/[\\d.]+/g).map(Number);
    const scale = c.startsWith('color(') ? 255 : 1;
    return [n[0] * scale, n[1] * scale, n[2] * scale, n[3] ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = c => {
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = c.slice(0, 3).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const faint = [];
  let seen = 0;
  document.getAnimations().forEach(fade => fade.finish());
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(e.tagName)) continue;
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const style = getComputedStyle(e), under = ground(e);
    let opacity = 1;
    for (let up = e; up; up = up.parentElement) opacity *= getComputedStyle(up).opacity;
    const ink = parse(style.color);
    ink[3] *= opacity;
    const [low, high] = [light(over(ink, under)), light(under)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    seen++;
    if (contrast < (large ? 3 : 4.5))
      faint.push(`${contrast.toFixed(2)}: ${style.color} on ${under}, ${e.className}, ${text}`);
  }
  return {seen, faint};
}
"""


@on_the_site
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(scheme, browser, served, site, soups):
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1400, "height": 900})
    grounds = set()
    for path in soups:
        page.goto(f"{served}/{path.relative_to(site)}")
        found = page.evaluate(FAINT)
        assert found["seen"] > 10
        assert not found["faint"], f"{path.name}: " + "\n".join(found["faint"])
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    page.close()
    # One ground each, and the other one in the other theme.
    (ground,) = grounds
    assert (int(re.search(r"\d+", ground)[0]) > 128) == (scheme == "light")


@on_the_site
def test_a_page_fits_a_phone_needs_no_other_server_and_reports_no_error(
    browser, served, site, soups
):
    """Mathematics, fonts and search come with the site."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in soups:
        page.goto(f"{served}/{path.relative_to(site)}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path.name} is {width} pixels wide"
    assert not errors
    assert not [url for url in asked if not url.startswith((served, "data:"))]
    page.close()


@on_the_site
def test_search_finds_a_word_of_a_lesson(browser, served):
    page = browser.new_page()
    page.goto(f"{served}/search.html?q=dopamine")
    page.wait_for_selector("#search-results ul.search li a", timeout=20_000)
    found = page.locator("#search-results ul.search li a").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert any("01_weight_perturbation" in link for link in found)
    page.close()


@on_the_site
def test_formulas_are_set_as_formulas(browser, served):
    page = browser.new_page()
    page.goto(f"{served}/notebooks/01_weight_perturbation/01_weight_perturbation.html")
    boxes = page.locator("article math").evaluate_all(
        "all => all.map(m => [m.getBoundingClientRect().width, m.getBoundingClientRect().height])"
    )
    assert len(boxes) > 30 and all(width > 3 and height > 5 for width, height in boxes)
    # A fraction stands higher than a line.
    assert max(height for _, height in boxes) > 40
    prose = page.locator("article").locator("p, li, td").all_inner_texts()
    assert not any("$" in text for text in prose)
    page.close()


def test_a_widget_is_shown_by_its_picture():
    import build

    sliders = {"data": {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}}
    picture = {"data": {"image/svg+xml": "<svg role='img' aria-label='two curves'></svg>"}}
    assert build.static(picture)["data"]["text/html"].startswith("<svg")
    assert build.static(sliders)["data"] == {}


@on_the_site
def test_a_panel_on_a_page_shows_the_runs_at_the_places_of_its_sliders(browser, served, soups):
    import alive

    name = "01_weight_perturbation"
    released = nbformat.read(ROOT / f"notebooks/{name}/{name}.ipynb", as_version=4)
    panel = next(view for _, view in alive.views(released) if isinstance(view, LearningPanel))
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{served}/notebooks/{name}/{name}.html")
    place = page.locator(".ml-alive-panel").first
    noise = place.get_by_role("slider", name=panel.controls["noise"].label)
    still = place.locator("svg[role=img]").nth(1).inner_html()
    noise.focus()
    page.keyboard.press("ArrowRight")
    value = float(noise.get_attribute("aria-valuetext"))
    assert value > panel.controls["noise"].value
    assert place.locator("svg[role=img]").nth(1).inner_html() != still

    settings = panel.settings()
    said = re.search(r"runs of ([\d.e+-]+) epochs", place.locator(".ml-note").inner_text())
    updates = round(float(said[1]) * settings.batches)  # as many as this site has recorded
    epochs = updates / settings.batches
    settings = replace(settings, epochs=epochs, values={**settings.values, "noise": value})
    run = Run(settings, alive.POINTS)
    with ONE_BLAS_THREAD:
        assert [*run] and run.finished
    alt = place.locator("svg[role=img]").nth(1).get_attribute("aria-label")
    assert all(f"{said}." in alt for said in ends(run, settings.measures).rstrip(".").split("; "))
    # The line ends at the accuracy that is said.
    rule, accuracy = settings.rules[0], settings.measures.index("validation_accuracy")
    line = place.locator("svg[role=img]").nth(1).locator("svg").nth(4 + accuracy).locator("path")
    height = float(line.nth(3).get_attribute("d").rpartition(",")[2])  # three pale ones come first
    frame = float(line.nth(3).evaluate("path => path.parentNode.getAttribute('height')"))
    last = run.curves[rule].points("validation_accuracy")[1][-1]
    assert abs(1 - height / frame - last) < 0.005
    page.close()


@on_the_site
@pytest.mark.parametrize("name", LESSONS)
def test_every_panel_of_a_lesson_is_alive_and_light(name, soups, site):
    page = lesson(soups, name)
    cells = [cell.get_text() for cell in page.select("div.cell")]
    for kind, call in (("panel", r"^(sweep_)?panel\("), ("flow", r"^flow\(")):
        wanted = sum(bool(re.search(call, cell.strip(), re.M)) for cell in cells)
        assert len(page.select(f"script[data-alive={kind}]")) == wanted, kind
    scripts = [path.name for path in (ROOT / "docs/site/static").glob("*.js")]
    loaded = sum((site / "_static" / name).stat().st_size for name in (*scripts, "signals.js"))
    assert (
        loaded + sum(len(tag.get_text().encode()) for tag in page.select("[data-alive]")) < 300_000
    )


@on_the_site
def test_the_whole_site_is_light(site, soups):
    """15 MB. Runs of panels have a part of it to themselves, since a brief build records few of them."""
    whole, for_runs = 15_000_000, 500_000
    scripts = [tag for soup in soups.values() for tag in soup.select("[data-alive=panel]")]
    runs = sum(len(tag.get_text().encode()) for tag in scripts)
    found = {path: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    largest = sorted(found.items(), key=lambda entry: -entry[1])[:20]
    assert runs < for_runs
    assert sum(found.values()) - runs < whole - for_runs, "\n".join(
        f"{n:>9,} {p}" for p, n in largest
    )


@on_the_site
def test_the_flow_of_signals_and_the_questions_answer_on_a_page(browser, served):
    import alive

    name = "01_weight_perturbation"
    released = nbformat.read(ROOT / f"notebooks/{name}/{name}.ipynb", as_version=4)
    view = next(view for _, view in alive.views(released) if isinstance(view, FlowView))
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{served}/notebooks/{name}/{name}.html")
    place = page.locator(".ml-alive-flow")
    other = next(rule for rule in offered(view.rule) if rule is not view.rule)
    place.get_by_label("Carried by").select_option(index=offered(view.rule).index(other))
    place.get_by_label("Synapse").select_option(index=5)
    place.get_by_role("button", name=STAGES[1]).press("Enter")
    view.choose(other)
    assert place.get_by_role("status").inner_text() == in_words(view.signals, STAGES[1])
    fact = BeautifulSoup(alive.needed(view.signals, alive.synapses()[5]), "html.parser").get_text()
    assert re.sub(r"\s", "", fact) in re.sub(r"\s", "", place.inner_text())

    question = lessons()[name]["recap"][0]
    asked = page.locator(".ml-question").first
    for right, choice, reason in question["choices"]:
        asked.get_by_label(choice).check()
        said = asked.get_by_role("status").inner_text()
        assert said.startswith("Yes" if right else "No") and said.endswith(reason)
    page.close()
