"""A call centre in the middle of a big campaign: what the pages benchmark looks at.

100,000 subscriptions; one campaign of as many messages, half a dozen smaller ones and some
drafts; sixty operators; five thousand answers and eight thousand results, and two hundred thousand
more of the year before. Everything is drawn by a hash of its number, so that two runs have the
same rows.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from benchmarks.world import World
from campaigns.audience_filter import AudienceFilter
from campaigns.catalogue import install_catalogue
from campaigns.signing_in import open_session
from campaigns.users import add_user
from models.campaign import Campaign, CampaignOperator, CampaignStep, CampaignType
from models.people import Role
from models.states import CampaignState, SendingState, TemplateState
from models.template import (
    ButtonKind,
    Line,
    Portfolio,
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)

OPERATORS = 60
ON_THE_BIG_ONE = 40
TEMPLATES = 16


@dataclass(frozen=True)
class CallCentre:
    big: int  # the campaign that is running
    small: tuple[int, ...]
    draft: int
    supervisor: str  # what their browsers' cookies hold
    operator: str  # of the big campaign, and of no other
    operator_id: int


def furnish(bench: World, *, size: int, sent: float = 0.95) -> CallCentre:
    """Fill the database, and let PostgreSQL look at what it has.

    ``sent``: how much of the big campaign has left.
    """
    with bench.runtime.sessions.begin() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        centre = _people_and_campaigns(bench, session, size)
        connection = session.connection()
        connection.execute(text(_CHANCE))
        for statement in _ROWS.split(";\n"):
            if statement.strip():
                _fill(connection, statement, centre, size, sent)
    with bench.runtime.engine.connect() as raw:
        raw.execution_options(isolation_level="AUTOCOMMIT")
        raw.execute(text("SET statement_timeout = 0"))
        raw.execute(text("VACUUM ANALYZE"))
        raw.execute(text("SET statement_timeout = '15s'"))
    return centre


def _fill(
    connection: Connection, statement: str, centre: CallCentre, size: int, sent: float
) -> None:
    values = {
        "size": size,
        "sent": round(size * sent),
        "big": centre.big,
        "operator": centre.operator_id - ON_THE_BIG_ONE + 1,  # the first of them
        "on_big": ON_THE_BIG_ONE,
        "replies": size // 20,
    }
    connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})


def _people_and_campaigns(bench: World, session: Session, size: int) -> CallCentre:
    install_catalogue(session)
    now = bench.runtime.now(session)
    boss = add_user(session, email="jefa@x.example", name="Marta Giménez", role=Role.SUPERVISOR)
    team = [
        add_user(
            session, email=f"op{n}@x.example", name=f"{_NAMES[n % 20]} {n}", role=Role.OPERATOR
        )
        for n in range(OPERATORS)
    ]
    # the others first: the ids of those on the big campaign follow each other
    on_big = team[-ON_THE_BIG_ONE:]
    references = [
        open_session(session, each, ip="127.0.0.1", user_agent="benchmark", now=now)
        for each in (boss, on_big[-1])
    ]
    portfolio = Portfolio(name="Principal", daily_recipients=100_000)
    session.add(portfolio)
    session.flush()
    line = Line(portfolio_id=portfolio.id, name="Cobranzas", sender="+5491150000000")
    session.add(line)
    versions = _templates(session)
    session.flush()
    version = versions[0]
    kinds = {kind.code: kind.id for kind in session.query(CampaignType)}

    def campaign(name: str, state: CampaignState, **more: object) -> Campaign:
        made = Campaign(
            name=name,
            campaign_type_id=more.pop("kind", kinds["recordatorio"]),
            line_id=line.id,
            state=state,
            created_by_id=boss,
            launched_by_id=boss,
            **more,
        )
        session.add(made)
        session.flush()
        if not made.is_standing:
            session.add(
                CampaignStep(campaign_id=made.id, position=1, template_version_id=version.id)
            )
        return made

    for month in range(200):
        campaign(f"Cuota del mes {month}", CampaignState.ARCHIVED, audience_size=0)
    big = campaign(
        "Cuota de noviembre",
        CampaignState.RUNNING,
        sending_state=SendingState.SENDING,
        audience_size=size,
        launched_at=now,
    )
    states = [CampaignState.RUNNING] * 3 + [CampaignState.PAUSED] + [CampaignState.FINISHED] * 2
    small = [
        campaign(
            f"Aviso {n}",
            state,
            sending_state=SendingState.DRAINED,
            audience_size=size // 50,
            launched_at=now,
        )
        for n, state in enumerate(states)
    ]
    campaign(
        "Consultas entrantes", CampaignState.RUNNING, kind=kinds["consultas"], is_standing=True
    )
    drafts = [
        campaign(
            f"Borrador {n}",
            CampaignState.DRAFT,
            audience=AudienceFilter(overdue_min=n).as_json(),
        )
        for n in range(3)
    ]
    for user_id in on_big:
        session.add(CampaignOperator(campaign_id=big.id, user_id=user_id))
    for place, user_id in enumerate(team[:-ON_THE_BIG_ONE]):
        session.add(CampaignOperator(campaign_id=small[place % 4].id, user_id=user_id))
    session.flush()
    return CallCentre(
        big=big.id,
        small=tuple(each.id for each in small),
        draft=drafts[0].id,
        supervisor=references[0],
        operator=references[1],
        operator_id=on_big[-1],
    )


def _templates(session: Session) -> list[TemplateVersion]:
    versions = []
    for number in range(TEMPLATES):
        template = Template(name=f"aviso_{number}", category=TemplateCategory.UTILITY)
        session.add(template)
        session.flush()
        version = TemplateVersion(
            template_id=template.id,
            number=1,
            body="Hola {{1}}, tu cuota {{2}} es de $ {{3}} y vence el {{4}}. ¿Nos confirmás?",
            fields={
                "1": "customer.first_name",
                "2": "coupon.instalment",
                "3": "coupon.amount",
                "4": "coupon.due_date",
                "5": "button.token:1",
            },
            samples={"1": "Ana", "2": "14", "3": "45.300,50", "4": "10/12/2026"},
            content_sid=f"HX{number:032}",
            state=TemplateState.APPROVED,
        )
        session.add(version)
        session.flush()
        session.add(
            TemplateButton(
                template_version_id=version.id,
                position=1,
                kind=ButtonKind.QUICK_REPLY,
                title="Ya pagué",
                payload="b1_{{5}}",
            )
        )
        versions.append(version)
    return versions


_NAMES = (
    "Ana", "Bruno", "Carla", "Diego", "Elena", "Facundo", "Gabriela", "Hernán", "Inés", "Juan",
    "Karina", "Lucía", "Martín", "Noelia", "Óscar", "Paula", "Ramiro", "Sofía", "Tomás", "Valeria",
)  # fmt: skip

# `chance(i, salt, n)`: 0 … n-1, the same in every run
_CHANCE = """
CREATE FUNCTION pg_temp.chance(i bigint, salt int, n int) RETURNS int LANGUAGE sql IMMUTABLE
AS 'SELECT ((hashint8extended(i, salt) & 2147483647) % n)::int'
"""

# Messages of the big campaign have the ids 1,000,000 + i, its cases 1,000,000 + i too; the
# small ones follow. Of the big one everything but the last 5 % has left; the first answers came
# 26 hours ago. Nobody of the last 5 % has answered.
_ROWS = """
INSERT INTO plans (administrator, name, model, term, kind)
SELECT (ARRAY['Autoplan', 'Plan Óvalo', 'Círculo'])[i % 3 + 1], 'Plan ' || i, 'Modelo ' || i / 2,
    84, (ARRAY['100 %', '70/30', '80/20'])[i % 3 + 1]
