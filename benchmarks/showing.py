"""Show what was measured: a table as text and as Markdown, a picture, JSON; and keep it."""

import json
from pathlib import Path

from benchmarks.measuring import mean_of, summary
from mnist_lib.runtime import write_whole

FOLDER = Path(__file__).parent
# Column of a row -> its title, and how its number is written.
COLUMNS = {
    "seconds": ("training, s", "{:.2f}"),
    "with_imports_seconds": ("with imports and tracing, s", "{:.1f}"),
    "one_ms": ("one image, ms", "{:.2f}"),
    "many_seconds": ("10,000 images, s", "{:.2f}"),
    "peak_mb": ("peak memory, MB", "{:.0f}"),
    "test_accuracy": ("test accuracy", "{:.2%}"),
    "times_ours": ("times ours", "{:.1f}"),
    "largest_difference": ("largest difference", "{:.0e}"),
    "failed_share": ("failed", "{:.1%}"),
    "trials": ("trials", "{:.0f}"),
    "failures": ("failures", "{:.0f}"),
    "unwarned": ("without a warning", "{:.0f}"),
}
KINDS = {"avx512": "Processors with AVX-512", "avx2": "Processors with AVX2"}  # others by their name


def rows(results):
    """One row a contestant: what it measured, over its runs, and whether TensorFlow used oneDNN."""
    how = {"test_accuracy": mean_of, "largest_difference": max}
    return [
        {"name": name, "onednn": runs[0].get("onednn")}
        | {key: how.get(key, summary)([run[key] for run in runs]) for key in COLUMNS if key in runs[0]}
        for name, runs in results.items()
        if not runs[0].keys().isdisjoint(COLUMNS)
    ]


def table(result):
    """Return the table's rows as text, the head first."""
    columns = [column for column in COLUMNS if column in result["rows"][0]]
    head = ["", *(COLUMNS[column][0] for column in columns), "runs"]
    return [head] + [
        [row["name"], *(_cell(row[column], COLUMNS[column][1]) for column in columns), str(_runs(row))]
        for row in result["rows"]
    ]


def _cell(value, form):
    if value is None:
        return "–"
    if not isinstance(value, dict):
        return form.format(value)
    if "mean" in value:
        error = value["standard_error"]
        return form.format(value["mean"]) + ("" if error is None else f" ± {form.format(error)}")
    spread = f" ({form.format(value['low'])} to {form.format(value['high'])})" if len(value["values"]) > 1 else ""
    return form.format(value["median"]) + spread


def _runs(row):
    return next(len(value["values"]) for value in row.values() if isinstance(value, dict))


