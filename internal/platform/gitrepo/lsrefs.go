package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"commun/internal/platform/fault"
)

// Version 2 of git's protocol lists references by prefix (gitprotocol-v2, "ls-refs"). git ls-remote asks for all there are as soon as HEAD
// is wanted, and some forges keep half a million proposals as references: so the question, which is a few lines, is asked here. Servers
// that only speak an older version, bundles, and ssh (an administrator's) are asked by git ls-remote.

// objectFormats are the kinds of object ids, the usual one first.
var objectFormats = [...]string{"sha1", "sha256"}

// refsRequest is the question for the references that a mirror is made of.
func refsRequest(format string) []byte {
	var b bytes.Buffer
	line := func(text string) { fmt.Fprintf(&b, "%04x%s\n", len(text)+5, text) }
	line("command=ls-refs")
	line("object-format=" + format)
	b.WriteString("0001")
	line("symrefs")
	for _, prefix := range []string{"HEAD", "refs/heads/", "refs/tags/"} {
		line("ref-prefix " + prefix)
	}
	b.WriteString("0000")
	return b.Bytes()
}

// errPackets says that what came is not git's protocol.
var errPackets = errors.New("not in git's line format")

// readPacket reads one pkt-line without its final newline; flush is true for one of the marks between lines. The bytes are good until the
// next read.
func readPacket(in *bufio.Reader, buf []byte) (line []byte, flush bool, err error) {
	if _, err := io.ReadFull(in, buf[:4]); err != nil {
		return nil, false, err
	}
	n, err := strconv.ParseUint(string(buf[:4]), 16, 16)
	switch {
	case err != nil || n == 3 || int(n) > len(buf):
		return nil, false, errPackets
	case n < 4:
		return nil, true, nil
	}
	if _, err := io.ReadFull(in, buf[:n-4]); err != nil {
		return nil, false, err
	}
	return bytes.TrimSuffix(buf[:n-4], []byte("\n")), false, nil
}

// maxPacket is the longest line of git's protocol, its length included.
const maxPacket = 65520

// readGreeting reads a server's first words to their end. format is that of its object ids when it speaks version 2 and can list
// references, else "".
func readGreeting(in *bufio.Reader) (format string, err error) {
	buf := make([]byte, maxPacket)
	first, lists := true, false
	format = objectFormats[0]
	for {
		line, flush, err := readPacket(in, buf)
		if err != nil {
			return "", err
		}
		switch text := string(line); {
		case first && strings.HasPrefix(text, "# service="): // as HTTP has it, then a flush of its own
			if _, flush, err = readPacket(in, buf); err != nil || !flush {
				return "", errors.Join(errPackets, err)
			}
			continue
		case first:
			if text != "version 2" {
				return "", nil
			}
		case flush && lists:
			return format, nil
		case flush:
			return "", nil
		case text == "ls-refs", strings.HasPrefix(text, "ls-refs="):
			lists = true
		case strings.HasPrefix(text, "object-format="):
			format = text[len("object-format="):]
		}
		first = false
	}
}

// readOffer reads the answer to refsRequest: "<id> <name>", then attributes.
func readOffer(in *bufio.Reader) (offer, error) {
	buf := make([]byte, maxPacket)
	l := listing{branches: map[string]string{}, tags: map[string]string{}}
	for {
		line, flush, err := readPacket(in, buf)
		if err != nil {
			return offer{}, err
		}
		if flush {
			return l.offer()
		}
		if said, isError := bytes.CutPrefix(line, []byte("ERR ")); isError {
			return offer{}, fault.Busy(KeyFailed).Wrap(fmt.Errorf("remote error: %q", said[:min(len(said), 200)]))
		}
		fields := strings.Split(string(line), " ")
		if len(fields) < 2 {
			return offer{}, errPackets
		}
		for _, attribute := range fields[2:] {
			if t, ok := strings.CutPrefix(attribute, "symref-target:"); ok && fields[1] == "HEAD" {
				l.target = t
			}
		}
		l.add(fields[0], fields[1])
	}
}

// ask lists the source's branches and tags and picks the default branch. dir is where a git may run; it need not be a repository. Errors:
// gitrepo.empty, and all of classify.
func (r *run) ask(ctx context.Context, dir string) (offer, error) {
	switch {
	case r.address.kind == Web && r.format != "":
		return r.askWeb(ctx)
	case r.address.kind == Local:
		return r.askLocal(ctx, dir)
	}
	var out bytes.Buffer
	err := r.git(ctx, dir, &limited{w: &out, left: maxRefs}, "ls-remote", "--symref", "--", r.address.String())
	if err != nil {
		return offer{}, err
	}
	return parseOffer(out.Bytes())
}

// askLocal asks the git of this machine that serves the folder, as a fetch would: it refuses folders of other owners, and runs nothing.
func (r *run) askLocal(ctx context.Context, dir string) (o offer, err error) {
	for _, format := range objectFormats {
		var out bytes.Buffer
		err = r.command(ctx, dir, []string{"GIT_PROTOCOL=version=2"}, bytes.NewReader(refsRequest(format)), &limited{w: &out, left: maxRefs},
			"upload-pack", r.address.path)
		if err != nil && strings.Contains(r.said, "mismatched object format") {
			continue
		}
		if err != nil {
			return o, err
		}
		in := bufio.NewReader(&out)
		if _, err := readGreeting(in); err != nil {
			return o, fault.Busy(KeyFailed).Wrap(err)
		}
		o, err = readOffer(in)
		return o, orFailed(err)
	}
	return o, err
}

// orFailed puts what is no fault yet into one: an answer that is none.
func orFailed(err error) error {
	if err == nil || KeyOf(err) != "" {
		return err
	}
	return fault.Busy(KeyFailed).Wrap(err)
}

// askWeb asks a server that speaks version 2, over the run's own way out.
func (r *run) askWeb(ctx context.Context) (offer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	still := time.AfterFunc(r.limits.Stall, func() { cancel(fault.Busy(KeyStalled).With("seconds", seconds(r.limits.Stall))) })
	defer still.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address.String()+"/git-upload-pack", bytes.NewReader(refsRequest(r.format)))
	if err != nil {
		return offer{}, invalid(KeyAddressMalformed)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Git-Protocol", "version=2")
	req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	req.Header.Set("Accept", "application/x-git-upload-pack-result")
	res, err := r.web.RoundTrip(req)
	if err != nil {
		return offer{}, r.guard.whyNoAnswer(ctx, r.address, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return offer{}, ofAnswer(res.StatusCode)
	}
	body := readerFunc(func(p []byte) (int, error) {
		n, err := res.Body.Read(p)
		still.Reset(r.limits.Stall)
		return n, err
	})
	o, err := readOffer(bufio.NewReader(io.LimitReader(body, maxRefs)))
	switch {
	case err == nil, KeyOf(err) != "":
		return o, err
	case errors.Is(err, errPackets), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return o, fault.Busy(KeyUnreachable).With("host", r.address.host).Wrap(err) // as classify says of an answer that breaks off
	}
	return o, r.guard.whyNoAnswer(ctx, r.address, err)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// ofAnswer is the fault for a status by which a server does not give what was asked for.
func ofAnswer(status int) *fault.Error {
	switch {
	case status >= 300 && status < 400:
		return invalid(KeyRedirectRefused)
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		switch f := ofStatus(strconv.Itoa(status)); f.Key {
		case KeyServerError:
			return invalid(KeyNotARepository)
		default:
			return f
		}
	}
	return ofStatus(strconv.Itoa(status))
}
