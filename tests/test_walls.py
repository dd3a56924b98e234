"""The house has walls: who may import whom (DESIGN, "The house"), read from the source without running it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each room may know of the others, itself aside. Arrows only ever point down.
MAY_IMPORT = {
    "traces": set(),
    "seqviz": {"traces"},  # seqviz/__init__.py, the library: `import seqviz` hands on what traces offer
    "tasks": {"traces", "seqviz"},
    "models": {"tasks", "traces", "seqviz"},
    "training": {"models", "tasks", "traces", "seqviz"},
    "jobs": {"training", "models", "tasks", "traces", "seqviz"},
    "figures": {"jobs", "models", "tasks", "traces", "seqviz"},
    "components": {"jobs", "models", "tasks", "traces", "seqviz"},
    "frame": {"models", "tasks", "traces", "seqviz", "words"},
    "lessons": {"frame", "components", "figures", "jobs", "models", "tasks", "traces", "seqviz", "words"},
    "words": set(),
    "pages": {"lessons", "frame", "components", "figures", "jobs", "models", "tasks", "traces", "seqviz"},
    "app": {"frame", "words"},
}
LIBRARY_ROOMS = {"streamlit": {"app", "pages", "lessons", "frame", "components"}, "plotly": {"figures"}}
LAZY = {"transformers", "bertviz", "sentence_transformers"}
HEAVY = {"streamlit", "plotly", "transformers", "pandas", "sklearn"}


def room(module):
    """The room that a dotted module name lives in, or None for other people's code."""
    parts = module.split(".")
    if parts[0] in ("app", "pages"):
        return parts[0]
    if parts[0] != "seqviz":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else "seqviz"


def lesson(module):
    """The lesson that a dotted module name belongs to, or None; what lessons share belongs to none."""
    found = re.match(r"seqviz\.lessons\.(?!shared\b)(\w+)", module)
    return found[1] if found else None


def imported(node, package):
    """The full names of what an import statement, or a call of import_module, brings in."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            base = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            base = ".".join([*base, *([module] if module else [])])
            return [f"{base}.{alias.name}" for alias in names]
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(name)), *_]):
            return [name] if called in ("import_module", "__import__") else []
    return []


def at_module_level(tree):
    """The nodes that run on import: not those in functions, nor under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        is_typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        if not is_typing and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_module_level(child)


def violations(path, source):
    """One sentence for each import in `source`, the file at `path` in the repository, that goes through a wall."""
    parts = Path(path).with_suffix("").parts
    package = ".".join(parts[:-1])
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    here = room(module)
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        for name in imported(node, package):
            top, there = name.split(".")[0], room(name)
            if there not in (None, here) and there not in MAY_IMPORT[here]:
                found.append(f"{path}:{node.lineno}: {here} may not import {name}")
            if here == "lessons" and lesson(name) not in (None, lesson(module)):
                found.append(f"{path}:{node.lineno}: {lesson(module) or 'shared'} may not import {name}")
            if here == "jobs" and there == "training" and not name.startswith("seqviz.training.loop"):
                found.append(f"{path}:{node.lineno}: jobs may not import {name}")
            if here not in LIBRARY_ROOMS.get(top, {here}):
                found.append(f"{path}:{node.lineno}: {here} may not know {top}")
    for node in at_module_level(tree):
        for name in imported(node, package):
            if name.split(".")[0] in LAZY:
                found.append(f"{path}:{node.lineno}: {name} is imported on import; do it inside the function")
    return found


def python_files():
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "seqviz").rglob("*.py")]
    return [file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts]


def without_readme(package):
    """The folders of a package, itself aside, that hold python but no README.md; lessons have one for all of them."""
    folders = {file.parent for file in package.rglob("*.py")} - {package}
    folders = {folder for folder in folders if folder.parent != package / "lessons" or folder.name == "shared"}
    return sorted(folder.relative_to(package).as_posix() for folder in folders if not (folder / "README.md").is_file())


