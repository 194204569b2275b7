-- Verification attempts, and counts of refused posts. What was sent as a verify
-- token is not here: only its length, its keyed fingerprint and what it turned out
-- to be.

-- +goose Up
CREATE TABLE handshakes (
    -- 0 and 0: at an unknown callback that is near none of ours.
    business_id       bigint      NOT NULL,
    deployment_id     bigint      NOT NULL,
    id                bigint GENERATED ALWAYS AS IDENTITY,
    platform          text        NOT NULL,
    at                timestamptz NOT NULL,
    address           text        NOT NULL,
    agent             text        NOT NULL,
    status            smallint    NOT NULL,
    reason            text        NOT NULL,
    token_length      integer     NOT NULL,
    token_fingerprint bytea       NOT NULL,
    key_fingerprint   bytea       NOT NULL,
    other_business_id bigint      NOT NULL DEFAULT 0,
    detail            text        NOT NULL DEFAULT '',
    -- The deployment's list, newest first, and its trimming to the newest few.
    PRIMARY KEY (business_id, deployment_id, id)
);

CREATE TABLE refusals (
    business_id   bigint      NOT NULL,
    deployment_id bigint      NOT NULL,
    hour          timestamptz NOT NULL,
    reason        text        NOT NULL,
    count         bigint      NOT NULL,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    PRIMARY KEY (business_id, deployment_id, hour, reason)
);

-- +goose Down
DROP TABLE refusals;
DROP TABLE handshakes;
