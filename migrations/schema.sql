-- The schema as the migrations make it, in one piece, for reading. Nothing runs
-- this file. Made by 'make generate'; a test compares it.

CREATE FUNCTION audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to';
END
$$;

CREATE TABLE api_tokens (
    id bigint NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    last_four text NOT NULL,
    role text NOT NULL,
    all_partners boolean NOT NULL,
    partners bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    businesses bigint[],
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_tokens_bot_names_businesses CHECK (((role = 'bot'::text) = (businesses IS NOT NULL))),
    CONSTRAINT api_tokens_role_known CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text, 'bot'::text])))
);

ALTER TABLE api_tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME api_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    partner_id bigint DEFAULT 0 NOT NULL,
    business_id bigint DEFAULT 0 NOT NULL,
    platform text DEFAULT ''::text NOT NULL,
    actor_kind text NOT NULL,
    actor_id bigint NOT NULL,
    actor_name text NOT NULL,
    address text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT audit_actor_known CHECK ((actor_kind = ANY (ARRAY['person'::text, 'token'::text, 'system'::text])))
);

ALTER TABLE audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE business_counters (
    business_id bigint NOT NULL,
    log bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE businesses (
    id bigint NOT NULL,
    partner_id bigint NOT NULL,
    name text NOT NULL,
    via_name text NOT NULL,
    languages text DEFAULT ''::text NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT businesses_name_not_empty CHECK ((name <> ''::text)),
    CONSTRAINT businesses_via_name_shape CHECK ((via_name ~ '^[a-z0-9_-]{3,64}$'::text))
);

ALTER TABLE businesses ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME businesses_id_seq
    START WITH 1001
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE credentials (
    business_id bigint NOT NULL,
    deployment_id bigint NOT NULL,
    name text NOT NULL,
    sealed bytea NOT NULL,
    fingerprint bytea NOT NULL,
    last_four text NOT NULL,
    length integer NOT NULL,
    set_by text NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT credentials_last_four_short CHECK ((length(last_four) = ANY (ARRAY[0, 4]))),
    CONSTRAINT credentials_name_known CHECK ((name = ANY (ARRAY['access_token'::text, 'app_secret'::text, 'challenge_key'::text, 'bot_secret'::text])))
);

CREATE TABLE deployment_counters (
    business_id bigint NOT NULL,
    deployment_id bigint NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    events bigint DEFAULT 0 NOT NULL,
    repeats bigint DEFAULT 0 NOT NULL,
    last_event_at timestamp with time zone,
    last_secret bytea
)
WITH (fillfactor='50');

CREATE TABLE deployments (
    id bigint NOT NULL,
    business_id bigint NOT NULL,
    platform text NOT NULL,
    callback_id text NOT NULL,
    active boolean DEFAULT false NOT NULL,
    active_by text DEFAULT ''::text NOT NULL,
    active_at timestamp with time zone,
    pause_reason text DEFAULT ''::text NOT NULL,
    account_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    app_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    bot_url text DEFAULT ''::text NOT NULL,
    bot_events text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT deployments_callback_random CHECK ((length(callback_id) >= 22)),
    CONSTRAINT deployments_platform_known CHECK ((platform = 'facebook'::text))
);

ALTER TABLE deployments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME deployments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE events (
    business_id bigint NOT NULL,
    deployment_id bigint NOT NULL,
    log bigint NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    standby boolean NOT NULL,
    account text NOT NULL COLLATE pg_catalog."C",
    conversation text NOT NULL COLLATE pg_catalog."C",
    message_id text NOT NULL COLLATE pg_catalog."C",
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    digest uuid NOT NULL,
    body bytea NOT NULL,
    around bytea,
    CONSTRAINT events_sequence_counts CHECK ((sequence >= 0)),
    CONSTRAINT events_state_known CHECK ((state = ANY (ARRAY['stored'::text, 'waiting'::text, 'delivered'::text, 'parked'::text, 'handed_over'::text, 'unrouted'::text, 'discarded'::text])))
);
ALTER TABLE ONLY events ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE handshakes (
    business_id bigint NOT NULL,
    deployment_id bigint NOT NULL,
    id bigint NOT NULL,
    platform text NOT NULL,
    at timestamp with time zone NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    status smallint NOT NULL,
    reason text NOT NULL,
    token_length integer NOT NULL,
    token_fingerprint bytea NOT NULL,
    key_fingerprint bytea NOT NULL,
    other_business_id bigint DEFAULT 0 NOT NULL,
    detail text DEFAULT ''::text NOT NULL
);

ALTER TABLE handshakes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME handshakes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE keyset_keys (
    key_id bigint NOT NULL,
    noted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT keyset_keys_id_is_32_bits CHECK (((key_id >= 1) AND (key_id <= '4294967295'::bigint)))
);

CREATE TABLE links (
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    purpose text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT links_purpose_known CHECK ((purpose = ANY (ARRAY['invite'::text, 'recover'::text, 'sign_in'::text])))
);

CREATE TABLE partners (
    id bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT partners_name_not_empty CHECK ((name <> ''::text))
);

ALTER TABLE partners ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME partners_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE refusals (
    business_id bigint NOT NULL,
    deployment_id bigint NOT NULL,
    hour timestamp with time zone NOT NULL,
    reason text NOT NULL,
    count bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL
);

CREATE TABLE schema_breaks (
    version bigint NOT NULL
);

CREATE TABLE search_entries (
    id bigint NOT NULL,
    partner_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    words tsvector NOT NULL
);

CREATE TABLE search_hints (
    id bigint NOT NULL,
    never boolean DEFAULT true NOT NULL,
    quiet_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

CREATE TABLE search_words (
    word text NOT NULL COLLATE pg_catalog."C",
    slips bigint[] NOT NULL
);

CREATE TABLE sessions (
    id_hash bytea NOT NULL,
    user_id bigint,
    data bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    agent text DEFAULT ''::text NOT NULL
);

CREATE TABLE sign_in_failures (
    bucket text NOT NULL,
    failures integer NOT NULL,
    clears_at timestamp with time zone NOT NULL
);

CREATE TABLE user_partners (
    user_id bigint NOT NULL,
    partner_id bigint NOT NULL
);

CREATE TABLE users (
    id bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    all_partners boolean DEFAULT false NOT NULL,
    password_hash text,
    disabled_at timestamp with time zone,
    time_zone text DEFAULT ''::text NOT NULL,
    theme text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_folded CHECK ((email = lower(email))),
    CONSTRAINT users_role_known CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text]))),
    CONSTRAINT users_theme_known CHECK ((theme = ANY (ARRAY[''::text, 'light'::text, 'dark'::text])))
);

