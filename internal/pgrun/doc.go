// Package pgrun runs a PostgreSQL server that belongs to this process: the
// embedded database of development, and the servers of the tests.
//
// It knows where the server programs are, in which folder the data lie, which
// user may run the server, and how to start and end it so that no data are lost
// and no server is left behind. cmd and pgtest call it. It refuses to know what
// the database holds: the schema belongs to migrations, the rows to store.
//
// Start takes these steps; what stops it is one line that says what to do.
//
//	place ───── data lie below DataDir; or, where the server's user cannot go
//	  │         there, in a folder of their own under /var/lib
//	programs ── PostgreSQL 15 or newer, of the version that made the data
//	  │           └─ none: install them (make run, as root), or refuse
//	lock ────── flock on owner.lock, which dies with its process
//	  │           └─ its holder lives: refuse, with its pid
//	waiting ─── a killed owner's server may still be stopping: up to 30 s
//	  │
//	made? ─ no ─ initdb beside the data, then one rename: half-made is not made
//	  │ yes
//	launched ── postgres itself, a child that gets SIGINT when we die
//	  │
//	ready ───── role and database exist
//	  │
//	running ─── Stop: SIGINT, then SIGQUIT when time is up ── ended, Err() nil
//	  └──────── the server dies by itself ─────────────────── Done, Err() says why
//
// Use is for a command: beside a living owner it borrows that owner's server and
// waits while it starts, else it is the owner for its own duration. An owner of
// this second kind lets its guests finish before it stops the server; a guest
// holds a shared flock on guests.lock as long as it stays.
//
// The folder of the data, whose files belong to the process and whose data/ and
// socket/ belong to the server's user:
//
//	owner.lock   held by the process that runs the server, names its pid
//	guests.lock  held by the commands that borrow the server
//	password     of both roles; random, made with the data, mode 0600
//	data/        what initdb made
//	socket/      where the server listens, unless the path is too long
//	server.log   what the server says; kept small
//	clone        the DataDir whose data these are (under /var/lib only; DataDir
//	             has the other half of the link in postgres.where)
package pgrun
