"""Resultados: figures that open their lists, filters that stay, days that cannot be, the file."""

import csv
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import result_choices
from campaigns.results import record_result, revoke_result
from models.audit import AuditEvent
from models.campaign import Campaign, ResultType
from models.case import Case, Channel, Result
from models.people import Customer, Role
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.dashboard.conftest import Browser
from tests.statements import statements

SignIn = Callable[..., Browser]
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZONE).date()
WEEK = TODAY - timedelta(days=6)
YEAR = TODAY.year - 2
EVER = f"from={YEAR}-01-01"


@dataclass
class Desk:
    """A campaign of twelve, in which Diego and the system recorded something."""

    office: Office
    campaign: Campaign
    diego: Browser
    lucia: Browser

    def record(
        self, code: str, by: Browser | None, at: datetime | None = None, note: str | None = None
    ) -> Result:
        session = self.office.session
        kind = session.scalars(
            select(ResultType).where(
                ResultType.code == code,
                ResultType.campaign_type_id.is_(None)
                | (ResultType.campaign_type_id == self.campaign.campaign_type_id),
            )
        ).one()
        case_id = session.scalars(select(Case.id).order_by(Case.id)).first() or 0
        result = record_result(
            session, case_id, kind.id, channel=Channel.PHONE, now=at or NOW, note=note
        )
        result.by_id = by.user_id if by else None
        session.commit()
        return result


@pytest.fixture
def desk(session: Session, signed_in: SignIn) -> Desk:
    office = Office(session, NOW - timedelta(minutes=1))
    office.crowd(3)
    desk = Desk(
        office,
        office.launched(office.campaign()),
        signed_in(Role.OPERATOR, name="Diego Ocampo"),
        signed_in(Role.SUPERVISOR, name="Lucía Ferreyra"),
    )
    desk.record("se_niega", desk.diego)
    desk.record("no_responde", desk.diego)
    desk.record("no_responde", desk.diego)
    desk.record("pide_diferimiento", None)
    taken_back = desk.record("se_niega", desk.diego)
    revoke_result(session, taken_back.id, by_id=desk.diego.user_id, now=NOW)
    session.commit()
    return desk


