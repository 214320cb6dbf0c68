"""The page on runs in a real browser: what a reader clicks, on any screen, and that nothing is fetched or run."""

import json
import shutil
from functools import partial
from threading import Thread

import pytest

from diptych import atomic
from diptych_lab.report.compare import compared
from diptych_lab.report.serving import server

from .run_folders import record

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
PATIENCE = 300_000  # milliseconds: a machine may be busy
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]  # as root in a container


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as found:
        browser = found.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Opens an address in a window of its own; whatever the page complains of, fails the test."""
    complaints, contexts = [], []

    def opened(address, *, allowed=("file:", "data:"), **settings):
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("request", lambda r: None if r.url.startswith(allowed) else complaints.append(r.url))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(address)
        page.wait_for_selector(".chart .main-svg")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    """Two runs of one method in two frameworks, and one of another."""
    folder = tmp_path_factory.mktemp("runs")
    wave = [10.0 + (-1) ** t for t in range(300)]
    record(folder / "a", losses=wave)
    record(folder / "b", backend="keras", losses=[*wave[:-1], 9.5])
    record(folder / "c", "wgan-gp", losses=[-1.0] * 200, evaluated=False)
    out = folder / "page.html"
    atomic.write(out, compared([folder / name for name in "abc"]))
    return f"file://{out}"


def drawn(page, key="loss-autoencoder"):
    """The y of each line that is drawn in a chart and is not hidden."""
    return page.evaluate(
        f"document.getElementById('{key}').data.filter(t => t.visible !== false).map(t => Array.from(t.y))"
    )


def until(page, expression):
    """Wait until it is true. (The page forbids what Playwright's own function of this kind does, to `eval`.)"""
    for _ in range(PATIENCE // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came true: {expression}")


def chosen(page, selector, value):
    page.eval_on_selector(
        selector, "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }", str(value)
    )


def test_lines_are_smoothed_hidden_and_enlarged(opened, comparison):
    page = opened(comparison)
    assert [len(y) for y in drawn(page)] == [300, 300]
    assert page.locator("#loss-autoencoder .scatterlayer path.js-line").count() == 2

    chosen(page, "#smoothing", 0.9)
    raw, smooth, *_ = drawn(page)
    assert len(drawn(page)) == 4
    assert raw[-2:] == [11.0, 9.0]
    keep = [0.9**i for i in range(300)]
    mean = sum(k * y for k, y in zip(keep, reversed(raw), strict=True)) / sum(keep)
    assert smooth[-1] == pytest.approx(mean, rel=1e-9)
    assert smooth[0] == raw[0]
    chosen(page, "#smoothing", 0)

    page.get_by_label("b", exact=True).uncheck()
    assert len(drawn(page)) == 1
    assert page.locator("figure[data-pictures=samples]:visible").count() == 2
    page.get_by_label("b", exact=True).check()
    assert len(drawn(page)) == 2

    page.get_by_label("logarithmic").check()
    kinds = "['loss-autoencoder', 'number-fd'].map(k => document.getElementById(k)._fullLayout.yaxis.type)"
    assert page.evaluate(kinds) == ["log", "linear"]
    page.get_by_label("logarithmic").uncheck()

    box = page.locator("#loss-autoencoder .nsewdrag").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.up()
    across = "document.getElementById('loss-autoencoder')._fullLayout.xaxis.range"
    until(page, f"{across}[1] < 200")
    low, high = page.evaluate(across)
    assert 50 < low < 100 < 125 < high < 175


def test_the_slider_turns_the_pictures(opened, comparison):
    page = opened(comparison)
    images = "document.querySelectorAll('[data-pictures=samples] img:not([hidden])')"
    shown = f"Array.from({images}).map(image => Number(image.dataset.round))"
    assert page.evaluate(shown) == [300, 300, 200]
    assert page.locator("#samples-round").inner_text() == "round 300"
    chosen(page, "#samples", 0)
    assert page.evaluate(shown) == [1, 1, 1]
    chosen(page, "#samples", 1)
    assert page.evaluate(shown) == [1, 1, 200]
    assert page.locator("#samples-round").inner_text() == "round 200"
    until(page, "Array.from(document.images).every(i => i.hidden || (i.complete && i.naturalWidth > 8))")


def test_of_two_frameworks_the_difference_is_drawn(opened, comparison):
    page = opened(comparison)
    (key,) = page.evaluate("Array.from(document.querySelectorAll('[id^=apart-]')).map(e => e.id)")
    (apart,) = drawn(page, key)
    assert apart[:-1] == [0] * 299
    assert apart[-1] == pytest.approx(0.5 / 9.5, rel=1e-5)


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 740, "light"), (1400, 900, "dark")])
def test_on_a_phone_and_in_the_dark(opened, comparison, width, height, scheme):
    page = opened(comparison, viewport={"width": width, "height": height}, color_scheme=scheme)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.locator("#loss-autoencoder .main-svg").first.bounding_box()["width"] <= width
    lightness = "(c => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765)"
    paper = page.evaluate(f"{lightness}(getComputedStyle(document.body).backgroundColor)")
    ink = page.evaluate(f"{lightness}(getComputedStyle(document.querySelector('.chart .xtick text')).fill)")
    assert (paper > 0.9 and ink < 0.5) if scheme == "light" else (paper < 0.15 and ink > 0.5)
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")  # while it is open
    now = f"{lightness}(getComputedStyle(document.querySelector('.chart .xtick text')).fill)"
    until(page, f"Math.abs({now} - {ink}) > 0.15")


def test_nothing_of_a_file_is_run(opened, tmp_path):
    evil = "<img src=x onerror=alert(1)><a href='javascript:alert(2)'>x<"
    folder = record(tmp_path / evil.replace("/", "∕"), evaluated=False)
    folder.metrics.write_text("".join(json.dumps({"round": t, evil: 1.0 + t}) + "\n" for t in range(3)))
    other = record(tmp_path / "b", evaluated=False)  # what hovers has names where there are two lines
    other.metrics.write_text(folder.metrics.read_text())
    atomic.write(tmp_path / "page.html", compared([folder.path, other.path]))
    page = opened(f"file://{tmp_path / 'page.html'}")
    assert page.locator("h3", has_text=evil).count() == 3  # of the loss, of the difference, and of the pictures
    box = page.locator(".chart .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".hoverlayer text")
    assert "<img src=" in page.locator(".hoverlayer").first.text_content()
    assert page.locator("a, img[src=x]").count() == 0


def test_a_page_that_is_watched_follows_its_runs(opened, tmp_path):
    folder = record(tmp_path / "a")
    with server(tmp_path, 0) as found:
        thread = Thread(target=partial(found.serve_forever, poll_interval=0.01))
        thread.start()
        try:
            address = f"http://127.0.0.1:{found.server_port}/"
            page = opened(address, allowed=(address, "data:"))
            chosen(page, "#smoothing", 0.5)
            page.locator("#alike summary").click()
            folder.append([{"round": 3, "autoencoder": 7.125}])
            folder.write(folder.picture("samples", 4), folder.picture("samples", 1).read_bytes())
            record(tmp_path / "b", "wgan-gp")
            page.wait_for_selector("#loss-critic .main-svg")
            assert drawn(page)[0] == [30, 2, 0.5, 7.125]
            assert page.locator("#smoothing").input_value() == "0.5"
            assert page.locator("#alike").get_attribute("open") is not None
            assert page.locator("#samples-round").inner_text() == "round 4"
            page.goto("about:blank")
        finally:
            found.shutdown()
            thread.join()
