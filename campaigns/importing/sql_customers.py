"""Statements over ``staged_rows``: who a row's customer is, and at which phones.

Known by document, else by external id, else by phone and name. A contact point is found by its
match key, so every written form of a number is one address, shared by whoever has it.
"""

# By document they were found with the subscription.
_BY_EXTERNAL_ID = """
UPDATE staged_rows s SET customer_id = c.id FROM customers c
WHERE c.external_id = s.customer_external_id AND s.customer_id IS NULL
  AND (s.document IS NULL OR c.document IS NULL)
"""
_REFUSE_CROSSED_CUSTOMER = """
UPDATE staged_rows s
SET refused = 'el código de cliente ' || s.customer_external_id || ' ya es de '
    || coalesce('otro documento (' || c.document || ')', 'otro cliente')
FROM customers c
WHERE c.external_id = s.customer_external_id AND c.id IS DISTINCT FROM s.customer_id
"""
REFUSE = (_BY_EXTERNAL_ID, _REFUSE_CROSSED_CUSTOMER)

_CONTACTS = """
INSERT INTO contact_points (phone, match_key)
SELECT DISTINCT ON (match_key) phone, match_key FROM (
    SELECT phone, match_key, line FROM staged_rows WHERE refused IS NULL
    UNION ALL
    SELECT other_phone, other_match_key, line FROM staged_rows
    WHERE refused IS NULL AND other_phone IS NOT NULL
) phones ORDER BY match_key, line
ON CONFLICT DO NOTHING
"""
# A customer known without a document is the one of this phone and name: he gets his document.
_ADOPT = """
WITH candidate AS (
    SELECT DISTINCT ON (c.id) c.id, s.identity, s.line
    FROM staged_rows s
    JOIN customer_contacts k ON k.contact_point_id = s.contact_id
    JOIN customers c ON c.id = k.customer_id
    WHERE s.customer_id IS NULL AND s.refused IS NULL AND s.document IS NOT NULL
      AND c.document IS NULL AND lower(c.name) = lower(s.name)
    ORDER BY c.id, s.line
), known AS (
    SELECT identity, min(id) AS id FROM candidate GROUP BY identity
)
UPDATE staged_rows s SET customer_id = k.id FROM known k WHERE s.identity = k.identity
"""
_NEW_IDS = """
WITH first AS (
    SELECT identity, nextval(pg_get_serial_sequence('customers', 'id')) AS id
    FROM (SELECT DISTINCT identity FROM staged_rows
          WHERE customer_id IS NULL AND refused IS NULL
            AND (document IS NOT NULL OR customer_external_id IS NOT NULL)) identities
)
UPDATE staged_rows s SET customer_id = f.id, customer_is_new = true
FROM first f WHERE s.identity = f.identity AND s.customer_id IS NULL AND s.refused IS NULL
"""
# Rows that name neither document nor id come last: their customer may be new in this chunk.
_BY_PHONE_AND_NAME = """
WITH known AS (
    SELECT s.identity, min(c.id) AS id
    FROM staged_rows s
    JOIN customer_contacts k ON k.contact_point_id = s.contact_id
    JOIN customers c ON c.id = k.customer_id AND lower(c.name) = lower(s.name)
    WHERE s.customer_id IS NULL AND s.refused IS NULL
    GROUP BY s.identity
)
UPDATE staged_rows s SET customer_id = k.id, guessed = true FROM known k
WHERE s.identity = k.identity
"""
_BY_PHONE_AND_NEW_NAME = """
WITH known AS (
    SELECT s.identity, min(n.customer_id) AS id
    FROM staged_rows s
    JOIN staged_rows n ON n.customer_is_new AND lower(n.name) = lower(s.name)
     AND s.contact_id IN (n.contact_id, n.other_contact_id)
    WHERE s.customer_id IS NULL AND s.refused IS NULL
    GROUP BY s.identity
)
UPDATE staged_rows s SET customer_id = k.id, guessed = true FROM known k
WHERE s.identity = k.identity
"""
_LAST_NEW_IDS = """
WITH first AS (
    SELECT identity, nextval(pg_get_serial_sequence('customers', 'id')) AS id
    FROM (SELECT DISTINCT identity FROM staged_rows
          WHERE customer_id IS NULL AND refused IS NULL) identities
)
UPDATE staged_rows s SET customer_id = f.id, customer_is_new = true
FROM first f WHERE s.identity = f.identity AND s.customer_id IS NULL AND s.refused IS NULL
"""
_INSERT = """
INSERT INTO customers (id, name, document, external_id, email, address, created_at)
SELECT DISTINCT ON (customer_id)
    customer_id, name, document, customer_external_id, email, address, :now
FROM staged_rows WHERE customer_is_new AND refused IS NULL
ORDER BY customer_id, line
"""
# What the file says first of a customer replaces what is known; later rows only fill gaps, and
# so does one that was recognised by phone and name alone.
_UPDATE = """
WITH told AS (
    SELECT customer_id,
        (array_agg(name ORDER BY line) FILTER (WHERE is_primary AND NOT guessed))[1] AS name,
        (array_agg(document ORDER BY line) FILTER (WHERE document IS NOT NULL))[1] AS document,
        (array_agg(customer_external_id ORDER BY line)
            FILTER (WHERE customer_external_id IS NOT NULL))[1] AS external_id,
        (array_agg(email ORDER BY line)
            FILTER (WHERE email IS NOT NULL AND is_primary AND NOT guessed))[1] AS email,
        (array_agg(email ORDER BY line) FILTER (WHERE email IS NOT NULL))[1] AS any_email,
        (array_agg(address ORDER BY line)
            FILTER (WHERE address IS NOT NULL AND is_primary AND NOT guessed))[1] AS address,
        (array_agg(address ORDER BY line) FILTER (WHERE address IS NOT NULL))[1] AS any_address
    FROM staged_rows WHERE refused IS NULL GROUP BY customer_id
), changed AS (
    UPDATE customers c SET
        name = coalesce(t.name, c.name),
        document = coalesce(c.document, t.document),
        external_id = coalesce(t.external_id, c.external_id),
        email = coalesce(t.email, c.email, t.any_email),
        address = coalesce(t.address, c.address, t.any_address)
    FROM told t
    WHERE c.id = t.customer_id
      AND (c.name, c.document, c.external_id, c.email, c.address) IS DISTINCT FROM (
        coalesce(t.name, c.name), coalesce(c.document, t.document),
        coalesce(t.external_id, c.external_id), coalesce(t.email, c.email, t.any_email),
        coalesce(t.address, c.address, t.any_address)
      )
    RETURNING c.id
)
UPDATE staged_rows s SET is_changed = true FROM changed c WHERE s.customer_id = c.id
"""
# A phone that the customer did not have becomes the one to write to. One he had does not
# displace the choice made since: an operator's correction outlives the next monthly file.
_NEWLY_PREFERRED = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_preferred (
    customer_id bigint PRIMARY KEY, contact_id bigint
) ON COMMIT DROP
"""
_EMPTY_PREFERRED = "TRUNCATE staged_preferred"
_CHOOSE_PREFERRED = """
INSERT INTO staged_preferred
SELECT DISTINCT ON (s.customer_id) s.customer_id, s.contact_id
FROM staged_rows s
WHERE s.refused IS NULL
  AND NOT EXISTS (SELECT FROM customer_contacts k
                  WHERE k.customer_id = s.customer_id AND k.contact_point_id = s.contact_id)
  AND (s.is_primary OR NOT EXISTS (SELECT FROM customer_contacts k
                                   WHERE k.customer_id = s.customer_id AND k.preferred))
