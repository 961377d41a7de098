"""Exports executed notebooks as HTML, slides, Markdown and PDF, and checks that pictures, tables and highlighting survive.

    export.py OUT NOTEBOOK...

PDF pages are printed by Playwright's Chromium or, where that is missing, by the system's.
"""
import json
import pathlib
import re
import shutil
import sys

from nbconvert.exporters import HTMLExporter, MarkdownExporter, SlidesExporter, WebPDFExporter
from playwright import async_api


def with_system_chromium():
    """Lets Playwright start the system's Chromium where it has none of its own."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    launch = async_api.BrowserType.launch

    async def start(self, **options):
        if not pathlib.Path(self.executable_path).exists() and path:
            options["executable_path"] = path
        return await launch(self, **options)

    async_api.BrowserType.launch = start


def expected(book):
    outputs = [output for cell in book["cells"] for output in cell.get("outputs", [])]
    pictures = sum("image/png" in output.get("data", {}) for output in outputs)
    tables = sum("<table" in "".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    return pictures, tables


def main(out, paths):
    with_system_chromium()
    out.mkdir(parents=True, exist_ok=True)
    problems = []
    for path in paths:
        book = json.loads(path.read_text(encoding="utf-8"))
        pictures, tables = expected(book)

        def check(kind, found, wanted, what):
            if found < wanted:
                problems.append(f"{path.name}, {kind}: {found} {what}, {wanted} in the notebook")

        for kind, exporter, suffix in (("html", HTMLExporter(), ".html"), ("slides", SlidesExporter(), ".slides.html")):
            page, _ = exporter.from_filename(str(path))
            (out / (path.stem + suffix)).write_text(page, encoding="utf-8")
            check(kind, len(re.findall(r'src="data:image/png;base64', page)), pictures, "pictures")
            check(kind, page.count("<table"), tables, "tables")
            check(kind, len(re.findall(r'class="highlight hl-bash"', page)), 1, "highlighted cells")
        text, resources = MarkdownExporter().from_filename(str(path))
        (out / (path.stem + ".md")).write_text(text, encoding="utf-8")
        for name, data in resources["outputs"].items():
            (out / name).write_bytes(data)
        check("markdown", sum(name.endswith(".png") for name in resources["outputs"]), pictures, "pictures")
        check("markdown", text.count("```cam"), 1, "cells")
        pdf, _ = WebPDFExporter(disable_sandbox=True).from_filename(str(path))
        (out / (path.stem + ".pdf")).write_bytes(pdf)
        check("pdf", pdf.count(b"/Subtype /Image") + pdf.count(b"/Subtype/Image"), min(pictures, 1), "pictures")
        print(f"ok      {path.name}: {pictures} pictures, {tables} tables as html, slides, markdown, pdf")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]]))
