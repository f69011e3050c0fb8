"""Statements over ``staged_rows``: the coupon of a row, one instalment of its subscription.

A coupon that is new and paid already is written as paid: nothing was ever sent of it. One that we
know is marked by `campaigns.coupons.mark_paid`, as by hand, once its chunk is in.
"""

# A file that names no administrator means whoever has that group and order, if only one does.
_BY_GROUP_ALONE = """
WITH known AS (
    SELECT s.line, min(o.id) AS id, count(*) AS found
    FROM staged_rows s
    JOIN subscriptions o ON o.group_code = s.group_code AND o.order_code = s.order_code
    WHERE s.subscription_id IS NULL AND s.administrator IS NULL
    GROUP BY s.line
)
UPDATE staged_rows s
SET subscription_id = CASE WHEN k.found = 1 THEN k.id END,
    refused = CASE WHEN k.found > 1 THEN
        'hay ' || k.found || ' suscripciones con ese grupo y orden: indicá la administradora' END
FROM known k WHERE k.line = s.line
"""
_REFUSE_UNKNOWN = """
UPDATE staged_rows SET refused = 'no existe la suscripción '
    || coalesce('contrato ' || contract_number, 'grupo ' || group_code || ' orden ' || order_code,
                'id ' || external_id)
    || ': importá primero las suscripciones'
WHERE subscription_id IS NULL AND refused IS NULL
"""
# Two keys of one subscription may hide that a file holds the same instalment twice.
_REFUSE_REPEATED = """
UPDATE staged_rows s SET refused = 'repite el cupón de la línea ' || f.line
FROM (SELECT line, min(line) OVER (PARTITION BY subscription_id, instalment) AS first_line
      FROM staged_rows WHERE refused IS NULL AND subscription_id IS NOT NULL
        AND instalment IS NOT NULL) r
JOIN staged_rows f ON f.line = r.first_line
WHERE s.line = r.line AND r.first_line < r.line
  AND (s.amount, s.due_date, s.paid, s.paid_on)
      IS DISTINCT FROM (f.amount, f.due_date, f.paid, f.paid_on)
"""

_LATE_COUPON_IDS = """
UPDATE staged_rows s SET coupon_id = c.id FROM coupons c
WHERE c.subscription_id = s.subscription_id AND c.instalment = s.instalment
  AND s.coupon_id IS NULL
"""
FIND_SUBSCRIPTION = (_BY_GROUP_ALONE, _REFUSE_UNKNOWN, _REFUSE_REPEATED, _LATE_COUPON_IDS)

_REFUSE_CROSSED_ID = """
UPDATE staged_rows s
SET refused = 'el id de cupón ' || s.coupon_external_id || ' ya es de otro cupón (cuota '
    || c.instalment || ')'
FROM coupons c
WHERE c.external_id = s.coupon_external_id AND c.id IS DISTINCT FROM s.coupon_id
"""
_REFUSE_NO_COUPON = """
UPDATE staged_rows SET refused = 'no tenemos la cuota ' || instalment
    || ' de esa suscripción: para cargarla faltan importe y vencimiento'
WHERE instalment IS NOT NULL AND coupon_id IS NULL AND refused IS NULL
  AND (amount IS NULL OR due_date IS NULL)
"""
_REFUSE_NOT_YET = """
UPDATE staged_rows SET refused = 'la fecha de pago ' || to_char(paid_on, 'DD/MM/YYYY')
    || ' todavía no llegó'
WHERE paid_on > :today AND refused IS NULL
"""
REFUSE = (_REFUSE_CROSSED_ID, _REFUSE_NO_COUPON, _REFUSE_NOT_YET)

