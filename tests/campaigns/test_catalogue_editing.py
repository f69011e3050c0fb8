"""The catalogue in a supervisor's hands: what he may change, and what the system holds on to."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.catalogue_editing import TypeSpec, add_type, edit_type, remove_type, switch_type
from campaigns.errors import AlreadyThere, CatalogueRefused, InUse, NotFound, Protected
from campaigns.result_editing import (
    ResultSpec,
    add_result,
    edit_result,
    move_result,
    remove_result,
    switch_result,
)
from campaigns.result_values import TypedValue
from campaigns.results import record_result
from models.audit import AuditEvent
from models.campaign import CampaignType, ResultType, ValueKind
from models.case import Case, Channel
from models.people import Purpose, Role, User
from models.template import ButtonKind, Template, TemplateButton, TemplateCategory, TemplateVersion
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON

REMATE = TypeSpec(name="Remate de usados", purpose=Purpose.MARKETING)
VISITA = ResultSpec(name="Agendó visita", is_effective=True, value_kind=ValueKind.DATE, key="9")


@pytest.fixture(autouse=True)
def _catalogue(session: Session) -> None:
    install_catalogue(session)
    session.commit()


def _type(session: Session, code: str) -> int:
    return session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()


def _result(session: Session, code: str, type_code: str | None = None) -> int:
    found = select(ResultType.id).where(ResultType.code == code)
    if type_code is not None:
        found = found.where(ResultType.campaign_type_id == _type(session, type_code))
    return session.scalars(found).one()


def _names(session: Session, type_code: str) -> list[str]:
    return list(
        session.scalars(
            select(ResultType.name)
            .where(ResultType.campaign_type_id == _type(session, type_code))
            .order_by(ResultType.position)
        )
    )


def _recorded(session: Session, result_id: int, value: TypedValue) -> str:
    """A result of this type in a campaign of debts; the campaign's name."""
    office = Office(session, NOON)
    office.subscription()
    campaign = office.launched(office.campaign())
    ana = User(email="ana@x.example", name="Ana", role=Role.OPERATOR)
    session.add(ana)
    session.flush()
    case_id = session.scalars(select(Case.id)).one()
    record_result(
        session, case_id, result_id, channel=Channel.PHONE, now=NOON, by_id=ana.id, value=value
    )
    session.commit()
    return campaign.name


def _button(session: Session, result_id: int) -> None:
    template = Template(name="aviso", category=TemplateCategory.UTILITY)
    session.add(template)
    session.flush()
    version = TemplateVersion(template_id=template.id, number=1, body="", fields={}, samples={})
    session.add(version)
    session.flush()
    session.add(
        TemplateButton(
            template_version_id=version.id,
            position=1,
            kind=ButtonKind.QUICK_REPLY,
            title="Sí",
            payload="b1",
            result_type_id=result_id,
        )
    )
    session.flush()


def test_a_new_type_gets_a_code_of_its_name(session: Session) -> None:
    add_type(session, REMATE)
    kind = session.scalars(select(CampaignType).where(CampaignType.name == REMATE.name)).one()

    assert (kind.code, kind.purpose, kind.is_active) == (
        "remate_de_usados",
        Purpose.MARKETING,
        True,
    )


@pytest.mark.parametrize("name", ["Mora", "MORA", "  mora "])
def test_two_types_have_two_names(session: Session, name: str) -> None:
    with pytest.raises(AlreadyThere):
        add_type(session, replace(REMATE, name=name))


@pytest.mark.parametrize(("name", "problem"), [("  ", "missing"), ("x" * 61, "long")])
def test_a_name_is_there_and_short(session: Session, name: str, problem: str) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        add_type(session, replace(REMATE, name=name))

    assert (refused.value.field, refused.value.problem) == ("name", problem)


def test_where_informing_is_enough_the_result_that_says_so_is_there(session: Session) -> None:
    type_id = add_type(session, replace(REMATE, informing_is_enough=True))

    own = session.scalars(select(ResultType).where(ResultType.campaign_type_id == type_id)).one()
    assert (own.code, own.by_system, own.closes_case) == ("informado", True, True)


