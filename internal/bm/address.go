package bm

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddress tells where a request came from: the peer, or when the peer is a
// proxy of our own, the nearest address in X-Forwarded-For (all its values, in
// order) that is not one. What a stranger wrote into the header never counts,
// since only what our own proxies appended is read.
func ClientAddress(remote string, forwarded []string, proxies []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(proxies, addr) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("")
	}
	return addr.String()
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// HostName is the name in a Host header, without the port and the brackets of IPv6.
func HostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// IsLoopbackName tells whether a name always means this machine (RFC 6761, 6.3,
// for localhost).
func IsLoopbackName(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Unmap().IsLoopback()
}
