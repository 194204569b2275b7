-- One business on one platform, and its secrets.

-- +goose Up
CREATE TABLE deployments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    business_id  bigint      NOT NULL CONSTRAINT deployments_business_fkey REFERENCES businesses,
    platform     text        NOT NULL CONSTRAINT deployments_platform_known CHECK (platform IN ('facebook')),
    callback_id  text        NOT NULL CONSTRAINT deployments_callback_key UNIQUE
                             CONSTRAINT deployments_callback_random CHECK (length(callback_id) >= 22),
    active       boolean     NOT NULL DEFAULT false,
    active_by    text        NOT NULL DEFAULT '',
    active_at    timestamptz,
    pause_reason text        NOT NULL DEFAULT '',
    account_id   text        NOT NULL DEFAULT '' COLLATE "C",
    app_id       text        NOT NULL DEFAULT '' COLLATE "C",
    bot_url      text        NOT NULL DEFAULT '',
    bot_events   text[]      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    -- Removed deployments keep their row while their events are kept; their
    -- callback is an unknown one from then on.
    removed_at   timestamptz
);
-- A business has a platform once.
CREATE UNIQUE INDEX deployments_business_platform_key ON deployments (business_id, platform) WHERE removed_at IS NULL;
-- Whose account is this? Asked by search, and by intake for an entry of another account.
CREATE INDEX deployments_account_idx ON deployments (account_id) WHERE removed_at IS NULL AND account_id <> '';
-- Which businesses share this app? Asked by search.
CREATE INDEX deployments_app_idx ON deployments (app_id) WHERE removed_at IS NULL AND app_id <> '';
-- Which callback is one or two letters from this one? A slip leaves the first or
-- the last eight characters alone.
CREATE INDEX deployments_callback_head_idx ON deployments (lower(left(callback_id, 8))) WHERE removed_at IS NULL;
CREATE INDEX deployments_callback_tail_idx ON deployments (lower(right(callback_id, 8))) WHERE removed_at IS NULL;

CREATE TABLE credentials (
    business_id   bigint      NOT NULL,
    deployment_id bigint      NOT NULL CONSTRAINT credentials_deployment_fkey REFERENCES deployments,
    name          text        NOT NULL CONSTRAINT credentials_name_known
                              CHECK (name IN ('access_token', 'app_secret', 'challenge_key', 'bot_secret')),
    -- Ciphertext, bound to deployment and name. Its first five bytes name the key.
    sealed        bytea       NOT NULL,
    -- Keyed: proves nothing without the keyset.
    fingerprint   bytea       NOT NULL,
    last_four     text        NOT NULL CONSTRAINT credentials_last_four_short CHECK (length(last_four) IN (0, 4)),
    length        integer     NOT NULL,
    set_by        text        NOT NULL,
    set_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, deployment_id, name)
);
-- Whose value is this? Asked for a handshake with another deployment's key.
CREATE INDEX credentials_fingerprint_idx ON credentials (fingerprint);

-- Which keys something may be sealed with. A start without one of them is refused.
CREATE TABLE keyset_keys (
    key_id   bigint      PRIMARY KEY CONSTRAINT keyset_keys_id_is_32_bits CHECK (key_id BETWEEN 1 AND 4294967295),
    noted_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE keyset_keys;
DROP TABLE credentials;
DROP TABLE deployments;
