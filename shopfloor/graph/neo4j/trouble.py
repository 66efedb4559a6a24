"""What the server and the driver raise, in plain words and without any value of a record."""

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    ConfigurationError,
    DriverError,
    Neo4jError,
    SessionExpired,
    TransactionError,
    UnsupportedServerProduct,
)

from shopfloor.errors import (
    InterruptedWorkError,
    PassphraseError,
    ShopfloorError,
    StoreError,
    StoreNotFoundError,
    StoreUnavailableError,
    UsageError,
)

OLDEST = 5
"""First generation of Neo4j that Shopfloor works on."""

TOO_OLD = "{place} runs a Neo4j that is too old{version}. Shopfloor needs Neo4j {oldest} or later."

_Words = tuple[type[ShopfloorError], str]
_READ_ONLY = (
    StoreUnavailableError,
    "{place} is read-only: the database, or this member of the cluster, takes no writes. Nothing was changed.",
)
_BY_CODE: tuple[tuple[str, _Words], ...] = (
    ("ReadOnly", _READ_ONLY),
    ("Statement.AccessMode", _READ_ONLY),
    ("NotALeader", _READ_ONLY),
    (
        "Security.AuthenticationRateLimit",
        (PassphraseError, "{place} refuses log-ins after too many wrong passwords. Wait a minute and try again."),
    ),
    (
        "Security.CredentialsExpired",
        (
            PassphraseError,
            "The password at {place} is the first one and must be changed in Neo4j before anything else.",
        ),
    ),
    ("Security.Forbidden", (StoreError, "{place}: this user may not do that. Ask whoever runs the database.")),
    ("Security.", (PassphraseError, "{place} does not accept this user and password. Nothing was changed.")),
    (
        "Database.DatabaseNotFound",
        (StoreNotFoundError, "There is no such database at {place}. Community Edition has one, called neo4j."),
    ),
    (
        "Schema.ConstraintValidationFailed",
        (StoreError, "{place}: a record stands twice in this batch. Nothing that was seen has changed."),
    ),
    (
        "Transaction.TransactionTimedOut",
        (StoreUnavailableError, "{place} ended the work because it took longer than its own time limit."),
    ),
    (
        "Transaction.Terminated",
        (InterruptedWorkError, "{place}: the work was stopped. What was seen before is seen still."),
    ),
    (
        "OutOfMemory",
        (StoreUnavailableError, "{place} has too little memory for this ({code}). Give it more, or do less at once."),
    ),
    ("TransientError", (StoreUnavailableError, "{place} is busy or not ready ({code}). Try again in a minute.")),
)
_OTHER: _Words = (StoreError, "{place}: the database refused the work ({code}). Nothing that was seen has changed.")


@contextmanager
def plain_errors(place: str) -> Iterator[None]:
    """Turn errors of the driver into ours.

    The driver's own error is not kept as the cause: its text may quote properties.

    Raises
    ------
    ShopfloorError
        One of its kinds, by what happened.
    """
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise _translated(error, place) from None


def _translated(error: Neo4jError | DriverError, place: str) -> ShopfloorError:
    if isinstance(error, Neo4jError):
        return _by_code(error.code or "no code", place)
    if isinstance(error, UnsupportedServerProduct):
        return StoreError(TOO_OLD.format(place=place, version="", oldest=OLDEST))
    if isinstance(error, ConfigurationError):
        return UsageError(f"{place} is no address of a Neo4j database. Write for instance neo4j://localhost:7687")
    if isinstance(error, TransactionError) and not isinstance(error, SessionExpired):
        return InterruptedWorkError(f"{place}: the work was cut off. What was seen before is seen still.")
    return StoreUnavailableError(
        f"{place} does not answer. Is Neo4j running there, and is the address right? Nothing that was seen has changed."
    )


def _by_code(code: str, place: str) -> ShopfloorError:
    kind, words = next((words for part, words in _BY_CODE if part in code), _OTHER)
    return kind(words.format(place=place, code=code))
