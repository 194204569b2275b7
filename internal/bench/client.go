package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strconv"
	"time"
)

// patience is how long an answer may take: longer than a platform would wait, so
// that what is slow is seen as slow and not as lost.
const patience = 10 * time.Second

// client is a minimal HTTP/1.1 client on one kept-alive connection. The one of
// net/http takes several times the processor time for a request.
type client struct {
	host string
	conn net.Conn
	in   *bufio.Reader
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// do sends a request and gives the answer's status. After an error nothing is known
// of what became of it.
func (c *client) do(request []byte) (int, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.host, patience)
		if err != nil {
			return 0, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 4096)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	_, err := c.conn.Write(request)
	var status int
	var closing bool
	if err == nil {
		status, closing, err = readAnswer(c.in)
	}
	if err != nil || closing {
		c.close()
	}
	return status, err
}

var errAnswer = errors.New("this answer cannot be read")

// readAnswer reads an answer of a known length and forgets its body.
func readAnswer(in *bufio.Reader) (status int, closing bool, err error) {
	first, err := in.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	// "HTTP/1.1 200 OK"
	if len(first) < 12 || !bytes.HasPrefix(first, []byte("HTTP/1.1 ")) {
		return 0, false, errAnswer
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, false, errAnswer
	}
	length := -1
	for {
		h, err := in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		h = bytes.TrimRight(h, "\r\n")
		if len(h) == 0 {
			break
		}
		name, value, _ := bytes.Cut(h, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, errAnswer
			}
		case bytes.EqualFold(name, []byte("Connection")):
			closing = bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 {
		return 0, false, errAnswer
	}
	_, err = in.Discard(length)
	return status, closing, err
}
