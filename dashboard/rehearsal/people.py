"""Who signs in to the demo. Invented people with passwords that everybody may know.

They are shown on the demo's terminal and on its sign-in page, and made in a demo alone.
"""

from dataclasses import dataclass

from sqlalchemy import select

from campaigns.passwords import Passwords
from campaigns.users import add_user
from models.campaign import Campaign, CampaignOperator
from models.people import Role, User
from runtime.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    name: str
    email: str
    role: Role
    password: str


PEOPLE = (
    DemoPerson(
        name="Lucía Ferreyra",
        email="lucia@demo.pregon",
        role=Role.ADMINISTRATOR,
        password="mate y tortafritas",  # noqa: S106
    ),
    DemoPerson(
        name="Diego Ocampo",
        email="diego@demo.pregon",
        role=Role.SUPERVISOR,
        password="asado en la vereda",  # noqa: S106
    ),
    DemoPerson(
        name="Carla Benítez",
        email="carla@demo.pregon",
        role=Role.OPERATOR,
        password="colectivo sesenta lleno",  # noqa: S106
    ),
    DemoPerson(
        name="Nahuel Quiroga",
        email="nahuel@demo.pregon",
        role=Role.OPERATOR,
        password="siesta bajo el parral",  # noqa: S106
    ),
)


def bring_in(runtime: Runtime) -> None:
    """Make those who are missing."""
    assert runtime.settings.is_demo, "their passwords are public"
    passwords = Passwords()
    with runtime.sessions.begin() as session:
        known = set(session.scalars(select(User.email)))
        for person in PEOPLE:
            if person.email not in known:
                add_user(
                    session,
                    email=person.email,
                    name=person.name,
                    role=person.role,
                    password_hash=passwords.hash(person.password),
                )


def assign_all(runtime: Runtime) -> None:
    """Put the demo's operators on every campaign that nobody works on."""
    with runtime.sessions.begin() as session:
        operators = session.scalars(
            select(User.id).where(
                User.email.in_([each.email for each in PEOPLE]), User.role == Role.OPERATOR
            )
        ).all()
        unmanned = session.scalars(
            select(Campaign.id).where(Campaign.id.not_in(select(CampaignOperator.campaign_id)))
        ).all()
        session.add_all(
            CampaignOperator(campaign_id=campaign_id, user_id=user_id)
            for campaign_id in unmanned
            for user_id in operators
        )


def sign_ins() -> list[str]:
    """The lines that the demo's terminal shows."""
    widest = max(len(person.email) for person in PEOPLE)
    return [f"  {person.email:<{widest}}  {person.password}" for person in PEOPLE]
