package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// account compares what was acknowledged with what is stored, event by event.
//
// What was acknowledged must be there exactly once. What was sent and got no answer,
// or a refusal, may be there, but not twice. Each business's numbers must go on from
// where they were, without a gap, in the log and in the sequence for the bot: every
// event of the generator is a message, and each business has one deployment.
type account struct {
	run     int
	answers [][]answer
	stored  [][]bool
}

func newAccount(run int, answers [][]answer) *account {
	a := &account{run: run, answers: answers, stored: make([][]bool, len(answers))}
	for i := range answers {
		a.stored[i] = make([]bool, len(answers[i]))
	}
	return a
}

// take notes that an event is stored.
func (a *account) take(id string) error {
	m, ok := parseMark(id)
	if !ok || m.run != a.run || m.worker >= len(a.stored) || m.n >= len(a.stored[m.worker]) {
		return fmt.Errorf("the event %q is stored and was never sent", id)
	}
	if a.stored[m.worker][m.n] {
		return fmt.Errorf("the event %q is stored twice", id)
	}
	a.stored[m.worker][m.n] = true
	return nil
}

// close says what is missing, and how many were acknowledged.
func (a *account) close() (acked int, err error) {
	lost := 0
	for w := range a.answers {
		for n, got := range a.answers[w] {
			if got != acknowledged {
				continue
			}
			acked++
			if !a.stored[w][n] {
				if lost++; lost == 1 {
					err = fmt.Errorf("the event %q was acknowledged and is not stored", mark{a.run, w, n}.append(nil))
				}
			}
		}
	}
	if lost > 1 {
		err = fmt.Errorf("%w, nor are %d others", err, lost-1)
	}
	return acked, err
}

// numbers are a business's counters.
type numbers struct{ log, sequence int64 }

// next tells whether a stored event carries the number after these.
func (n *numbers) next(log, sequence int64) error {
	n.log++
	n.sequence++
	if log != n.log || sequence != n.sequence {
		return fmt.Errorf("an event has log %d and sequence %d where %d and %d come next", log, sequence, n.log, n.sequence)
	}
	return nil
}

// readNumbers gives where each business's counters stand.
func readNumbers(ctx context.Context, conn *pgx.Conn, lines []line) ([]numbers, error) {
	all := make([]numbers, len(lines))
	for i := range lines {
		if err := conn.QueryRow(ctx, `
			SELECT b.log, d.sequence FROM business_counters b JOIN deployment_counters d USING (business_id)
			WHERE b.business_id = $1`, lines[i].business).Scan(&all[i].log, &all[i].sequence); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// settle makes the account of a run, from where the numbers stood before it.
func settle(ctx context.Context, conn *pgx.Conn, lines []line, before []numbers, a *account) (acked int, err error) {
	for i := range lines {
		now := before[i]
		rows, err := conn.Query(ctx, `
			SELECT log, sequence, message_id FROM events
			WHERE business_id = $1 AND log > $2 ORDER BY log`, lines[i].business, before[i].log)
		if err != nil {
			return 0, err
		}
		var log, sequence int64
		var id string
		if _, err := pgx.ForEachRow(rows, []any{&log, &sequence, &id}, func() error {
			if err := now.next(log, sequence); err != nil {
				return fmt.Errorf("business %d: %w", lines[i].business, err)
			}
			return a.take(id)
		}); err != nil {
			return 0, err
		}
		after, err := readNumbers(ctx, conn, lines[i:i+1])
		if err != nil {
			return 0, err
		}
		if after[0] != now {
			return 0, fmt.Errorf("business %d: the counters stand at %v, the events end at %v", lines[i].business, after[0], now)
		}
	}
	return a.close()
}
