"""The stepper with 200 steps of 64 units, and nothing else."""

from benchmarks.payload import random_reading, stepper_payload
from seqviz.components.stepper import stepper

stepper(stepper_payload(random_reading(200, 64)), key="stepper")