FROM generate_series(1, 18) i;

INSERT INTO customers (id, name, document, email)
SELECT 1000000 + i,
    (ARRAY['Ana', 'Bruno', 'Carla', 'Diego', 'Elena', 'Facundo', 'Gabriela', 'Hernán', 'Inés',
        'Juan', 'Karina', 'Lucía', 'Martín', 'Noelia', 'Óscar', 'Paula', 'Ramiro', 'Sofía',
        'Tomás', 'Valeria'])[pg_temp.chance(i, 1, 20) + 1] || ' ' ||
    (ARRAY['García', 'González', 'Rodríguez', 'Fernández', 'López', 'Martínez', 'Díaz', 'Pérez',
        'Gómez', 'Sánchez', 'Romero', 'Sosa', 'Torres', 'Álvarez', 'Ruiz', 'Ramírez', 'Flores',
        'Benítez', 'Acosta', 'Medina', 'Herrera', 'Suárez', 'Aguirre', 'Giménez', 'Pereyra',
        'Molina', 'Castro', 'Ortiz', 'Núñez', 'Luna'])[pg_temp.chance(i, 2, 30) + 1] || ' ' ||
    (ARRAY['Paz', 'Ibarra', 'Vega', 'Roldán', 'Quiroga', 'Ledesma', 'Ferreyra', 'Ocampo',
        'Bustos', 'Maidana'])[pg_temp.chance(i, 3, 10) + 1],
    (20000000 + i * 7)::text, 'c' || i || '@x.example'
