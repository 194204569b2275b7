package pgrun

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The roles and the database. The product's role owns the database and nothing
// else, as it would on a server of an operator's; a mistake in a query must not
// reach the files of the machine.
const (
	superuser = "postgres"
	role      = "businessmanager"
	database  = "businessmanager"
)

// longest is what a socket's path may measure: 108 bytes in the kernel's
// sockaddr_un, one of them the closing zero.
const longest = 107

// socketPort only names the socket's file; nothing listens on it.
const socketPort = 5432

// An address is where a server listens: a socket's folder, or loopback when dir
// is empty.
type address struct {
	dir  string
	port int
}

// pickAddress prefers the socket, which no other user and no other machine can
// reach. A path too long for one leaves loopback, behind the same password.
func pickAddress(p place) (address, error) {
	name := filepath.Join(p.socket(), fmt.Sprintf(".s.PGSQL.%d", socketPort))
	if len(name) <= longest {
		return address{p.socket(), socketPort}, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return address{}, err
	}
	defer l.Close()
	return address{port: l.Addr().(*net.TCPAddr).Port}, nil
}

// settings are the server's way of saying it.
func (a address) settings() []string {
	if a.dir != "" {
		return []string{"listen_addresses=", "unix_socket_directories=" + a.dir, "unix_socket_permissions=0700", fmt.Sprintf("port=%d", a.port)}
	}
	return []string{"listen_addresses=127.0.0.1", "unix_socket_directories=", fmt.Sprintf("port=%d", a.port)}
}

// url is for pgx and libpq alike. It holds the password.
func (a address) url(role, database, password string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Path: "/" + database}
	q := url.Values{"sslmode": {"disable"}} // it never leaves the machine
	if a.dir != "" {
		q.Set("host", a.dir)
		q.Set("port", strconv.Itoa(a.port))
	} else {
		u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(a.port))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// readAddress finds where a running server listens, in the file it keeps for
// that purpose: pid, data, start, port, socket folder, address, memory, status.
func readAddress(p place) (address, error) {
	b, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		return address{}, err
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) < 8 || strings.TrimSpace(lines[7]) != "ready" {
		return address{}, errors.New("the server is not ready")
	}
	port, err := strconv.Atoi(strings.TrimSpace(lines[3]))
	return address{dir: strings.TrimSpace(lines[4]), port: port}, err
}
