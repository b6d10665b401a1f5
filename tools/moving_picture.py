"""README's picture that moves: a panel under somebody's hand. What ``make picture`` runs.

The panel of a lesson is made as for the site, a pointer is drawn above it, and Chromium shows what each
of its moves changes. The picture has a white ground, so that it is readable on a dark page, too. It
plays twice.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "site")]

import alive  # noqa: E402
from browser import browser_window  # noqa: E402

from microlearn.widgets.learning import LearningPanel  # noqa: E402

TARGET = ROOT / "docs" / "pictures" / "moving.gif"
LESSON = "01_weight_perturbation"
MOVES = ((1, 3), (1, 4), (1, 2), (0, 3), (2, 0), (2, 2), (2, 1), (0, 2))
"""Which slider is dragged, and to which of its places; at the end all stand as at first."""
GLIDE, PAUSE = 60, 1100
"""Milliseconds that a frame of a move is seen, and the last one of it."""
COLOURS = 96
STATIC = ROOT / "docs" / "site" / "static"
PAGE = """<!doctype html><meta charset="utf-8"><style>
:root {{ --pst-color-primary: #0a7d91; --pst-color-text-base: #222832; --pst-color-text-muted: #48566b;
  --pst-color-surface: #f3f4f5; --jp-ui-font-color1: #222832 }}
body {{ background: white; color: #222832; font: 15px system-ui; margin: 0; width: 760px }}
#stage {{ padding: 14px }} .ml-note {{ display: none }}
#hand {{ position: absolute; left: 0; top: 0 }}
{style}</style><div id="stage">{panel}</div>
<svg id="hand" width="22" height="30"><path d="M1,1v22l6,-5l4,9l4,-2l-4,-9h8z" fill="#222832"
stroke="white" stroke-width="1.5"/></svg><script>{script}</script>"""
MOVE = "([x, y]) => { hand.style.transform = `translate(${x}px, ${y}px)`; }"
SLIDE = "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }"
DROP = "(slider) => slider.dispatchEvent(new Event('change'))"


def page() -> str:
    """The panel alone on a page."""
    notebook = nbformat.read(ROOT / f"notebooks/{LESSON}/{LESSON}.ipynb", as_version=4)
    panel = next(view for _, view in alive.views(notebook) if isinstance(view, LearningPanel))
    return PAGE.format(
        style=(STATIC / "style.css").read_text(encoding="utf-8"),
        panel=alive.on_page(panel),
        script=(STATIC / "panel.js").read_text(encoding="utf-8"),
    )


def frames(html: str) -> Iterator[tuple[Image.Image, int]]:
    """Each frame, and the milliseconds that it is seen."""
    with tempfile.TemporaryDirectory() as folder, browser_window() as window:
        (path := Path(folder) / "panel.html").write_text(html, encoding="utf-8")
        shown = window.new_page()
        shown.goto(path.as_uri())

        def picture() -> Image.Image:
            png = shown.locator("#stage").screenshot()
            return Image.open(io.BytesIO(png)).convert("RGB")

        sliders = shown.get_by_role("slider").all()
        hand = [380.0, 300.0]
        shown.evaluate(MOVE, hand)
        yield picture(), PAUSE
        for number, goal in MOVES:
            slider = sliders[number]
            for at in (int(slider.input_value()), goal):
                place = _thumb(slider, at)
                start = list(hand)
                for part in (0.4, 0.8, 1.0):
                    hand = [a + part * (b - a) for a, b in zip(start, place, strict=True)]
                    shown.evaluate(MOVE, hand)
                    if part == 0.8 and at == goal:
                        slider.evaluate(SLIDE, at)
                    yield picture(), PAUSE if part == 1 and at == goal else GLIDE
            slider.evaluate(DROP)


def _thumb(slider, at: int) -> list[float]:
    """Where the thumb of a slider is when it stands at a place."""
    box, last = slider.bounding_box(), int(slider.get_attribute("max"))
    return [box["x"] + 8 + (box["width"] - 16) * at / last, box["y"] + box["height"] / 2]


def main() -> None:
    pictures, milliseconds = zip(*frames(page()), strict=True)
    # One for all, so that nothing flickers.
    palette = pictures[len(pictures) // 2].quantize(COLOURS)
    still = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    first, *others = still
    first.save(TARGET, append_images=others, duration=milliseconds, loop=1, optimize=True)
    print(f"{TARGET.relative_to(ROOT)}: {len(still)} frames, {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
