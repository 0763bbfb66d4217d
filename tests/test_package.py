"""The package as a whole, and the files around it that must agree with one another."""

import ast
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import mnist_lib
from mnist_lib.runtime import cores, processor

HOUSE = Path(__file__).parent.parent
PACKAGE, COURSE = HOUSE / "mnist_lib", HOUSE / "mnist_course"


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_import_is_light():
    heavy = "tensorflow", "keras", "matplotlib", "sklearn", "papermill", "IPython"
    loaded = python(f"import mnist_lib, sys; print([m for m in {heavy} if m in sys.modules])").stdout
    assert loaded.strip() == "[]"


def test_everything_exported_exists():
    for name in mnist_lib.__all__:
        assert getattr(mnist_lib, name) is not None
    assert set(mnist_lib.__all__) <= set(dir(mnist_lib))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mnist_lib.nothing


def test_quiet_start_hides_tensorflows_messages():
    run = python("import mnist_lib\nwith mnist_lib.quiet_start():\n    import tensorflow as tf\ntf.ones(2)")
    assert run.stderr == ""


@pytest.mark.parametrize(("own", "expected"), [("", max(1, cores() // 2)), ("set(3)", 3), ("ones", 0)])
def test_quiet_start_gives_an_operation_half_of_the_cores_unless_told_otherwise(own, expected):
    before = {
        "": "",
        "set(3)": "import tensorflow as tf\ntf.config.threading.set_intra_op_parallelism_threads(3)\n",
        "ones": "import tensorflow as tf\ntf.ones(2)\n",  # too late: TensorFlow has begun
    }[own]
    run = python(
        f"{before}import mnist_lib\nwith mnist_lib.quiet_start():\n    import tensorflow as tf\n"
        "print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    assert run.stdout.split()[-1] == str(expected)


ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
CHILD = f"import os; print(os.environ.get('{ONEDNN}'))"


@pytest.mark.parametrize(
    ("machine", "own", "before", "variable"),
    [
        ("x86_64", None, "", "1"),
        ("AMD64", None, "", "1"),
        ("x86_64", "0", "", "0"),
        ("x86_64", None, "import tensorflow", "None"),  # too late: TensorFlow has decided
        ("arm64", None, "", "None"),
    ],
)
def test_quiet_start_turns_onednn_on_unless_told_otherwise(machine, own, before, variable):
    environment = {name: value for name, value in os.environ.items() if name != ONEDNN}
    code = (
        f"import mnist_lib, platform, subprocess, sys\nplatform.machine = lambda: '{machine}'\n{before}\n"
        f"with mnist_lib.quiet_start():\n    pass\n{CHILD}\nsubprocess.run([sys.executable, '-c', {CHILD!r}])"
    )
    command = [sys.executable, "-u", "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, env=environment | ({ONEDNN: own} if own else {}))
    assert run.stdout.split() == [variable, variable], "here, and in what is started from here"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="TensorFlow for Arm has its own way")
@pytest.mark.parametrize("own", [None, "0"])
def test_quiet_start_is_obeyed_by_tensorflow(own):
    environment = {name: value for name, value in os.environ.items() if name != ONEDNN} | ({ONEDNN: own} if own else {})
    code = "import mnist_lib\nwith mnist_lib.quiet_start():\n    import tensorflow\n"
    code += "from mnist_lib.runtime import onednn\nprint(onednn())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.stdout.split() == [str(own is None)]


CPUINFO = "processor : 0\nmodel name : A Chip @ 2 GHz\nflags : fpu avx avx2 {}\n"


@pytest.mark.parametrize(
    ("text", "name", "instructions"),
    [
        (CPUINFO.format(""), "A Chip @ 2 GHz", ["avx2"]),
        (CPUINFO.format("avx512f avx512_vnni amx_tile"), "A Chip @ 2 GHz", ["avx2", "avx512f", "avx512_vnni", "amx"]),
        ("processor : 0\nFeatures : fp asimd\n", platform.processor() or platform.machine(), []),
    ],
)
def test_what_the_processor_has(monkeypatch, text, name, instructions):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: text)
    assert processor() == (name, instructions)


def test_what_the_processor_of_a_mac_has(monkeypatch):
    said = "machdep.cpu.brand_string: A Chip\nmachdep.cpu.leaf7_features: BMI1 AVX2 AVX512F AVX512VNNI\n"
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=said))
    assert processor() == ("A Chip", ["avx2", "avx512f", "avx512_vnni"])


def test_quiet_start_shows_what_was_held_back_when_the_import_fails():
    code = (
        "import mnist_lib, os\n"
        "with mnist_lib.quiet_start():\n    os.write(2, b'what the system said')\n    import no_such_module"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "what the system said" in run.stderr and "no_such_module" in run.stderr


CORE = "data", "models", "training", "evaluation", "plots"


def test_the_core_can_be_read_in_half_an_hour():
    modules = [*PACKAGE.rglob("*.py"), *COURSE.rglob("*.py")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    core = {name: lines[PACKAGE / f"{name}.py"] for name in CORE}
    assert sum(core.values()) <= 1200, f"the five modules of the core have {sum(core.values())} lines: {core}"
    long = {path.relative_to(HOUSE).as_posix(): count for path, count in lines.items() if count > 300}
    assert not long, f"no module has more than 300 lines, but {long}"
    library = sum(count for path, count in lines.items() if PACKAGE in path.parents)
    assert library <= 7050, f"the library has {library} lines; what only the lessons need belongs in mnist_course"


def test_each_room_says_what_it_is_for_and_what_it_may_import():
    rooms = sorted(file.parent for package in (PACKAGE, COURSE) for file in package.glob("*/__init__.py"))
    assert len(rooms) >= 10
    for room in rooms:
        about = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert len(about.split()) >= 8, f"{room.name}/__init__.py does not say what the room is for"
        said = re.search(r"\bmay import\b|\bimports\b", about, re.I)
        assert said, f"{room.name}/__init__.py does not say what the room may import"


def named_cells(text):
    """Yield (number or None, cell ids) for what a file says of cells: "notebook 07, cells ``a`` and ``b``"."""
    text = re.sub(r"\s+", " ", text)
    for cells in re.finditer(r"\bcells? ((?:``[a-z0-9-]+``(?:, and |, | and )?)+)", text):
        before = re.findall(r"\bnotebook (\d\d)\b", text[max(0, cells.start() - 80) : cells.start()])
        yield before[-1] if before else None, re.findall(r"``([a-z0-9-]+)``", cells[1])


def test_cells_that_are_named_exist():
    ids = {}
    for path in (HOUSE / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        ids[path.stem.partition("_")[0]] = {cell["id"] for cell in cells}
    found = 0
    folders = "mnist_lib", "mnist_course", "benchmarks", "tools"
    for path in sorted(path for folder in folders for path in (HOUSE / folder).rglob("*.py")):
        for number, names in named_cells(path.read_text(encoding="utf-8")):
            known = ids.get(number, set()) if number else set().union(*ids.values())
            missing = sorted(set(names) - known)
            where = f"notebook {number}" if number else "any notebook"
            assert not missing, f"{path.relative_to(HOUSE)} names {missing}, which is no cell of {where}"
            found += len(names)
    assert found >= 20, "this test no longer finds what the docstrings say"


def test_the_list_of_slow_tests_names_what_is_there():
    named = re.findall(
        r'"(tests/[\w/]+\.py)(?:::(\w+))?"', (HOUSE / "tests" / "conftest.py").read_text(encoding="utf-8")
    )
    assert len(named) >= 10
    for file, test in named:
        assert f"def {test}" in (HOUSE / file).read_text(encoding="utf-8"), f"{file} has no {test}"


LOCKS = "requirements.lock", "requirements-test.lock", "requirements-gpu.lock"


def locked(*names):
    """Return {package: versions} of lock files."""
    versions = {}
    for name in names:
        for package, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", (HOUSE / name).read_text(), re.M):
            versions.setdefault(package, set()).add(version)
    return versions


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(name):
    text = (HOUSE / name).read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert len(blocks) > 10 and all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    ("part", "locks"),
    [
        ("dependencies", ["requirements.lock"]),
        ("export", ["requirements.lock"]),  # a notebook uses it
        ("test", ["requirements.lock", "requirements-test.lock"]),
        ("gpu", ["requirements-gpu.lock"]),
    ],
)
def test_the_locks_keep_every_floor_of_the_project(part, locks):
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    versions = locked(*locks)
    for line in {"dependencies": project["dependencies"], **project["optional-dependencies"]}[part]:
        requirement = Requirement(line)
        found = versions.get(canonicalize_name(requirement.name))
        assert found, f"{requirement.name} is not in {' or '.join(locks)}: run make lock"
        for version in found:
            assert requirement.specifier.contains(version), f"{line}, but {version} is locked"


def test_a_package_stands_in_one_lock_so_its_versions_cannot_differ():
    notebooks, tests, gpu = (set(locked(name)) for name in LOCKS)
    assert not notebooks & tests and not tests & gpu
    assert notebooks & gpu == {"tensorflow"}, "a card's TensorFlow replaces tensorflow-cpu, and nothing else"


def test_all_three_tensorflows_are_one_version():
    versions = locked("requirements.lock", "requirements-gpu.lock")
    assert len(versions["tensorflow"] | versions["tensorflow-cpu"]) == 1


def test_the_installed_packages_fit_together():
    """The second lock is installed without a look at dependencies; this is the look."""
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    complaints = check.stdout.splitlines() if check.returncode else []
    # GPU=1 has taken tensorflow-cpu away on purpose.
    assert not [line for line in complaints if "tensorflow-cpu, which is not installed" not in line], check.stdout


def test_conda_and_binder_install_from_the_same_lock():
    import yaml

    environment = yaml.safe_load((HOUSE / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.lock"]}, "pip must install the lock, and nothing beside it"
    assert {re.split("[=<>]", package)[0] for package in conda} == {"python", "pip"}
    python_version = next(package for package in conda if package.startswith("python=")).split("=")[1]
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    lowest, highest = re.findall(r"3\.(\d+)", project["requires-python"])
    assert int(lowest) <= int(python_version.split(".")[1]) < int(highest)


def test_no_path_of_a_machine_and_no_leftovers():
    tracked = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout, so there is no list of the project's files")
    for name in tracked.stdout.split():
        left_over = name.endswith((".npz", ".keras", ".pyc")) and name != "mnist_lib/handwriting/reader.npz"
        assert not left_over, f"{name} does not belong in the project"
        path = HOUSE / name
        if path.suffix in {".png", ".jpg", ".npz"} or path == Path(__file__) or not path.exists():
            continue
        found = re.search(r"/(?:home|root|Users)/\w+|/work/\w+|/tmp/\w+", path.read_text(encoding="utf-8"))
        assert not found, f"{name} holds a path of one machine: {found[0]}"
