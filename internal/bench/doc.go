// Command bench measures how fast the product acknowledges events, beside what the
// same machine and database server can do at all. `make bench` runs it.
//
// It knows the product from outside: it builds the command, runs the webhook role
// as a process of its own on a durable database of its own, and posts signed events
// over loopback. Nobody imports it. It refuses to know how intake works; what it
// checks afterwards it reads from the tables themselves.
//
//	database ── durable server in a folder of its own, schema, businesses
//	product ─── built, started as `serve --roles webhook`
//	  │
//	rounds ──── for each number of businesses and connections:
//	  │           pgbench, 32 clients ─ events, warm then measured ─ pgbench again
//	  │           every acknowledged id is stored exactly once, no number is missing
//	half ────── half the best rate on a fixed schedule, delay counted from the plan
//	bare ────── net/http that only verifies the signature, for scale
//	table ───── medians over the rounds
//
// The figure that travels between machines is the ratio to pgbench's one-row
// inserts, taken just before and after each run, so that other work on the machine
// weighs on both. It ends by itself and leaves nothing behind; a lost, repeated or
// misnumbered event ends it with an error instead of a table.
package main
