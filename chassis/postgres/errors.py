"""Which failures of the database pass by themselves."""

from typing import Final

import asyncpg

# Nothing was decided: the same transaction may be tried again at once.
CONFLICTS: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # a migration has changed the table since the statement was prepared
)

# The database is away or out of room: try again later, and for as long as it takes.
OUTAGES: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how a connection sometimes ends that the server cuts in the middle of something
    asyncpg.PostgresSystemError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,  # the primary has become a standby
    OSError,
    TimeoutError,
)

# A text with NUL, or with what the database's encoding lacks: it came so from outside, and will fail again.
UNSTORABLE: Final = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