FROM generate_series(1, :size) i;

INSERT INTO contact_points (id, phone, match_key, is_valid)
SELECT 1000000 + i, '+54911' || (20000000 + i * 3), '54:11' || (20000000 + i * 3),
    pg_temp.chance(i, 4, 200) > 0
FROM generate_series(1, :size) i WHERE pg_temp.chance(i, 5, 200) > 0;

INSERT INTO customer_contacts (customer_id, contact_point_id, preferred)
SELECT id, id, true FROM contact_points;

INSERT INTO subscriptions (id, customer_id, plan_id, administrator, contract_number, group_code,
    order_code, instalments_paid, instalments_overdue, custom)
SELECT 1000000 + i, 1000000 + CASE WHEN i % 12 = 0 THEN i - 1 ELSE i END, i % 18 + 1,
    (ARRAY['Autoplan', 'Plan Óvalo', 'Círculo'])[i % 3 + 1], 'X' || (500000 + i),
    (4000 + i / 100)::text, lpad((i % 100)::text, 3, '0'), pg_temp.chance(i, 6, 80),
    greatest(0, pg_temp.chance(i, 7, 12) - 6),
    jsonb_build_object('zona', (ARRAY['Norte', 'Sur', 'Oeste'])[i % 3 + 1])
FROM generate_series(1, :size) i;

INSERT INTO coupons (id, subscription_id, instalment, amount, due_date, second_due_date,
    payment_code, state)
SELECT 1000000 + i, 1000000 + i, 14, 45300.50, current_date + 10, current_date + 20, 'X' || i,
    CASE WHEN pg_temp.chance(i, 8, 50) = 0 THEN 'paid' ELSE 'issued' END
FROM generate_series(1, :size) i;

INSERT INTO coupons (id, subscription_id, instalment, amount, due_date, state)
SELECT 3000000 + i, 1000000 + i, 13, 44100, current_date - 20,
    CASE WHEN pg_temp.chance(i, 9, 4) = 0 THEN 'expired' ELSE 'paid' END
FROM generate_series(1, :size) i;

INSERT INTO opt_outs (contact_point_id, purpose, evidence)
SELECT id, 'all', 'word: baja' FROM contact_points WHERE pg_temp.chance(id, 10, 200) = 0;

