"""Statements over ``staged_rows``: which subscription a row is, and what it changes of it."""

from models.states import SUBSCRIPTION

# What is there already, found in one go: each update rewrites the staged rows. A subscription is
# known by its contract, else its own id, else administrator, group and order. Two keys of one row
# that lead to different subscriptions are refused below; here the strongest is kept.
_FIND = """
WITH known AS (
    SELECT s.line, s.instalment,
        coalesce(
            (SELECT id FROM subscriptions WHERE contract_number = s.contract_number),
            (SELECT id FROM subscriptions WHERE external_id = s.external_id),
            (SELECT id FROM subscriptions
             WHERE administrator = s.administrator AND group_code = s.group_code
               AND order_code = s.order_code)
        ) AS subscription_id,
        (SELECT id FROM customers WHERE document = s.document) AS customer_id
    FROM staged_rows s
)
UPDATE staged_rows s SET
    subscription_id = k.subscription_id,
    customer_id = k.customer_id,
    coupon_id = (SELECT id FROM coupons c
                 WHERE c.subscription_id = k.subscription_id AND c.instalment = k.instalment)
FROM known k
WHERE k.line = s.line AND (k.subscription_id IS NOT NULL OR k.customer_id IS NOT NULL)
"""
# Not to name the administrator is to leave it as it is.
_KNOWN_ADMINISTRATOR = """
UPDATE staged_rows s SET administrator = o.administrator FROM subscriptions o
WHERE o.id = s.subscription_id AND s.administrator = ''
"""
RESOLVE = (_FIND, _KNOWN_ADMINISTRATOR)

_REFUSE_CROSSED_KEYS = """
UPDATE staged_rows s
SET refused = 'el grupo ' || s.group_code || ' y orden ' || s.order_code
    || ' ya son de otra suscripción' || coalesce(' (contrato ' || o.contract_number || ')', '')
FROM subscriptions o
WHERE o.administrator = s.administrator AND o.group_code = s.group_code
  AND o.order_code = s.order_code
  AND (o.id <> s.subscription_id OR o.contract_number <> s.contract_number)
"""
_REFUSE_CROSSED_EXTERNAL = """
UPDATE staged_rows s
SET refused = 'el id ' || s.external_id || ' ya es de otra suscripción'
    || coalesce(' (grupo ' || o.group_code || ' orden ' || o.order_code || ')', '')
FROM subscriptions o
WHERE o.external_id = s.external_id
  AND (o.id <> s.subscription_id OR o.contract_number <> s.contract_number)
"""
# The pairs (now, tried) that the machine allows, as SQL text: states are our own plain words.
_MOVES = ", ".join(
    f"('{now.value}', '{tried.value}')"
    for now, targets in SUBSCRIPTION.moves.items()
    for tried in sorted(targets)
)
_REFUSE_ILLEGAL_MOVE = f"""
UPDATE staged_rows s
SET refused = 'la suscripción está en estado ' || o.state || ' y no puede pasar a ' || s.state
FROM subscriptions o
WHERE o.id = s.subscription_id AND s.state <> o.state
  AND (o.state, s.state) NOT IN ({_MOVES})
"""  # noqa: S608 - states, not input
REFUSE = (_REFUSE_CROSSED_KEYS, _REFUSE_CROSSED_EXTERNAL, _REFUSE_ILLEGAL_MOVE)