def _text(body: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def _numbers(body: str) -> dict[str, int]:
    """Every link to a list, and the number it bears."""
    found = re.findall(r'<a[^>]*href="([^"]*view=list[^"]*)"[^>]*>(.*?)</a>', body, re.S)
    told = {}
    for href, inside in found:
        figure = re.search(r"(\d[\d.]*)(?: gesti\w+)?\s*$", _text(inside).replace("vigentes", ""))
        if figure:
            told[html.unescape(href)] = int(figure[1].replace(".", ""))
    return told


def _total(body: str) -> int:
    found = re.search(r"(\d[\d.]*) de (\d[\d.]*)", _text(body.partition('class="pager"')[2]))
    return int(found[2].replace(".", "")) if found else 0


def _rows(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff")), delimiter=";"))


def test_every_number_opens_as_many_results(desk: Desk) -> None:
    page = desk.lucia.get("/results").text

    numbers = _numbers(page)
    assert len(numbers) >= 12
    for href, number in numbers.items():
        assert _total(desk.lucia.get(href).text) == number, href
    assert "las revocadas no se cuentan" in _text(page)
    assert re.search(r"No responde 2 .* 50 %", _text(page))


def test_it_is_of_a_week_and_says_so(desk: Desk) -> None:
    desk.record("se_niega", desk.diego, datetime(YEAR, 5, 31, 12, tzinfo=ZONE))

    page = desk.lucia.get("/results").text
    may = desk.lucia.get(f"/results?from=1/5/{YEAR}&to=31/05/{YEAR}").text

    assert f'name="from" type="text" value="{WEEK:%d/%m/%Y}"' in page
    assert f'name="to" type="text" value="{TODAY:%d/%m/%Y}"' in page
    assert re.search(r"Gestiones 4 ", _text(page))
    assert re.search(rf"Del 01/05/{YEAR} al 31/05/{YEAR}", _text(may))
    assert re.search(r"Gestiones 1 ", _text(may))


def test_it_agrees_with_the_campaigns_page(desk: Desk) -> None:
    desk.record("se_niega", desk.diego, datetime(YEAR, 5, 31, 12, tzinfo=ZONE))
    campaign = f"/campaigns/{desk.campaign.id}"

    ours = desk.lucia.get(f"/results?campaign={desk.campaign.id}&{EVER}").text
    theirs = desk.lucia.get(campaign).text

    def bars(page: str) -> list[tuple[str, str, str]]:
        shown = page.partition("Resultados por tipo")[2].partition("</ul>")[0]
        return re.findall(r'([^<>]+?) <b class="num">([\d.]+)</b>.*?share">([^<]+)<', shown)

    assert bars(ours) == bars(theirs) != []
    listed = desk.lucia.get(f"{campaign}/results").text
    assert _total(
        desk.lucia.get(f"/results?campaign={desk.campaign.id}&{EVER}&view=list").text
    ) == (_total(listed))


def test_filters_stay_from_page_to_page_and_in_the_file(desk: Desk) -> None:
    narrowed = f"campaign={desk.campaign.id}&type={desk.campaign.campaign_type_id}&user=system"
    page = desk.lucia.get(f"/results?{narrowed}").text

    for name, value in (each.split("=") for each in narrowed.split("&")):
        select_ = page.partition(f'name="{name}"')[2].partition("</select>")[0]
        assert f'<option value="{value}" selected>' in select_
    file = re.search(r'href="(/results\.csv[^"]*)"', page)
    assert file is not None
    rows = _rows(desk.lucia.get(html.unescape(file[1])).text)
    assert [row["Resultado"] for row in rows] == ["Pide diferimiento"]
    assert desk.campaign.name in _text(page)
    assert re.search(r"Quitar filtros", _text(page))


@pytest.mark.parametrize(
    ("query", "beside", "says"),
    [
        ("from=31/2/2026", "from", "Esa fecha no existe: 31/2/2026."),
        ("from=el año del cometa", "from", "No se entiende la fecha"),
        ("to=nunca", "to", "No se entiende la fecha"),
        ("from=20/10/2026&to=19/10/2026", "to", "Termina antes de empezar: poné un día desde"),
        ("from=01/01/2000", "to", "Son más de cinco años"),
        (f"from={TODAY + timedelta(days=1):%d/%m/%Y}", "from", "todavía no llegó"),
    ],
)
def test_days_that_cannot_be_are_told_and_nothing_is_lost(
    desk: Desk, query: str, beside: str, says: str
) -> None:
    for address in ("/results", "/results.csv"):
        answer = desk.lucia.get(f"{address}?{query}&user={desk.diego.user_id}&result=effective")
        assert answer.status_code == 422
        page = answer.text
        problem = page.partition(f'id="{beside}-problem"')[2].partition("</p>")[0]
        assert says in _text(problem)
        assert f'<option value="{desk.diego.user_id}" selected>' in page
        assert '<option value="effective" selected>' in page
        for each in query.split("&"):
            assert f'value="{each.partition("=")[2]}"' in page
    part = desk.lucia.get(f"/results?{query}", headers=FRAGMENT)
    assert part.text.lstrip().startswith('<div id="results"')


def test_an_old_campaign_and_a_removed_result_stay_chosen_while_the_days_are_wrong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_choices, "_NEWEST", 0)
    kind = desk.office.session.scalars(
        select(ResultType).where(ResultType.code == "promesa_de_pago")
    ).first()
    assert kind is not None
    kind.is_active = False
    desk.office.session.commit()

    page = desk.lucia.get(f"/results?from=lejos&campaign={desk.campaign.id}&result={kind.id}").text

    assert f'<option value="{desk.campaign.id}" selected>' in page
    assert f'<option value="{kind.id}" selected>' in page


def test_one_period_alone_is_the_one_that_is_shown(desk: Desk) -> None:
    page = desk.lucia.get(f"/results?from={TODAY}&to={TODAY}").text

    periods = page.partition("Hoy</a>")
    assert 'aria-current="page"' in periods[0].rpartition("<a")[2]
    assert "aria-current" not in periods[2].partition("</nav>")[0]


@pytest.mark.parametrize(
    "query",
    [
        *("campaign=x", "campaign=987654321", "user=-1", "user=987654321", "type=9e9"),
        *("result=987654321", "after=x&view=list"),
    ],
)
def test_what_is_not_there_is_not_found(desk: Desk, query: str) -> None:
    assert desk.lucia.get(f"/results?{query}").status_code == 404
    if "after" not in query:
        assert desk.lucia.get(f"/results.csv?{query}").status_code == 404


def test_an_operator_may_not(desk: Desk) -> None:
    for address in ("/results", "/results.csv"):
        assert desk.diego.get(address).status_code == 403
    assert "/results" not in desk.diego.get("/agenda").text
    assert 'href="/results"' in desk.lucia.get("/agenda").text


def test_the_file_has_every_result_safe_and_noted(desk: Desk) -> None:
    session = desk.office.session
    session.execute(update(Customer).values(name="=HYPERLINK(1)"))
    desk.record("reclamo", desk.diego, note="+54 11 llamar")
    desk.record("no_responde", desk.diego, datetime(YEAR, 5, 31, 23, 59, tzinfo=ZONE))

    answer = desk.lucia.get(f"/results.csv?from=31/5/{YEAR}")
    rows = _rows(answer.text)

    assert answer.mimetype == "text/csv"
    assert len(rows) == 6
    theirs = _rows(desk.lucia.get(f"/campaigns/{desk.campaign.id}/results.csv").text)
    ours = [{name: row[name] for name in theirs[0]} for row in rows]
    assert sorted(map(str, ours)) == sorted(map(str, theirs))
    assert list(rows[0])[-2:] == ["Campaña", "Tipo de campaña"]
    assert {row["Cliente"] for row in rows} == {"'=HYPERLINK(1)"}
    assert "'+54 11 llamar" in {row["Detalle"] for row in rows}
    assert rows[-1]["Fecha"] == f"31/05/{YEAR} 23:59"
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "results.export")).one()
    assert (noted.user_id, noted.details["rows"]) == (desk.lucia.user_id, 6)


