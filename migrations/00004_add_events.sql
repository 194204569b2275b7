-- Everything that was acknowledged. business_id stands in every key, so that these
-- tables can be distributed by it.

-- +goose Up

-- The business's count of all its events. Its row is locked first by every group
-- that stores events, in the order of business_id, so that numbers are given in
-- commit order and without a gap.
CREATE TABLE business_counters (
    business_id bigint PRIMARY KEY CONSTRAINT business_counters_business_fkey REFERENCES businesses,
    log         bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- room for the next version of the row on the same page

-- The deployment's count of its events for the bot; written under the lock above.
CREATE TABLE deployment_counters (
    business_id   bigint      NOT NULL,
    deployment_id bigint      NOT NULL CONSTRAINT deployment_counters_deployment_fkey REFERENCES deployments,
    sequence      bigint      NOT NULL DEFAULT 0,
    events        bigint      NOT NULL DEFAULT 0,
    repeats       bigint      NOT NULL DEFAULT 0,
    last_event_at timestamptz,
    -- Fingerprint of the app secret that verified the newest event: what proves the
    -- stored secret. A time would not do: a post can be verified with the secret of
    -- before and be stored after it was replaced.
    last_secret   bytea,
    PRIMARY KEY (business_id, deployment_id)
) WITH (fillfactor = 50);

CREATE TABLE events (
    business_id   bigint      NOT NULL,
    deployment_id bigint      NOT NULL,
    log           bigint      NOT NULL,
    sequence      bigint      NOT NULL CONSTRAINT events_sequence_counts CHECK (sequence >= 0), -- 0: not for the bot
    kind          text        NOT NULL,
    state         text        NOT NULL CONSTRAINT events_state_known CHECK (state IN
                  ('stored', 'waiting', 'delivered', 'parked', 'handed_over', 'unrouted', 'discarded')),
    standby       boolean     NOT NULL,
    account       text        NOT NULL COLLATE "C",
    conversation  text        NOT NULL COLLATE "C",
    message_id    text        NOT NULL COLLATE "C",
    occurred_at   timestamptz NOT NULL, -- the platform's own; the epoch where it gave none
    received_at   timestamptz NOT NULL,
    digest        uuid        NOT NULL, -- of deployment, account and the event's own key
    body          bytea       NOT NULL, -- the platform's own object, byte for byte
    around        bytea,                -- what else stood in the envelope
    PRIMARY KEY (business_id, log)
);
-- Compressing costs more than it saves on bodies of a few hundred bytes.
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;
-- Is this a repeat? And: the event with this public id. Time leads, so that new
-- events land at the right edge of the index.
CREATE UNIQUE INDEX events_occurred_digest_key ON events (occurred_at, digest, business_id);
-- The conversation, newest first.
CREATE INDEX events_conversation_idx ON events (business_id, deployment_id, conversation, log);
-- What a bot fetches: the deployment's events for it, ascending.
CREATE INDEX events_sequence_idx ON events (business_id, deployment_id, sequence) WHERE sequence > 0;
-- What waits, and since when; small while bots keep up.
CREATE INDEX events_waiting_idx ON events (business_id, deployment_id, log) WHERE state IN ('waiting', 'parked');

-- +goose Down
DROP TABLE events;
DROP TABLE deployment_counters;
DROP TABLE business_counters;
