"""The words in which the policies speak of an action: what it does, what it is about, where it comes from."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an action does or is about. One action may be of many kinds."""

    # What it does.
    READ = "read"
    SEARCH = "search"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    FINANCIAL = "financial"
    """Moves money: a transfer, a trade, a loan, a donation."""
    PURCHASE = "purchase"
    BOOKING = "booking"
    EXTERNAL_COMMUNICATION = "external_communication"
    PUBLICATION = "publication"
    CODE_EXECUTION = "code_execution"
    ACCOUNT_CHANGE = "account_change"
    PHYSICAL = "physical"
    COMMITMENT = "commitment"
    """Binds the person: signs, accepts terms, files with an authority."""
    TREATMENT = "treatment"
    """Decides on treatment: prescribes, diagnoses, changes a dose."""
    SURVEILLANCE = "surveillance"
    DECEPTION = "deception"
    SECURITY_WEAKENING = "security_weakening"
    REMOTE_CODE = "remote_code"
    """Runs a program that is fetched at that moment."""

    # What it is about.
    CREDENTIALS = "credentials"
    MEDICAL = "medical"
    LEGAL = "legal"
    PERSONAL_DATA = "personal_data"
    MINORS = "minors"
    SELF_HARM = "self_harm"
    AGE_RESTRICTED = "age_restricted"
    SYSTEM = "system"
    """Databases, disks, servers and the like, on which others depend."""
    RECORDS = "records"
    """Backups, logs and audit trails: what other things are restored or proven from."""

    # What follows from the others.
    CHANGE = "change"
    """Leaves something changed: any effect other than reading and searching."""


SUBJECTS = frozenset(
    {
        Kind.CREDENTIALS,
        Kind.MEDICAL,
        Kind.LEGAL,
        Kind.PERSONAL_DATA,
        Kind.MINORS,
        Kind.SELF_HARM,
        Kind.AGE_RESTRICTED,
        Kind.SYSTEM,
        Kind.RECORDS,
    }
)
"""What an action may be about; all other kinds are effects."""

HARMLESS = frozenset({Kind.READ, Kind.SEARCH})
"""Effects that leave nothing changed."""


class Intent(StrEnum):
    """What somebody is after on a website, whether they look or order."""

    SHOP = "shop"
    BUY_OR_RENT_CAR = "buy_or_rent_car"
    BOOK_FLIGHT = "book_flight"
    BOOK_HOTEL = "book_hotel"
    SEARCH_MEDIA = "search_media"
    APPLY_JOB = "apply_job"


class Part(StrEnum):
    """The part that an argument plays in an action."""

    RECIPIENT = "recipient"
    AMOUNT = "amount"
    CODE = "code"
    TARGET = "target"
    CREDENTIAL = "credential"
    CONTENT = "content"
    INSTRUCTION = "instruction"
    """The action itself: who asked for it."""
    OTHER = "other"


class ActionError(ValueError):
    """An action or its context cannot be read; the text says what to send instead. Whoever meets it denies."""
