package gitrepo

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"commun/internal/platform/fault"
)

// Policy says what the one who asks may reach, and how much an update may cost. The zero value is a visitor's: the web, outside this
// machine's network, with the default limits.
type Policy struct {
	AllowLocal bool // folders and bundles of this machine: the administrator's and the command line's
	AllowSSH   bool // with the instance's key: the administrator's
	// AllowInner lists servers inside the machine's network that may be reached, as "host:port". A name allows whatever it resolves to;
	// a literal address allows every name that resolves to it. It is the instance's, by its configuration: nobody's role lifts the rule,
	// since an administrator pastes addresses that others sent. And no way leads inward: whoever was sent on by a server outside is not
	// let in, listed or not.
	AllowInner []string
	// SSHDir is the folder of EnsureKey and AddKnownHost. Needed with AllowSSH.
	SSHDir string
	// RootsFile, if set, is a PEM file of the authorities to trust in place of the system's: for forges with an authority of their own.
	RootsFile string
	Limits    Limits
}

// Limits bounds one update. A zero field means its default.
type Limits struct {
	Bytes   int64         // of the mirror on disk; 2 GiB
	Objects int64         // that the other side may send at once; 20 million
	Answer  time.Duration // until a server's first word, connection included; 30 s
	Stall   time.Duration // without any progress; 2 min
	Total   time.Duration // 1 h
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 2 << 30
	}
	if l.Objects == 0 {
		l.Objects = 20_000_000
	}
	if l.Answer == 0 {
		l.Answer = 30 * time.Second
	}
	if l.Stall == 0 {
		l.Stall = 2 * time.Minute
	}
	if l.Total == 0 {
		l.Total = time.Hour
	}
	return l
}

// Check says whether the policy lets a be asked for at all, without touching the network: for a form that answers at once. The update
// checks again, each connection too. Errors: gitrepo.local_refused, ssh_refused, inner_address.
func (p Policy) Check(a Address) error {
	switch a.kind {
	case None:
		return invalid(KeyAddressMissing)
	case Local, Bundle:
		if !p.AllowLocal {
			return fault.Denied(KeyLocalRefused)
		}
		return nil
	case SSH:
		if !p.AllowSSH {
			return fault.Denied(KeySSHRefused)
		}
	}
	if ip, err := netip.ParseAddr(a.host); err == nil && Inner(ip) && !p.allows(a.dialTarget(), ip) {
		return fault.Denied(KeyInnerAddress).With("host", a.host)
	}
	return nil
}

// allows says whether the policy names this inner server: by the name asked for, or by the address it resolved to.
func (p Policy) allows(hostPort string, ip netip.Addr) bool {
	_, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	literal := net.JoinHostPort(ip.Unmap().String(), port)
	for _, a := range p.AllowInner {
		if a == hostPort || a == literal {
			return true
		}
	}
	return false
}

// innerRanges are the addresses that do not belong to the public internet (IANA's special-purpose registries, RFC 6890 and later), or
// that carry an IPv4 address in a way that a router may unwrap.
var innerRanges = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96",                          // unspecified, loopback, IPv4-compatible
		"::ffff:0:0:0/96",                // IPv4-translated
		"64:ff9b::/96", "64:ff9b:1::/48", // NAT64
		"100::/64", "2001::/23", "2001:db8::/32", "2002::/16", // discard, Teredo and others, examples, 6to4
		"3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// Inner says whether ip is inside the machine's network or otherwise no public address.
func Inner(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsValid() {
		return true
	}
	for _, r := range innerRanges {
		if r.Contains(ip) {
			return true
		}
	}
	return false
}

// guard is the only way out of a run: it dials what the policy allows, by the address that it has checked.
type guard struct {
	policy   Policy
	lookup   func(ctx context.Context, host string) ([]netip.Addr, error)
	dialer   net.Dialer
	bytes    atomic.Int64                // read and written, both ways
	refused  atomic.Pointer[fault.Error] // the first refusal or failure, which git would only report in its own words
	lastByte atomic.Int64                // Unix nanoseconds
	outside  atomic.Bool                 // a server of the public internet was reached: what it leads to is not inside
}

func newGuard(p Policy) *guard {
	return &guard{policy: p, lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
}

// resolve returns the addresses behind hostPort that the policy allows. One inner address among them refuses the name as a whole: an
// honest name does not mix the two.
func (g *guard) resolve(ctx context.Context, hostPort string) ([]netip.Addr, error) {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, invalid(KeyAddressMalformed)
	}
	var ips []netip.Addr
	if ip, err := netip.ParseAddr(host); err == nil {
		ips = []netip.Addr{ip}
	} else if ips, err = g.lookup(ctx, host); err != nil || len(ips) == 0 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Busy(KeyHostNotFound).With("host", host).Wrap(err)
	}
	for _, ip := range ips {
		if Inner(ip) && (g.outside.Load() || !g.policy.allows(hostPort, ip)) {
			return nil, fault.Denied(KeyInnerAddress).With("host", host)
		}
	}
	return ips, nil
}

// dial connects to hostPort by an address that it has just checked, so that a name which changes its answer in between gains nothing.
func (g *guard) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	ips, err := g.resolve(ctx, hostPort)
	if err != nil {
		return nil, g.note(err)
	}
	host, port, _ := net.SplitHostPort(hostPort)
	for _, ip := range ips {
		var c net.Conn
		if c, err = g.dialer.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port)); err == nil {
			if !Inner(ip) {
				g.outside.Store(true)
			}
			return &counted{Conn: c, g: g}, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, g.note(fault.Busy(KeyUnreachable).With("host", host).Wrap(err))
}

// note keeps the first fault for the end of the run.
func (g *guard) note(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		g.refused.CompareAndSwap(nil, f)
	}
	return err
}

// counted tells the run that bytes move, and how many.
type counted struct {
	net.Conn
	g *guard
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.g.moved(n)
	return n, err
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.g.moved(n)
	return n, err
}

func (g *guard) moved(n int) {
	if n > 0 {
		g.bytes.Add(int64(n))
		g.lastByte.Store(time.Now().UnixNano())
	}
}