def text(result):
    """Return the whole result as plain text."""
    rows = table(result)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[cell.rjust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = ["  ".join([row[0].ljust(widths[0]), *cells[1:]]) for row, cells in zip(rows, padded, strict=True)]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", *_words(result)])


def markdown(result, picture):
    """Return the whole result as Markdown, with its picture."""
    head, *rows = table(result)
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    said = [f"- {sentence}" for sentence in _words(result)]
    return "\n".join(
        ["| " + " | ".join(row) + " |" for row in lines] + ["", *said, "", f"![{_title(result)}]({picture})"]
    )


def _words(result):
    """Notes, what is missing, and the environment, a sentence each."""
    facts = result["environment"]
    packages = {"tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch"}
    versions = ", ".join(f"{title} {facts[name]}" for name, title in packages.items() if facts.get(name))
    missing = [f"Missing: {peer['name']}, which needs {peer['needs']}: {peer['install']}" for peer in result["missing"]]
    where = f"{facts['cores']} cores of {facts['processor']}, {facts['memory_gb']} GB; {facts['system']}"
    load = "" if facts["load_before"] is None else f", load before {facts['load_before']}"
    quick = ["A quick run of a few steps: these numbers say nothing."] if result["quick"] else []
    spread = "Medians over the runs, lowest and highest in brackets; accuracy as mean ± standard error."
    when = f"{facts['date']}, {facts['data']}: {where}{load}; {versions}."
    return [*quick, spread, *result["notes"], *missing, when, *_onednn(result)]


def _onednn(result):
    if "instructions" not in result["environment"]:
        return []  # measured before this was recorded
    has = f"The processor has {', '.join(result['environment']['instructions']) or 'no known instructions'}."
    by_itself = "on" if result["environment"]["onednn_by_itself"] else "off"
    off = [row["name"] for row in result["rows"] if row["onednn"] is False]
    return [f"{has} TensorFlow's oneDNN is {by_itself} by itself, and was off in: {'; '.join(off) or 'none of these'}."]


def picture(result, path):
    """Draw the first measured column: a bar for the median, a dot for each run."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from mnist_lib import plots

    plots.use_style()
    rows = result["rows"]
    column = next(column for column in COLUMNS if column in rows[0])
    figure, ax = plt.subplots(figsize=(8.5, 1.1 + 0.36 * len(rows)))
    names = [row["name"] for row in rows]
    medians = [row[column]["median"] for row in rows]
    bars = ax.barh(names, medians, color="#9ECAE1", height=0.65)
    for i, row in enumerate(rows):
        values = row[column]["values"]
        ax.plot(values, [i] * len(values), "o", color=plots.RIGHT, markersize=4)
    labels = [_label(row, column) for row in rows]
    ax.bar_label(bars, labels, padding=12, fontsize=9)
    spread = min(medians) > 0 and max(medians) / min(medians) > 20
    if spread:
        ax.set_xscale("log")
    if "floor" in result:
        ax.axvline(result["floor"]["seconds"], color="black", linestyle=":", label="arithmetic alone")
        ax.legend(loc="lower right")
    lowest, highest = min(min(row[column]["values"]) for row in rows), max(medians) or 1
    lowest = min(lowest, result.get("floor", {}).get("seconds", lowest))
    ax.set_xlim(0.6 * lowest if spread else 0, highest * ((highest / lowest) ** 0.45 if spread else 1.5))
    ax.set(title=_title(result), xlabel=COLUMNS[column][0] + (" (logarithmic)" if spread else ""))
    ax.invert_yaxis()
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def _label(row, column):
    said = COLUMNS[column][1].format(row[column]["median"])
    if "test_accuracy" in row:
        said += f"   ({row['test_accuracy']['mean']:.2%} right)"
    return said


def _title(result):
    return {
        "time_to_99": "Seconds of one training, and the test digits that are then read",
        "articles": "Seconds of training: five articles as published, and through train",
        "accuracy": "Seconds of training for each step of accuracy",
        "predict": "Milliseconds for one image",
        "memory": "Peak memory of the process",
        "robustness": "Share of the trials that failed",
    }[result["bench"]]


def keep(result, folder):
    """Write NAME-KIND.json and .png into a folder, each whole or not at all; kinds of processors stay side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{result['bench']}-{result['environment']['kind']}"
    write_whole(folder / f"{name}.json", json.dumps(result, indent=1, allow_nan=False) + "\n")
    drawn = folder / f".{name}.unfinished.png"
    picture(result, drawn)
    drawn.replace(folder / f"{name}.png")


def into_readme(bench, readme=FOLDER / "README.md"):
    """Put what is kept of a bench between its markers in the README, a section for each kind of processor."""
    begin, end = f"<!-- {bench}:begin -->", f"<!-- {bench}:end -->"
    page = readme.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{readme.name} lacks the marks {begin} and {end}; put them where the table shall stand.")
    sections = []
    for path in sorted((readme.parent / "results").glob(f"{bench}-*.json"), reverse=True):
        kind, result = path.stem.removeprefix(f"{bench}-"), json.loads(path.read_text(encoding="utf-8"))
        sections.append(f"### {KINDS.get(kind, kind)}\n\n{markdown(result, f'results/{path.stem}.png')}\n")
    write_whole(readme, before + "\n".join([begin, *sections, end]) + after)
