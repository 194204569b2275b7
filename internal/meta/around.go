package meta

// envelope is what an entry says of all its items.
type envelope struct {
	account  string
	time     []byte // as it stands; part of the keys of what has no time of its own
	leftover []member
}

func (e *envelope) test() bool { return e.account == testAccount }

// read takes in the entry's id and time. What cannot be told as one stays beside
// the items as it was.
func (e *envelope) read(id, sent member) {
	e.account, e.time = identifier(id.value), sent.value
	if id.key != nil && e.account == "" && !isNull(id.value) {
		e.leftover = append(e.leftover, id)
	}
	if sent.key != nil && moment(sent.value).IsZero() {
		e.leftover = append(e.leftover, sent)
	}
}

// around writes the post without what its items say: the post's own leftover
// members, and those of the entry under "entry", each as it stood. An ordinary
// post leaves nothing.
func around(post, entry []member) []byte {
	out := []byte{'{'}
	write := func(members []member) {
		for _, m := range members {
			if out[len(out)-1] != '{' {
				out = append(out, ',')
			}
			out = append(append(append(out, m.key...), ':'), m.value...)
		}
	}
	write(post)
	if len(entry) > 0 {
		if len(post) > 0 {
			out = append(out, ',')
		}
		out = append(out, `"entry":{`...)
		write(entry)
		out = append(out, '}')
	}
	return append(out, '}')
}
