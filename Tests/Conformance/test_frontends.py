"""The kernel in the hands of frontends that people use, other than JupyterLab (which Tests/Browser drives)."""

import json
import os
import subprocess
import sys

import nbformat
import pexpect
import pytest
import wire

pytestmark = pytest.mark.usefixtures("installed")

METADATA = {"kernelspec": {"name": "camkernel", "display_name": "CAM", "language": "cam"}}


def notebook(path, *cells):
    made = nbformat.v4.new_notebook(metadata=METADATA)
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, path)
    return path


def jupyter(*arguments, expect=0):
    result = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], capture_output=True, text=True, timeout=300)
    assert result.returncode == expect, result.stdout + result.stderr
    return result


def text_of(output):
    return "".join(output["text"])


def test_nbconvert_executes_a_notebook(tmp_path):
    path = notebook(tmp_path / "in.ipynb", "print first", "version", "set alpha=0.3\nprint last")
    jupyter("nbconvert", "--to", "notebook", "--execute", path, "--output", "out.ipynb")
    first, second, third = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert [cell["execution_count"] for cell in (first, second, third)] == [1, 2, 3]
    assert text_of(first["outputs"][0]) == "first\n"
    assert text_of(third["outputs"][-1]) == "last\n"
    assert second["outputs"][0]["output_type"] == "execute_result"


def test_nbconvert_stops_at_a_mistake_and_says_where(tmp_path):
    path = notebook(tmp_path / "in.ipynb", "print first", "grad-cma", "print never")
    result = jupyter("nbconvert", "--to", "notebook", "--execute", path, "--output", "out.ipynb", expect=1)
    assert "grad-cma" in result.stderr


def test_nbconvert_goes_on_where_errors_are_allowed(tmp_path):
    path = notebook(tmp_path / "in.ipynb", "grad-cma", "print after")
    jupyter("nbconvert", "--to", "notebook", "--execute", "--allow-errors", path, "--output", "out.ipynb")
    mistake, after = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert mistake["outputs"][0]["output_type"] == "error"
    assert text_of(after["outputs"][0]) == "after\n"


def test_nbconvert_colours_and_exports(tmp_path):
    path = notebook(tmp_path / "in.ipynb", 'print "a string" # a comment')
    jupyter("nbconvert", "--to", "notebook", "--execute", path, "--output", "out.ipynb")
    jupyter("nbconvert", "--to", "html", tmp_path / "out.ipynb")
    assert '<span class="c1"># a comment</span>' in (tmp_path / "out.html").read_text()
    jupyter("nbconvert", "--to", "script", tmp_path / "out.ipynb")
    assert "a comment" in (tmp_path / "out.cam").read_text()
    jupyter("nbconvert", "--to", "markdown", tmp_path / "out.ipynb")
    assert "a string" in (tmp_path / "out.md").read_text()
    jupyter("nbconvert", "--to", "slides", tmp_path / "out.ipynb")
    assert '<span class="c1"># a comment</span>' in (tmp_path / "out.slides.html").read_text()


def test_jupyter_run_runs_a_script(tmp_path):
    script = tmp_path / "script.cam"
    script.write_text("# a script\nprint first\nversion\n")
    said = jupyter("jupyter", "run", "--kernel", "camkernel", script).stdout
    assert "first" in said and "camkernel" in said, said


def test_papermill_executes_a_notebook(tmp_path):
    path = notebook(tmp_path / "in.ipynb", "print first", "pause 0.2", "version")
    jupyter("papermill", path, tmp_path / "out.ipynb")
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert [cell["metadata"]["papermill"]["status"] for cell in cells] == ["completed"] * 3


def test_papermill_gives_parameters_to_a_notebook(tmp_path):
    path = tmp_path / "in.ipynb"
    made = nbformat.v4.new_notebook(metadata=METADATA)
    made.cells = [
        nbformat.v4.new_code_cell("network=resnet18\nchance=1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("model network random=chance\nprint network"),
    ]
    nbformat.write(made, path)
    jupyter("papermill", path, tmp_path / "out.ipynb", "-l", "bash", "-p", "network", "resnet9-cifar", "-p", "chance", 7)
    defaults, injected, used = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    said = "".join(text_of(output) for output in used["outputs"] if output["output_type"] == "stream")
    facts = "".join("".join(output["data"]["text/plain"]) for output in used["outputs"] if "data" in output)
    assert said == "resnet9-cifar\n"
    assert facts.startswith("resnet9-cifar: ") and "random weights, seed 7" in facts, facts


def test_papermill_reports_a_mistake(tmp_path):
    path = notebook(tmp_path / "in.ipynb", "grad-cma", "print never")
    result = jupyter("papermill", path, tmp_path / "out.ipynb", expect=1)
    assert "PapermillExecutionError" in result.stderr


def test_console():
    """A conversation: output, a mistake, an interrupt, a result."""
    console = pexpect.spawn(
        sys.executable, ["-m", "jupyter", "console", "--kernel", "camkernel", "--simple-prompt"], timeout=60,
        encoding="utf-8", env={**os.environ, "TERM": "dumb"})
    console.expect(r"In \[1\]:")
    console.sendline("print hello")
    console.expect("hello")
    console.expect(r"In \[2\]:")
    console.sendline("grad-cma")
    console.expect("unknown-verb|unknown")
    console.expect(r"In \[3\]:")
    console.sendline("pause 60")
    # The bar shows that the cell runs: an interrupt before it would take the typed line from the terminal.
    console.expect(r"\d%")
    console.sendintr()
    console.expect("interrupted")
    console.expect(r"In \[4\]:")
    console.sendline("version")
    console.expect(r"Out\[4\]|camkernel")
    console.close(force=True)


def test_install_brings_jupyterlabs_colours_and_the_last_uninstall_takes_them(tmp_path):
    data = tmp_path / "share/jupyter"

    def camkernel(*arguments):
        subprocess.run(
            [str(wire.BINARY), *arguments, "--prefix", str(tmp_path)], check=True, stdout=subprocess.DEVNULL)

    camkernel("install")
    camkernel("install", "--name", "second")
    description = json.loads((data / "labextensions/camkernel/package.json").read_text())
    assert (data / "labextensions/camkernel" / description["jupyterlab"]["_build"]["load"]).is_file()
    camkernel("uninstall")
    assert (data / "labextensions/camkernel/package.json").is_file()
    camkernel("uninstall", "--name", "second")
    assert not (data / "labextensions/camkernel").exists()
    assert not list((data / "kernels").iterdir())


def test_the_extension_has_the_programs_version():
    description = json.loads((wire.REPOSITORY / "kernelspec/labextension/package.json").read_text())
    version = subprocess.run([str(wire.BINARY), "version"], check=True, capture_output=True, text=True).stdout
    assert description["version"] in version, version
