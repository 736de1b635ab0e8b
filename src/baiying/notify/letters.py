"""What rooms bring to this room: a letter, to whom, and about what. Plain values, without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom it goes to. account_id None: a resident, who has no inbox; addresses: {channel: address} they gave.

    A member of staff's addresses come from their own settings and are left empty here.
    """

    account_id: int | None
    name: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What it says. kind: the event it tells of, or a name like one; link: a path of ours.

    `title` goes everywhere, also into groups and text messages: a reference and what is wanted, never words of a
    resident. `body` goes to the inbox and by e-mail.
    """

    kind: str
    title: str
    body: str = ""
    link: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One letter to one person about one promise; what `services.post` takes, as a value.

    promise: shared by everybody who is told of the same thing; must_be_read_by: when nobody of them has read it by
    then, the desk telephones; ends_in_call: also without a time, when every channel has refused.
    """

    to: Recipient
    letter: Letter
    promise: str
    subject_kind: str
    subject_id: str
    community_id: int | None = None
    grid_id: int | None = None
    unit_id: int | None = None
    must_be_read_by: datetime | None = None
    ends_in_call: bool = False
    stands_in_for: str = ""  # the name of a colleague on leave who was told as well

    @property
    def key(self) -> str:
        """The same promise is told to the same person once."""
        return f"{self.promise}:{self.to.account_id or 'resident'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What letters of these kinds about a subject asked for is done: nothing more goes out for them.

    unit_id: only for those told on behalf of this unit.
    """

    subject_kind: str
    subject_id: str
    kinds: tuple[str, ...]
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who does something here; the room above has asked leave."""

    tenant_id: int
    account_id: int
    name: str
