"""The pool of training runs: who computes when, who waits, and that no thread is left."""

import threading
import time

import pytest

from seqviz.jobs.pool import NAME, Pool
from seqviz.traces.refusal import Refusal


def until(is_so, seconds=10):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == NAME]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    assert threads() == []
    yield
    until(lambda: threads() == [])


def count_to(most, gate=None):
    """A job that counts, says what it has when it is stopped, and waits for `gate` before each number."""

    def job(stopped):
        reached = 0
        while reached < most and not stopped.is_set():
            while gate and not gate.acquire(timeout=0.001):
                yield None
                if stopped.is_set():
                    break
            else:
                reached += 1
                yield reached
        yield f"kept {reached}"

    return job


def always():
    return True


def test_a_run_yields_what_its_job_yields():
    run = Pool().start(count_to(3), always)
    until(lambda: run.is_over)
    assert run.events == [1, 2, 3, "kept 3"]
    assert run.state == "done"


def test_the_next_in_the_queue_waits_for_its_turn_and_knows_its_place():
    pool, gate = Pool(threads=1), threading.Semaphore(0)
    runs = [pool.start(count_to(1, gate), always) for _ in range(3)]
    until(lambda: runs[0].state == "running")
    assert [run.state for run in runs] == ["running", "waiting", "waiting"]
    assert [pool.ahead(run) for run in runs] == [0, 1, 2]
    assert len(threads()) == 1
    gate.release()
    until(lambda: runs[1].state == "running")
    assert [pool.ahead(run) for run in runs] == [0, 0, 1]
    gate.release(2)
    until(lambda: all(run.is_over for run in runs))


def test_no_more_are_computed_at_once_than_there_are_threads():
    pool, lock, now, most = Pool(threads=2), threading.Lock(), [0], [0]

    def job(stopped):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1
        yield None

    runs = [pool.start(job, always) for _ in range(8)]
    until(lambda: all(run.is_over for run in runs))
    assert most == [2]


def test_a_paused_run_gives_its_place_to_the_next_and_goes_on_where_it_was():
    pool, gate = Pool(threads=1), threading.Semaphore(2)
    first = pool.start(count_to(4, gate), always)
    until(lambda: first.events == [1, 2])
    second = pool.start(count_to(1), always)
    pool.pause(first)
    until(lambda: second.is_over)
    assert first.state == "paused"
    until(lambda: threads() == [])  # nobody is kept for it
    gate.release(2)
    time.sleep(0.02)
    assert first.events == [1, 2]
    pool.resume(first)
    until(lambda: first.is_over)
    assert first.events == [1, 2, 3, 4, "kept 4"]


def test_a_run_that_waits_can_be_paused_too():
    pool, gate = Pool(threads=1), threading.Semaphore(0)
    first, second = (pool.start(count_to(1, gate), always) for _ in range(2))
    pool.pause(second)
    gate.release(2)
    until(lambda: first.is_over)
    until(lambda: threads() == [])
    assert second.state == "paused"
    pool.resume(second)
    until(lambda: second.state == "done")


def test_a_stopped_run_says_what_it_has_kept():
    pool, gate = Pool(), threading.Semaphore(2)
    run = pool.start(count_to(9, gate), always)
    until(lambda: run.events == [1, 2])
    pool.stop(run)
    until(lambda: run.is_over)
    assert run.events == [1, 2, "kept 2"]
    assert run.state == "stopped"


def test_a_paused_run_can_be_stopped():
    pool, gate = Pool(), threading.Semaphore(1)
    run = pool.start(count_to(9, gate), always)
    until(lambda: run.events == [1])
    pool.pause(run)
    until(lambda: run.state == "paused")
    pool.stop(run)
    until(lambda: run.state == "stopped")
    assert run.events == [1, "kept 1"]


def test_a_run_that_never_began_is_stopped_without_being_computed():
    pool, gate = Pool(threads=1), threading.Semaphore(0)
    first, second = (pool.start(count_to(1, gate), always) for _ in range(2))
    pool.stop(second)
    assert (second.state, second.events) == ("stopped", [])
    gate.release()
    until(lambda: first.state == "done")


def test_a_run_ends_when_nobody_wants_it_any_more():
    pool, gate, wanted = Pool(threads=1), threading.Semaphore(1), [True]
    run = pool.start(count_to(9, gate), lambda: wanted[0])
    until(lambda: run.events == [1])
    wanted[0] = False
    until(lambda: run.state == "abandoned")
    assert run.events == [1]


def test_a_run_that_waits_is_not_computed_for_somebody_who_has_gone():
    pool, gate, wanted = Pool(threads=1), threading.Semaphore(0), [True]
    first = pool.start(count_to(1, gate), always)
    second = pool.start(count_to(1), lambda: wanted[0])
    wanted[0] = False
    gate.release()
    until(lambda: first.is_over and second.is_over)
    assert (second.state, second.events) == ("abandoned", [])


def test_a_failure_is_told_to_the_log_and_harms_no_other_run(caplog):
    def job(stopped):
        yield 1
        raise ValueError("no such number")

    pool = Pool(threads=1)
    first, second = pool.start(job, always), pool.start(count_to(1), always)
    until(lambda: second.state == "done")
    assert (first.state, first.events) == ("failed", [1])
    assert "no such number" in caplog.text


def test_a_full_queue_takes_nobody_but_forgets_those_who_have_gone():
    pool, gate, wanted = Pool(threads=1, places=1), threading.Semaphore(0), [True]
    pool.start(count_to(1, gate), always)
    waiting = pool.start(count_to(1, gate), lambda: wanted[0])
    with pytest.raises(Refusal, match="Too many networks wait"):
        pool.start(count_to(1, gate), always)
    wanted[0] = False
    other = pool.start(count_to(1, gate), always)
    assert pool.ahead(other) == 1
    assert waiting.state == "abandoned"
    gate.release(2)
    until(lambda: other.is_over)


def test_a_run_is_brought_to_its_end_after_its_time():
    pool = Pool(seconds=0.02)
    run = pool.start(count_to(9, threading.Semaphore(1)), always)
    until(lambda: run.is_over)
    assert run.events == [1, "kept 1"]
    assert run.state == "stopped"


def test_what_is_known_already_is_not_computed_again_unless_it_is_asked_for():
    pool, begun = Pool(kept=1), []

    def job(stopped):
        begun.append(1)
        yield "outcome"

    for recorded in (True, True, False):
        run = pool.start(job, always, key="a", recorded=recorded)
        until(lambda run=run: run.state == "done")
        assert run.events == ["outcome"]
    assert len(begun) == 2
    until(lambda: threads() == [])
    run = pool.start(job, always, key="b")  # of one record the older one goes
    until(lambda: run.is_over)
    run = pool.start(job, always, key="a", recorded=True)
    until(lambda: run.is_over)
    assert len(begun) == 4


def test_a_run_that_did_not_come_to_its_own_end_is_no_record():
    pool, gate = Pool(), threading.Semaphore(1)
    run = pool.start(count_to(2, gate), always, key="a")
    until(lambda: run.events == [1])
    pool.stop(run)
    until(lambda: run.is_over)
    again = pool.start(count_to(2), always, key="a", recorded=True)
    until(lambda: again.is_over)
    assert again.events == [1, 2, "kept 2"]
