package attempts

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// bound counts what arrives within a minute: which attempts of strangers get a row of their own, and how many there were
// beyond. It is guarded by the log's mutex.
type bound struct {
	minute time.Time
	own    int                  // rows of strangers
	near   map[netip.Prefix]int // of these, from each neighbourhood
	sums   map[class]*sum
	rows   []idp.Attempt // the sums of minutes that have ended, to be written
}

// class is what is summed together.
type class struct {
	kind   idp.AttemptKind
	proved bool // only when the queue was full
}

// sum stands for the attempts of a class that got no row of their own.
type sum struct {
	count     int
	last      time.Time
	codes     map[string]int // "" for those that succeeded
	addresses map[netip.Addr]int
}

// maxAddresses is how many addresses are told apart in a sum.
const maxAddresses = 200

// turn ends the minute if it is over.
func (b *bound) turn(now time.Time) {
	if minute := now.Truncate(time.Minute); !minute.Equal(b.minute) {
		b.end()
		b.minute = minute
	}
}

// end makes rows of the sums.
func (b *bound) end() {
	for class, s := range b.sums {
		b.rows = append(b.rows, s.row(class))
	}
	b.sums, b.near, b.own = nil, nil, 0
}

// untilTurn is how long the minute lasts, or negative when nothing waits for its end.
func (b *bound) untilTurn(now time.Time) time.Duration {
	if len(b.sums) == 0 {
		return -1
	}
	return max(0, b.minute.Add(time.Minute).Sub(now))
}

// admit reports whether one more attempt of strangers gets a row, and counts it.
func (b *bound) admit(address netip.Addr, perMinute, perAddress int) bool {
	from := neighbourhood(address)
	if b.own >= perMinute || b.near[from] >= perAddress {
		return false
	}
	if b.near == nil {
		b.near = map[netip.Prefix]int{}
	}
	b.near[from]++
	b.own++
	return true
}

// neighbourhood is what one stranger has at least: an IPv4 address, or 64 bits of IPv6 addresses.
func neighbourhood(address netip.Addr) netip.Prefix {
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	prefix, _ := address.Prefix(bits)
	return prefix
}

// sum counts an attempt that gets no row of its own.
func (b *bound) sum(r *Record, now time.Time) {
	of := class{r.row.Kind, r.row.Proved}
	s := b.sums[of]
	if s == nil {
		s = &sum{codes: map[string]int{}, addresses: map[netip.Addr]int{}}
		if b.sums == nil {
			b.sums = map[class]*sum{}
		}
		b.sums[of] = s
	}
	s.count++
	s.last = now
	s.codes[r.row.Code]++ // our own words, so there are few
	if _, known := s.addresses[r.address]; known || len(s.addresses) < maxAddresses {
		s.addresses[r.address]++
	}
}

// row is the one that stands for all.
func (s *sum) row(of class) idp.Attempt {
	a := idp.Attempt{
		ID: idp.NewID(), Kind: of.kind, At: s.last.UTC(), Proved: of.proved, Count: s.count,
		Outcome: Refused, Code: s.code(),
	}
	if a.Code == "" {
		a.Outcome = outcomeOf(of.kind)
	}
	addresses := byCount(s.addresses)
	if len(addresses) == 1 {
		a.RemoteIP = addresses[0].String()
	}
	a.Cause = fmt.Sprintf("%d attempts within a minute were too many to be recorded one by one: %s; from %s",
		s.count, s.codeList(), s.addressList(addresses))
	return a
}

// code is the refusal that occurred most, "" when there was none.
func (s *sum) code() string {
	for _, code := range byCount(s.codes) {
		if code != "" {
			return code
		}
	}
	return ""
}

func (s *sum) codeList() string {
	var parts []string
	for _, code := range byCount(s.codes) {
		name := code
		if name == "" {
			name = "succeeded"
		}
		parts = append(parts, fmt.Sprintf("%d %s", s.codes[code], name))
	}
	return strings.Join(parts, ", ")
}

// addressList names the addresses that sent most.
func (s *sum) addressList(addresses []netip.Addr) string {
	const most = 5
	var parts []string
	for _, address := range addresses[:min(most, len(addresses))] {
		parts = append(parts, fmt.Sprintf("%s (%d)", address, s.addresses[address]))
	}
	switch more := len(addresses) - most; {
	case len(addresses) == maxAddresses:
		parts = append(parts, fmt.Sprintf("and %d or more others", more))
	case more > 0:
		parts = append(parts, fmt.Sprintf("and %d others", more))
	}
	return strings.Join(parts, ", ")
}

// byCount is the keys, the most counted first.
func byCount[K comparable](counts map[K]int) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
}

// addressOf is the client's address, which the server has put there (behind a trusted proxy as well); the zero address
// when there is none to be read.
func addressOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, _ := netip.ParseAddr(host)
	return address.Unmap().WithZone("")
}
