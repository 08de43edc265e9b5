"""What the tests of casework share (tests/support)."""

from tests.support.citizen import citizen, hamyar
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store, watch
from tests.support.knowledge import danger, knowledge

__all__ = [
    "citizen",
    "danger",
    "hamyar",
    "knowledge",
    "migrated_file",
    "migrated_postgres",
    "migrated_url",
    "store",
    "watch",
]