_PLANS = """
INSERT INTO plans AS p (administrator, name, model, term, kind)
SELECT DISTINCT ON (administrator, plan) administrator, plan, plan_model, plan_term, plan_kind
FROM staged_rows WHERE refused IS NULL ORDER BY administrator, plan, line DESC
ON CONFLICT (administrator, name) DO NOTHING
"""
_CHANGED_PLANS = """
WITH told AS (
    SELECT DISTINCT ON (administrator, plan) administrator, plan, plan_model, plan_term, plan_kind
    FROM staged_rows WHERE refused IS NULL ORDER BY administrator, plan, line DESC
), changed AS (
    UPDATE plans p SET model = coalesce(t.plan_model, p.model),
        term = coalesce(t.plan_term, p.term), kind = coalesce(t.plan_kind, p.kind)
    FROM told t
    WHERE p.administrator = t.administrator AND p.name = t.plan
      AND (t.plan_model <> coalesce(p.model, '') OR t.plan_term <> coalesce(p.term, 0)
           OR t.plan_kind <> coalesce(p.kind, ''))
    RETURNING p.administrator, p.name
)
UPDATE staged_rows s SET is_changed = true FROM changed c
WHERE s.administrator = c.administrator AND s.plan = c.name
"""
# The plan and the phones, which all exist by now, and an id for each new subscription: rows that
# repeat one share it.
_IDS = """
WITH new AS (
    SELECT subscription_key, nextval(pg_get_serial_sequence('subscriptions', 'id')) AS id
    FROM (SELECT DISTINCT subscription_key FROM staged_rows
          WHERE subscription_id IS NULL AND refused IS NULL) keys
), found AS (
    SELECT s.line, p.id AS plan_id, c.id AS contact_id, o.id AS other_contact_id, n.id AS new_id
    FROM staged_rows s
    JOIN plans p ON p.administrator = s.administrator AND p.name = s.plan
    JOIN contact_points c ON c.match_key = s.match_key
    LEFT JOIN contact_points o ON o.match_key = s.other_match_key
    LEFT JOIN new n ON n.subscription_key = s.subscription_key AND s.subscription_id IS NULL
    WHERE s.refused IS NULL
)
UPDATE staged_rows s SET plan_id = f.plan_id, contact_id = f.contact_id,
    other_contact_id = f.other_contact_id,
    subscription_id = coalesce(s.subscription_id, f.new_id),
    subscription_is_new = s.subscription_id IS NULL
FROM found f WHERE f.line = s.line
"""
_INSERT = """
INSERT INTO subscriptions (
    id, customer_id, plan_id, administrator, group_code, order_code, contract_number, external_id,
    state, instalments_paid, instalments_overdue, custom, created_at, updated_at
)
SELECT DISTINCT ON (subscription_id)
    subscription_id, customer_id, plan_id, administrator, group_code, order_code, contract_number,
    external_id, coalesce(state, 'active'), instalments_paid, coalesce(instalments_overdue, 0),
    custom, :now, :now
FROM staged_rows WHERE subscription_is_new AND refused IS NULL
ORDER BY subscription_id, line
"""
_UPDATE = """
WITH told AS (
    SELECT DISTINCT ON (subscription_id) * FROM staged_rows
    WHERE NOT subscription_is_new AND refused IS NULL ORDER BY subscription_id, line
), changed AS (
    UPDATE subscriptions o SET
        customer_id = t.customer_id,
        plan_id = t.plan_id,
        administrator = t.administrator,
        group_code = coalesce(t.group_code, o.group_code),
        order_code = coalesce(t.order_code, o.order_code),
        contract_number = coalesce(t.contract_number, o.contract_number),
        external_id = coalesce(t.external_id, o.external_id),
        state = coalesce(t.state, o.state),
        instalments_paid = coalesce(t.instalments_paid, o.instalments_paid),
        instalments_overdue = coalesce(t.instalments_overdue, o.instalments_overdue),
        custom = o.custom || t.custom,
        updated_at = :now
    FROM told t
    WHERE o.id = t.subscription_id AND (
        o.customer_id, o.plan_id, o.administrator, o.group_code, o.order_code, o.contract_number,
        o.external_id, o.state, o.instalments_paid, o.instalments_overdue, o.custom
    ) IS DISTINCT FROM (
        t.customer_id, t.plan_id, t.administrator, coalesce(t.group_code, o.group_code),
        coalesce(t.order_code, o.order_code), coalesce(t.contract_number, o.contract_number),
        coalesce(t.external_id, o.external_id), coalesce(t.state, o.state),
        coalesce(t.instalments_paid, o.instalments_paid),
        coalesce(t.instalments_overdue, o.instalments_overdue), o.custom || t.custom
    )
    RETURNING o.id
)
UPDATE staged_rows s SET is_changed = true FROM changed c WHERE s.subscription_id = c.id
"""
PLANS = (_PLANS, _CHANGED_PLANS)
IDS = (_IDS,)
WRITE = (_INSERT, _UPDATE)
