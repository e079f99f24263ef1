"""Encryption of what only its owner and the match solver may read."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

BLOCK = 256  # plaintexts are padded to a multiple of this, so that the length of a token does not tell the answer


class NotYoursError(Exception):
    """A sealed value was opened for another owner or field than it was sealed for, or with a wrong key."""


class Seal:
    """Keys, newest first: the first one seals, all of them open.

    A token holds owner and field inside, so that moving it to another row makes it worthless. `marks` tell the keys
    apart, in the same order, and say nothing about them.
    """

    def __init__(self, keys: list[str]) -> None:
        """Take url-safe base64 keys of 32 bytes, as `new_key` makes them."""
        if not keys:
            raise ValueError("at least one key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self.marks = tuple(sha256(b"mark of " + urlsafe_b64decode(key)).hexdigest() for key in keys)

    def close(self, owner: str, field: str, value: object) -> str:
        """Return a token for `value` (anything that JSON can hold)."""
        plain = json.dumps([owner, field, value], separators=(",", ":")).encode()
        return self._fernet.encrypt(plain + b" " * (-len(plain) % BLOCK)).decode()

    def renew(self, token: str) -> str:
        """Return the same value sealed with the newest key, for the same owner and field."""
        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken:
            raise NotYoursError("a sealed value cannot be opened with the keys at hand") from None

    def opens(self, token: str) -> bool:
        """Tell whether one of the keys opens this token, whoever it belongs to."""
        try:
            self._fernet.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def open(self, owner: str, field: str, token: str) -> object:
        """Return the value that was sealed for exactly this owner and field."""
        try:
            found_owner, found_field, value = json.loads(self._fernet.decrypt(token.encode()))
        except (InvalidToken, ValueError):
            raise NotYoursError("a sealed value cannot be opened with the keys at hand") from None
        if (found_owner, found_field) != (owner, field):
            raise NotYoursError("a sealed value belongs to another owner or field")
        return value


def new_key() -> str:
    """Return a fresh key."""
    return Fernet.generate_key().decode()
