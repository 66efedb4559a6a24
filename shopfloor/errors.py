"""Every error that Shopfloor raises on purpose.

    ShopfloorError
    ├── UsageError          the call itself is off: an unknown option, column, measure, layer
    ├── InputError          a file cannot be read or understood at all
    ├── StoreError
    │   ├── StoreNotFoundError   nothing is there
    │   ├── PassphraseError      the key does not fit
    │   │   └── LogInError           the account does not let in, or nobody is logged in
    │   │       ├── SessionOverError         logged out, too old, or the account was ended
    │   │       └── SecondFactorNeededError  an admin wants a second factor, and it is not set up yet
    │   ├── KeyFileError         the key file of a sealed store is missing, unsafe or does not fit
    │   ├── StoreLockedError     another writer holds the store
    │   ├── RecordTakenError     a record that was to be new is there already
    │   ├── StoreVersionError    made by a newer program
    │   ├── NotAStoreError       something else is there
    │   └── StoreUnavailableError  the server or the disk does not answer
    ├── NotFoundError       a person, batch or judgement that is not there
    ├── RefusedError        it could be done, and the answer would mislead or do harm
    ├── NotReadyError       it is being computed, and takes longer than one waits
    ├── WorkFailedError     a computation came to no answer: an error in it, or its process was killed
    └── InterruptedWorkError   stopped on request; nothing half-done is seen

A message says what failed, where (file, row, column, id) and what to do. It never holds a name, a phone
number or any other value of a person.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ShopfloorError(Exception):
    """Base of all: the program understood the situation and says what to do."""


class UsageError(ShopfloorError):
    """The call is off: an option, column, kind, layer or measure that does not exist."""


class InputError(ShopfloorError):
    """A file cannot be read or understood as a whole (a single bad row is rejected instead)."""


class StoreError(ShopfloorError):
    """A store cannot be opened, read or written."""


class StoreNotFoundError(StoreError):
    """There is no store at that place."""


class PassphraseError(StoreError):
    """The passphrase or password does not fit, or none was given."""


class LogInError(PassphraseError):
    """A store with accounts, and who asks is not let in: the account does not fit, must wait, or was not said.

    Attributes
    ----------
    wait : int
        Seconds after which another attempt is looked at; 0 where it may be made at once.
    """

    wait: int = 0


class SessionOverError(LogInError):
    """A session is over: logged out, too long idle, too old, or the account was ended or got a new password."""


class SecondFactorNeededError(LogInError):
    """Somebody is logged in and sees nothing before she has set up the second factor that an admin wants."""


class KeyFileError(StoreError):
    """The key file of a sealed store is missing, can be read by others, or does not fit."""


class StoreLockedError(StoreError):
    """Another writer held the store for longer than we wait."""


class RecordTakenError(StoreError):
    """A batch wrote a record as a new one, and somebody else's batch speaks of it already."""


class StoreVersionError(StoreError):
    """The store was made by a newer version of the program."""


class NotAStoreError(StoreError):
    """What is there is no Shopfloor store."""


class StoreUnavailableError(StoreError):
    """The disk or the database server does not answer, is full or is read-only."""


class NotFoundError(ShopfloorError):
    """A person, batch, mention or judgement that the store does not hold."""


class RefusedError(ShopfloorError):
    """The answer could be computed and would mislead, so it is not given; the message says what would lift it."""


class NotReadyError(ShopfloorError):
    """The answer is being computed in the background, and is not there yet."""


class WorkFailedError(ShopfloorError):
    """A computation came to no answer, because of an error in it or because its process was killed."""


class InterruptedWorkError(ShopfloorError):
    """Stopped on request; what was seen before is seen still."""


def near(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean a, b?`` for the known words nearest to `word`, or an empty string.

    Examples
    --------
    >>> near("departement", ["department", "shift"])
    '; did you mean department?'
    """
    matches = get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"; did you mean {', '.join(matches)}?" if matches else ""