_INSERT = """
INSERT INTO coupons (
    subscription_id, instalment, external_id, amount, currency, amount_as_of, due_date,
    second_due_date, payment_code, payment_url, state, paid_on, created_at, updated_at
)
SELECT DISTINCT ON (subscription_id, instalment)
    subscription_id, instalment, coupon_external_id, amount, coalesce(currency, 'ARS'),
    coalesce(amount_as_of, :today), due_date, second_due_date, payment_code, payment_url,
    CASE WHEN paid THEN 'paid' ELSE 'issued' END, paid_on, :now, :now
FROM staged_rows
WHERE instalment IS NOT NULL AND coupon_id IS NULL AND refused IS NULL
ORDER BY subscription_id, instalment, line
"""
# What was paid stays as it was paid, and a void coupon void. An amount is dated anew only when
# it moves.
_UPDATE = """
WITH told AS (
    SELECT DISTINCT ON (coupon_id) * FROM staged_rows
    WHERE coupon_id IS NOT NULL AND refused IS NULL ORDER BY coupon_id, line
), held AS (  -- in order, as the senders: neither waits for the other in a circle
    SELECT id FROM coupons WHERE id IN (SELECT coupon_id FROM told)
    ORDER BY id FOR NO KEY UPDATE
), changed AS (
    UPDATE coupons c SET
        external_id = coalesce(t.coupon_external_id, c.external_id),
        amount = coalesce(t.amount, c.amount),
        currency = coalesce(t.currency, c.currency),
        amount_as_of = coalesce(
            t.amount_as_of, CASE WHEN t.amount <> c.amount THEN :today END, c.amount_as_of),
        due_date = coalesce(t.due_date, c.due_date),
        second_due_date = coalesce(t.second_due_date, c.second_due_date),
        payment_code = coalesce(t.payment_code, c.payment_code),
        payment_url = coalesce(t.payment_url, c.payment_url),
        updated_at = :now
    FROM told t JOIN held ON held.id = t.coupon_id
    WHERE c.id = held.id AND c.state NOT IN ('paid', 'void') AND (
        c.external_id, c.amount, c.currency, c.amount_as_of, c.due_date, c.second_due_date,
        c.payment_code, c.payment_url
    ) IS DISTINCT FROM (
        coalesce(t.coupon_external_id, c.external_id), coalesce(t.amount, c.amount),
        coalesce(t.currency, c.currency),
        coalesce(t.amount_as_of, CASE WHEN t.amount <> c.amount THEN :today END, c.amount_as_of),
        coalesce(t.due_date, c.due_date), coalesce(t.second_due_date, c.second_due_date),
        coalesce(t.payment_code, c.payment_code), coalesce(t.payment_url, c.payment_url)
    )
    RETURNING c.id
)
UPDATE staged_rows s SET is_changed = true FROM changed c WHERE s.coupon_id = c.id
"""
_WARN_SETTLED = """
UPDATE staged_rows s SET warned = 'el cupón de la cuota ' || s.instalment || ' ya está '
    || CASE c.state WHEN 'paid' THEN 'pagado' ELSE 'anulado' END || ': no se cambió'
FROM coupons c
WHERE c.id = s.coupon_id AND c.state IN ('paid', 'void') AND s.refused IS NULL
  AND (c.amount, c.due_date)
      IS DISTINCT FROM (coalesce(s.amount, c.amount), coalesce(s.due_date, c.due_date))
"""
_PAYS = """
UPDATE staged_rows s SET pays = true, is_changed = true FROM coupons c
WHERE c.id = s.coupon_id AND s.paid AND s.refused IS NULL AND c.state NOT IN ('paid', 'void')
"""
_PAID_ON = """
WITH told AS (
    SELECT DISTINCT ON (coupon_id) coupon_id, paid_on FROM staged_rows
    WHERE coupon_id IS NOT NULL AND paid_on IS NOT NULL AND refused IS NULL
    ORDER BY coupon_id, line
), held AS (
    SELECT id FROM coupons WHERE id IN (SELECT coupon_id FROM told) AND state = 'paid'
    ORDER BY id FOR NO KEY UPDATE
), changed AS (
    UPDATE coupons c SET paid_on = t.paid_on
    FROM told t JOIN held ON held.id = t.coupon_id
    WHERE c.id = held.id AND c.paid_on IS DISTINCT FROM t.paid_on
    RETURNING c.id
)
UPDATE staged_rows s SET is_changed = true FROM changed c WHERE s.coupon_id = c.id
"""
# What a file does not say, or says too late, undoes no payment.
_WARN_PAYMENT = """
UPDATE staged_rows s SET warned = coalesce(s.warned || '; ', '') || CASE
    WHEN s.paid THEN 'el cupón de la cuota ' || s.instalment
        || ' está anulado: no se marcó como pagado'
    ELSE 'el cupón de la cuota ' || s.instalment
        || ' ya está pagado y el archivo dice que no: quedó pagado'
    END
FROM coupons c
WHERE c.id = s.coupon_id AND s.refused IS NULL
  AND (c.state = 'void' AND s.paid OR c.state = 'paid' AND NOT s.paid)
"""
WRITE = (_INSERT, _UPDATE, _WARN_SETTLED, _PAYS, _PAID_ON, _WARN_PAYMENT)
