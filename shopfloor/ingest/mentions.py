"""Who is meant: references resolved when they are read, inside the workforce.

A reference is text as somebody wrote it: an id, or a name. It resolves to a person when somebody answered the
question, when it is the id of a contact (of the same source first), or when exactly one person has exactly that
name, capitals and spaces aside. Anything else stays a mention: a question with candidates, not a guess. Somebody may
answer it with "nobody on the list": then it means nobody, whoever is on the list later, until that is withdrawn.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

from shopfloor.records import ERASED, make_key

UNRESOLVED = -1
MAX_CANDIDATES = 5
_ALIKE = 70
"""Least likeness (0-100, rapidfuzz WRatio) of a candidate."""
_MOST_ALIKE = 20
_AT_ONCE = 2_000_000
"""Pairs of names compared in one go: 16 MB."""


def fold_name(text: str) -> str:
    """Return a name without differences that mean nothing: capitals, spaces, Unicode forms.

    Examples
    --------
    >>> fold_name("  ANA   María ")
    'ana maría'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, slots=True, repr=False)
class Directory:
    """The workforce as references may call it.

    Attributes
    ----------
    person_of : mapping of str to int
        Person by contact key.
    names : sequence of (str, int)
        Names and preferred names with the person they belong to.
    answers : mapping of str to str or None
        Contact key by mention key, as people answered; None: nobody on the list.
    """

    person_of: Mapping[str, int]
    names: Sequence[tuple[str, int]]
    answers: Mapping[str, str | None] = field(default_factory=dict)
    _by_name: dict[str, set[int]] = field(init=False)

    def __post_init__(self) -> None:
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        for name, person in self.names:
            by_name[fold_name(name)].add(person)
        object.__setattr__(self, "_by_name", dict(by_name))

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Directory({len(self.person_of)} contacts, {len(self.answers)} answers)"

    def resolve(self, text: str, source: str = "") -> int:
        """Return the person meant, or `UNRESOLVED`.

        Parameters
        ----------
        text : str
            The reference as written.
        source : str
            Source of the record it stands in.
        """
        mention = make_key(text, source)
        answer = self.answers.get(mention, mention)
        if answer is None:
            return UNRESOLVED
        return self.person_of[answer] if answer in self.person_of else self.person_written(text, source)

    def person_written(self, text: str, source: str = "") -> int:
        """Return the person meant as far as the text alone tells, whatever people answered; parameters as `resolve`."""
        mention = make_key(text, source)
        for key in (mention, text if "@" in text else mention):
            if key in self.person_of:
                return self.person_of[key]
        people = self._by_name.get(fold_name(text), set())
        return next(iter(people)) if len(people) == 1 else UNRESOLVED

    def called(self, text: str, source: str = "") -> int:
        """Return the person who goes by a text, also where it was said to be nobody's; parameters as `resolve`."""
        person = self.resolve(text, source)
        return self.person_written(text, source) if person == UNRESOLVED else person

    def is_open(self, text: str, source: str = "") -> bool:
        """Tell whether a reference is a question still; parameters as `resolve`.

        One to somebody who was erased, or to nobody on the list by somebody's answer, means nobody and is none.
        """
        is_nobody = self.answers.get(make_key(text, source), "") is None or ERASED.fullmatch(text) is not None
        return not is_nobody and self.resolve(text, source) == UNRESOLVED

    def candidates(self, text: str) -> list[int]:
        """Return the people who may be meant, likeliest first: same name, then alike ones."""
        return next(self.candidates_of([text]))

    def candidates_of(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield for each text the people who may be meant, as `candidates`; other threads go on meanwhile."""
        names, wanted = list(self._by_name), [fold_name(text) for text in texts]
        step = max(_AT_ONCE // max(len(names), 1), 1)
        for start in range(0, len(wanted), step):
            some = wanted[start : start + step]
            likeness = process.cdist(some, names, scorer=fuzz.WRatio, score_cutoff=_ALIKE, dtype=np.float64)
            for text, row in zip(some, likeness, strict=True):
                alike = np.flatnonzero(row)
                likeliest = alike[np.argsort(-row[alike], kind="stable")][:_MOST_ALIKE]
                found = [self._by_name.get(text, set()), *(self._by_name[names[i]] for i in likeliest.tolist())]
                people = dict.fromkeys(person for some in found for person in sorted(some))
                yield list(people)[:MAX_CANDIDATES]


@dataclass(frozen=True, slots=True, repr=False)
class Mention:
    """A reference nobody could resolve, as a question.

    Attributes
    ----------
    key : str
        The text as written, with its source: ``Ana R@payroll``.
    text : str
        As written.
    n_times : int
        How often it stands in the facts.
    candidates : tuple of int
        People who may be meant, likeliest first.
    """

    key: str
    text: str
    n_times: int
    candidates: tuple[int, ...]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Mention({self.n_times} times, {len(self.candidates)} candidates)"


def open_mentions(references: Mapping[tuple[str, str], int], directory: Directory) -> Counter[tuple[str, str]]:
    """Return how often each reference stands in the facts that is a question still.

    Parameters
    ----------
    references : mapping of (str, str) to int
        (text as written, source) and how often it stands there.
    directory : Directory
        Who may be meant.
    """
    return Counter({one: n for one, n in references.items() if directory.is_open(*one)})


def as_questions(counts: Mapping[tuple[str, str], int], directory: Directory) -> list[Mention]:
    """Return open mentions as questions with candidates, the most frequent first."""
    candidates = directory.candidates_of([text for text, _ in counts])
    found = [
        Mention(make_key(text, source), text, n_times, tuple(people))
        for ((text, source), n_times), people in zip(counts.items(), candidates, strict=True)
    ]
    return sorted(found, key=lambda mention: (-mention.n_times, mention.key))
