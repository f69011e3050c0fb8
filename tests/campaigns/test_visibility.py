"""What an operator sees, and that there is no way around it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Integer, Select, exists, func, inspect, literal, select, union_all
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session, aliased, sessionmaker

from campaigns import visibility_rules
from campaigns.errors import NotFound
from campaigns.signing_in import find_visitor, open_session
from campaigns.visibility import Unscoped, naming, reach, restrict, visible
from campaigns.visibility_rules import Viewer
from models.base import Base
from models.campaign import Campaign, CampaignOperator, CampaignType
from models.case import Case, Result
from models.message import Attribution, Basis, Confidence, Conversation, Message
from models.people import ContactPoint, Customer, CustomerContact, Role, User
from models.subscription import Subscription
from runtime import migrations
from tests.two_teams import Side, TwoTeams

Sessions = sessionmaker[Session]
migrations.preload()  # every model is known after it
MODELS = sorted((m.class_ for m in Base.registry.mappers), key=lambda model: model.__name__)
NARROWED = [model for model in MODELS if model not in visibility_rules.FOR_ALL]
# nothing of them is any operator's
HIDDEN = {
    "Import",
    "PeriodicJob",
    "ProviderFind",
    "QuotaCount",
    "QuotaUse",
    "Restore",
    "SendTurn",
    "SignInFailure",
    "WebhookEvent",
}


@pytest.fixture
def teams(session: Session) -> TwoTeams:
    return TwoTeams(session)


@pytest.fixture
def anas(teams: TwoTeams, sessions: Sessions) -> Iterator[Session]:
    """A session restricted to what Ana sees."""
    session = sessions()
    restrict(session, of(teams.ana))
    yield session
    session.close()


def asking(session: Session, user: User) -> Viewer:
    """As his next request finds him."""
    reference = open_session(
        session, user.id, ip="127.0.0.1", user_agent=None, now=datetime.now(UTC)
    )
    visitor = find_visitor(session, reference)
    session.rollback()
    assert visitor is not None
    return Viewer(user_id=visitor.user_id, role=visitor.role, campaigns=visitor.campaigns)


def of(side: Side) -> Viewer:
    return Viewer(user_id=side.operator.id, role=Role.OPERATOR, campaigns=(side[Campaign].id,))


def test_every_kind_of_record_has_its_rule() -> None:
    known = set(visibility_rules.RULES) | visibility_rules.FOR_ALL
    unknown = {model.__name__ for model in MODELS if model not in known}

    assert unknown == HIDDEN, "say in campaigns/visibility_rules.py who sees these"


def test_the_two_sides_hold_every_kind_that_has_a_rule(teams: TwoTeams) -> None:
    lacking = set(visibility_rules.RULES) - set(teams.ana.rows) - COUNTED
    assert not lacking, "add one to tests/two_teams.py"


COUNTED = {
    model
    for model in visibility_rules.RULES
    if model.__name__ in {"AuditEvent", "CampaignCount", "CampaignStep", "CampaignPace"}
}  # looked at below, or written by triggers


def test_ana_sees_her_records_and_not_bens(teams: TwoTeams, anas: Session) -> None:
    for model in visibility_rules.RULES:
        if model in COUNTED:
            continue
        own, foreign = inspect(teams.ana[model]), inspect(teams.ben[model])
        keys = [_key(model, model, number) for number in range(len(own.identity))]

        seen = {tuple(row) for row in anas.execute(select(*keys))}

        assert own.identity in seen, model
        assert foreign.identity not in seen, model


FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "entity": lambda m, _: select(m),
    "alias": lambda m, k: select(k(aliased(m))),
    "count": lambda m, _: select(func.count()).select_from(m),
    "count of an alias": lambda m, _: select(func.count()).select_from(aliased(m)),
    "count of the key": lambda m, k: select(func.count(k(m))),
    "subquery": lambda m, k: select(select(k(m).label("key")).subquery().c.key),
    "subquery of an alias": lambda m, k: select(select(k(aliased(m)).label("x")).subquery().c.x),
    "scalar subquery": lambda m, k: select(select(func.count(k(m))).scalar_subquery()),
    "in a list": lambda m, k: select(k(m)).where(k(m).in_(select(k(aliased(m))))),
    "cte": lambda m, k: select(select(k(m).label("key")).cte().c.key),
    "union": lambda m, k: union_all(select(k(m)), select(k(aliased(m)))),
    "union as a source": lambda m, k: select(
        union_all(select(k(m).label("key")), select(k(m).label("key"))).subquery().c.key
    ),
    "exists": lambda m, k: select(User.id * 0 + 1).where(exists().where(k(m) == k(m))),
    "exists of an alias": lambda m, k: _exists_alias(m, k),
    "not distinct": lambda m, k: select(k(m)).distinct(),
    "cross join": lambda m, k: select(k(m)).select_from(User).join(m, literal(True)),
    "outer join": lambda m, k: select(k(m)).select_from(User).outerjoin(m, literal(True)),
    "outer join of an alias": lambda m, k: _outer_alias(m, k),
    "lateral": lambda m, k: select(select(k(m).label("key")).lateral().c.key),
    "grouped": lambda m, k: select(k(m), func.count()).group_by(k(m)),
    "window": lambda m, k: select(func.row_number().over(order_by=k(m))).select_from(m),
}


def _exists_alias(model: type[Base], key: Callable[[Any], Any]) -> Select[Any]:
    other = aliased(model)
    return select(User.id * 0 + 1).where(select(key(other)).exists())


def _outer_alias(model: type[Base], key: Callable[[Any], Any]) -> Select[Any]:
    other = aliased(model)
    return select(key(other)).select_from(User).outerjoin(other, literal(True))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_someone_with_no_campaign_sees_nothing_in_any_form(
    form: str, teams: TwoTeams, sessions: Sessions
) -> None:
    """If a statement of any form showed a row, or counted one, it would be a leak."""
    with sessions() as session:
        restrict(session, Viewer(user_id=0, role=Role.OPERATOR))
        for model in NARROWED:
            statement = FORMS[form](model, partial(_key, model=model))
            rows = session.execute(statement).all()
            assert {value for row in rows for value in row} <= {0, None}, model


def _key(entity: Any, model: type[Base], number: int = 0) -> Any:
    mapper = inspect(model)
    return getattr(entity, mapper.get_property_by_column(mapper.primary_key[number]).key)


def test_the_forms_do_find_rows_for_who_sees_all(teams: TwoTeams, sessions: Sessions) -> None:
    """Otherwise the test above would prove nothing."""
    for name, form in FORMS.items():
        if name == "entity":
            continue
        with sessions() as session:
            restrict(session, Viewer(user_id=0, role=Role.SUPERVISOR))
            rows = session.execute(form(Case, lambda entity: entity.id)).all()
        assert any(value for row in rows for value in row), name


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_who_leads_sees_all(role: Role, teams: TwoTeams, sessions: Sessions) -> None:
    with sessions() as session:
        restrict(session, Viewer(user_id=teams.ana.operator.id, role=role))
        assert session.scalar(select(func.count()).select_from(Case)) == 2


def test_get_and_refresh_are_narrowed_too(teams: TwoTeams, anas: Session) -> None:
    assert anas.get(Case, teams.ana[Case].id) is not None
    assert anas.get(Case, teams.ben[Case].id) is None
    assert anas.get_one(Case, teams.ana[Case].id).campaign_id == teams.ana[Campaign].id
    anas.refresh(anas.get_one(Case, teams.ana[Case].id))


def test_a_select_of_plain_tables_is_refused(anas: Session) -> None:
    with pytest.raises(Unscoped):
        anas.execute(select(Case.__table__))
    joined = User.__table__.join(Case.__table__, Case.__table__.c.operator_id > 0)
    with pytest.raises(Unscoped):
        anas.execute(select(User.id).where(exists(select(literal(1)).select_from(joined))))
    with pytest.raises(Unscoped):
        anas.execute(select(User.id).where(User.id.in_(select(Case.__table__.c.operator_id))))
    with pytest.raises(Unscoped):
        anas.execute(select(literal(1, Integer)).where(exists().where(Case.id > 0)))


def test_of_a_visible_subscription_the_results_of_all_campaigns(
    teams: TwoTeams, session: Session, anas: Session
) -> None:
    bens_case = teams.case(teams.ben[Campaign], teams.ana[Subscription], None)
    result = teams.result(bens_case)
    session.commit()

    seen = anas.execute(select(Result.id, Result.case_id)).all()

    assert (result.id, bens_case.id) in seen
    assert (teams.ben[Result].id, teams.ben[Case].id) not in seen
    assert bens_case.id not in anas.scalars(select(Case.id)).all()


def test_another_campaign_is_named_beside_a_visible_result_and_nowhere_else(
    teams: TwoTeams, session: Session, anas: Session
) -> None:
    result = teams.result(teams.case(teams.ben[Campaign], teams.ana[Subscription], None))
    session.commit()
    history = (
        select(Result.id, Campaign.name)
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
    )

    plain = {row.id for row in anas.execute(history)}
    named = {row.id: row.name for row in anas.execute(naming(history, Case, Campaign))}

    assert result.id not in plain
    assert named == {teams.ana[Result].id: "de ana", result.id: "de ben"}
    with pytest.raises(Unscoped):
        naming(history, Customer)


def test_another_subscription_of_the_same_customer_is_not_visible(
    teams: TwoTeams, session: Session, anas: Session
) -> None:
    other = teams.office.subscription(teams.ana[Customer])
    foreign = teams.result(teams.case(teams.ben[Campaign], other, None))
    session.commit()

    assert anas.scalars(select(Subscription.id)).all() == [teams.ana[Subscription].id]
    assert foreign.id not in anas.scalars(select(Result.id)).all()


def test_the_whole_conversation_of_a_contact_with_a_visible_case(
    teams: TwoTeams, session: Session, anas: Session
) -> None:
    """Also what another campaign wrote to the same phone."""
    contact = teams.ana[ContactPoint]
    foreign = teams.inbound(contact, contact.phone)
    foreign.campaign_id = teams.ben[Campaign].id
    alien = teams.inbound(teams.ben[ContactPoint], teams.ben[ContactPoint].phone)
    session.commit()

    seen = anas.scalars(select(Message.id)).all()

    assert foreign.id in seen
    assert alien.id not in seen


def test_a_message_that_somebody_tied_to_her_case_is_hers_to_read(
    teams: TwoTeams, session: Session, anas: Session
) -> None:
    stray = teams.inbound(teams.ben[ContactPoint], teams.ben[ContactPoint].phone)
    teams.add(
        Attribution(
            message_id=stray.id,
            case_id=teams.ana[Case].id,
            basis=Basis.PERSON,
            confidence=Confidence.EXACT,
        )
    )
    session.commit()

    assert stray.id in anas.scalars(select(Message.id)).all()
    assert anas.scalars(select(Conversation.id)).all() == [teams.ana[Conversation].id]


def test_who_works_the_incoming_sees_whose_phone_it_is(
    teams: TwoTeams, session: Session, sessions: Sessions
) -> None:
    incoming = teams.campaign("Consultas entrantes", is_standing=True)
    teams.assign(incoming, teams.ana.operator)
    owner = teams.office.customer("PAZ, EVA", "+5491155550009")
    contact = teams.office.contact("+5491155550009")
    session.commit()
    with sessions() as anas:
        restrict(anas, asking(session, teams.ana.operator))
        before = anas.scalars(select(Customer.id)).all()
        anas.rollback()
        teams.case(incoming, None, contact)
        session.commit()

        assert before == [teams.ana[Customer].id]
        assert set(anas.scalars(select(Customer.id))) == {teams.ana[Customer].id, owner.id}
        assert contact.id in anas.scalars(select(ContactPoint.id)).all()
        assert owner.id in anas.scalars(select(CustomerContact.customer_id)).all()


def test_an_operator_taken_off_a_campaign_sees_it_no_more(
    teams: TwoTeams, session: Session, sessions: Sessions
) -> None:
    before = asking(session, teams.ana.operator)
    session.delete(teams.ana[CampaignOperator])
    session.commit()

    assert before == of(teams.ana)
    with sessions() as anas:
        restrict(anas, asking(session, teams.ana.operator))
        assert anas.scalars(select(Case.id)).all() == []
        assert anas.scalars(select(CampaignType.id)).all()  # the catalogue is everybody's


def test_reach_makes_no_difference_between_foreign_and_absent(
    teams: TwoTeams, session: Session
) -> None:
    ana = of(teams.ana)

    assert reach(session, Case, teams.ana[Case].id, ana).id == teams.ana[Case].id
    for absent in (teams.ben[Case].id, 999_999, 0, -1, 2**63, 10**30):
        with pytest.raises(NotFound) as refusal:
            reach(session, Case, absent, ana)
        assert (refusal.value.kind, refusal.value.key) == ("case", absent)


def test_viewers_do_not_share_what_was_prepared_for_another(
    teams: TwoTeams, session: Session
) -> None:
    """The statement is compiled once; whose it is comes in as a value."""
    asked = select(Case.id)

    for _ in range(2):
        for side in (teams.ana, teams.ben):
            seen = session.scalars(visible(asked, of(side)), of(side).values).all()
            assert seen == [side[Case].id]


def test_a_narrowed_statement_without_its_viewer_shows_nothing(
    teams: TwoTeams, session: Session
) -> None:
    with pytest.raises(StatementError, match="viewer_campaigns"):
        session.scalars(visible(select(Case.id), of(teams.ana)))
