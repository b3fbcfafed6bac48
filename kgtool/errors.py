"""Every error that kgtool raises on purpose, and the exit code that it stands for.

    KgtoolError              1   failed
    ├── StoreError           1   the store is corrupt, newer than this program, or cannot be written
    ├── UsageError           2   a wrong option, argument or value
    │   ├── ConfigError      2   a wrong key or value in a configuration file
    │   └── QueryError       2   SPARQL that does not parse, or an update where a query is wanted
    │       └── UnknownFunctionError   ... or that calls a function that is not there
    ├── NotFoundError        3   a store, file, path or named query that does not exist
    ├── RemoteError          4   a model or SPARQL endpoint failed or refused
    │   └── EndpointError    4   ... and will refuse every request: it is down, the key is wrong, the model unknown
    ├── PartialError         5   finished, but some documents failed
    ├── BudgetError          6   a budget was reached; resumable
    ├── AbstainedError       7   the graph does not hold an answer
    ├── CheckError           8   a check says no
    ├── LockedError         75   another run holds the lock
    └── TimeoutReached     124   time-out

A signal is 130 or 143. Output that nobody reads any more, as in ``kgtool export | head``, is 141, and nothing is told.

The command line is the one place where they become text (``error:``, ``hint:``) and an exit code.
"""

from __future__ import annotations


class KgtoolError(Exception):
    """Base of all errors: ``message`` says what happened, ``hint`` what to do about it."""

    code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class StoreError(KgtoolError):
    """The store is corrupt, was written by a newer version, or cannot be written."""


class UsageError(KgtoolError):
    """A wrong option, argument or value."""

    code = 2


class ConfigError(UsageError):
    """A wrong key or value in a configuration file or the environment."""


class QueryError(UsageError):
    """SPARQL that does not parse, or an update where a query is wanted."""


class UnknownFunctionError(QueryError):
    """A query calls a function that the engine does not have."""


class NotFoundError(KgtoolError):
    """A store, file, path or named query that does not exist."""

    code = 3


class RemoteError(KgtoolError):
    """A model or SPARQL endpoint failed or refused."""

    code = 4


class EndpointError(RemoteError):
    """An endpoint that will refuse every request: it is down, the key is wrong, or it has no such model."""


class PartialError(KgtoolError):
    """The run finished, but some documents failed; they stay pending."""

    code = 5


class BudgetError(KgtoolError):
    """A budget was reached; the run stopped cleanly and can be resumed."""

    code = 6


class AbstainedError(KgtoolError):
    """The graph does not hold an answer."""

    code = 7


class CheckError(KgtoolError):
    """A check says no."""

    code = 8


class LockedError(KgtoolError):
    """Another run holds the lock."""

    code = 75


class TimeoutReached(KgtoolError):
    """The time given was used up."""

    code = 124
