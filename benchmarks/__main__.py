"""`python -m benchmarks [NAME …]`: measure and print one table; the machine should have nothing else to do."""

import sys

import torch

from benchmarks import attention, capture, cold_start, compare, frames, hub, memory, payload, sessions, trace, training

ALL = {
    "trace": trace,
    "memory": memory,
    "payload": payload,
    "capture": capture,
    "attention": attention,
    "compare": compare,
    "hub": hub,
    "training": training,
    "cold_start": cold_start,
    "frames": frames,
    "sessions": sessions,
}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    torch.set_num_threads(1)
    names = sys.argv[1:] or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    print(f"| {'what':78} | {'measured':>22} | {'target':>10} |\n|{'-' * 80}|{'-' * 24}|{'-' * 12}|")
    for name in names:
        for what, measured, target in ALL[name].rows():
            print(f"| {what:78} | {measured:>22} | {target:>10} |", flush=True)


if __name__ == "__main__":
    main()
