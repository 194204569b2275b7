// Package pgtest gives each test a database of its own with the whole schema, in
// under 0.1 s (70 ms measured on two busy cores), and gives a fault test a durable server of its own to kill.
//
// It knows how to make databases quickly. Only tests call it. It refuses to know
// what is in the tables, except in factory.go, which inserts rows for tests that
// need some to exist.
//
//	seed     an empty server's data, made once per machine and user (2 s), kept
//	  │      in memory (/dev/shm) where there is room
//	  copy   one per test binary (0.1 s), started when the first test asks
//	  │ migrate
//	template the copy's own database
//	  │ CREATE DATABASE … TEMPLATE
//	t_…      one per test, dropped after it
//
// The shared server forgets on a power cut (fsync is off), so a test of what is
// kept through a crash takes Durable. It ends with its test binary, however that
// ends, and a small process that outlives the binary clears its folder away.
//
// A test that looks for leaked goroutines should take goleak.IgnoreCurrent after
// New: the server's keeper runs until the binary ends.
package pgtest