def loaded_by(statement):
    """The top-level modules that a fresh python holds after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


def test_no_import_goes_through_a_wall():
    files = python_files()
    assert {"app.py", "seqviz/__init__.py", "seqviz/traces/recurrent.py", "seqviz/frame/page.py"} <= set(files)
    assert [line for file in files for line in violations(file, (ROOT / file).read_text(encoding="utf-8"))] == []


def test_every_folder_of_seqviz_has_a_known_room():
    assert {file.split("/")[1] for file in python_files() if file.count("/") > 1} <= set(MAY_IMPORT)


def test_the_library_loads_nothing_of_the_app():
    assert not loaded_by("import seqviz") & HEAVY


def test_every_folder_of_seqviz_says_in_a_readme_what_it_may_not_know():
    assert without_readme(ROOT / "seqviz") == []


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("seqviz/traces/a.py", "from seqviz.tasks.counting import sample", "traces may not import seqviz.tasks"),
        ("seqviz/traces/a.py", "import seqviz.frame", "traces may not import seqviz.frame"),
        ("seqviz/traces/a.py", "import seqviz", "traces may not import seqviz"),
        ("seqviz/traces/a.py", "from ..models import reader", "traces may not import seqviz.models.reader"),
        ("seqviz/traces/a.py", "from .. import figures", "traces may not import seqviz.figures"),
        (
            "seqviz/traces/a.py",
            "def f():\n    from seqviz import models",
            "a.py:2: traces may not import seqviz.models",
        ),
        ("seqviz/traces/__init__.py", "from ..tasks import x", "traces may not import seqviz.tasks.x"),
        ("seqviz/traces/a.py", "import_module('seqviz.frame.page')", "traces may not import seqviz.frame.page"),
        ("seqviz/traces/a.py", "importlib.import_module('streamlit')", "traces may not know streamlit"),
        ("seqviz/__init__.py", "from seqviz.models import reader", "seqviz may not import seqviz.models.reader"),
        ("seqviz/__init__.py", "from .figures import recurrent", "seqviz may not import seqviz.figures.recurrent"),
        ("seqviz/tasks/a.py", "from seqviz.training.loop import fit", "tasks may not import seqviz.training"),
        ("seqviz/tasks/deep/a.py", "from ...models import x", "tasks may not import seqviz.models.x"),
        ("seqviz/models/a.py", "from seqviz.training import loop", "models may not import seqviz.training"),
        ("seqviz/models/a.py", "from seqviz.words import N_", "models may not import seqviz.words"),
        ("seqviz/figures/a.py", "from seqviz.frame.language import _", "figures may not import seqviz.frame"),
        ("seqviz/components/a.py", "from seqviz.words import N_", "components may not import seqviz.words"),
        ("seqviz/components/a.py", "from seqviz.frame import state", "components may not import seqviz.frame"),
        ("seqviz/components/a.py", "from seqviz.lessons import shared", "components may not import seqviz.lessons"),
        ("seqviz/frame/a.py", "from seqviz.lessons.rnn import whatif", "frame may not import seqviz.lessons.rnn"),
        ("seqviz/training/a.py", "from seqviz.jobs import pool", "training may not import seqviz.jobs"),
        ("seqviz/lessons/rnn/a.py", "from seqviz.lessons.gates import hold", "rnn may not import seqviz.lessons.gates"),
        ("seqviz/lessons/rnn/a.py", "from ..gates.hold import x", "rnn may not import seqviz.lessons.gates.hold.x"),
        ("seqviz/lessons/shared/a.py", "from seqviz.lessons.rnn import x", "shared may not import seqviz.lessons.rnn"),
        ("seqviz/jobs/a.py", "from seqviz.training import sentiment", "jobs may not import seqviz.training.sentiment"),
        ("seqviz/lessons/rnn/a.py", "import plotly", "lessons may not know plotly"),
        ("seqviz/frame/a.py", "from pages import rnn", "frame may not import pages.rnn"),
        ("seqviz/frame/a.py", "import app", "frame may not import app"),
        ("seqviz/words/__init__.py", "from seqviz.frame import state", "words may not import seqviz.frame"),
        ("pages/rnn.py", "from seqviz.words import N_", "pages may not import seqviz.words"),
        ("pages/rnn.py", "import app", "pages may not import app"),
        ("pages/rnn.py", "import plotly.graph_objects as go", "pages may not know plotly"),
        ("app.py", "from plotly import express", "app may not know plotly"),
        ("seqviz/frame/a.py", "import plotly", "frame may not know plotly"),
        ("seqviz/figures/a.py", "import streamlit as st", "figures may not know streamlit"),
        ("seqviz/models/a.py", "from streamlit import cache_data", "models may not know streamlit"),
        ("seqviz/training/a.py", "try:\n    import streamlit\nexcept ImportError:\n    pass", "may not know streamlit"),
        ("seqviz/models/a.py", "from transformers import AutoModel", "transformers.AutoModel is imported on import"),
        (
            "seqviz/traces/a.py",
            "try:\n    import bertviz\nexcept ImportError:\n    pass",
            "a.py:2: bertviz is imported",
        ),
        ("pages/attention.py", "if True:\n    import sentence_transformers", "sentence_transformers is imported"),
        ("seqviz/models/a.py", "class A:\n    import transformers", "transformers is imported on import"),
    ],
)
def test_an_import_through_a_wall_is_reported(path, source, complaint):
    assert complaint in " ".join(violations(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app.py", "import streamlit\nfrom seqviz.frame.page import frame\nfrom seqviz.words import N_"),
        (
            "pages/rnn.py",
            "import streamlit\nimport seqviz\nfrom seqviz import figures, frame, components, jobs, lessons, models",
        ),
        ("seqviz/frame/a.py", "import streamlit\nfrom . import state\nfrom seqviz.words import N_"),
        ("seqviz/figures/a.py", "import plotly.graph_objects\nfrom seqviz.traces.recurrent import LayerTrace"),
        ("seqviz/components/a.py", "import streamlit.components.v2\nfrom seqviz.traces import recurrent"),
        ("seqviz/training/a.py", "from seqviz.models import reader\nfrom seqviz.tasks import counting"),
        ("seqviz/jobs/a.py", "from seqviz.training.loop import fit"),
        ("seqviz/lessons/rnn/a.py", "from seqviz.lessons.shared import look\nfrom . import b\nfrom .b import c"),
        ("seqviz/models/a.py", "from seqviz.tasks import counting\nimport seqviz"),
        ("seqviz/traces/a.py", "from .arithmetic import Term\nfrom . import printed\nimport torch, streamlite"),
        ("seqviz/traces/a.py", "def load():\n    import transformers\n    from bertviz import head_view"),
        ("seqviz/traces/a.py", "if TYPE_CHECKING:\n    from transformers import PreTrainedModel"),
        ("seqviz/__init__.py", "from seqviz.traces.recurrent import trace_recurrent\nfrom .traces import printed"),
    ],
)
def test_an_import_that_goes_down_is_not_reported(path, source):
    assert violations(path, source) == []


def test_a_heavy_module_is_seen_when_it_is_loaded():
    assert "streamlit" in loaded_by("import streamlit") & HEAVY


def test_a_folder_without_a_readme_is_seen(tmp_path):
    for folder in ("good", "bad", "bad/worse", "no_python", "lessons", "lessons/rnn", "lessons/shared"):
        (tmp_path / folder).mkdir()
    for file in (
        "top.py",
        "good/a.py",
        "good/README.md",
        "bad/a.py",
        "bad/worse/a.py",
        "no_python/a.txt",
        "lessons/README.md",
        "lessons/rnn/a.py",
        "lessons/shared/a.py",
    ):
        (tmp_path / file).touch()
    assert without_readme(tmp_path) == ["bad", "bad/worse", "lessons/shared"]