INSERT INTO cases (id, campaign_id, subscription_id, contact_point_id, created_at)
SELECT 1000000 + i, :big, 1000000 + i, p.id, now() - interval '27 hours'
FROM generate_series(1, :size) i
JOIN subscriptions s ON s.id = 1000000 + i
LEFT JOIN contact_points p ON p.id = s.customer_id;

INSERT INTO cases (id, campaign_id, subscription_id, contact_point_id, created_at)
SELECT 2000000 + row_number() OVER (), c.id, s.id, p.id, now() - interval '50 hours'
FROM campaigns c
JOIN subscriptions s ON (s.id + c.id) % 50 = 0
LEFT JOIN contact_points p ON p.id = s.customer_id
WHERE c.name LIKE 'Aviso %';

INSERT INTO messages (id, direction, state, line_id, contact_point_id, address, cause, case_id,
    campaign_id, sequence, template_version_id, variables, coupon_id, created_at, state_at,
    due_at, look_at, reason, error_code, provider_sid, attempts)
SELECT k.id, 'out', f.state, 1, p.id, p.phone, 'campaign', k.id,
    k.campaign_id, 1, 1, '{"1": "Ana", "2": "14", "3": "45.300,50", "4": "10/12/2026"}',
    k.subscription_id, k.created_at, k.created_at + interval '10 minutes', k.created_at,
    CASE WHEN f.state = 'uncertain' THEN now() END,
    CASE f.state WHEN 'skipped' THEN
        (ARRAY['opted_out', 'no_valid_phone', 'coupon_not_payable']
            )[pg_temp.chance(k.id, 12, 3) + 1]
        WHEN 'cancelled' THEN 'paid' WHEN 'review' THEN 'several_at_the_provider' END,
    CASE WHEN f.state IN ('failed', 'undelivered') THEN
        CASE WHEN f.n = 9000 THEN 63016
        ELSE (ARRAY[63024, 63049, 63032])[pg_temp.chance(k.id, 13, 3) + 1] END END,
    CASE WHEN f.state IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')
        THEN 'SM' || lpad(to_hex(k.id), 32, '0') END,
    1
FROM cases k
LEFT JOIN contact_points p ON p.id = k.contact_point_id
CROSS JOIN LATERAL (SELECT pg_temp.chance(k.id, 11, 10000) AS n) d
CROSS JOIN LATERAL (SELECT d.n, CASE
    WHEN p.id IS NULL THEN 'skipped'
    WHEN k.campaign_id = :big AND k.id > 1000000 + :sent THEN 'planned'
    WHEN d.n < 4500 THEN 'read'
    WHEN d.n < 7800 THEN 'delivered'
    WHEN d.n < 8900 THEN 'sent'
    WHEN d.n < 9000 THEN 'accepted'
    WHEN d.n < 9200 THEN 'failed'
    WHEN d.n < 9300 THEN 'undelivered'
    WHEN d.n < 9302 THEN 'uncertain'
    WHEN d.n < 9303 THEN 'review'
    WHEN d.n < 9400 THEN 'skipped'
    WHEN d.n < 9410 THEN 'cancelled'
    ELSE 'delivered' END AS state) f;

INSERT INTO send_slices (id, last_id, line_id, campaign_id, is_reply, next_due_at)
SELECT 1000000 + i * 500, 1000499 + i * 500, 1, :big, false,
    CASE WHEN i * 500 > :sent THEN now() END
FROM generate_series(0, :size / 500 - 1) i;

INSERT INTO campaign_paces (campaign_id, minute, sent)
SELECT :big, date_trunc('minute', now()) - i * interval '1 minute', 64
FROM generate_series(0, 1500) i;

INSERT INTO coupon_links (message_id, coupon_id, expires_at)
SELECT id, coupon_id, now() + interval '20 days' FROM messages
WHERE coupon_id IS NOT NULL AND state <> 'skipped' AND campaign_id = :big;