def test_an_edit_survives_the_next_start(session: Session) -> None:
    edit_type(session, _type(session, "mora"), replace(REMATE, name="Cobranza"))
    edit_result(session, _result(session, "se_niega"), replace(VISITA, name="No quiere", key="z"))

    install_catalogue(session)

    assert session.get_one(CampaignType, _type(session, "mora")).name == "Cobranza"
    assert "No quiere" in _names(session, "mora")


def test_the_standing_type_keeps_its_purpose_and_stays(session: Session) -> None:
    standing = _type(session, "consultas")

    edit_type(session, standing, replace(REMATE, name="Entrantes"))

    kind = session.get_one(CampaignType, standing)
    assert (kind.name, kind.purpose) == ("Entrantes", Purpose.ACCOUNT)
    with pytest.raises(Protected):
        switch_type(session, standing, active=False)
    with pytest.raises(Protected):
        remove_type(session, standing)


def test_a_type_that_campaigns_have_is_switched_off_instead(session: Session) -> None:
    campaign = Office(session, NOON).campaign()

    with pytest.raises(InUse) as refused:
        remove_type(session, _type(session, "mora"))
    switch_type(session, _type(session, "mora"), active=False)

    assert refused.value.campaigns == (campaign.name,)
    assert not session.get_one(CampaignType, _type(session, "mora")).is_active


def test_a_shipped_type_that_was_removed_does_not_come_back(session: Session) -> None:
    remove_type(session, _type(session, "licitacion"))

    install_catalogue(session)

    kind = session.get_one(CampaignType, _type(session, "licitacion"))
    assert (kind.is_active, kind.is_removed) == (False, True)
    with pytest.raises(NotFound):
        switch_type(session, kind.id, active=True)
    assert add_type(session, replace(REMATE, name="Licitación"))


def test_a_type_of_our_own_goes_with_its_results(session: Session) -> None:
    type_id = add_type(session, REMATE)
    add_result(session, type_id, VISITA)

    remove_type(session, type_id)

    assert session.get(CampaignType, type_id) is None
    assert session.scalars(select(ResultType).where(ResultType.name == VISITA.name)).all() == []


def test_a_result_goes_to_the_end_and_moves_one_place_at_a_time(session: Session) -> None:
    added = add_result(session, _type(session, "licitacion"), VISITA)

    assert move_result(session, added, up=True)
    assert _names(session, "licitacion") == [
        "Oferta",
        "Sin interés",
        "Agendó visita",
        "Pide información",
    ]
    assert not move_result(session, _result(session, "oferta"), up=True)


@pytest.mark.parametrize(
    ("key", "problem"),
    [("r", "desk"), ("12", "form"), ("ñ", "form"), ("1", "taken"), ("D", "taken")],
)
def test_a_key_means_one_result_on_a_desk(session: Session, key: str, problem: str) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        add_result(session, _type(session, "licitacion"), replace(VISITA, key=key))

    assert (refused.value.field, refused.value.problem) == ("key", problem)


def test_a_result_of_all_types_has_a_key_that_none_of_them_has(session: Session) -> None:
    with pytest.raises(CatalogueRefused):
        add_result(session, None, replace(VISITA, key="8"))

    assert add_result(session, None, replace(VISITA, key="z"))


@pytest.mark.parametrize(("least", "most", "problem"), [(None, 5, "missing"), (5, 1, "order")])
def test_a_number_has_a_range(
    session: Session, least: int | None, most: int | None, problem: str
) -> None:
    spec = replace(VISITA, value_kind=ValueKind.INTEGER, min_value=least, max_value=most)

    with pytest.raises(CatalogueRefused) as refused:
        add_result(session, _type(session, "encuesta"), spec)

    assert (refused.value.field, refused.value.problem) == ("range", problem)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [(["Rojo"], "few"), (["Rojo", "rojo"], "twice"), ([str(n) for n in range(21)], "many")],
)
def test_choices_are_two_to_twenty_different_ones(
    session: Session, labels: list[str], problem: str
) -> None:
    spec = ResultSpec(
        name="Color", value_kind=ValueKind.CHOICE, choices=[("", label) for label in labels]
    )

    with pytest.raises(CatalogueRefused) as refused:
        add_result(session, None, spec)

    assert refused.value.problem == problem


