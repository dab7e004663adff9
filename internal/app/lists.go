package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// ImportOrder is what `commun import` asks for: the text of a list, or a folder of publiccode.yml files on this machine.
type ImportOrder struct {
	Name   string
	Text   string
	Folder string // absolute
	Fetch  bool   // read the repositories that the files name too
	Wait   bool   // until the repositories were read too
}

// ImportNews is one line of the answer: how far it is, then each line that did not come in or came in with remarks, then the sum.
type ImportNews struct {
	Done, Total int            `json:",omitempty"`
	Reading     int            `json:",omitempty"` // repositories that wait to be read or are being read
	Line        int            `json:",omitempty"`
	Text        string         `json:",omitempty"`
	Outcome     string         `json:",omitempty"`
	Why         string         `json:",omitempty"`
	Remarks     []string       `json:",omitempty"`
	Sum         map[string]int `json:",omitempty"`
	Page        string         `json:",omitempty"` // where the list is shown
}

// controlImport queues a list and reports until it is done.
func (a *App) controlImport(w http.ResponseWriter, r *http.Request) error {
	var in ImportOrder
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	ctx := r.Context()
	var list string
	var err error
	if in.Folder != "" {
		list, _, err = a.Catalogue.ImportFolder(ctx, operator, in.Name, os.DirFS(in.Folder), in.Fetch)
	} else {
		list, _, err = a.Catalogue.ImportAddresses(ctx, operator, in.Name, strings.NewReader(in.Text))
	}
	if err != nil {
		return err
	}
	flush := func() {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := a.Catalogue.ListStatus(ctx, operator, list)
		if err != nil {
			return err
		}
		news := ImportNews{Done: status.Total - status.Outcomes[""], Total: status.Total}
		if news.Done == news.Total && in.Wait {
			if news.Reading, err = a.reading(ctx); err != nil {
				return err
			}
		}
		if err := answer(w, news); err != nil {
			return err
		}
		flush()
		if news.Done == news.Total && news.Reading == 0 {
			return a.tellList(ctx, w, a.asked(r), status)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// reading returns how many imports and measures run or are to run now. One that failed and waits for another try is not waited for: its line says
// why, and the server tries again.
func (a *App) reading(ctx context.Context) (int, error) {
	counts, err := a.Queue.Counts(ctx)
	if err != nil {
		return 0, err
	}
	running, queued := 0, map[string]int{}
	for _, c := range counts {
		if c.Kind != catalogue.JobImport && !strings.HasPrefix(c.Kind, "vitality.") {
			continue
		}
		switch c.State {
		case jobs.Running:
			running += int(c.N)
		case jobs.Queued:
			queued[c.Kind] += int(c.N)
		}
	}
	waiting := 0
	for kind, n := range queued {
		if running == 0 && n <= later { // else there is work to be seen anyway
			if n, err = a.dueNow(ctx, kind); err != nil {
				return 0, err
			}
		}
		waiting += n
	}
	return running + waiting, nil
}

// later is how many jobs that wait are looked at one by one; the queue gives no more at once.
const later = 200

// dueNow returns how many of the queued jobs of a kind are to run now.
func (a *App) dueNow(ctx context.Context, kind string) (n int, err error) {
	list, err := a.Queue.List(ctx, jobs.Filter{Kind: kind, State: jobs.Queued, Limit: later})
	if err != nil {
		return 0, err
	}
	soon := storage.Now() + time.Second.Microseconds()
	for _, j := range list {
		if j.RunAt <= soon {
			n++
		}
	}
	return n, nil
}

// tellList writes what came of each line that needs a word, in words of l.
func (a *App) tellList(ctx context.Context, w http.ResponseWriter, l *i18n.Localizer, status catalogue.ListStatus) error {
	for after := 0; ; {
		lines, err := a.Catalogue.Lines(ctx, operator, status.ID, "", after)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		for _, x := range lines {
			after = x.Line
			news := ImportNews{Line: x.Line, Text: x.Text, Outcome: string(x.Outcome), Why: faultText(l, x.Fault)}
			for _, m := range x.Remarks {
				news.Remarks = append(news.Remarks, remarkText(l, m))
			}
			if news.Why == "" && len(news.Remarks) == 0 {
				continue
			}
			if err := answer(w, news); err != nil {
				return err
			}
		}
	}
	sum := map[string]int{}
	for o, n := range status.Outcomes {
		sum[string(o)] = n
	}
	return answer(w, ImportNews{Sum: sum, Page: a.Config.PublicURL() + "/lists/" + status.ID})
}

func faultText(l *i18n.Localizer, f *jobs.Fault) string {
	switch {
	case f == nil:
		return ""
	case l.Has(f.Key):
		return l.T(f.Key, i18n.Args(f.Args))
	}
	return fault.Invalid(f.Field, f.Key).Error()
}

func remarkText(l *i18n.Localizer, m catalogue.Remark) string {
	text := m.Text[l.Lang()]
	if text == "" && l.Has(m.Code) {
		text = l.T(m.Code, i18n.Args(m.Args))
	}
	place := m.File
	if m.Line > 0 {
		place += fmt.Sprintf(":%d", m.Line)
	}
	if m.Column > 0 {
		place += fmt.Sprintf(":%d", m.Column)
	}
	severity := "app.severity_warning"
	if m.Severity == "error" {
		severity = "app.severity_error"
	}
	return strings.TrimSpace(place + " " + l.T(severity, i18n.Args{"text": text}))
}
