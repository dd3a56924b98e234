"""`python -m seqviz.training NAME|all`: make shipped checkpoints again, from nothing, the same to the last bit."""

import argparse
import os
import time

import torch

from seqviz.training.recipes import RECIPES


def main() -> None:
    """Train the models that were named and write them with their cards."""
    parser = argparse.ArgumentParser(prog="python -m seqviz.training", description=__doc__)
    parser.add_argument("name", choices=["all", *RECIPES])
    chosen = parser.parse_args().name
    torch.set_num_threads(1)  # the order of additions, and so the last bits, must not depend on the machine's cores
    for name in RECIPES if chosen == "all" else [chosen]:
        start = time.monotonic()
        card = RECIPES[name]()
        print(f"{name}: seed {card['seed']}, {time.monotonic() - start:.0f} s, {card['scores']}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
