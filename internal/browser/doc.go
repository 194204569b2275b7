// Package browser holds the tests that do what a person does: a real browser
// against the real program with its sandbox. It has no other code.
//
// The tests build the program, start it once on free ports with a database of its
// own, and drive Chromium. They need Chromium; make test installs it.
package browser
