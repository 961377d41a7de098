"""Checks an executed notebook: every code cell ran, errors only where they are announced, pictures where they are due.

A code cell may be tagged `raises-exception` (must fail), `picture` (must show one), and may state the range of a number of its
machine-readable result in its metadata: {"camkernel": {"expect": {"score.value": [0.5, 1.0]}}}.
"""
import json
import sys

FACTS = "application/vnd.camkernel.v1+json"


def problems(cell):
    tags = cell["metadata"].get("tags", [])
    outputs = cell.get("outputs", [])
    failed = any(output["output_type"] == "error" for output in outputs)
    if cell.get("execution_count") is None:
        yield "did not run"
    if failed and "raises-exception" not in tags:
        yield "failed"
    if not failed and "raises-exception" in tags:
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


def main(path):
    book = json.load(open(path, encoding="utf-8"))
    found = 0
    for number, cell in enumerate(book["cells"]):
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        for problem in problems(cell):
            found += 1
            first = "".join(cell["source"]).splitlines()[0]
            print(f"{path}, cell {number} ({first}): {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
