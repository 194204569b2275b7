-- What end users talk to. A directory: it stays whole, so that ids and via names
-- are unique everywhere.

-- +goose Up
CREATE TABLE businesses (
    -- From 1001, so that an id looks like one in a ticket.
    id         bigint GENERATED ALWAYS AS IDENTITY (START WITH 1001) PRIMARY KEY,
    partner_id bigint      NOT NULL CONSTRAINT businesses_partner_fkey REFERENCES partners,
    name       text        NOT NULL CONSTRAINT businesses_name_not_empty CHECK (name <> ''),
    via_name   text        NOT NULL CONSTRAINT businesses_via_name_key UNIQUE
                           CONSTRAINT businesses_via_name_shape CHECK (via_name ~ '^[a-z0-9_-]{3,64}$'),
    languages  text        NOT NULL DEFAULT '',
    notes      text        NOT NULL DEFAULT '',
    active     boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Removed businesses keep their row while their events and audit are kept.
    -- A removed one gives its via name back (it becomes 'removed-<id>').
    removed_at timestamptz
);
-- The list of one partner, newest first.
CREATE INDEX businesses_partner_idx ON businesses (partner_id, id DESC) WHERE removed_at IS NULL;
-- The list of every partner, newest first.
CREATE INDEX businesses_list_idx ON businesses (id DESC) WHERE removed_at IS NULL;

-- +goose Down
DROP TABLE businesses;