def test_a_choice_keeps_its_code_when_its_label_changes(session: Session) -> None:
    spec = replace(VISITA, value_kind=ValueKind.CHOICE, choices=[("", "Muy caro"), ("", "Otro")])
    result_id = add_result(session, _type(session, "licitacion"), spec)

    renamed = [("muy_caro", "Precio"), ("otro", "Otro"), ("", "Muy caro")]
    edit_result(session, result_id, replace(spec, choices=renamed))

    assert session.get_one(ResultType, result_id).choices == {
        "muy_caro": "Precio",
        "otro": "Otro",
        "muy_caro_2": "Muy caro",
    }


def test_what_was_recorded_stays_readable(session: Session) -> None:
    spec = ResultSpec(
        name="Motivo", value_kind=ValueKind.CHOICE, choices=[("", "Caro"), ("", "Otro")]
    )
    result_id = add_result(session, _type(session, "mora"), spec)
    campaign = _recorded(session, result_id, TypedValue(text="caro"))

    with pytest.raises(InUse) as refused:
        edit_result(session, result_id, replace(spec, choices=[("otro", "Otro"), ("", "Lejos")]))
    with pytest.raises(InUse):
        edit_result(session, result_id, replace(spec, value_kind=ValueKind.TEXT, choices=()))
    edit_result(session, result_id, replace(spec, choices=[("caro", "Precio"), ("", "Lejos")]))

    assert refused.value.campaigns == (campaign,)


def test_what_the_system_records_changes_only_its_name(session: Session) -> None:
    pago = _result(session, "pago", "mora")

    edit_result(session, pago, replace(VISITA, name="Pago acreditado"))

    kind = session.get_one(ResultType, pago)
    assert (kind.name, kind.closes_case, kind.value_kind) == (
        "Pago acreditado",
        True,
        ValueKind.NONE,
    )
    with pytest.raises(Protected):
        switch_result(session, pago, active=False)
    with pytest.raises(Protected):
        remove_result(session, pago)


def test_a_result_that_was_recorded_is_switched_off_instead(session: Session) -> None:
    refuses = _result(session, "se_niega")
    campaign = _recorded(session, refuses, TypedValue())

    with pytest.raises(InUse) as refused:
        remove_result(session, refuses)
    switch_result(session, refuses, active=False)

    assert refused.value.campaigns == (campaign,)


def test_a_result_that_a_button_names_stays(session: Session) -> None:
    _button(session, _result(session, "avisado"))

    with pytest.raises(InUse) as refused:
        remove_result(session, _result(session, "avisado"))
    with pytest.raises(InUse):
        remove_type(session, _type(session, "recordatorio"))

    assert refused.value.templates == ("aviso",)


def test_a_shipped_result_that_was_removed_does_not_come_back(session: Session) -> None:
    remove_result(session, _result(session, "avisado"))

    assert install_catalogue(session).results == 0
    with pytest.raises(NotFound):
        edit_result(session, _result(session, "avisado"), VISITA)


def test_a_key_that_another_took_meanwhile_is_told(session: Session) -> None:
    refuses = _result(session, "se_niega")
    switch_result(session, refuses, active=False)
    add_result(session, _type(session, "mora"), VISITA)

    with pytest.raises(CatalogueRefused) as refused:
        switch_result(session, refuses, active=True)

    assert refused.value.other == "Agendó visita"


def test_an_opt_out_stops_sends_and_what_closes_proposes_nothing(session: Session) -> None:
    spec = replace(VISITA, is_opt_out=True, closes_case=True, proposes_next_action=True)

    kind = session.get_one(ResultType, add_result(session, None, replace(spec, key=None)))

    assert (kind.stops_sends, kind.proposes_next_action) == (True, False)


def test_every_act_is_noted(session: Session) -> None:
    type_id = add_type(session, REMATE)
    result_id = add_result(session, type_id, VISITA)
    switch_result(session, result_id, active=False)
    remove_result(session, result_id)

    acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == [
        "campaign_type.create",
        "result_type.create",
        "result_type.deactivate",
        "result_type.remove",
    ]
