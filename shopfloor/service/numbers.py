"""Numbers in sentences: with their noun, and with the verb that goes with them."""


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "person", "people"), counted(1200, "tie")
    ('1 person', '1,200 ties')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def verb(n: int, one: str, many: str, *, of: int | None = None) -> str:
    """Return a number with the verb that follows it; `of` how many they are, where that is said.

    Examples
    --------
    >>> verb(1, "is", "are"), verb(0, "was", "were"), verb(1, "was", "were", of=1200)
    ('1 is', '0 were', '1 of 1,200 was')
    """
    share = "" if of is None else f" of {of:,}"
    return f"{n:,}{share} {one if n == 1 else many}"
