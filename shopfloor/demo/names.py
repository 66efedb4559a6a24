"""Made-up people's names: twelve origins, each with a language, first names and family names of its own."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo.arrays import Ints, Names


@dataclass(frozen=True, slots=True)
class Origin:
    """Where names come from, and the language that comes with them."""

    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]


def _origin(language: str, first: str, last: str) -> Origin:
    return Origin(language, tuple(first.split()), tuple(name.replace("_", " ") for name in last.split()))


ORIGINS: Final = (
    _origin(
        "English",
        "Dorothy Anthony Marcus Renee Calvin Tamika Walter Joyce Darnell Patricia Leonard Shanice",
        "Whitlow Barnes Okey Pruitt Lockhart Dawkins Merriweather Tolliver Haskins Crabtree Odom Penny",
    ),
    _origin(
        "Spanish",
        "Francisco Guadalupe José Rosario Ignacio Beatriz Manuel Yolanda Jesús Concepción Esteban Marisol",
        "Quiñones Villaseñor Arroyo Zepeda Barragán Cifuentes Montes_Oca Olvera Peralta Tovar Ybarra Úbeda",
    ),
    _origin(
        "Vietnamese",
        "Thảo Minh Hương Quang Lan Dũng Tuyết Khánh Phượng Sơn",
        "Nguyễn Trần Đặng Huỳnh Bùi Phan Vương Lưu Đỗ Tô",
    ),
    _origin(
        "Somali",
        "Abdirahman Hodan Mahad Ifrah Liban Sagal Cabdi Nimco Warsame Ayaan",
        "Jaamac Guuleed Cilmi Faarax Xirsi Samatar Diiriye Warfa Shire Cawaale",
    ),
    _origin(
        "Polish",
        "Katarzyna Władysław Małgorzata Zbigniew Agnieszka Stanisław Jadwiga Mirosław",
        "Wróblik Szczerba Gołąb Niedziela Kozłowicz Pająk Żurawka Brzostek",
    ),
    _origin(
        "Tagalog",
        "Rodrigo Marilou Ernesto Corazon Jomar Ligaya Danilo Rosalinda Benjie",
        "Dimaculangan Macaraeg Batungbakal Pangilinan Magsaysayan Catacutan Lualhati Manalastas",
    ),
    _origin(
        "Haitian Creole",
        "Jean-Baptiste Mirlande Wisler Guerda Fritznel Rose-Laure Odilon Ketsia",
        "Désir Saint-Fleur Cadet Jeudi Philogène Bien-Aimé Toussaint Dorcé",
    ),
    _origin(
        "Arabic",
        "Muhammad Samira Khalid Nawal Yousef Hanan Tariq Amal Ibrahim",
        "Haddadin Qasim Barakat Nasrallah Shaheen Mansouri Zaytoun Khoury",
    ),
    _origin(
        "Punjabi",
        "Harpreet Gurdeep Manjit Balwinder Sukhdev Jasleen Kuldip Navneet",
        "Dhaliwal Sandhu Grewal Bhangal Sidhu Toor Mangat Virk",
    ),
    _origin(
        "Amharic",
        "Tewodros Almaz Bekele Meseret Girma Tsehay Yohannes Hirut",
        "Wolde Tadesse Kebede Assefa Demissie Gebre Mekonnen Zewdie",
    ),
    _origin(
        "Hmong",
        "Pao Mai Tou Kia Xeng Bao Neng Yer",
        "Vang Xiong Moua Lor Yang Thao Her Cha",
    ),
    _origin(
        "Portuguese",
        "Antônio Conceição João Filomena Adérito Lurdes Nélson Graça",
        "Évora Tavares Fortes Semedo Monteirinho Lopes Cabral_Dias Pontes",
    ),
)

NICKNAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Dorothy": "Dot",
        "Anthony": "Tony",
        "Leonard": "Lenny",
        "Patricia": "Pat",
        "Francisco": "Paco",
        "Guadalupe": "Lupe",
        "José": "Pepe",
        "Ignacio": "Nacho",
        "Concepción": "Concha",
        "Jesús": "Chuy",
        "Abdirahman": "Abdi",
        "Katarzyna": "Kasia",
        "Władysław": "Władek",
        "Małgorzata": "Gosia",
        "Stanisław": "Staszek",
        "Rodrigo": "Rod",
        "Marilou": "Malou",
        "Ernesto": "Erning",
        "Jean-Baptiste": "JB",
        "Muhammad": "Mo",
        "Harpreet": "Happy",
        "Tewodros": "Teddy",
        "Antônio": "Toni",
        "Conceição": "São",
    }
)

ENGLISH_SHARE: Final = 0.3
"""How many of a workforce have names of the first origin."""

_FIRST: Final = np.array([name for origin in ORIGINS for name in origin.first], dtype=object)
_LAST: Final = np.array([name for origin in ORIGINS for name in origin.last], dtype=object)
_N_FIRST: Final = np.array([len(origin.first) for origin in ORIGINS])
_N_LAST: Final = np.array([len(origin.last) for origin in ORIGINS])
_MIXED_SHARE: Final = 0.08
_PREFERRED_SHARE: Final = 0.6
_PEOPLE_PER_NAMESAKE: Final = 130
_LETTERS: Final = "ABCDEFGHIJKLMNOPRSTW"
_PLAIN: Final = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "-": None, " ": None})


@dataclass(frozen=True, slots=True, repr=False)
class PeopleNames:
    """Names by person: what stands in the list, what she is called (empty where the same), first name alone."""

    full: Names
    preferred: Names
    first: Names


def draw_origins(rng: np.random.Generator, department: Ints) -> Ints:
    """Return the origin of each person; departments differ in their mix, as they do where friends bring friends."""
    n_departments = int(department.max()) + 1
    others = rng.dirichlet(np.full(len(ORIGINS) - 1, 0.7), size=n_departments) * (1 - ENGLISH_SHARE)
    bounds = np.cumsum(np.hstack([np.full((n_departments, 1), ENGLISH_SHARE), others]), axis=1)
    bounds[:, -1] = 1.0
    return np.asarray((rng.random(len(department))[:, None] >= bounds[department]).sum(axis=1), dtype=np.int64)


def draw_names(rng: np.random.Generator, origin: Ints) -> PeopleNames:
    """Return names; whoever comes second to a name carries an initial, but for a few true namesakes."""
    n = len(origin)
    first = _pick(rng, _FIRST, _N_FIRST, origin)
    family_origin = np.where(rng.random(n) < _MIXED_SHARE, rng.integers(0, len(ORIGINS), n), origin)
    last = _pick(rng, _LAST, _N_LAST, family_origin)
    full = _tell_apart(first, last)
    pairs = rng.permutation(n)[: 2 * (n // _PEOPLE_PER_NAMESAKE)].reshape(-1, 2)
    full[pairs[:, 1]], first[pairs[:, 1]] = full[pairs[:, 0]], first[pairs[:, 0]]
    is_called = rng.random(n) < _PREFERRED_SHARE
    preferred = [NICKNAMES.get(name, "") if called else "" for name, called in zip(first, is_called, strict=True)]
    return PeopleNames(full, np.array(preferred, dtype=object), first)


def plain_letters(name: str) -> str:
    """Return a name in lower-case ASCII letters, as it stands in a mail address.

    Examples
    --------
    >>> plain_letters("Đặng"), plain_letters("Saint-Fleur")
    ('dang', 'saintfleur')
    """
    text = unicodedata.normalize("NFKD", name.lower()).translate(_PLAIN)
    return text.encode("ascii", "ignore").decode("ascii")


def _pick(rng: np.random.Generator, names: Names, counts: Ints, origin: Ints) -> Names:
    offsets = np.cumsum(counts) - counts
    return np.asarray(names[offsets[origin] + (rng.random(len(origin)) * counts[origin]).astype(np.int64)])


def _tell_apart(first: Names, last: Names) -> Names:
    frame = pd.DataFrame({"first": first, "last": last})
    earlier = frame.groupby(["first", "last"]).cumcount().tolist()
    rows = zip(first, last, earlier, strict=True)
    return np.array([f"{given} {_initials(number)}{family}" for given, family, number in rows], dtype=object)


def _initials(number: int) -> str:
    text = ""
    while number > 0:
        number, letter = divmod(number - 1, len(_LETTERS))
        text = f"{_LETTERS[letter]}. {text}"
    return text