def test_a_file_of_one_campaign_is_told_among_its_deeds(desk: Desk) -> None:
    desk.lucia.get(f"/results.csv?campaign={desk.campaign.id}")

    activity = desk.lucia.get(f"/campaigns/{desk.campaign.id}/activity").text
    assert "exportó un listado: 4 filas de gestiones" in activity


def test_nothing_yet_and_nothing_here_are_told_apart(signed_in: SignIn, session: Session) -> None:
    lucia = signed_in(Role.SUPERVISOR)
    assert "Todavía no hay gestiones" in lucia.get("/results").text

    office = Office(session, NOW)
    office.crowd(1)
    desk = Desk(office, office.launched(office.campaign()), lucia, lucia)
    desk.record("no_responde", None)

    other = lucia.get(f"/results?from=1/1/{YEAR}&to=2/1/{YEAR}&user=system").text
    assert "No hay gestiones en este período" in other
    assert "Ver todas" in other
    assert "Exportar" not in other


def test_more_results_ask_no_more_of_the_database(desk: Desk, runtime: Runtime) -> None:
    addresses = ("/results", "/results?view=list", f"/results?from=1/1/{YEAR}&to=31/1/{YEAR}")

    def asked() -> list[int]:
        counts = []
        for address in addresses:
            with statements(*runtime.engines) as seen:
                desk.lucia.get(address)
            counts.append(len(seen))
        return counts

    before = asked()
    for _ in range(12):
        desk.record("no_responde", desk.diego)

    assert asked() == before
    assert max(before) <= 8


def test_few_people_are_named_and_the_others_told_as_one(
    desk: Desk, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.results_page._PEOPLE", 1)
    for _ in range(2):
        desk.record("no_responde", signed_in(Role.OPERATOR))

    page = _text(desk.lucia.get("/results").text)

    assert re.search(r"Diego Ocampo 3 .*2 personas más 2 .*El sistema 1 ", page)


def test_a_month_of_a_long_period_opens_that_month(desk: Desk) -> None:
    desk.record("no_responde", desk.diego, datetime(YEAR, 5, 31, 12, tzinfo=ZONE))
    page = desk.lucia.get(f"/results?from=15/5/{YEAR}").text

    links = [html.unescape(each) for each in re.findall(r'class="row-link" href="([^"]+)"', page)]
    (may,) = [each for each in links if f"from={YEAR}-05-15&to={YEAR}-05-31" in each]

    assert f"mayo de {YEAR}" in page
    assert re.search(r"Gestiones 1 ", _text(desk.lucia.get(may).text))


def test_days_are_read_as_people_say_them(desk: Desk) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday())
    page = desk.lucia.get("/results?from=lunes&to=hoy").text

    assert f'value="{monday:%d/%m/%Y}"' in page
    assert isinstance(monday, date)
