"""The notebooks as their readers meet them: their frame, their stored outputs, their exercises.

That every cell runs on the best data there is, nbval checks (``notebooks/`` is a test folder). Here each
runs once more, on the bundled sample, with the solutions of the exercises filled in.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from mnist_course.series.freshness import source_digest
from mnist_course.series.run import run
from mnist_lib.results import merge, readme_table, stored_results

HOUSE = Path(__file__).parents[2]
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.filterwarnings("default")  # kernels and their clients warn about their own insides


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def nb(path):
    return nbformat.read(path, as_version=4)


def tagged(nb, tag):
    return [cell for cell in nb.cells if tag in cell.metadata.get("tags", [])]


def code(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def outputs(nb):
    return [(cell.id, output) for cell in code(nb) for output in cell.outputs]


LESSONS = """
00_data 01_softmax_by_hand 02_softmax_in_tensorflow 03_mlp_and_backpropagation 04_training_an_mlp 05_convolution 06_cnn
07_your_handwriting 08_evaluation 09_how_sure 10_what_it_looks_at 11_save_and_resume 12_ship_it 13_speed 14_accuracy
15_tensorflow_1_and_2 16_the_loss_does_not_fall 17_the_number_lies
""".split()


def test_the_series_is_there():
    assert [path.stem for path in NOTEBOOKS] == LESSONS


def test_frame(nb):
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    for part in ("**You will**", "## Recap", "## Exercises", "## Where this came from", "**Predict.**"):
        assert part in text, f"no {part}"
    (parameters,) = tagged(nb, "parameters")
    assert parameters.source.startswith('source = "auto"')
    ids = [cell.id for cell in nb.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in ids)


def minutes(nb):
    """Return how long a lesson takes: 150 words or 5 lines of code a minute; 1 for a figure or a prediction."""
    prose = [re.sub(r"(?s)<details>.*?</details>", "", c.source) for c in nb.cells if c.cell_type == "markdown"]
    shown = [c for c in code(nb) if not c.metadata.get("jupyter", {}).get("source_hidden")]
    lines = sum(bool(line.strip()) for cell in shown for line in cell.source.splitlines())
    figures = sum("image/png" in output.get("data", {}) for _, output in outputs(nb))
    looks = figures + sum("**Predict" in text for text in prose)
    return sum(len(text.split()) for text in prose) / 150 + lines / 5 + looks + 5 * len(tagged(nb, "exercise"))


def test_a_lesson_takes_the_hour_that_it_promises(nb):
    promised = re.search(r"Time to read: (\d+) minutes", nb.cells[0].source)
    assert promised and int(promised[1]) == round(minutes(nb)) <= 60, f"it takes {minutes(nb):.1f} minutes"
    assert len(nb.cells) <= 70


def test_cells_are_short_and_claims_are_folded(nb):
    for cell in code(nb):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 20, f"{cell.id} has {len(lines)} lines"
        assert not re.search(r"^\s*[!%]", cell.source, re.M), f"{cell.id} holds a shell command or magic"
    claims = tagged(nb, "claim")
    assert claims and all(cell.metadata.jupyter.source_hidden for cell in claims)


def test_claims_that_fail_say_their_numbers(nb):
    for cell in tagged(nb, "claim"):
        silent = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert) and not node.msg]
        assert not silent, f"{cell.id}: {ast.unparse(silent[0])}, ... what? Write: assert a < b, (a, b)"


def test_links_lead_somewhere(path, nb):
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", cell.source):
                assert (path.parent / target).exists(), f"{cell.id} links to {target}, which does not exist"


def test_stored_outputs_are_fresh(path, nb):
    stored = nb.metadata.get("mnist_lib", {})
    assert stored.get("digest") == source_digest(path), "the code changed after the stored run: make refresh"
    assert stored["source"] == "mnist"


def test_stored_outputs_are_complete_and_clean(path, nb):
    assert path.stat().st_size < 600_000
    assert all(cell.execution_count for cell in code(nb))
    for name, output in outputs(nb):
        assert output.output_type != "error" and output.get("name") != "stderr", f"{name} has an error or noise"
        text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
        assert not re.search(r"/(?:home|root|tmp|work|Users)/|[A-Z]:\\", text), f"{name} shows a path"
        assert not re.search(r"\w+Warning\b|WARNING:", text), f"{name} shows a warning of Python's"
        assert len(text.splitlines()) <= 40, f"{name} is long-winded"
        if "image/png" in output.get("data", {}):
            alt = output.metadata.get("image/png", {}).get("alt", "")
            assert len(alt) > 20, f"the figure of {name} has no text alternative"


def test_some_outputs_are_compared_and_none_of_these_is_a_time(nb):
    """On MNIST, nbval holds the cells tagged ``nbval-check-output`` to their stored outputs (see conftest.py)."""
    compared = tagged(nb, "nbval-check-output")
    assert len([cell for cell in compared if "exercise" not in cell.metadata.tags]) >= 5
    for cell in compared:
        assert cell.outputs, f"{cell.id} has no output to compare"
        for output in cell.outputs:
            data = {kind: shown for kind, shown in output.get("data", {}).items() if not kind.startswith("image/")}
            text = " ".join([output.get("text", ""), *map(str, data.values())])
            unsteady = re.search(r"\d ?(?:s|ms|µs|min|[kMG]B|seconds?|minutes?)\b|\btimes as fast\b", text)
            assert not unsteady, f"{cell.id} shows {unsteady[0]}, which differs from run to run"


def test_every_exercise_has_a_check_and_a_folded_solution(nb):
    answers = tagged(nb, "exercise")
    assert len(answers) == 3
    sources = {cell.id: cell.source for cell in nb.cells}
    for cell in answers:
        assert "checks." in cell.source and "**Exercise" in sources[cell.id.removesuffix("-answer")]
        assert sources[solution_id(cell)].startswith("<details><summary>Solution</summary>")
        assert all(o.text.startswith("…") for o in cell.outputs if o.output_type == "stream")


def solution_id(answer):
    return answer.id.removesuffix("-answer") + "-solution"


@pytest.mark.notebook
def test_runs_on_the_sample_with_the_solutions(path, nb, tmp_path):
    sources = {cell.id: cell.source for cell in nb.cells}
    for cell in tagged(nb, "exercise"):
        (cell.source,) = re.findall(r"```python\n(.*?)```", sources[solution_id(cell)], re.S)
    (tmp_path / "series").mkdir()
    nbformat.write(nb, tmp_path / "series" / path.name)

    results = run(source="sample", notebooks=tmp_path / "series", out=tmp_path / "out")

    (entry,) = results["notebooks"]
    assert entry["status"] == "ok", entry
    assert entry["results"], "the notebook reports nothing"
    executed = nbformat.read(tmp_path / "out" / path.name, as_version=4)
    for cell in tagged(executed, "exercise"):
        said = "".join(output.get("text", "") for output in cell.outputs)
        marks = [line[0] for line in said.splitlines() if line[:1] in {"…", "✗", "✓"}]
        assert marks == ["✓"], f"the solution of {cell.id} is not accepted: {said}"
    noise = [(name, output.text) for name, output in outputs(executed) if output.get("name") == "stderr"]
    assert not noise


def test_the_readme_shows_the_stored_ladder():
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- ladder:begin -->")[1].split("<!-- ladder:end -->")[0].strip()
    assert table == readme_table(merge(map(stored_results, NOTEBOOKS)))
    assert (HOUSE / "docs" / "ladder.png").stat().st_size > 5_000


def test_the_ladder_reaches_its_heights():
    rungs = merge(map(stored_results, NOTEBOOKS))
    for name, least in (
        ("nearest mean", 0.8),
        ("softmax", 0.92),
        ("mlp", 0.98),
        ("cnn", 0.99),
        ("accurate_cnn", 0.995),
    ):
        assert rungs[name]["test_accuracy"] >= least
