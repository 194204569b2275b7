-- Who did what. Written in the transaction of the act itself; never a secret.

-- +goose Up
CREATE TABLE audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    partner_id  bigint      NOT NULL DEFAULT 0, -- 0: the installation
    business_id bigint      NOT NULL DEFAULT 0,
    platform    text        NOT NULL DEFAULT '',
    actor_kind  text        NOT NULL CONSTRAINT audit_actor_known CHECK (actor_kind IN ('person', 'token', 'system')),
    actor_id    bigint      NOT NULL,
    actor_name  text        NOT NULL,
    address     text        NOT NULL,
    act         text        NOT NULL,
    subject     text        NOT NULL,
    detail      jsonb       NOT NULL DEFAULT '{}'
);
-- The record of one business, newest first.
CREATE INDEX audit_business_idx ON audit (business_id, id DESC);

-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- +goose Down
DROP TABLE audit;
DROP FUNCTION audit_is_append_only();
