package app

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"commun/internal/core/journal"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
	"commun/internal/web/admin"
)

// health gathers what the health page says.
func (a *App) health(started time.Time) func(context.Context) (admin.Health, error) {
	return func(ctx context.Context) (admin.Health, error) {
		h := admin.Health{Version: Version(), Started: started, Storage: a.DB.Stats(), Memory: resident(), Mail: a.mailLeaves(), Database: "SQLite"}
		if a.DB.Dialect() == storage.Postgres {
			h.Database = "PostgreSQL"
		}
		var err error
		if h.Size, err = a.DB.Size(ctx); err != nil {
			return h, err
		}
		if err := a.DB.QueryRow(ctx, `SELECT COUNT(*) FROM journal_pending`).Scan(&h.Pending); err != nil {
			return h, err
		}
		checkpoint, key, err := a.Journal.Checkpoint(ctx)
		if err != nil {
			return h, err
		}
		_, tree, err := journal.OpenCheckpoint(checkpoint, key)
		if err != nil {
			return h, err
		}
		h.LogSize = tree.N
		waiting, err := a.Queue.Waiting(ctx)
		if err != nil {
			return h, err
		}
		h.Waiting = time.Duration(waiting) * time.Microsecond
		if h.Jobs, err = a.Queue.Counts(ctx); err != nil {
			return h, err
		}
		h.Documents, err = a.Search.Documents(ctx)
		return h, err
	}
}

// mailLeaves says how mail leaves the instance.
func (a *App) mailLeaves() string {
	if _, ok := a.Config.Mail(); ok {
		return "smtp"
	}
	if _, none := a.Mail.(mail.None); none {
		return "none"
	}
	return "terminal"
}

// resident returns the memory that the process holds, in bytes.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
			if rest, ok := bytes.CutPrefix(s.Bytes(), []byte("VmRSS:")); ok {
				if kb, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64); err == nil {
					return kb << 10
				}
			}
		}
	}
	var m runtime.MemStats // elsewhere than on Linux: what the Go runtime has of the system
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// ready says whether the instance can serve.
func (a *App) ready(ctx context.Context) error { return a.DB.Ping(ctx) }

// registry holds what /metrics gives out.
func (a *App) registry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	gauge := func(name, help string, f func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	count := func(query string) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			var n int64
			if err := a.DB.QueryRow(ctx, query).Scan(&n); err != nil {
				return -1
			}
			return float64(n)
		}
	}
	gauge("commun_journal_pending", "Leaves that wait for the log.", count(`SELECT COUNT(*) FROM journal_pending`))
	gauge("commun_journal_size", "Entries in the log.", count(`SELECT size FROM journal_log WHERE id = 1`))
	gauge("commun_storage_queue", "Operations that wait for the writer.", func() float64 { return float64(a.DB.Stats().Queue) })
	gauge("commun_storage_operations", "Operations that were run since the start.", func() float64 { return float64(a.DB.Stats().Ops) })
	gauge("commun_database_bytes", "Size of the SQLite file.", func() float64 { return float64(a.DB.Stats().FileBytes) })
	gauge("commun_jobs_waiting_seconds", "How long the job that is due the longest has waited.", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := a.Queue.Waiting(ctx)
		if err != nil {
			return -1
		}
		return float64(n) / 1e6
	})
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}
