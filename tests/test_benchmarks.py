"""The benchmarks, tried with a few steps each: what they promise is there. Numbers are not judged."""

import importlib.util
import json
import time

import pytest

from benchmarks import __main__, accuracy, measuring, showing, time_to_99, worker
from benchmarks.measuring import Contestant, in_own_process, in_turn, mean_of, summary
from mnist_lib.runtime import x86_64

LITERT = pytest.mark.skipif(importlib.util.find_spec("ai_edge_litert") is None, reason="needs mnist_lib[export]")
WAYS = (", oneDNN on", ", oneDNN off") if x86_64() else ("",)
PROMISED = {
    "time_to_99": {
        name + way for name in ("mnist_lib.train", "Keras fit, same network", "recipe D, fit") for way in WAYS
    },
    "articles": {"A, as published", "A, through train", "C CNN, as published", "E 10,000, through train"},
    "accuracy": {"softmax", "mlp", "cnn", "fast CNN", "accurate CNN", "ensemble of 1"},
    "predict": {"model.predict", "tf.function", "SavedModel"},
    "memory": {"imports and data", "train, cnn", "fit, recipe D", "predict 10,000, model.predict"},
    "robustness": {"capital letters", "shapes", "pen strokes", "files: models", "messages to the canvas"},
}
NUMBERS = {
    "time_to_99": ("seconds", "with_imports_seconds", "test_accuracy"),
    "articles": ("seconds", "with_imports_seconds", "test_accuracy"),
    "accuracy": ("seconds", "test_accuracy"),
    "predict": ("one_ms", "many_seconds"),
    "memory": ("peak_mb",),
    "robustness": ("trials",),
}
X86 = pytest.mark.skipif(not x86_64(), reason="the setting of oneDNN is for x86-64")


def test_quick_runs_give_what_is_promised(tmp_path, capsys):
    """All in one call, so that they share their processes."""
    assert __main__.main([*PROMISED, "--quick", "--json", "--source", "sample", "--out", str(tmp_path)]) == 0
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["bench"] for result in results] == list(PROMISED)
    for result in results:
        holds_what_is_promised(result["bench"], result, tmp_path)


def holds_what_is_promised(name, result, folder):
    kept = folder / f"{name}-{result['environment']['kind']}"
    assert result == json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
    assert kept.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert (result["bench"], result["quick"], result["rounds"]) == (name, True, 1)
    assert result["environment"]["cores"] >= 1 and result["environment"]["data"] == "sample"
    assert PROMISED[name] <= {row["name"] for row in result["rows"]}
    for row in result["rows"]:
        if x86_64():
            assert row["onednn"] is not row["name"].endswith("oneDNN off"), "as TensorFlow itself says"
        for number in NUMBERS[name]:
            assert len(row[number]["values"]) == 1 and row[number]["values"][0] > 0
    assert {peer["name"] for peer in result["missing"]}.isdisjoint(row["name"] for row in result["rows"])
    for row in result["rows"] if name == "predict" else []:
        assert row["largest_difference"] < 1e-4, "all doors lead to the same answers"
    if name == "time_to_99":
        times = result["floor"]["times_floor"]
        assert result["floor"]["seconds"] > 0 and len(times) == len(WAYS) and min(times.values()) > 0
        accuracies = {row["name"].replace(", oneDNN on", ""): row["test_accuracy"]["mean"] for row in result["rows"]}
        assert accuracies["mnist_lib.train"] == pytest.approx(accuracies["Keras fit, same network"], abs=0.02)
    if name == "articles":
        assert set(result["floor_seconds"]) == set(result["times_faster"]) and min(result["floor_seconds"].values()) > 0
    said = showing.text(result)
    assert all(row["name"] in said for row in result["rows"]) and "these numbers say nothing" in said


FAKE = {"seconds": 2.0, "with_imports_seconds": 3.0, "test_accuracy": 0.99, "gflop": 1.0, "onednn": True}


def fake(calls, onednn=None):
    return [{"gflops_per_second": 9.0} if "matrix" in work else FAKE for work, _ in calls]