INSERT INTO coupon_visits (message_id, kind, at)
SELECT message_id, 'open', now() - pg_temp.chance(message_id, 14, 1500) * interval '1 minute'
FROM coupon_links WHERE pg_temp.chance(message_id, 15, 20) = 0;

CREATE TEMP TABLE answered ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY pg_temp.chance(m.case_id, 16, 1000000), m.case_id) AS i,
    m.case_id, m.id AS message_id, m.contact_point_id, m.address,
    now() - pg_temp.chance(m.id, 17, 1560) * interval '1 minute' AS at
FROM messages m
WHERE m.campaign_id = :big AND m.state IN ('read', 'delivered')
ORDER BY 1 LIMIT :replies;

INSERT INTO messages (id, direction, state, line_id, contact_point_id, address, body, kind,
    created_at, state_at, provider_sid)
SELECT 4000000 + i, 'in', CASE WHEN i % 3 = 0 THEN 'attributed' ELSE 'handled' END, 1,
    contact_point_id, address,
    (ARRAY['puedo pagar el viernes', 'ya pagué', 'no me llegó el cupón', 'gracias'])[i % 4 + 1],
    'text', at, at, 'SMI' || lpad(i::text, 31, '0')
FROM answered;

INSERT INTO attributions (message_id, case_id, answers_id, basis, confidence, at)
SELECT 4000000 + i, case_id, message_id,
    CASE WHEN i % 10 = 0 THEN 'ambiguous' ELSE 'single' END,
    CASE WHEN i % 10 = 0 THEN 'low' ELSE 'high' END, at
FROM answered;

UPDATE messages m SET replied_at = a.at FROM answered a WHERE m.id = a.message_id;

UPDATE cases c SET active_at = a.at,
    waiting_since = CASE WHEN a.i % 3 = 0 THEN a.at END,
    is_late = a.i % 97 = 0,
    operator_id = CASE WHEN a.i % 5 > 0 THEN :operator + a.i % :on_big END,
    state = CASE WHEN a.i % 3 = 0 THEN CASE WHEN a.i % 5 > 0 THEN 'in_progress' ELSE 'pending' END
        WHEN a.i % 3 = 1 THEN 'scheduled' ELSE 'finished' END,
    finished_at = CASE WHEN a.i % 3 = 2 THEN a.at + interval '20 minutes' END
FROM answered a WHERE c.id = a.case_id;

INSERT INTO messages (id, direction, state, line_id, contact_point_id, address, body, cause,
    case_id, campaign_id, author_id, created_at, state_at)
SELECT 5000000 + i, 'out', 'read', 1, contact_point_id, address, 'Perfecto, lo anoto.', 'reply',
    case_id, :big, :operator + i % :on_big, at + interval '7 minutes', at + interval '8 minutes'
FROM answered WHERE i % 3 > 0;

INSERT INTO results (id, case_id, campaign_id, result_type_id, channel, by_id, at, basis,
    evidence_message_id)
SELECT 1000000 + i, case_id, :big,
    (SELECT t.id FROM result_types t JOIN campaigns c USING (campaign_type_id)
        WHERE c.id = :big ORDER BY t.id OFFSET i % 5 LIMIT 1),
    'whatsapp', CASE WHEN i % 4 > 0 THEN :operator + i % :on_big END, at + interval '9 minutes',
    'single', CASE WHEN i % 4 = 0 THEN 4000000 + i END
FROM answered;

INSERT INTO results (id, case_id, campaign_id, result_type_id, channel, by_id, at, supersedes_id)
SELECT 1200000 + i, case_id, :big,
    (SELECT t.id FROM result_types t JOIN campaigns c USING (campaign_type_id)
        WHERE c.id = :big ORDER BY t.id OFFSET 4 LIMIT 1),
    'phone', :operator + i % :on_big, at + interval '30 minutes', 1000000 + i
FROM answered WHERE i % 20 = 0;

