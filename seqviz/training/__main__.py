"""`python -m seqviz.training NAME|all`: make shipped checkpoints again, from nothing, the same to the last bit."""

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from seqviz.training.recipes import RECIPES, make


def main() -> None:
    """Train one model and write it with its card, or all of them, as many at once as there are cores."""
    parser = argparse.ArgumentParser(prog="python -m seqviz.training", description=__doc__)
    parser.add_argument("name", choices=["all", *RECIPES])
    chosen = parser.parse_args().name
    if chosen != "all":
        print(make(chosen))
        return
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for line in pool.map(make, reversed(RECIPES)):  # the longest, which stand last, begin
            print(line, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
