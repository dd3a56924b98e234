"""The gaze of one of MiniLM's heads on 128 tokens, and nothing else."""

from benchmarks.attention import HEAD, TOKENS, part_of
from seqviz.components.attention import gaze, gaze_payload
from seqviz.frame import loading

gaze(gaze_payload(part_of(loading.minilm(), TOKENS), *HEAD, str), key="gaze")
