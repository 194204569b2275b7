-- Who owns businesses and who may sign in. These directories are small and stay
-- whole; their unique keys are their own.

-- +goose Up

-- A step that programs older than it must not run beside puts its number here:
-- an old program cannot know what a newer step means, but it can read this.
CREATE TABLE schema_breaks (
    version bigint PRIMARY KEY
);

CREATE TABLE partners (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL CONSTRAINT partners_name_not_empty CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Two partners whose names differ only in case would be taken for one another.
CREATE UNIQUE INDEX partners_name_key ON partners (lower(name));

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Lower case and trimmed, as it is compared.
    email         text        NOT NULL CONSTRAINT users_email_key UNIQUE
                              CONSTRAINT users_email_folded CHECK (email = lower(email)),
    name          text        NOT NULL,
    role          text        NOT NULL CONSTRAINT users_role_known CHECK (role IN ('owner', 'admin', 'support')),
    all_partners  boolean     NOT NULL DEFAULT false,
    -- argon2id in its own notation; null until a link has been used to set one.
    password_hash text,
    disabled_at   timestamptz,
    time_zone     text        NOT NULL DEFAULT '',
    theme         text        NOT NULL DEFAULT '' CONSTRAINT users_theme_known CHECK (theme IN ('', 'light', 'dark')),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_partners (
    user_id    bigint NOT NULL CONSTRAINT user_partners_user_fkey REFERENCES users ON DELETE CASCADE,
    partner_id bigint NOT NULL CONSTRAINT user_partners_partner_fkey REFERENCES partners ON DELETE CASCADE,
    PRIMARY KEY (user_id, partner_id)
);

-- One-time links: invitation, recovery, and the development server's sign-in.
CREATE TABLE links (
    -- SHA-256 of the token; the token itself is only in the link.
    token_hash bytea       PRIMARY KEY,
    user_id    bigint      NOT NULL CONSTRAINT links_user_fkey REFERENCES users ON DELETE CASCADE,
    purpose    text        NOT NULL CONSTRAINT links_purpose_known CHECK (purpose IN ('invite', 'recover', 'sign_in')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
-- Making a link drops the person's earlier ones.
CREATE INDEX links_user_idx ON links (user_id);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's value: a dump of this table signs nobody in.
    id_hash      bytea       PRIMARY KEY,
    user_id      bigint      CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
    -- What gorilla/sessions keeps: the CSRF token and the notices not yet shown.
    data         bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    address      text        NOT NULL DEFAULT '',
    agent        text        NOT NULL DEFAULT ''
);
-- The person's list of sessions, and ending them all.
CREATE INDEX sessions_user_idx ON sessions (user_id) WHERE user_id IS NOT NULL;
-- The sweep of what has expired.
CREATE INDEX sessions_expiry_idx ON sessions (expires_at);

-- Failed sign-ins, counted in a bucket for each account and address, each
-- account, and each address, so that guessing is slow and the owner still gets in.
CREATE TABLE sign_in_failures (
    bucket     text        PRIMARY KEY,
    failures   integer     NOT NULL,
    -- When the bucket is empty again if nothing more is added.
    clears_at  timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_sweep_idx ON sign_in_failures (clears_at);

CREATE TABLE api_tokens (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text        NOT NULL,
    -- SHA-256 of the token; it has 256 random bits, so a plain digest cannot be searched.
    token_hash   bytea       NOT NULL CONSTRAINT api_tokens_hash_key UNIQUE,
    last_four    text        NOT NULL,
    role         text        NOT NULL CONSTRAINT api_tokens_role_known CHECK (role IN ('owner', 'admin', 'support', 'bot')),
    all_partners boolean     NOT NULL,
    partners     bigint[]    NOT NULL DEFAULT '{}',
    -- Only for bots; null means that businesses are not limited further.
    businesses   bigint[]    CONSTRAINT api_tokens_bot_names_businesses CHECK ((role = 'bot') = (businesses IS NOT NULL)),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);
-- A revoked token's name may be used again.
CREATE UNIQUE INDEX api_tokens_name_key ON api_tokens (name) WHERE revoked_at IS NULL;

-- +goose Down
DROP TABLE api_tokens;
DROP TABLE sign_in_failures;
DROP TABLE sessions;
DROP TABLE links;
DROP TABLE user_partners;
DROP TABLE users;
DROP TABLE partners;
DROP TABLE schema_breaks;
