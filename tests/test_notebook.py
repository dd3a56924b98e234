"""What the README says of notebooks, run as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_code_in_the_readme_runs(block):
    exec(block, {})


def test_three_lines_show_all_gates_of_a_module():
    (block,) = [block for block in BLOCKS if "gate_heatmaps(" in block]
    names = {}
    exec(block, names)
    layer, panels = names["trace"].layers[0], {panel.name: panel.z for panel in names["figure"].data}
    assert list(panels) == ["i", "f", "g", "o", "c", "h"]
    for name, values in {**layer.gates, "c": layer.c, "h": layer.h}.items():
        np.testing.assert_array_equal(panels[name], values.T)
