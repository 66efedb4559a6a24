"""What field workers found in four published workplaces, and how the program does beside it: words of a page."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Finding:
    """Words of one case, in Markdown: what was found, what the program was given, where it is right and where not."""

    found: str
    given: str
    judged: str


HEAD: Final = """\
# Field cases

What the commands say of four places that field workers wrote about, beside what these found. The program got the ties
and nothing else, made into the files of an organizer. Written by `python -m docs.make_field_cases`; the data are not
part of the project. Whom the finding names keeps that name, everybody else is a worker with a number drawn here. Days
are made up. "Three of ten" are drawn once, with a fixed seed, and not chosen for how it comes out.

How often the words hold is measured elsewhere: [ranks](calibration.md), [groups](groups-validation.md), [next
talks](next-talks.md), [changes](changes-validation.md), [more networks and measures](validation.md).
"""

TAIL: Final = """\
## What this does not show

- Four cases are stories, not figures. They are classics, and the rules of the program were tried out on three of them.
- In none of them were people asked whom they listen to. Who talks, plays or helps stands for it, and ties that were
  seen are more than people name.
- Nobody's unit is given, so nothing is said about departments or shifts without a voice.
"""

STRIKE: Final = Finding(
    """\
Workers in three groups, hardly in touch with each other: Spanish-speaking, young and old English-speaking. Alejandro
spoke with Bob, Bob with Norm, Karl with his father Ozzie. The union's negotiators, Sam and Wendle, did not get the
proposals through; the strike ended after these were explained to Bob and Norm. J. H. Michael, *Labor dispute
reconciliation in a forest products manufacturing facility*, Forest Products Journal 47 (11-12), 1997, 41-45; W. de
Nooy, A. Mrvar, V. Batagelj, *Exploratory Social Network Analysis with Pajek*, Cambridge 2005, chapter 7,
doi:10.1017/CBO9780511806452.""",
    """\
24 people; who discussed the strike with whom (at least one of two said so), as if both had named each other. Not the
languages, not the ages, not who negotiated.""",
    """\
- *Right.* Bob and Norm come first, by namings and far ahead by betweenness. The negotiators do not; Wendle is near the
  end.
- *Right.* The groups follow language and age, which the program was not told; none is mixed; and Bob is said to join
  them.
- *Right.* With three of ten asked no groups are told, Bob is likely with a wide place, of Norm and Sam it cannot tell,
  and betweenness is refused.
- *Wrong.* The old English-speaking come out as two groups, with both negotiators in the small one.
- *Wrong.* Only the Spanish-speaking are called solid, though the others are right as well: with so few ties chance
  makes groups as tight too often.
- *Wrong.* With everybody asked, the first three are only *likely*: 4 to 7 namings among 24 people are what chance
  gives. By counts Sam shares the fourth place with Alejandro. That Bob and Norm could end the strike is in who they
  join, and only betweenness and *why* show that.""",
)

TAILORS: Final = Finding(
    """\
A tailor shop in Zambia, in the months of talks on wages. After the first look a strike failed, with the support of
some; after the second, seven months later, one succeeded, with the support of all. Kapferer gives as a reason that ties
had spread across the lines that divided the shop. B. Kapferer, *Strategy and Transaction in an African Factory*,
Manchester 1972.""",
    """\
39 people at two times: sociable ties, as if both had named each other, and who helped whom as a second question (the
helped name the helper). The copies of the data do not say who had which trade, nor whom the book calls a leader, so
that cannot be compared.""",
    """\
- *Right.* There are more namings at the second look, and other groups than before, of fewer people: ties had spread.
  The program shows this and concludes nothing about a strike.
- *Right.* With the same three of ten asked twice it tells no move, and no groups at one of the two looks: so few
  answers do not carry it. Who is first is the same as with everybody asked.
- *Wrong.* With everybody asked both times, one tailor goes from place 21 to 4 by help given. The program finds that no
  more than chance may move, shows both places under *in another place now, no more than chance moves between two sets
  of answers*, and does not count it among what changed.
- *Wrong.* The largest rise of all, of a tailor who helps 9 others at the first look and 21 at the second, is not told:
  third and first are both among the top five, and nothing else is compared.
- *Wrong.* That ties had spread is not told as a change either: groups are compared, the number of ties is not.
- *Not known.* Whether the one move that is told, from place 32 into the top five, is one that Kapferer saw.""",
)

WIRING: Final = Finding(
    """\
A clique in the front of the room (W1, W3, W4, S1, I1, and W2 at its edge), one in the back (W7, W8, W9, S4, and W6 at
its edge); W5, S2 and I3 in neither. F. J. Roethlisberger, W. J. Dickson, *Management and the Worker*, Harvard 1939;
G. C. Homans, *The Human Group*, 1950; the ties also in R. L. Breiger, S. A. Boorman, P. Arabie, Journal of Mathematical
Psychology 12, 1975, 328-383, doi:10.1016/0022-2496(75)90028-0.""",
    """\
14 men; who helped whom (the helped name the helper), and games as ties that were seen. With three of ten asked, the
games that one of these was in.""",
    """\
- *Right.* Both cliques are found, whole, apart and solid. I3 is in none, and of S2, who helped one man, it cannot tell.
- *Right.* With four of 14 asked, no groups are told.
- *Wrong.* W5 is put with the front, and told so, though the field workers had him in neither clique. He played with
  them; that they did not like him is antagonism, which makes no tie here ([why it is left so](validation.md)).
- *Wrong.* With four asked, four men are *likely* among the top three on one naming each. Two of them are not there once
  all are asked. It says how many of the first three it expects to be wrong, in a line that is easily read over.""",
)

KARATE: Final = Finding(
    """\
A club of 34 split between its instructor, Mr Hi, and its president, John A. The split that the ties foretold was right
for all but one. W. W. Zachary, *An information flow model for conflict and fission in small groups*, Journal of
Anthropological Research 33, 1977, 452-473, doi:10.1086/jar.33.4.3629752.""",
    "34 people; who met whom outside the club, as if both had named each other. Not the sides.",
    """\
- *Right.* The two around whom the club split are first and second, and sure, also with three of ten asked.
- *Right.* With everybody asked no group has people of both sides. With three of ten, nobody's group is told.
- *Wrong.* There are four groups where the club made two. *Solid* goes by what chance makes, not by where a quarrel will
  run (`--resolution 0.5` makes [two](validation.md)).
- *Wrong.* How many of the four are solid hangs on a hair: draws go by people's ids, and with other ids for the same
  people two were solid and not three.
- *Wrong.* With three of ten asked, one small group is called solid while of nobody in it can be told, and another one
  mixes the sides.""",
)