ALTER TABLE users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business_counters
    ADD CONSTRAINT business_counters_pkey PRIMARY KEY (business_id);

ALTER TABLE ONLY businesses
    ADD CONSTRAINT businesses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY businesses
    ADD CONSTRAINT businesses_via_name_key UNIQUE (via_name);

ALTER TABLE ONLY credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (business_id, deployment_id, name);

ALTER TABLE ONLY deployment_counters
    ADD CONSTRAINT deployment_counters_pkey PRIMARY KEY (business_id, deployment_id);

ALTER TABLE ONLY deployments
    ADD CONSTRAINT deployments_callback_key UNIQUE (callback_id);

ALTER TABLE ONLY deployments
    ADD CONSTRAINT deployments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY events
    ADD CONSTRAINT events_pkey PRIMARY KEY (business_id, log);

ALTER TABLE ONLY handshakes
    ADD CONSTRAINT handshakes_pkey PRIMARY KEY (business_id, deployment_id, id);

ALTER TABLE ONLY keyset_keys
    ADD CONSTRAINT keyset_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY links
    ADD CONSTRAINT links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY partners
    ADD CONSTRAINT partners_pkey PRIMARY KEY (id);

ALTER TABLE ONLY refusals
    ADD CONSTRAINT refusals_pkey PRIMARY KEY (business_id, deployment_id, hour, reason);

ALTER TABLE ONLY schema_breaks
    ADD CONSTRAINT schema_breaks_pkey PRIMARY KEY (version);

ALTER TABLE ONLY search_entries
    ADD CONSTRAINT search_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY search_hints
    ADD CONSTRAINT search_hints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY search_words
    ADD CONSTRAINT search_words_pkey PRIMARY KEY (word);

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id_hash);

ALTER TABLE ONLY sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (bucket);

ALTER TABLE ONLY user_partners
    ADD CONSTRAINT user_partners_pkey PRIMARY KEY (user_id, partner_id);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX api_tokens_name_key ON api_tokens USING btree (name) WHERE (revoked_at IS NULL);

CREATE INDEX audit_business_idx ON audit USING btree (business_id, id DESC);

