"""A few runs of what docs/next-talks.md shows in full."""

import numpy as np
import pytest

from tests.validation import talking as play
from tests.validation.naming_networks import naming_networks

RUNS = 6


@pytest.mark.parametrize("name", ["strike", "managers_advice"])
def test_the_score_certifies_the_top_with_fewer_talks_than_asking_by_lot(name: str) -> None:
    networks = naming_networks()
    if name not in networks:
        pytest.skip(f"published network {name} not found: set SHOPFLOOR_VALIDATION_DATA to the folder that holds it")
    runs = {
        rule: [play.talk_through(networks[name], play.RULES[rule], seed) for seed in range(RUNS)]
        for rule in ("random", "score")
    }
    talks = {rule: np.mean([run.certified for run in made]) for rule, made in runs.items()}
    assert talks["score"] <= 0.95 * talks["random"]
    assert np.mean([run.right[run.at(0.6 * networks[name].n_people)] for run in runs["score"]]) >= 0.8
    assert np.mean([run.wrong_at_half for run in runs["score"]]) <= 1.0


def test_every_rule_asks_each_person_once_and_comes_to_an_end() -> None:
    networks = naming_networks()
    if "strike" not in networks:
        pytest.skip("published network strike not found: set SHOPFLOOR_VALIDATION_DATA to the folder that holds it")
    network = networks["strike"]
    for name, rule in play.RULES.items():
        run = play.talk_through(network, rule, 1)
        assert run.asked == list(range(run.asked[0], run.asked[-1] + 1)), name
        assert 3 <= run.half <= run.certified <= network.n_people, name
