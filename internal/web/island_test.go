package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"commun/internal/web"
	"commun/internal/web/components"
	"commun/internal/web/webtest"
)

// browserWait bounds how long the browser may take; no event that the test waits for depends on it.
const browserWait = time.Minute

// In a real browser: the page of a job follows its events under our policy, and is read again when the job has ended.
func TestAJobIsFollowedLive(t *testing.T) {
	b := webtest.OpenBrowser(t)
	site := webtest.New(t)
	var ended atomic.Bool
	half, finish := make(chan struct{}), make(chan struct{})
	site.Router.Handle("GET /job", "job", func(w http.ResponseWriter, r *http.Request) error {
		job := components.Job{Title: "Import", State: "running", Status: "Beginning", Total: 10, Stream: "/job/events", Reload: "/job"}
		if ended.Load() {
			job = components.Job{Title: "Import", State: "done", Status: "It is done"}
		}
		return web.Render(w, r, web.Page{Title: "Job"}, components.Heading("Job", "", "", ""), components.Progress(job))
	})
	site.Router.Handle("GET /job/events", "job.events", func(w http.ResponseWriter, r *http.Request) error {
		return web.Stream(w, r, func(ctx context.Context, send func(string, any)) error {
			send("progress", components.JobEvent{Done: 5, Total: 10, Status: "Half way"})
			close(half)
			select {
			case <-finish:
			case <-ctx.Done():
				return nil
			}
			ended.Store(true)
			send("end", nil)
			return nil
		})
	}).Streams()
	ts := httptest.NewServer(site.Router)
	defer ts.Close()
	b.Go(ts.URL + "/job")
	<-half
	wait := func(text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(b.Context(), browserWait)
		defer cancel()
		// A page that is read again ends the poll that ran in it: the next one runs in the new page.
		for {
			_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("[data-status]")?.textContent === "`+text+`"`))
			if err == nil {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("the page never said %q: %v", text, err)
			}
		}
	}
	wait("Half way")
	if v := webtest.Eval[float64](b, `document.querySelector("progress").value`); v != 5 {
		t.Errorf("the bar stands at %v, want 5", v)
	}
	if !webtest.Eval[bool](b, `document.querySelector("[data-reload]").hidden`) {
		t.Error("the link for pages without JavaScript must go when events come")
	}
	close(finish)
	wait("It is done")
}
