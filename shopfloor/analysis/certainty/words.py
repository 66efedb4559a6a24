"""From probabilities to one word a person."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.certainty.data import BoolArray, FloatArray
from shopfloor.errors import UsageError

SURE: Final = "sure"
LIKELY: Final = "likely"
CANNOT_TELL: Final = "cannot_tell"
NOT_LISTED: Final = "not_listed"

WORDS: Final = (SURE, LIKELY, CANNOT_TELL, NOT_LISTED)
"""The words, strongest first."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the words begin.

    Attributes
    ----------
    sure : float
        Probability of being among the top k from which somebody is *sure*, if namings are more unequal than chance
        gives.
    chance : float
        The chance test passes up to this value.
    likely : float
        Probability from which somebody is *likely*.
    likely_uneven : float
        The same while a unit has too few voices: there the model is too hopeful between 0.6 and 0.9.
    listed : float
        Below this probability somebody is *not listed*; between it and likely one *cannot tell yet*.
    min_voices, min_unit : int
        A unit of `min_unit` people or more has too few voices with fewer than `min_voices` asked.
    order : float
        The people asked count as picked by how much they are named up to this value of the test of order.
    spread : float
        Asking counts as uneven over units up to this value of the test of units.

    Raises
    ------
    UsageError
        Thresholds that are not in order, or outside 0 .. 1.
    """

    sure: float = 0.9
    chance: float = 0.05
    likely: float = 0.5
    likely_uneven: float = 0.8
    listed: float = 0.05
    min_voices: int = 2
    min_unit: int = 3
    order: float = 0.05
    spread: float = 0.01

    def __post_init__(self) -> None:
        if not 0.0 < self.listed <= self.likely <= self.likely_uneven <= self.sure <= 1.0:
            raise UsageError(
                "thresholds must rise from listed over likely and likely_uneven to sure, within 0 .. 1: "
                f"{self.listed}, {self.likely}, {self.likely_uneven}, {self.sure}"
            )


def choose_words(
    p_top: FloatArray, heard: BoolArray, silent: BoolArray, *, is_thin: bool, passes: bool, thresholds: Thresholds
) -> NDArray[np.str_]:
    """Give each person her word.

    Parameters
    ----------
    p_top : numpy.ndarray
        float64, shape (n_people,): probability of being among the top k.
    heard : numpy.ndarray
        bool, shape (n_people,): somebody named her. Who was named by nobody so far is never likely or sure.
    silent : numpy.ndarray
        bool, shape (n_people,): nobody of one of her units was asked. She is never *not listed*.
    is_thin : bool
        Some unit has too few voices: *likely* begins higher.
    passes : bool
        Namings are more unequal than chance gives. Where they are not nobody is *sure*.
    thresholds : Thresholds

    Returns
    -------
    numpy.ndarray
        str, shape (n_people,): one of `WORDS`.
    """
    likely = thresholds.likely_uneven if is_thin else thresholds.likely
    words = np.where((p_top >= thresholds.listed) | silent, CANNOT_TELL, NOT_LISTED)
    words[(p_top >= likely) & heard] = LIKELY
    if passes:
        words[(p_top >= thresholds.sure) & heard] = SURE
    return words
