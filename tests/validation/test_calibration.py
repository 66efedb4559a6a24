"""A few runs of what ``docs/make_calibration.py`` does in thousands, and the figures on the page against the aims."""

import json
from collections.abc import Mapping

import numpy as np
import pytest

from docs import make_calibration as calibration
from shopfloor.analysis.certainty import SURE
from tests.conftest import require
from tests.validation import interviewing as play
from tests.validation.naming_networks import NamingNetwork, naming_networks, read_network
from tests.validation.published import data_folder

FEW = ("law_advice", "law_friendship", "department_lunch", "department_leisure", "tailors_1", "karate", "office")


@pytest.fixture(scope="module")
def networks() -> Mapping[str, NamingNetwork]:
    """Read the networks with enough people for a few runs to say something."""
    if not (data_folder() / "lazega_lawfirm").is_dir():
        require("data", "no published networks: set SHOPFLOOR_VALIDATION_DATA to the folder that holds them")
    return {name: read_network(name) for name in FEW}


def played(networks: Mapping[str, NamingNetwork], scheme: str, *, n_runs: int = 2) -> dict[str, float]:
    """Mean figures of model and prototype, at 15, 40 and 60 %."""
    rows = []
    for name, network in networks.items():
        if scheme in play.NEEDS_UNITS and not network.has_units:
            continue
        for share in (0.15, 0.4, 0.6):
            for run in range(n_runs):
                rng = np.random.default_rng(calibration.seed(("test", name, scheme, share), run))
                data = play.heard(network, play.ask(network, scheme, share, rng))
                answers = {
                    "model": play.link_model(data, network.k, run),
                    "prototype": play.beta_binomial(data, network.k, rng),
                    "count": play.raw_count(data, rng),
                }
                rows.append(
                    {
                        f"{method}.{what}": value
                        for method, answer in answers.items()
                        for what, value in play.score(answer, network).items()
                    }
                )
    return {what: float(np.mean([row[what] for row in rows])) for what in rows[0]}


def test_at_random_intervals_cover_and_lists_are_better_than_simpler_ones(
    networks: Mapping[str, NamingNetwork],
) -> None:
    found = played(networks, "random")
    assert found["model.covered"] >= 0.91
    assert found["model.covered_top"] >= 0.88
    assert found["model.brier"] < found["prototype.brier"]
    assert found["model.width"] < found["prototype.width"]
    assert found["model.precision"] > max(found["prototype.precision"], found["count.precision"])
    assert found["model.sure_wrong"] <= 0.08 * found["model.sure"]


def test_unit_after_unit_intervals_cover_where_the_prototype_fails(networks: Mapping[str, NamingNetwork]) -> None:
    found = played(networks, "dept")
    assert found["model.covered"] >= 0.87
    assert found["model.covered"] >= found["prototype.covered"] + 0.1


def test_going_to_the_most_named_next_costs_little_coverage(networks: Mapping[str, NamingNetwork]) -> None:
    found = played(networks, "snowball")
    assert found["model.covered"] >= 0.85
    assert found["model.covered"] > found["prototype.covered"]


def test_rewired_namings_keep_what_everybody_names_in_and_out_of_her_unit(
    networks: Mapping[str, NamingNetwork],
) -> None:
    network = networks["law_advice"]
    rewired = play.rewired(network, np.random.default_rng(0))
    own = network.attributes[0][:, None] == network.attributes[0][None, :]
    assert ((rewired.namings & own).sum(axis=1) == (network.namings & own).sum(axis=1)).all()
    assert (rewired.namings.sum(axis=1) == network.namings.sum(axis=1)).all()
    assert not rewired.namings.diagonal().any()


def test_no_leaders_come_from_noise(networks: Mapping[str, NamingNetwork]) -> None:
    n_sure = 0
    for name, network in networks.items():
        for run in range(6):
            rng = np.random.default_rng(calibration.seed(("noise", name, "random", 0.6), run))
            noise = play.rewired(network, rng)
            answer = play.link_model(play.heard(noise, play.ask(noise, "random", 0.6, rng)), network.k, run)
            assert answer.words is not None
            n_sure += bool((answer.words == SURE).any())
    assert n_sure <= 5


@pytest.mark.parametrize("scheme", play.SCHEMES)
def test_every_scheme_asks_as_many_as_it_should(networks: Mapping[str, NamingNetwork], scheme: str) -> None:
    network = networks["law_advice"]
    asked = play.ask(network, scheme, 0.25, np.random.default_rng(1))
    assert asked.sum() == round(0.25 * 71)
    if scheme in {"dept2", "snow2"}:
        assert (np.bincount(network.attributes[0][asked]) >= 2).all()


def test_the_networks_have_the_sizes_published() -> None:
    if not (data_folder() / "lazega_lawfirm").is_dir():
        require("data", "no published networks: set SHOPFLOOR_VALIDATION_DATA to the folder that holds them")
    found = {name: (one.n_people, int(one.namings.sum())) for name, one in naming_networks().items()}
    assert found["law_advice"] == (71, 892)
    assert found["managers_advice"] == (21, 190)
    assert found["tailors_2"] == (39, 147)
    assert found["department_lunch"] == (61, 386)
    assert found["office"] == (92, 456)  # four people met four others
    assert found["strike"] == (24, 76)
    assert found["wiring"] == (14, 24)
    assert found["karate"] == (34, 156)


def test_the_figures_on_the_page_are_those_measured_and_reach_the_aims() -> None:
    results = json.loads(calibration.RESULTS.read_text(encoding="utf-8"))
    assert calibration.PAGE.read_text(encoding="utf-8") == calibration.page(results), "run the script with --page"
    missed = [target.what for target in calibration.targets(results)[:8] if not target.is_met]
    assert missed == []


def test_the_upper_bound_is_that_of_clopper_and_pearson() -> None:
    assert calibration.upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert calibration.upper_bound(3, 3) == 1.0
