"""Checks an executed notebook: every code cell ran, errors only where they are announced, pictures where they are due.

A code cell may be tagged `raises-exception` (must fail), `picture` (must show one), `needs-data` (with `raises-exception`: may
fail because a data set is not there, and so may the cells behind it that are tagged so), and `not-stored` (its pictures have
no clear licence; `--store` takes them out). It may state the range of a number of its machine-readable result in its
metadata: {"camkernel": {"expect": {"score.value": [0.5, 1.0]}}}.

    check.py [--store] NOTEBOOK
"""
import json
import sys
from pathlib import Path

FACTS = "application/vnd.camkernel.v1+json"
ROOT = Path(__file__).resolve().parents[2]


class Data:
    """Whether the data sets that a notebook wants are there, as far as its cells have shown."""

    missing = False


def problems(cell, data):
    tags = cell["metadata"].get("tags", [])
    outputs = cell.get("outputs", [])
    errors = [output for output in outputs if output["output_type"] == "error"]
    failed = bool(errors)
    if "needs-data" in tags:
        data.missing = data.missing or (failed and errors[0]["ename"] == "missing-data")
        if failed and data.missing:
            return
    if cell.get("execution_count") is None:
        yield "did not run"
    if failed and "raises-exception" not in tags:
        yield "failed"
    if failed and "needs-data" in tags:
        yield "failed although its data is there"
    if not failed and "raises-exception" in tags and "needs-data" not in tags:
        yield "should have failed"
    if "picture" in tags and not any("image/png" in output.get("data", {}) for output in outputs):
        yield "shows no picture"
    facts = [output["data"][FACTS] for output in outputs if FACTS in output.get("data", {})]
    for path, (low, high) in cell["metadata"].get("camkernel", {}).get("expect", {}).items():
        value = facts[-1] if facts else None
        for key in path.split("."):
            value = value[int(key)] if isinstance(value, list) else (value or {}).get(key)
        if value is None or not low <= value <= high:
            yield f"{path} is {value}, expected {low} to {high}"


def all_problems(book):
    """Every problem of a notebook, with the number of its cell and the cell's first line."""
    data = Data()
    for number, cell in enumerate(book["cells"]):
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        for problem in problems(cell, data):
            yield f"cell {number} ({''.join(cell['source']).splitlines()[0]}): {problem}"


def store(book, path):
    """Takes out what must not lie in the repository: pictures without a licence, whose machine it was, and what differs from run
    to run for nothing."""
    for cell in book["cells"]:
        cell["metadata"].pop("execution", None)
        if "not-stored" in cell["metadata"].get("tags", []):
            for output in cell.get("outputs", []):
                if output.get("data", {}).pop("image/png", None):
                    text = "".join(output["data"]["text/plain"])
                    output["data"]["text/plain"] = text + "\n(the picture is not stored here: run the cell to see it)"
    text = json.dumps(book, indent=1, ensure_ascii=False)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(str(ROOT), "~/camkernel").replace(str(Path.home()), "~") + "\n")


def main(path, stores):
    with open(path, encoding="utf-8") as file:
        book = json.load(file)
    found = list(all_problems(book))
    for problem in found:
        print(f"{path}, {problem}", file=sys.stderr)
    if stores:
        store(book, path)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1], "--store" in sys.argv))
