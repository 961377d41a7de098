"""Our kernel as a person meets it: JupyterLab in headless Chromium.

Each step is a sentence that holds or fails; a failed step leaves a screenshot. Ends with "N passed, N failed".
"""
import json
import re
import sys
import time
import traceback

from playwright.sync_api import expect, sync_playwright

from lab import ROOT, SCREENSHOTS, chromium, server

sys.path.insert(0, str(ROOT / "Tests" / "Notebooks"))
import check

STEPS = []


def step(function):
    STEPS.append(function)
    return function


class Lab:
    """The page, with the verbs of a person."""

    def __init__(self, page, address, token, folder):
        self.page, self.address, self.token, self.folder = page, address, token, folder

    def open(self, notebook):
        self.page.goto(f"{self.address}/tree/{notebook}?token={self.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        news = self.page.get_by_role("alert").get_by_role("button", name="No", exact=True)
        if news.is_visible():
            news.click()
        # The indicator says idle before there is a kernel, so the server is asked.
        deadline = time.monotonic() + 60
        while not any(
            session["path"] == notebook and session["kernel"]["execution_state"] == "idle" for session in self.sessions()):
            assert time.monotonic() < deadline, "no kernel was started"
            self.page.wait_for_timeout(200)
        self.page.wait_for_timeout(1000)
        self.idle()

    def sessions(self):
        root = self.address.removesuffix("/lab")
        return [
            session
            for session in self.page.request.get(f"{root}/api/sessions?token={self.token}").json()
            if session.get("kernel")
        ]

    def idle(self, timeout=120_000):
        self.page.wait_for_selector('.jp-NotebookPanel-toolbar [data-status="idle"]', timeout=timeout)

    def press(self, button):
        """Presses a button of the notebook's tool bar."""
        self.page.get_by_role("toolbar", name="main area toolbar").get_by_role("button", name=button, exact=True).click()

    def run_all(self):
        self.choose("Run", "Run All Cells")
        deadline = time.monotonic() + 300
        while not all(re.search(r"\[\d+\]", prompt) for prompt in self.prompts()):
            assert time.monotonic() < deadline, f"not all cells ran: {self.prompts()}"
            self.page.wait_for_timeout(200)
        self.idle()

    def run_all_and_save(self, notebook, timeout=600):
        """Runs all cells, those that are not painted too, and gives the saved notebook."""
        self.choose("Edit", "Clear Outputs of All Cells")
        self.choose("Run", "Run All Cells")
        deadline = time.monotonic() + timeout
        while True:
            self.page.wait_for_timeout(500)
            self.idle(timeout * 1000)
            self.page.keyboard.press("Control+s")
            self.page.wait_for_timeout(500)
            try:
                book = json.loads((self.folder / notebook).read_text(encoding="utf-8"))
            except json.JSONDecodeError:
                continue  # the server is writing it
            cells = [cell for cell in book["cells"] if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
            if all(cell["execution_count"] for cell in cells):
                return book
            assert time.monotonic() < deadline, f"{notebook}: {sum(not cell['execution_count'] for cell in cells)} cells did not run"

    def choose(self, menu, item):
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def end_kernels(self):
        root = self.address.removesuffix("/lab")
        for session in self.sessions():
            self.page.request.delete(f"{root}/api/sessions/{session['id']}?token={self.token}")

    def prompts(self):
        return self.page.evaluate(
            "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(node => node.textContent)") or [""]

    def new_cell(self, text):
        """A new cell at the end with a text in it, in edit mode, the cursor behind the text."""
        self.page.locator(".jp-Notebook .jp-Cell").last.click(position={"x": 3, "y": 3}, timeout=5_000)
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        self.page.keyboard.press("Enter")
        self.page.keyboard.type(text)

    def run_cell(self):
        self.page.keyboard.press("Control+Enter")

    def last_output(self):
        return self.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output")

    def choose_theme(self, name):
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        # A submenu's entry has no name of its own for those who ask by role.
        self.page.locator('.lm-Menu-item:has(.lm-Menu-itemLabel:text-is("Theme"))').click()
        self.page.locator(f'.lm-Menu-item:has(.lm-Menu-itemLabel:text-is("JupyterLab {name}"))').click()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", str(name == "Light").lower())
        self.page.wait_for_timeout(500)

    def show_cell(self, text):
        """The last cell with a text, scrolled to."""
        cells = self.page.locator(".jp-CodeCell").filter(has_text=text)
        panel = self.page.locator(".jp-Notebook .jp-WindowedPanel-outer").first
        if not cells.count():
            panel.evaluate("node => node.scrollTo(0, 0)")
        for _ in range(60):
            self.page.wait_for_timeout(100)
            if cells.count():
                return cells.last
            panel.evaluate("node => node.scrollBy(0, 400)")
        raise AssertionError(f"no cell with '{text}'")

    def picture(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # Cells that were scrolled into view are painted a little later.
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@step
def the_tour_runs_from_top_to_bottom(lab):
    lab.open("00-tour.ipynb")
    lab.run_all()
    first = lab.page.locator(".jp-CodeCell").first
    first.scroll_into_view_if_needed()
    expect(first).to_contain_text("lists the settings of this session")
    lab.picture("01-tour-top")


@step
def a_mistake_is_shown_in_red_with_its_place(lab):
    error = lab.page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').first
    error.scroll_into_view_if_needed()
    lab.picture("02-mistake")
    text = error.inner_text()
    assert "error[unknown-verb]" in text and "did you mean 'settings'?" in text, text
    assert "^^^^" in text, "no carets under the place"
    red = error.locator("span").filter(has_text="error[").first.evaluate("node => getComputedStyle(node).color")
    assert red == "rgb(255, 0, 0)", f"the error's colour is {red}"


@step
def words_are_coloured_by_what_they_are(lab):
    lab.new_cell("reset; # a comment\ngrad-cam class=281,tabby alpha=0.4 rate=1e-3 least=-0.5 at=resnet50 to='a b' as mine")
    lab.page.wait_for_timeout(500)
    colours = dict(lab.page.locator(".jp-CodeCell").last.locator(".cm-line span").evaluate_all(
        "nodes => nodes.map(node => [node.textContent, getComputedStyle(node).color])"))
    lab.picture("02-colours")
    kinds = [
        ["reset", "grad-cam", "as"], ["class", "alpha", "rate", "least", "at", "to"], ["281", "0.4", "1e-3", "-0.5"],
        ["'a b'"], ["mine"], ["# a comment"]]
    missing = [word for words in kinds for word in words if word not in colours]
    assert not missing, (missing, colours)
    for words in kinds:
        assert len({colours[word] for word in words}) == 1, (words, colours)
    assert colours["grad-cam"] != colours["class"] != colours["281"] != colours["'a b'"] != colours["# a comment"], colours
    assert "resnet50" not in colours and "tabby" not in colours, colours
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.type("dd")


@step
def tab_completes_a_verb(lab):
    lab.new_cell("setti")
    lab.page.keyboard.press("Tab")
    lab.page.wait_for_timeout(300)
    if lab.page.locator(".jp-Completer").is_visible():
        lab.page.keyboard.press("Enter")
    expect(lab.page.locator(".jp-CodeCell").last.locator(".cm-content")).to_contain_text("settings")


@step
def tab_offers_options_with_their_kinds(lab):
    lab.new_cell("set ")
    lab.page.keyboard.press("Tab")
    box = lab.page.locator(".jp-Completer")
    expect(box).to_be_visible()
    lab.picture("03-completion")
    text = box.inner_text()
    assert "alpha=" in text and "colormap=" in text, text
    lab.page.keyboard.press("Escape")


@step
def shift_tab_shows_the_help_of_the_verb(lab):
    lab.new_cell("pause")
    lab.page.keyboard.press("Shift+Tab")
    tip = lab.page.locator(".jp-Tooltip")
    expect(tip).to_be_visible()
    lab.picture("04-tooltip")
    expect(tip).to_contain_text("pause [SECONDS]")
    lab.page.keyboard.press("Escape")


@step
def a_progress_bar_moves_in_place(lab):
    lab.new_cell("pause 4")
    lab.run_cell()
    output = lab.last_output()
    expect(output.first).to_contain_text("pause")
    first = output.first.inner_text()
    lab.page.wait_for_timeout(1200)
    second = output.first.inner_text()
    lab.picture("05-progress")
    assert output.count() == 1, f"{output.count()} outputs instead of one that changes"
    assert first != second, "the bar does not move"
    expect(output.first).to_contain_text("100%", timeout=10_000)


@step
def interrupt_ends_a_cell(lab):
    lab.new_cell("pause 120")
    lab.run_cell()
    expect(lab.last_output().first).to_contain_text("pause")
    lab.press("Interrupt the kernel")
    expect(lab.page.locator(".jp-CodeCell").last).to_contain_text("error[interrupted]", timeout=5_000)
    expect(lab.last_output().first).to_contain_text("stopped after")
    lab.idle()
    lab.picture("06-interrupted")
    lab.new_cell("version")
    lab.run_cell()
    expect(lab.last_output().first).to_contain_text("camkernel")


@step
def restart_forgets_the_session(lab):
    lab.new_cell("set alpha=0.9")
    lab.run_cell()
    expect(lab.last_output().first).to_contain_text("alpha = 0.9")
    lab.press("Restart the kernel")
    lab.page.locator(".jp-Dialog button.jp-mod-warn, .jp-Dialog button.jp-mod-accept").last.click()
    lab.page.wait_for_timeout(500)
    lab.idle()
    lab.new_cell("settings")
    lab.run_cell()
    expect(lab.last_output().first).to_contain_text("0.4")
    prompt = lab.page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")
    expect(prompt).to_contain_text("[1]")
    lab.last_output().first.scroll_into_view_if_needed()
    lab.picture("07-restarted")


@step
def a_heatmap_and_a_comparison_are_shown_in_their_place(lab):
    lab.open("01-first-heatmap.ipynb")
    lab.run_all()
    pictures = lab.page.locator(".jp-OutputArea-output img")
    lab.page.wait_for_timeout(1000)
    sizes = lab.page.evaluate(
        "[...document.querySelectorAll('.jp-OutputArea-output img')].map(n => [n.naturalWidth, n.clientWidth, n.parentElement.clientWidth])")
    assert sizes, "no picture is shown"
    for natural, shown, room in sizes:
        assert natural > 0 and 0 < shown <= room, f"a picture of {natural} pixels is shown {shown} wide in {room}"
    for number in range(min(4, pictures.count())):
        pictures.nth(number).scroll_into_view_if_needed()
        lab.picture(f"08-picture-{number + 1}")


@step
def every_notebook_runs_from_top_to_bottom(lab):
    """Each in a kernel of its own, judged as `make notebooks` judges it."""
    begun = time.monotonic()
    for path in sorted(lab.folder.glob("*.ipynb")):
        lab.end_kernels()
        start = time.monotonic()
        lab.open(path.name)
        book = lab.run_all_and_save(path.name)
        took = time.monotonic() - start
        found = [f"{path.name}, {problem}" for problem in check.all_problems(book)]
        lab.page.locator(".jp-Notebook .jp-Cell").last.scroll_into_view_if_needed()
        lab.picture(f"09-{path.stem}-end")
        assert not found, "\n".join(found)
        print(f"        {path.name}: {took:.0f} s", flush=True)
    print(f"        all: {time.monotonic() - begun:.0f} s", flush=True)


# The least contrast of the letters of the outputs with what is behind them, as the accessibility guidelines count it.
LEAST_CONTRAST = r"""() => {
  const parts = text => text.match(/[\d.]+/g).map(Number);
  const light = color => {
    const [r, g, b] = color.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // What shines through a background is mixed in.
  const behind = node => {
    if (!node) return [255, 255, 255];
    const [r, g, b, alpha = 1] = parts(getComputedStyle(node).backgroundColor);
    if (alpha >= 1) return [r, g, b];
    const under = behind(node.parentElement);
    return [r, g, b].map((value, i) => alpha * value + (1 - alpha) * under[i]);
  };
  let worst = {ratio: 21, text: "", count: 0};
  const walker = document.createTreeWalker(document.querySelector(".jp-Notebook"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || !parent.closest(".jp-OutputArea-output")) continue;
    const [ground, ink] = [behind(parent), parts(getComputedStyle(parent).color)];
    const alpha = ink.length > 3 ? ink[3] : 1;
    const [a, b] = [light(ground.map((value, i) => alpha * ink[i] + (1 - alpha) * value)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    worst.count += 1;
    if (ratio < worst.ratio) worst = {ratio, text: node.textContent.trim().slice(0, 60), count: worst.count};
  }
  return worst;
}"""


@step
def outputs_are_legible_in_both_themes(lab):
    lab.open("01-first-heatmap.ipynb")
    lab.run_all()
    lab.new_cell("set apha=0.5")
    lab.run_cell()
    expect(lab.page.locator(".jp-CodeCell").last).to_contain_text("did you mean 'alpha'?")
    views = {
        "heatmap": "ablation-cam class", "bars": "classify", "grid": "compare ablation-cam", "table": "layers _blocks",
        "difference": "diff mine theirs", "mistake": "set apha",
    }
    for theme in ("Dark", "Light"):
        lab.choose_theme(theme)
        for name, text in views.items():
            # Cells far from view are not in the page: they come with scrolling.
            cell = lab.show_cell(text)
            cell.locator(".jp-OutputArea-output").last.scroll_into_view_if_needed()
            lab.picture(f"10-{theme.lower()}-{name}")
            worst = lab.page.evaluate(LEAST_CONTRAST)
            assert worst["count"] > 0, f"no letters beside the {name}"
            assert worst["ratio"] >= 3, f"{theme}: contrast {worst['ratio']:.1f} of '{worst['text']}'"


def main():
    names = sys.argv[1:]
    passed, failed = 0, 0
    with server() as (address, token, folder), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900}, device_scale_factor=1)
        lab = Lab(page, address, token, folder)
        for function in STEPS:
            if names and function is not STEPS[0] and not any(name in function.__name__ for name in names):
                continue
            sentence = re.sub("_", " ", function.__name__)
            try:
                function(lab)
                passed += 1
                print(f"ok      {sentence}", flush=True)
            except Exception:
                failed += 1
                lab.picture("failed-" + function.__name__)
                print(f"FAILED  {sentence}\n{traceback.format_exc()}", flush=True)
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