ORDER BY s.customer_id, NOT s.is_primary, s.line
"""
_STEP_DOWN = """
UPDATE customer_contacts k SET preferred = false FROM staged_preferred n
WHERE k.customer_id = n.customer_id AND k.preferred
"""
_LINK = """
WITH linked AS (
    INSERT INTO customer_contacts (customer_id, contact_point_id, preferred)
    SELECT DISTINCT l.customer_id, l.contact_id, n.customer_id IS NOT NULL
    FROM (SELECT customer_id, contact_id FROM staged_rows WHERE refused IS NULL
          UNION
          SELECT customer_id, other_contact_id FROM staged_rows
          WHERE refused IS NULL AND other_contact_id IS NOT NULL) l
    LEFT JOIN staged_preferred n USING (customer_id, contact_id)
    ON CONFLICT DO NOTHING
    RETURNING customer_id
)
UPDATE staged_rows s SET is_changed = true FROM linked l
WHERE s.customer_id = l.customer_id AND NOT s.customer_is_new
"""
CONTACTS = (_CONTACTS,)
WRITE = (
    _ADOPT,
    _NEW_IDS,
    _BY_PHONE_AND_NAME,
    _BY_PHONE_AND_NEW_NAME,
    _LAST_NEW_IDS,
    _INSERT,
    _UPDATE,
    _NEWLY_PREFERRED,
    _EMPTY_PREFERRED,
    _CHOOSE_PREFERRED,
    _STEP_DOWN,
    _LINK,
)
