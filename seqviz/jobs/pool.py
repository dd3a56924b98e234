"""Training runs of many learners at once: a few threads, a queue that can be seen, and nothing left when one leaves.

A job is a generator that yields what can be shown so far, or None to draw breath. A thread only ever takes its next
step: so a run that is paused holds no thread, and one whose learner has gone ends at its next breath.
"""

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from threading import Event, Lock, Thread
from typing import Any

import torch

from seqviz.traces.refusal import N_, Refusal

log = logging.getLogger(__name__)

Job = Callable[[Event], Iterator[Any]]
"""Gets an event that says: come to an end, keep what is best. It must breathe every fifth of a second or so."""

NAME = "seqviz-training"  # of every thread of a pool


class Run:
    """One run of a job. Whoever looks at it from another thread sees `events` grow, and no event ever change."""

    def __init__(self, job: Job, is_wanted: Callable[[], bool], key: Hashable):
        self.key = key
        self.events: list[Any] = []
        self.state = "waiting"  # "running", "paused"; at the end "done", "stopped", "failed" or "abandoned"
        self.seconds = 0.0  # that it was computed for
        self.is_wanted = is_wanted
        self.asked_to_pause, self.asked_to_stop = Event(), Event()
        self.steps = job(self.asked_to_stop)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "stopped", "failed", "abandoned")


class Pool:
    """Computes at most `threads` runs at once and lets at most `places` wait, in the order in which they came.

    A run is brought to its end after `seconds` of computing. The events of the last `kept` runs that came to their own
    end are kept by their key: the same job would yield the same again, and a class that opens the same page need not
    wait for it thirty times.
    """

    def __init__(self, threads: int = 1, places: int = 60, seconds: float = 180, kept: int = 8):
        self.threads, self.places, self.seconds, self.kept = threads, places, seconds, kept
        self._lock = Lock()
        self._waiting: deque[Run] = deque()
        self._running: list[Run] = []
        self._recorded: OrderedDict[Hashable, list[Any]] = OrderedDict()

    def start(self, job: Job, is_wanted: Callable[[], bool], key: Hashable = None, recorded: bool = False) -> Run:
        """Begin a run, or put it at the end of the queue. Raises Refusal where too many wait already.

        `is_wanted` is asked at every breath, from another thread: once it says no, the run is abandoned. `key` names
        all that the job's outcome depends on; where the outcome is known and `recorded` will do, the run is over at
        once.
        """
        run = Run(job, is_wanted, key)
        with self._lock:
            if recorded and key in self._recorded:
                run.events, run.state = self._recorded[key], "done"
                return run
            for other in [other for other in self._waiting if not other.is_wanted()]:
                self._waiting.remove(other)
                other.state = "abandoned"
            if len(self._waiting) >= self.places:
                raise Refusal(
                    N_("Too many networks wait for their training on this server already. Try again in a minute.")
                )
            self._enter(run)
        return run

    def ahead(self, run: Run) -> int:
        """How many runs are computed or begun before this one; 0 when it is its turn."""
        with self._lock:
            return len(self._running) + self._waiting.index(run) if run in self._waiting else 0

    def pause(self, run: Run) -> None:
        """Let a run rest as soon as it draws breath; its place goes to the next one."""
        with self._lock:
            if run in self._waiting:
                self._waiting.remove(run)
                run.state = "paused"
            elif run in self._running:
                run.asked_to_pause.set()

    def resume(self, run: Run) -> None:
        """Let a paused run go on where it was; where others wait, after them."""
        with self._lock:
            run.asked_to_pause.clear()
            if run.state == "paused":
                self._enter(run)

    def stop(self, run: Run) -> None:
        """Bring a run to its end: it keeps what is best so far, which it has to say once more in its turn."""
        run.asked_to_stop.set()
        with self._lock:
            if run in self._waiting and not run.seconds:
                self._waiting.remove(run)
                run.state = "stopped"
        self.resume(run)

    def _enter(self, run: Run) -> None:
        run.state = "waiting"
        self._waiting.append(run)
        if len(self._running) < self.threads:
            self._running.append(self._waiting.popleft())
            Thread(target=self._work, args=(self._running[-1],), name=NAME, daemon=True).start()

    def _work(self, run: Run | None) -> None:
        """What a thread does: it computes a run, then the next that waits, and ends when none does."""
        torch.set_num_threads(1)  # holds for this thread alone
        while run:
            state = self._advance(run)
            with self._lock:
                self._running.remove(run)
                run.state = state
                if state == "paused" and not run.asked_to_pause.is_set():
                    run.state = "waiting"  # in the meantime it was asked to go on
                    self._waiting.append(run)
                if state == "done" and run.key is not None:
                    self._recorded[run.key] = run.events
                    while len(self._recorded) > self.kept:
                        self._recorded.popitem(last=False)
                run = self._waiting.popleft() if self._waiting else None
                if run:
                    self._running.append(run)

    def _advance(self, run: Run) -> str:
        """Compute a run until it is over or shall rest; returns the state that it is in then."""
        run.state = "running"
        begun = time.perf_counter() - run.seconds
        if not run.is_wanted():
            return "abandoned"
        try:
            for event in run.steps:
                run.seconds = time.perf_counter() - begun
                if event is not None:
                    run.events.append(event)
                if run.seconds > self.seconds:
                    run.asked_to_stop.set()
                if not run.is_wanted():
                    run.steps = iter(())  # lets go of all that the job holds
                    return "abandoned"
                if run.asked_to_pause.is_set():
                    return "paused"
        except Exception:
            log.exception("a training run failed")
            return "failed"
        return "stopped" if run.asked_to_stop.is_set() else "done"
