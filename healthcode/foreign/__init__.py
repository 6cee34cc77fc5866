"""Certificates of other systems, read and checked without a server, and what they mean in the national schema."""

from healthcode.foreign.dcc import read_dcc
from healthcode.foreign.model import Fact, FactKind, Foreign, ForeignError, ForeignKey, ForeignKeys, Method, Refusal
from healthcode.foreign.rules import ForeignRules, Judged, Row, RulesError, rules_from
from healthcode.foreign.shc import read_shc
from healthcode.foreign.table import ForeignTable, KeysError, Read, is_foreign, keys_file, keys_from, table_from

__all__ = [
    "Fact",
    "FactKind",
    "Foreign",
    "ForeignError",
    "ForeignKey",
    "ForeignKeys",
    "ForeignRules",
    "ForeignTable",
    "Judged",
    "KeysError",
    "Method",
    "Read",
    "Refusal",
    "Row",
    "RulesError",
    "is_foreign",
    "keys_file",
    "keys_from",
    "read_dcc",
    "read_shc",
    "rules_from",
    "table_from",
]
