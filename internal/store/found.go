package store

// Span is a range of bytes in a text, for marking what was found.
type Span struct{ From, To int }
