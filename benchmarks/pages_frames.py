"""The stepper with 200 steps of 64 units, and nothing else."""

from benchmarks.payload import random_reading
from seqviz.components.stepper import stepper
from seqviz.models.reading import Scale

reading = random_reading(200, 64)
tokens = [f"word{t}" for t in range(200)]
scale = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)
names = [f"feature {i + 1}" for i in range(16)]
stepper(reading, tokens, ["known"] * 200, names, scale, str, key="stepper", address={})
