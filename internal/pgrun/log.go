package pgrun

import (
	"io"
	"os"
	"syscall"
	"time"
)

// enough is how much of the server's log is kept, in each of two files: months
// of a quiet server, hours of a troubled one.
const enough = 4 << 20

// openLog opens the log for appending, so that it can be cut short under the
// server's hands.
func openLog(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	return f, cut(f, path)
}

// keepSmall looks at the log now and then until the server has ended. A file,
// not a pipe through us: the server's last words must be kept when we are dead.
func keepSmall(f *os.File, path string, ended <-chan struct{}) {
	defer f.Close()
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			_ = cut(f, path) // tried again in a minute
		}
	}
}

// cut moves a log that is long enough to a second file. What is written in
// between is lost; it is a log.
func cut(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil || info.Size() < enough {
		return err
	}
	old, err := os.OpenFile(path+".1", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer old.Close()
	start := max(0, info.Size()-enough)
	if _, err := io.Copy(old, io.NewSectionReader(f, start, enough)); err != nil {
		return err
	}
	return f.Truncate(0)
}

// lastWords is the complaint at the end of the log.
func lastWords(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "it left no log"
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "it left no log"
	}
	const tail = 2 << 10 // one start's worth of lines
	b, _ := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-tail), tail))
	return complaint(string(b))
}
