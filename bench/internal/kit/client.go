package kit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Conn is one connection to a server. It does as little as a client can, since it shares the machine with what it measures.
type Conn struct {
	c net.Conn
	r *bufio.Reader
	// Body is that of the last answer, when it is wanted.
	Body []byte
	keep bool
}

// Dial opens a connection. keep says that Body is wanted.
func Dial(addr string, keep bool) (*Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Conn{c: c, r: bufio.NewReaderSize(c, 64<<10), keep: keep}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.c.Close() }

// Get returns the bytes of a request.
func Get(path string, headers ...string) []byte { return Request("GET", path, "", headers...) }

// Request returns the bytes of a request with a body.
func Request(method, path, body string, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// Do sends a request and reads its answer to the end. It returns the status and the length of the body.
func (c *Conn) Do(request []byte) (status, length int, err error) {
	if _, err := c.c.Write(request); err != nil {
		return 0, 0, err
	}
	line, err := c.line()
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, fmt.Errorf("answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length, chunked := 0, false
	for {
		if line, err = c.line(); err != nil {
			return status, 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		switch value = strings.TrimSpace(value); {
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.Atoi(value); err != nil {
				return status, 0, err
			}
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = value == "chunked"
		}
	}
	c.Body = c.Body[:0]
	if !chunked {
		return status, length, c.take(length)
	}
	length = 0
	for {
		if line, err = c.line(); err != nil {
			return status, length, err
		}
		n, err := strconv.ParseInt(string(line), 16, 32)
		if err != nil {
			return status, length, err
		}
		if err := errors.Join(c.take(int(n)), c.skip(2)); err != nil || n == 0 {
			return status, length, err
		}
		length += int(n)
	}
}

func (c *Conn) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

func (c *Conn) take(n int) error {
	if !c.keep {
		return c.skip(n)
	}
	from := len(c.Body)
	c.Body = append(c.Body, make([]byte, n)...)
	_, err := io.ReadFull(c.r, c.Body[from:])
	return err
}

func (c *Conn) skip(n int) error { _, err := c.r.Discard(n); return err }

// Sample is what a load gave.
type Sample struct {
	Rate          float64 // answers a second
	P50, P95, P99 float64 // ms
	CPU           float64 // µs of this process an answer, client included
	Bytes         int     // of an answer's body, on average
	N             int
}

// Ask sends what next makes over conns connections for so long, each as soon as it has its answer, and sums up. An answer of another status
// than want is an error. next is called with the connection's own source of chance.
func Ask(addr string, conns int, d time.Duration, want int, next func(*rand.Rand) []byte) (Sample, error) {
	times := make([][]time.Duration, conns)
	bytes := make([]int, conns)
	errs := make([]error, conns)
	var wg sync.WaitGroup
	own, _ := CPU()
	begun := time.Now()
	for i := range conns {
		wg.Go(func() {
			errs[i] = func() error {
				c, err := Dial(addr, false)
				if err != nil {
					return err
				}
				defer c.Close()
				rnd := rand.New(rand.NewPCG(uint64(i), 1))
				for time.Since(begun) < d {
					request := next(rnd)
					at := time.Now()
					status, n, err := c.Do(request)
					if err != nil {
						return err
					}
					if status != want {
						return fmt.Errorf("%.200q is answered with %d", request, status)
					}
					times[i] = append(times[i], time.Since(at))
					bytes[i] += n
				}
				return nil
			}()
		})
	}
	wg.Wait()
	took := time.Since(begun)
	now, _ := CPU()
	s := Summary(slices.Concat(times...), took)
	if s.N > 0 {
		s.CPU = float64((now - own).Microseconds()) / float64(s.N)
		for _, n := range bytes {
			s.Bytes += n
		}
		s.Bytes /= s.N
	}
	return s, errors.Join(errs...)
}

// Summary sums up times, which it sorts.
func Summary(times []time.Duration, took time.Duration) Sample {
	slices.Sort(times)
	return Sample{Rate: float64(len(times)) / took.Seconds(), P50: At(times, .5), P95: At(times, .95), P99: At(times, .99), N: len(times)}
}

// Median is, figure by figure, the median of samples.
func Median(samples []Sample) Sample {
	of := func(f func(Sample) float64) float64 {
		list := make([]float64, len(samples))
		for i, s := range samples {
			list[i] = f(s)
		}
		return Middle(list)
	}
	return Sample{Rate: of(func(s Sample) float64 { return s.Rate }), P50: of(func(s Sample) float64 { return s.P50 }),
		P95: of(func(s Sample) float64 { return s.P95 }), P99: of(func(s Sample) float64 { return s.P99 }),
		CPU: of(func(s Sample) float64 { return s.CPU }), Bytes: int(of(func(s Sample) float64 { return float64(s.Bytes) })), N: len(samples)}
}