def test_what_is_not_installed_is_named(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    monkeypatch.setattr(measuring, "in_own_process", fake)
    (result,) = __main__.run(["time_to_99"], rounds=4, source="sample")
    assert [peer["name"] for peer in result["missing"]] == ["PyTorch recipe"]
    assert "PyTorch recipe, which needs torch: pip install" in showing.text(result)
    counts = {row["name"]: len(row["seconds"]["values"]) for row in result["rows"]}
    assert counts == {name: 3 if name.startswith("recipe D") else 4 for name in PROMISED["time_to_99"]}


@X86
@pytest.mark.parametrize(("onednn", "ways"), [("both", {True, False}), ("1", {True}), ("0", {False})])
def test_what_takes_part_with_onednn_and_without(onednn, ways):
    contestants = time_to_99.contestants(onednn)
    assert {each.onednn for each in contestants if each.work == "time_to_99:ours"} == ways
    assert {each.onednn for each in contestants if each.name.startswith("recipe D")} == ways
    assert [each.name for each in contestants][-1] == measuring.RATE, "the floor is there in any case"


def test_on_arm_there_is_one_way(monkeypatch):
    monkeypatch.setattr(time_to_99, "x86_64", lambda: False)
    contestants = time_to_99.contestants()
    assert [each.name for each in contestants if each.work == "time_to_99:ours"] == ["mnist_lib.train"]
    assert {each.onednn for each in contestants if each.name != measuring.RATE} == {None}


@X86
@pytest.mark.parametrize("onednn", [True, False])
def test_a_process_gets_its_setting_whatever_the_environment_says(monkeypatch, onednn):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", str(int(not onednn)))
    assert in_own_process([("measuring:import_tensorflow", {})], onednn) == [{"onednn": onednn}]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["speed"], "invalid choice: 'speed'"),
        (["memory", "--rounds", "0"], "'0' is no count"),
        ([], "required: names"),
        (["memory", "--onednn", "1"], "--onednn is for time_to_99 alone"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments, word, capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main(arguments)
    assert ended.value.code == 2 and word in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named_before_the_work(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(__main__, "run", lambda *_: pytest.fail("it has begun to work"))
    (tmp_path / "file").touch()
    assert __main__.main(["memory", "--out", str(tmp_path / "file")]) == 2
    assert f"benchmarks: [Errno 17] File exists: '{tmp_path / 'file'}'" in capsys.readouterr().err


def test_a_measurement_that_breaks_says_why(monkeypatch, capsys):
    with pytest.raises(measuring.BenchError, match="(?s)status 1.*no attribute 'nonsense'"):
        in_own_process([("articles:nonsense", {})])
    broken = [Contestant("broken", "articles:nonsense")]
    monkeypatch.setattr("benchmarks.memory.contestants", lambda: broken)
    assert __main__.main(["memory", "--quick", "--source", "sample"]) == 1
    assert "no attribute 'nonsense'" in capsys.readouterr().err


def test_everyone_has_each_place_in_the_order(monkeypatch):
    order = []
    monkeypatch.setattr(measuring, "in_own_process", lambda calls, _: [order.append(calls[0][1]) or {"a": 1.0}])
    three = [Contestant(name, "x:y", {"name": name}) for name in "abc"]
    results = in_turn([*three, Contestant("absent", "x:y", needs="no_such_package")], 3, source="sample")
    assert "".join(call["name"] for call in order) == "abcbcacab"
    assert [call["seed"] for call in order] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert {name: len(runs) for name, runs in results.items()} == {"a": 3, "b": 3, "c": 3}


@pytest.mark.parametrize(
    ("mine", "rounds", "which"), [(None, 3, [0, 1, 2]), (3, 5, [1, 3, 4]), (1, 4, [3]), (9, 2, [0, 1])]
)
def test_long_ones_take_part_less_often(mine, rounds, which):
    one = Contestant("long", "x:y", rounds=mine)
    assert [number for number in range(rounds) if one.takes_part(number, rounds)] == which


def test_long_runs_go_on_where_they_were(monkeypatch, tmp_path):
    calls, stop_at = [], [10]

    def fake(some, onednn):
        if len(calls) in stop_at:
            raise KeyboardInterrupt
        calls.extend(some)
        for _, given in some:
            if given["kind"] == "long":
                (tmp_path / f"{given['seed']}.npz").touch()
        runs = [{key: given[key] for key in ("kind", "name", "seed")} for _, given in some]
        return [{**run, "seconds": 1.0, "test_accuracy": 0.9} for run in runs]

    monkeypatch.setattr(accuracy, "in_own_process", fake)
    monkeypatch.setattr(accuracy, "RUNS", tmp_path / "runs.json")
    monkeypatch.setattr(accuracy, "ANSWERS", tmp_path)
    here = {"data": "mnist", "processor": "P", "cores": 2, "tensorflow": "2", "keras": "3"}
    monkeypatch.setattr(accuracy, "environment", lambda source: here)
    with pytest.raises(KeyboardInterrupt):
        accuracy.measure(2)
    assert len(json.loads((tmp_path / "runs.json").read_text(encoding="utf-8"))["runs"]) == 10
    stop_at.clear()
    runs = accuracy.measure(2)
    stored = json.loads((tmp_path / "runs.json").read_text(encoding="utf-8"))["runs"]
    done = [(run["kind"], run["name"], run["seed"]) for run in stored]
    assert done == list(accuracy.plan(2)) and len(calls) == len(done) == sum(map(len, runs.values()))
    assert [row["name"] for row in accuracy.report(runs, [])["rows"]][-2:] == [accuracy.LONG, "ensemble of 2"]
    assert accuracy.measure(2) == runs and len(calls) == len(done)

    (tmp_path / "1.npz").unlink()  # an ensemble of three needs the answers of all: that training is done again
    accuracy.measure(3)
    again = [(given["kind"], given["seed"]) for _, given in calls[len(done) :]]
    assert ("long", 1) in again and ("long", 0) not in again
    here["processor"] = "Q"
    with pytest.raises(measuring.BenchError, match=r"processor P \(here: Q\)\. Delete that file"):
        accuracy.measure(3)
    here["data"] = "sample"
    with pytest.raises(measuring.BenchError, match="need MNIST"):
        accuracy.measure(3)


def test_summaries():
    assert summary([3, 1, 2]) == {"median": 2.0, "low": 1.0, "high": 3.0, "values": [3.0, 1.0, 2.0]}
    assert mean_of([0.5])["standard_error"] is None
    assert mean_of([1, 3]) == {"mean": 2.0, "standard_error": 1.0, "values": [1.0, 3.0]}


def test_time_counts_from_the_order(monkeypatch, capsys):
    monkeypatch.setattr(measuring, "summary", lambda: {"since": worker.since_start()}, raising=False)
    worker.main(json.dumps({"started": time.time() - 100, "calls": [("measuring:summary", {})]}))
    (result,) = json.loads(capsys.readouterr().out.strip().removeprefix(measuring.MARK))
    assert 100 <= result["since"] < 110


def test_the_readme_takes_a_table_for_each_kind_of_processor(tmp_path):
    facts = {"cores": 2, "processor": "P", "memory_gb": 8, "system": "Linux", "load_before": 0.1, "date": "a day"}
    rows = [{"name": "ours", "seconds": summary([1, 3, 2]), "test_accuracy": mean_of([0.99, 0.991, 0.992])}]
    result = {"bench": "articles", "quick": False, "rows": rows, "notes": ["A note."], "missing": []}
    result["environment"] = {**facts, "data": "mnist", "tensorflow": "2", "keras": "3", "torch": None, "kind": "avx512"}
    page = tmp_path / "README.md"
    page.write_text("head\n<!-- articles:begin -->\nold\n<!-- articles:end -->\ntail\n", encoding="utf-8")
    showing.keep(result, tmp_path / "results")
    slower = {"name": "ours", "seconds": summary([5]), "test_accuracy": mean_of([0.98]), "onednn": False}
    more = {"kind": "avx2", "instructions": ["avx2"], "onednn_by_itself": False}
    showing.keep({**result, "rows": [slower], "environment": result["environment"] | more}, tmp_path / "results")
    showing.into_readme("articles", page)
    text = page.read_text(encoding="utf-8")
    assert "| ours | 2.00 (1.00 to 3.00) | 99.10% ± 0.06% | 3 |" in text and "A note." in text
    assert "| ours | 5.00 | 98.00% | 1 |" in text, "the second kind does not replace the first"
    assert text.index("### Processors with AVX-512") < text.index("### Processors with AVX2")
    assert "has avx2. TensorFlow's oneDNN is off by itself, and was off in: ours." in text
    assert "(results/articles-avx2.png)" in text and (tmp_path / "results" / "articles-avx2.png").exists()
    assert text.startswith("head\n<!-- articles:begin -->") and text.endswith("<!-- articles:end -->\ntail\n")
    assert "old" not in text and "PyTorch" not in text
    with pytest.raises(ValueError, match="memory:begin"):
        showing.into_readme("memory", page)


def test_the_readme_has_a_place_for_each():
    page = (showing.FOLDER / "README.md").read_text(encoding="utf-8")
    for name in __main__.ROUNDS:
        assert page.count(f"<!-- {name}:begin -->") == page.count(f"<!-- {name}:end -->") == 1


@LITERT
def test_the_compiled_call_takes_part():
    from benchmarks import predict

    assert not any(contestant.missing for contestant in predict.contestants() if contestant.name == predict.OURS)
