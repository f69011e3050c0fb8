"""Campaign types with their result catalogue, and campaigns."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.people import Purpose
from models.states import CampaignState, SendingState


class CampaignType(Base):
    __tablename__ = "campaign_types"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[Purpose]
    is_standing: Mapped[bool] = mapped_column(server_default=text("false"))  # Consultas entrantes
    informing_is_enough: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # loyalty: a delivered message closes the case as Informado
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    # shipped, and taken out by a person: kept inactive, or the next start would bring it back
    is_removed: Mapped[bool] = mapped_column(server_default=text("false"))


class ValueKind(enum.StrEnum):
    """The typed value that a result asks for."""

    NONE = "none"
    DATE = "date"
    AMOUNT = "amount"
    DATE_AMOUNT = "date_amount"
    DATE_TEXT = "date_text"  # of a procedure that is asked for: when, and which
    INTEGER = "integer"
    CHOICE = "choice"
    TEXT = "text"


class ResultType(Base):
    """An entry of the catalogue, with behaviour. Without a campaign type it serves all of them."""

    __tablename__ = "result_types"
    __table_args__ = (
        UniqueConstraint("campaign_type_id", "code", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "value_kind <> 'integer' OR (min_value IS NOT NULL AND max_value IS NOT NULL)",
            name="integer_has_a_range",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_type_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_types.id"))
    code: Mapped[str]
    name: Mapped[str]
    is_effective: Mapped[bool] = mapped_column(server_default=text("false"))
    closes_case: Mapped[bool] = mapped_column(server_default=text("false"))
    proposes_next_action: Mapped[bool] = mapped_column(server_default=text("false"))
    value_kind: Mapped[ValueKind] = mapped_column(server_default=text(f"'{ValueKind.NONE}'"))
    min_value: Mapped[int | None]
    max_value: Mapped[int | None]
    choices: Mapped[Json | None]  # {"code": "what the screen says"}
    is_opt_out: Mapped[bool] = mapped_column(server_default=text("false"))
    stops_sends: Mapped[bool] = mapped_column(server_default=text("false"))
    by_system: Mapped[bool] = mapped_column(server_default=text("false"))
    key: Mapped[str | None]  # one key on the desk
    reply_text: Mapped[str | None]  # what may be answered with it, with {{nombre}}
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    # shipped, and taken out by a person: kept inactive, or the next start would bring it back
    is_removed: Mapped[bool] = mapped_column(server_default=text("false"))


class SharedPhonePolicy(enum.StrEnum):
    """What a phone with several subscriptions in one campaign gets."""

    EACH = "each"  # one message per subscription, spaced by the pair limit
    MOST_URGENT = "most_urgent"
    LIST = "list"  # one message that lists them


class UncertainPolicy(enum.StrEnum):
    SETTLE = "settle"  # sent again once two listings say it is absent
    NEVER_REPEAT = "never_repeat"  # a person decides


class Moment(enum.StrEnum):
    """When a step's message goes out."""

    LAUNCH = "launch"
    PROMISE = "promise"  # some days before the day that a customer promised to pay on


class Campaign(Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority_is_known"),
        Index(
            "uq_campaigns_standing_line",
            "line_id",
            unique=True,
            postgresql_where=text("is_standing"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    campaign_type_id: Mapped[int] = mapped_column(ForeignKey("campaign_types.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    priority: Mapped[int] = mapped_column(server_default=text("2"))  # 1 Alta, 2 Media, 3 Baja
    is_standing: Mapped[bool] = mapped_column(server_default=text("false"))
    # a draft without a template: nobody has chosen one yet, or nothing is to be sent
    is_phone_only: Mapped[bool] = mapped_column(server_default=text("false"))
    shared_phone: Mapped[SharedPhonePolicy] = mapped_column(
        server_default=text(f"'{SharedPhonePolicy.EACH}'")
    )
    when_uncertain: Mapped[UncertainPolicy] = mapped_column(
        server_default=text(f"'{UncertainPolicy.SETTLE}'")
    )
    audience: Mapped[Json] = mapped_column(server_default=text("'{}'"))  # AudienceFilter
    state: Mapped[CampaignState] = mapped_column(server_default=text(f"'{CampaignState.DRAFT}'"))
    sending_state: Mapped[SendingState] = mapped_column(
        server_default=text(f"'{SendingState.IDLE}'")
    )
    hold_reason: Mapped[str | None]  # held(reason), at any time; None: not held
    stalled_since: Mapped[datetime | None]  # due work, no hold, and nothing leaves; ends by itself
    starts_at: Mapped[datetime | None]
    ends_on: Mapped[date | None]
    # {"1": ["09:00", "20:00"], …}, 1 is Monday; None, here and below: as the line has it
    sending_window: Mapped[Json | None]
    sends_on_holidays: Mapped[bool | None]
    bulk_limit: Mapped[int | None]  # cases one person writes to at once; None: `bulk.USUAL_LIMIT`
    # frozen by the launch
    launched_at: Mapped[datetime | None]
    launched_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    audience_size: Mapped[int | None]
    audience_high_water: Mapped[int | None]  # the last subscription id that may be in it
    planned_through: Mapped[int] = mapped_column(server_default=text("0"))  # … planned so far
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class CampaignStep(Base):
    """What is sent, and when. None at all is legal: a campaign of phone calls."""

    __tablename__ = "campaign_steps"
    __table_args__ = (UniqueConstraint("campaign_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    position: Mapped[int]  # the `sequence` of its messages: 1 goes out at launch
    template_version_id: Mapped[int] = mapped_column(ForeignKey("template_versions.id"))
    texts: Mapped[Json] = mapped_column(server_default=text("'{}'"))  # {"campaign.text_1": "…"}
    moment: Mapped[Moment] = mapped_column(server_default=text(f"'{Moment.LAUNCH}'"))
    days_before: Mapped[int] = mapped_column(server_default=text("0"))


class CampaignOperator(Base):
    __tablename__ = "campaign_operators"
    __table_args__ = (Index("ix_campaign_operators_user_id", "user_id"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)


class CampaignCount(Base):
    """What changed in a campaign's ledger; the sum of `delta` per state is its account.

    Written by a trigger on `messages`, so no statement can forget it; insert only, so that no
    two senders wait for one row. `progress.fold_counts` keeps it short.
    """

    __tablename__ = "campaign_counts"
    __table_args__ = (Index("ix_campaign_counts_campaign_id", "campaign_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    campaign_id: Mapped[int]
    is_first: Mapped[bool]  # messages of sequence 1: those the audience sums to
    state: Mapped[str]
    is_replied: Mapped[bool] = mapped_column(server_default=text("false"))  # its case was answered
    why: Mapped[str | None]  # of what did not get there: the reason's word, else the error code
    delta: Mapped[int]


class CampaignPace(Base):
    """How many messages of a campaign the provider took, by the minute: for rate and pace.

    Insert only, as the account is; `pace.fold_pace` keeps it short, and forgets after some days.
    """

    __tablename__ = "campaign_paces"
    __table_args__ = (Index("ix_campaign_paces_campaign_id", "campaign_id", "minute"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    campaign_id: Mapped[int]
    minute: Mapped[datetime]  # its beginning
    sent: Mapped[int]