CREATE INDEX businesses_list_idx ON businesses USING btree (id DESC) WHERE (removed_at IS NULL);

CREATE INDEX businesses_off_idx ON businesses USING btree (id DESC) WHERE ((removed_at IS NULL) AND (NOT active));

CREATE INDEX businesses_partner_idx ON businesses USING btree (partner_id, id DESC) WHERE (removed_at IS NULL);

CREATE INDEX credentials_fingerprint_idx ON credentials USING btree (fingerprint);

CREATE INDEX deployments_account_idx ON deployments USING btree (account_id) WHERE ((removed_at IS NULL) AND (account_id <> ''::text));

CREATE INDEX deployments_app_idx ON deployments USING btree (app_id) WHERE ((removed_at IS NULL) AND (app_id <> ''::text));

CREATE UNIQUE INDEX deployments_business_platform_key ON deployments USING btree (business_id, platform) WHERE (removed_at IS NULL);

CREATE INDEX deployments_callback_head_idx ON deployments USING btree (lower("left"(callback_id, 8))) WHERE (removed_at IS NULL);

CREATE INDEX deployments_callback_tail_idx ON deployments USING btree (lower("right"(callback_id, 8))) WHERE (removed_at IS NULL);

CREATE INDEX deployments_paused_idx ON deployments USING btree (business_id) WHERE ((removed_at IS NULL) AND (NOT active) AND (active_at IS NOT NULL));

CREATE INDEX events_conversation_idx ON events USING btree (business_id, deployment_id, conversation, log);

CREATE UNIQUE INDEX events_occurred_digest_key ON events USING btree (occurred_at, digest, business_id);

CREATE INDEX events_sequence_idx ON events USING btree (business_id, deployment_id, sequence) WHERE (sequence > 0);

CREATE INDEX events_waiting_idx ON events USING btree (business_id, deployment_id, log) WHERE (state = ANY (ARRAY['waiting'::text, 'parked'::text]));

CREATE INDEX handshakes_refused_idx ON handshakes USING btree (business_id, deployment_id, at) WHERE (status <> 200);

CREATE INDEX links_user_idx ON links USING btree (user_id);

CREATE UNIQUE INDEX partners_name_key ON partners USING btree (lower(name));

CREATE INDEX search_entries_name_idx ON search_entries USING btree (name, id);

CREATE INDEX search_entries_partner_idx ON search_entries USING btree (partner_id, id DESC);

CREATE INDEX search_entries_words_idx ON search_entries USING gin (words) WITH (fastupdate=off);

CREATE INDEX search_hints_never_idx ON search_hints USING btree (id DESC) WHERE never;

CREATE INDEX search_hints_quiet_idx ON search_hints USING btree (quiet_at);

CREATE INDEX search_words_slips_idx ON search_words USING gin (slips) WITH (fastupdate=off);

CREATE INDEX sessions_expiry_idx ON sessions USING btree (expires_at);

CREATE INDEX sessions_user_idx ON sessions USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX sign_in_failures_sweep_idx ON sign_in_failures USING btree (clears_at);

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

ALTER TABLE ONLY business_counters
    ADD CONSTRAINT business_counters_business_fkey FOREIGN KEY (business_id) REFERENCES businesses(id);

ALTER TABLE ONLY businesses
    ADD CONSTRAINT businesses_partner_fkey FOREIGN KEY (partner_id) REFERENCES partners(id);

ALTER TABLE ONLY credentials
    ADD CONSTRAINT credentials_deployment_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id);

ALTER TABLE ONLY deployment_counters
    ADD CONSTRAINT deployment_counters_deployment_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id);

ALTER TABLE ONLY deployments
    ADD CONSTRAINT deployments_business_fkey FOREIGN KEY (business_id) REFERENCES businesses(id);

ALTER TABLE ONLY links
    ADD CONSTRAINT links_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

ALTER TABLE ONLY search_entries
    ADD CONSTRAINT search_entries_business_fkey FOREIGN KEY (id) REFERENCES businesses(id) ON DELETE CASCADE;

ALTER TABLE ONLY search_hints
    ADD CONSTRAINT search_hints_entry_fkey FOREIGN KEY (id) REFERENCES search_entries(id) ON DELETE CASCADE;

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

ALTER TABLE ONLY user_partners
    ADD CONSTRAINT user_partners_partner_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE;

ALTER TABLE ONLY user_partners
    ADD CONSTRAINT user_partners_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
