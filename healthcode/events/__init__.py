"""Every event ever published, one class each, owned by its emitter."""

from typing import Final

from healthcode.events.abroad import CorrectionAnswered, CorrectionPassed
from healthcode.events.base import Event
from healthcode.events.client import ClientChanged, CodeShared, ConsentChanged
from healthcode.events.code import CodeChanged, CodeConfirmed, FindingConcluded, Release, RuleHit
from healthcode.events.correction import CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from healthcode.events.declaration import (
    CheckInAccepted,
    DeclarationAccepted,
    DeclarationConfirmed,
    Stay,
    TripDeclared,
)
from healthcode.events.fact import (
    AreaLevelRecorded,
    DecisionRecorded,
    ListingRecorded,
    PolicyRecorded,
    ReviewDue,
    StayRecorded,
    TestRecorded,
)
from healthcode.events.guardianship import GuardianshipChanged
from healthcode.events.intake import AreaLevelSubmitted, ListingSubmitted, TestSubmitted
from healthcode.events.link import LinkBeat, LinksHeard
from healthcode.events.migration import DossierHandedOver, HandoverAnswered, PersonHandedOver, PersonMoved
from healthcode.events.oversight import AlarmChanged, AlarmEvidence
from healthcode.events.recognition import ClockSet, GuestChanged, StatusReported, WatchEnded, WatchOpened
from healthcode.events.seal import DaySealed, SealCountersigned
from healthcode.events.sharing import FactReceipt, FactShared
from healthcode.events.source import SourceFault, SourceRefused, SourceSubmitted
from healthcode.events.watch import CredentialScanned, HolderFound, HolderWanted, WatchAsked, WatchLeft, WatchRefused

__all__ = [
    "EVENTS",
    "AlarmChanged",
    "AlarmEvidence",
    "AreaLevelRecorded",
    "AreaLevelSubmitted",
    "CheckInAccepted",
    "ClientChanged",
    "ClockSet",
    "CodeChanged",
    "CodeConfirmed",
    "CodeShared",
    "ConsentChanged",
    "CorrectionAnswered",
    "CorrectionAsked",
    "CorrectionAssigned",
    "CorrectionEscalated",
    "CorrectionPassed",
    "CorrectionSettled",
    "CredentialScanned",
    "DaySealed",
    "DecisionRecorded",
    "DeclarationAccepted",
    "DeclarationConfirmed",
    "DossierHandedOver",
    "Event",
    "FactReceipt",
    "FactShared",
    "FindingConcluded",
    "GuardianshipChanged",
    "GuestChanged",
    "HandoverAnswered",
    "HolderFound",
    "HolderWanted",
    "LinkBeat",
    "LinksHeard",
    "ListingRecorded",
    "ListingSubmitted",
    "PersonHandedOver",
    "PersonMoved",
    "PolicyRecorded",
    "Release",
    "ReviewDue",
    "RuleHit",
    "SealCountersigned",
    "SourceFault",
    "SourceRefused",
    "SourceSubmitted",
    "StatusReported",
    "Stay",
    "StayRecorded",
    "TestRecorded",
    "TestSubmitted",
    "TripDeclared",
    "WatchAsked",
    "WatchEnded",
    "WatchLeft",
    "WatchOpened",
    "WatchRefused",
]

EVENTS: Final[dict[str, type[Event]]] = {
    event.type: event
    for event in (
        DeclarationAccepted,
        CheckInAccepted,
        TripDeclared,
        DeclarationConfirmed,
        ListingSubmitted,
        TestSubmitted,
        AreaLevelSubmitted,
        ListingRecorded,
        TestRecorded,
        StayRecorded,
        DecisionRecorded,
        AreaLevelRecorded,
        PolicyRecorded,
        ReviewDue,
        FindingConcluded,
        CorrectionAsked,
        CorrectionAssigned,
        CorrectionEscalated,
        CorrectionSettled,
        CorrectionPassed,
        CorrectionAnswered,
        GuardianshipChanged,
        CodeChanged,
        CodeConfirmed,
        WatchOpened,
        StatusReported,
        WatchEnded,
        FactShared,
        FactReceipt,
        GuestChanged,
        CredentialScanned,
        WatchAsked,
        WatchRefused,
        WatchLeft,
        HolderWanted,
        HolderFound,
        LinkBeat,
        LinksHeard,
        AlarmChanged,
        DaySealed,
        SealCountersigned,
        SourceSubmitted,
        SourceRefused,
        DossierHandedOver,
        PersonHandedOver,
        HandoverAnswered,
        PersonMoved,
        ClientChanged,
        ConsentChanged,
        CodeShared,
        ClockSet,
    )
}