INSERT INTO results (id, case_id, campaign_id, result_type_id, channel, by_id, at)
SELECT 1300000 + row_number() OVER (), k.id, k.campaign_id,
    (SELECT t.id FROM result_types t WHERE campaign_type_id IS NULL ORDER BY t.id
        OFFSET k.id % 6 LIMIT 1),
    'phone', 2 + k.id % 20, now() - pg_temp.chance(k.id, 18, 3000) * interval '1 minute'
FROM cases k WHERE k.id > 2000000 AND k.id % 4 = 0;

INSERT INTO results (id, case_id, campaign_id, result_type_id, channel, by_id, at)
SELECT 2000000 + i, k.id, k.campaign_id, t.ids[1 + pg_temp.chance(i, 21, 11)],
    CASE WHEN i % 4 = 0 THEN 'system' ELSE 'phone' END,
    CASE WHEN i % 4 > 0 THEN :operator + i % :on_big END,
    now() - i * interval '365 days' / (2 * :size) - interval '51 hours'
FROM generate_series(1, 2 * :size) i
JOIN (SELECT id, campaign_id, row_number() OVER (ORDER BY id) - 1 AS place FROM cases
    WHERE id > 2000000) k ON k.place = i % (SELECT count(*) FROM cases WHERE id > 2000000)
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM result_types
    WHERE campaign_type_id IS NULL) t;

INSERT INTO results (id, case_id, campaign_id, result_type_id, channel, by_id, at, supersedes_id)
SELECT 3000000 + id, case_id, campaign_id, result_type_id, 'phone', :operator + id % :on_big,
    at + interval '5 minutes', id
FROM results WHERE id > 2000000 AND by_id IS NULL AND id % 5 = 0;

INSERT INTO next_actions (case_id, result_id, what, due_at, operator_id, state)
SELECT case_id, 1000000 + i, 'Llamar', now() + (i % 72 - 12) * interval '1 hour',
    :operator + i % :on_big, CASE WHEN i % 4 = 0 THEN 'done' ELSE 'due' END
FROM answered WHERE i % 3 = 1;

INSERT INTO notes (case_id, author_id, body, at)
SELECT case_id, :operator + i % :on_big, 'Habla rápido, llamar de tarde.', at FROM answered
WHERE i % 10 = 1;

INSERT INTO audit_events (user_id, action, object_kind, object_id, at)
SELECT :operator + i % :on_big, 'case.take', 'case', case_id, at FROM answered;

INSERT INTO audit_events (user_id, action, object_kind, object_id, at)
SELECT 1, (ARRAY['campaign.pause', 'campaign.resume'])[i % 2 + 1], 'campaign', :big,
    now() - (200 - i) * interval '5 minutes'
FROM generate_series(1, 120) i;

INSERT INTO contact_points (id, phone, match_key, profile_name)
SELECT 3000000 + i, '+54911' || (90000000 + i), '54:11' || (90000000 + i), 'Desconocido ' || i
FROM generate_series(1, 300) i;

INSERT INTO cases (id, campaign_id, contact_point_id, waiting_since, active_at)
SELECT 3000000 + i, (SELECT id FROM campaigns WHERE is_standing), 3000000 + i, at, at
FROM generate_series(1, 300) i, LATERAL (SELECT now() - i * interval '4 minutes' AS at) a;

INSERT INTO messages (id, direction, state, line_id, contact_point_id, address, body, kind,
    created_at, state_at)
SELECT 6000000 + i, 'in', 'attributed', 1, 3000000 + i, '+54911' || (90000000 + i),
    'Hola, ¿precio?', 'text', now() - i * interval '4 minutes', now()
FROM generate_series(1, 300) i;

INSERT INTO attributions (message_id, case_id, basis, confidence)
SELECT 6000000 + i, 3000000 + i, 'unsolicited', 'none' FROM generate_series(1, 300) i
"""
