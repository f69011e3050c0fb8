"""Phrases of replies that supervisors add to those we ship, or take out of them."""

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class TextRule(Base):
    """One phrase that suggests a result; what we ship is in `campaigns.suggesting`, not here."""

    __tablename__ = "text_rules"
    __table_args__ = (UniqueConstraint("result_type_id", "phrase"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_type_id: Mapped[int] = mapped_column(ForeignKey("result_types.id", ondelete="CASCADE"))
    phrase: Mapped[str]
    # shipped, and taken out by a person: it counts no more, whatever a later version ships
    is_withdrawn: Mapped[bool] = mapped_column(server_default=text("false"))
