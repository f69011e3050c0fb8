"""A witness in the database of a fault run: what was committed, and in which order.

Rows of the product are rewritten, and their times are taken before locks are waited for. These
triggers write each thing once; PostgreSQL itself (`track_commit_timestamp`) says when the
transaction that wrote it was committed.
"""

from sqlalchemy import Engine, text

from runtime.embedded import EmbeddedPostgres

INSTALL = """
CREATE SCHEMA witness;
CREATE TABLE witness.moves (
    id bigserial PRIMARY KEY, message_id bigint, before text, after text, reason text);
CREATE TABLE witness.starts (
    message_id bigint, number int, cause text, contact_point_id bigint, campaign_id bigint,
    coupon_id bigint);
CREATE TABLE witness.stops (kind text, record_id bigint);

CREATE FUNCTION witness.note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witness.moves (message_id, before, after, reason)
    VALUES (new.id, old.state, new.state, new.reason);
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE OF state ON messages FOR EACH ROW
    WHEN (old.state IS DISTINCT FROM new.state AND new.direction = 'out')
    EXECUTE FUNCTION witness.note_move();

CREATE FUNCTION witness.note_start() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witness.starts
    SELECT new.message_id, new.number, m.cause, m.contact_point_id, m.campaign_id, m.coupon_id
    FROM messages m WHERE m.id = new.message_id;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON attempts FOR EACH ROW
    EXECUTE FUNCTION witness.note_start();

CREATE FUNCTION witness.note_stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witness.stops VALUES (tg_argv[0], CASE tg_argv[0]
        WHEN 'opt_out' THEN (to_jsonb(new) ->> 'contact_point_id')::bigint
        WHEN 'opt_in' THEN (to_jsonb(new) ->> 'contact_point_id')::bigint
        ELSE (to_jsonb(new) ->> 'id')::bigint END);
    RETURN NULL;
END $$;
CREATE TRIGGER witness_out AFTER INSERT ON opt_outs FOR EACH ROW
    EXECUTE FUNCTION witness.note_stop('opt_out');
CREATE TRIGGER witness_in AFTER UPDATE OF revoked_at ON opt_outs FOR EACH ROW
    WHEN (old.revoked_at IS NULL AND new.revoked_at IS NOT NULL)
    EXECUTE FUNCTION witness.note_stop('opt_in');
CREATE TRIGGER witness AFTER UPDATE OF state ON campaigns FOR EACH ROW
    WHEN (old.state <> 'cancelled' AND new.state = 'cancelled')
    EXECUTE FUNCTION witness.note_stop('cancel');
CREATE TRIGGER witness AFTER UPDATE OF state ON coupons FOR EACH ROW
    WHEN (old.state <> 'paid' AND new.state = 'paid')
    EXECUTE FUNCTION witness.note_stop('payment');
"""


class WitnessedPostgres(EmbeddedPostgres):
    """A server that remembers when each transaction was committed."""

    def argv(self) -> list[str]:
        return [*super().argv(), "-c", "track_commit_timestamp=on"]


def install(engine: Engine) -> None:
    """Put the witness into a migrated database."""
    with engine.begin() as connection:
        connection.execute(text(INSTALL))


STARTS = """
SELECT message_id, number, cause, contact_point_id, campaign_id, coupon_id,
    pg_xact_commit_timestamp(xmin) AS committed_at
FROM witness.starts
"""
STOPS = "SELECT kind, record_id, pg_xact_commit_timestamp(xmin) AS committed_at FROM witness.stops"
MOVES = "SELECT message_id, before, after, reason FROM witness.moves ORDER BY message_id, id"
