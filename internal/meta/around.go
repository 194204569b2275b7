package meta

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
