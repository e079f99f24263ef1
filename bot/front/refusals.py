"""What an operator asked for and cannot have."""

from collections.abc import Iterator
from contextlib import contextmanager


class RefusedError(Exception):
    """A command cannot be carried out. The text says why, in sentences that whoever gave it can act on."""


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Refuse what fails with one of these errors, whose texts are such sentences."""
    try:
        yield
    except errors as error:
        raise RefusedError(str(error)) from None
