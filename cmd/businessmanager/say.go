package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

// A complaint is an error with its exit code. Its text says what to do.
type complaint struct {
	text string
	code int
}

func (c *complaint) Error() string { return c.text }

// usagef says that something was asked for in a wrong way.
func usagef(format string, args ...any) error {
	return &complaint{fmt.Sprintf(format, args...), exitUsage}
}

// failf says that something that was asked for rightly could not be done.
func failf(format string, args ...any) error {
	return &complaint{fmt.Sprintf(format, args...), exitFailed}
}

// fail turns an error into one line and an exit code.
func (p *program) fail(err error) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(p.err, "businessmanager: "+inOneLine(err))
	if p.log != nil {
		p.log.Debug("the command failed", "err", err)
	}
	var c *complaint
	var b *bm.Error
	switch {
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &b) && b.Kind == bm.Invalid:
		return exitUsage
	}
	return exitFailed
}

// inOneLine is what a person reads: of our own errors the sentence alone, its
// cause being for the log.
func inOneLine(err error) string {
	text := err.Error()
	if b := (*bm.Error)(nil); errors.As(err, &b) {
		text = b.Message
	}
	return lowerFirst(strings.Join(strings.Fields(text), " "))
}

// lowerFirst leaves names and abbreviations as they are.
func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if !unicode.IsUpper(first) || unicode.IsUpper(second) || second == '_' || strings.HasPrefix(s, "Meta") || strings.HasPrefix(s, "Postgre") {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// reason is what is wrong with a file, without the path that was just named.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// newLogger logs for people on a terminal and in development, for machines elsewhere.
func newLogger(w io.Writer, dev bool, level string, quiet bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if quiet { // dev talks to a person, who needs no line for each request
		o.Level = slog.LevelWarn
	}
	if level != "" {
		var l slog.Level
		_ = l.UnmarshalText([]byte(level)) // the flag takes only names that exist
		o.Level = l
	}
	if dev || terminal(w) {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// logged has what takes time said in the log, for commands that nobody watches.
func (p *program) logged(text string) {
	p.log.LogAttrs(context.Background(), slog.LevelInfo, text)
}

// say prints a line for the person who waits.
func (p *program) say(text string) { fmt.Fprintln(p.out, text) }
