"""The pure part of the connector: what a definition says, what a row means, and what has to be submitted for it."""

from services.connector.domain.definition import Definition, Field, Fields
from services.connector.domain.entry import Known, Seen, gone, settle
from services.connector.domain.mapping import Draft, Row, RowFault, draft_of

__all__ = ["Definition", "Draft", "Field", "Fields", "Known", "Row", "RowFault", "Seen", "draft_of", "gone", "settle"]
