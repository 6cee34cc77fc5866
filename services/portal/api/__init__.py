"""The portal over HTTP: the files of the pages, and the little that they need of a server of their own."""

from services.portal.api.files import file_router
from services.portal.api.openings import OpeningDesk, opening_router
from services.portal.api.own import Deps, own_router

__all__ = ["Deps", "OpeningDesk", "file_router", "opening_router", "own_router"]
