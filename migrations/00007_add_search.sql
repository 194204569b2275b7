-- Everything is found from one box: names, via names and partners, with accents
-- and case left aside, words begun, and a slip of the keyboard. All of it is
-- folded by the program and kept here in the transaction of the write itself, so
-- that a search never asks two large tables with an OR between them.

-- +goose Up

-- One row for each business that is not removed.
CREATE TABLE search_entries (
    -- The business's own id, named as there, so that one condition keeps a reader
    -- inside its walls in both tables.
    id         bigint   PRIMARY KEY CONSTRAINT search_entries_business_fkey REFERENCES businesses ON DELETE CASCADE,
    partner_id bigint   NOT NULL,
    -- Folded: lower case, no accents, words with one space between. Compared byte
    -- by byte, so that a range of the index is a beginning of a name.
    name       text     NOT NULL COLLATE "C",
    -- Every word of name and via name; its first one, two and three letters with
    -- ^ before them, so that a single letter is one key and not thousands of words;
    -- and the same of the partner's name with @ before them.
    words      tsvector NOT NULL
);
-- Which names begin with this? In the order of names.
CREATE INDEX search_entries_name_idx ON search_entries (name, id);
-- Which businesses have all of these words? Entries are not collected first
-- (fastupdate), because every search would have to read the collection.
CREATE INDEX search_entries_words_idx ON search_entries USING gin (words) WITH (fastupdate = off);
-- The businesses of a partner, newest first, whatever was typed.
CREATE INDEX search_entries_partner_idx ON search_entries (partner_id, id DESC);

-- Every word that a name ever had, to find the ones near a word with a slip in it.
-- A word whose last business is gone stays: it finds nothing and costs nothing.
CREATE TABLE search_words (
    word  text     PRIMARY KEY COLLATE "C",
    -- Hashes of what is left of the word's beginning when up to two letters are
    -- taken out. Two words that are near each other share at least one.
    slips bigint[] NOT NULL
);
-- Which words are near this one?
CREATE INDEX search_words_slips_idx ON search_words USING gin (slips) WITH (fastupdate = off);

-- Hints for the filters by state. A filter is always decided by what was seen; these
-- only say for which businesses that need not be asked, and a sweep renews them. They
-- stand apart from the entries because a change there is written to every index.
CREATE TABLE search_hints (
    id       bigint      PRIMARY KEY CONSTRAINT search_hints_entry_fkey REFERENCES search_entries ON DELETE CASCADE,
    -- False once it is known that the business was connected, which it then stays.
    never    boolean     NOT NULL DEFAULT true,
    -- Before this it cannot be silent, because something was heard a day before it.
    quiet_at timestamptz NOT NULL DEFAULT '-infinity'
);
-- Which businesses may never have been connected? Newest first.
CREATE INDEX search_hints_never_idx ON search_hints (id DESC) WHERE never;
-- Which businesses may be silent by now?
CREATE INDEX search_hints_quiet_idx ON search_hints (quiet_at);

-- Which businesses are paused? Few are, so the filter starts from here.
CREATE INDEX businesses_off_idx ON businesses (id DESC) WHERE removed_at IS NULL AND NOT active;
CREATE INDEX deployments_paused_idx ON deployments (business_id) WHERE removed_at IS NULL AND NOT active AND active_at IS NOT NULL;
-- Which deployments had a handshake refused? The filter for failing starts from here.
CREATE INDEX handshakes_refused_idx ON handshakes (business_id, deployment_id, at) WHERE status <> 200;

-- +goose Down
DROP INDEX handshakes_refused_idx;
DROP INDEX deployments_paused_idx;
DROP INDEX businesses_off_idx;
DROP TABLE search_hints;
DROP TABLE search_words;
DROP TABLE search_entries;
