from functools import cache

import hypothesis
import torch
from streamlit.components.v2 import manifest_scanner

collect_ignore = ["toy_lesson"]  # its test runs where test_toy_lesson.py adds the lesson
torch.set_num_threads(1)
# The same examples on every run, so that a failure in CI is the failure on your desk.
hypothesis.settings.register_profile("seqviz", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("seqviz")
# AppTest looks through every installed package for components at each run, most of the time of a test of a page.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
