"""Turns at working out pages: one at a time, in order, and nobody held up by what takes long."""

import threading

from shopfloor.dashboard.turns import Turns, aside, begin_turn, end_turn


def _queue_up(turns: Turns, names: list[str], went: list[str]) -> list[threading.Thread]:
    """Let threads wait for a turn, in order; each notes its name when it has it, and gives it on."""

    def wait(name: str) -> None:
        turns.take(name)
        went.append(name)
        turns.give(name)

    threads = [threading.Thread(target=wait, args=(name,)) for name in names]
    for n, thread in enumerate(threads, 1):
        thread.start()
        while repr(turns) != f"Turns({n} wait)":
            pass
    return threads


def test_one_after_the_other_in_the_order_in_which_they_came() -> None:
    turns, went, names = Turns(most=60), [], ["map", "leaders", "people"]
    turns.take("first")
    threads = _queue_up(turns, names, went)
    assert not went
    turns.give("first")
    for thread in threads:
        thread.join()
    assert went == names


def test_what_takes_long_goes_on_beside_the_next_and_ends_nobody_elses_turn() -> None:
    turns, went = Turns(most=1), []
    turns.take("slow")
    turns.take("next")
    threads = _queue_up(turns, ["last"], went)
    turns.give("slow")
    threads[0].join(0.2)
    assert not went
    turns.give("next")
    threads[0].join()
    assert went == ["last"]


def test_others_have_the_turn_while_one_waits_for_an_answer() -> None:
    turns, went = Turns(most=60), []
    begin_turn(turns)
    threads = _queue_up(turns, ["other"], went)
    with aside():
        threads[0].join()
    assert went == ["other"]
    threads = _queue_up(turns, ["last"], went)
    threads[0].join(0.2)
    assert went == ["other"]
    end_turn()
    threads[0].join()
    assert went == ["other", "last"]


def test_who_has_no_turn_waits_for_an_answer_all_the_same() -> None:
    with aside():
        end_turn()
