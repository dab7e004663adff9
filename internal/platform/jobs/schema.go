package jobs

import "commun/internal/platform/storage"

// Migrations returns the queue's tables. They are upkeep: what a job causes is journalled by the effect, not by the queue.
func Migrations() storage.Migrations {
	return storage.Migrations{
		Owner: "jobs",
		Steps: []storage.Step{{Name: "queue", SQL: schema}},
		// job_slots too: which period was begun is of no interest once it is over.
		Upkeep: []string{"jobs", "job_nodes", "job_slots"},
	}
}

// unique_key is unique among the jobs that wait or run; a finished one frees it. lease counts the runs. failures counts those that ended in
// an error, crashes those whose process died. fault is JSON: {"key","field","args"}.
var schema = storage.Both(`
CREATE TABLE jobs (
	id          TEXT COLLATE "C" PRIMARY KEY,
	kind        TEXT NOT NULL,
	owner_id    TEXT NOT NULL,
	subject_id  TEXT NOT NULL,
	person_id   TEXT NOT NULL,
	args        TEXT NOT NULL,
	unique_key  TEXT NOT NULL,
	state       TEXT NOT NULL,
	run_at      BIGINT NOT NULL,
	lease       BIGINT NOT NULL DEFAULT 0,
	node        TEXT NOT NULL DEFAULT '',
	failures    BIGINT NOT NULL DEFAULT 0,
	crashes     BIGINT NOT NULL DEFAULT 0,
	cancel      BIGINT NOT NULL DEFAULT 0,
	phase       TEXT NOT NULL DEFAULT '',
	done        BIGINT NOT NULL DEFAULT 0,
	total       BIGINT NOT NULL DEFAULT 0,
	fault       TEXT NOT NULL DEFAULT '',
	created_at  BIGINT NOT NULL,
	started_at  BIGINT NOT NULL DEFAULT 0,
	finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (node) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key <> '' AND state IN ('queued', 'running');
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_owner ON jobs (owner_id, id);
CREATE INDEX jobs_person ON jobs (person_id) WHERE person_id <> '';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at > 0;

CREATE TABLE job_nodes (
	node    TEXT PRIMARY KEY,
	beat_at BIGINT NOT NULL
);

CREATE TABLE job_slots (
	name TEXT PRIMARY KEY,
	slot BIGINT NOT NULL
)`)

const (
	insertJob = `INSERT INTO jobs (id, kind, owner_id, subject_id, person_id, args, run_at, unique_key, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9)
		ON CONFLICT (unique_key) WHERE unique_key <> '' AND state IN ('queued', 'running') DO NOTHING`

	findUnique = `SELECT id FROM jobs WHERE unique_key = $1 AND unique_key <> '' AND state IN ('queued', 'running')`

	// dueOfKind is joined by UNION ALL, one a kind, so that a kind with thousands of waiting jobs hides no other and no limit is passed.
	dueOfKind = `SELECT * FROM (SELECT id, kind, run_at FROM jobs WHERE state = 'queued' AND kind = $%d ORDER BY run_at, id LIMIT $%d) AS k%d`

	claimHead = `UPDATE jobs SET state = 'running', node = $1, lease = lease + 1, started_at = $2, finished_at = 0, cancel = 0,
		phase = '', done = 0, total = 0 WHERE state = 'queued' AND id IN `
	claimTail = ` RETURNING id, kind, owner_id, subject_id, person_id, args, failures, crashes, lease`

	completeJob = `UPDATE jobs SET state = 'done', finished_at = $3, phase = $4, done = $5, total = $6, fault = '', node = ''
		WHERE id = $1 AND lease = $2 AND state = 'running'`

	// releaseJob ends a run in any other way; $3 is the new state. The fault may name what the job was about, so it is not written when the
	// person or the subject ($11, $12) was erased during the run.
	releaseJob = `UPDATE jobs SET state = $3, finished_at = $4, run_at = $5, failures = $6, phase = $8, done = $9, total = $10, node = '',
		fault = CASE WHEN person_id = $11 AND subject_id = $12 THEN $7 ELSE '' END
		WHERE id = $1 AND lease = $2 AND state = 'running'`

	saveProgress = `UPDATE jobs SET phase = $3, done = $4, total = $5 WHERE id = $1 AND lease = $2 AND state = 'running'`

	runsOfNode = `SELECT id, lease, cancel FROM jobs WHERE state = 'running' AND node = $1`

	// rescueHead puts back what a dead process ran: $1 is the time. A cancellation that it did not live to see still holds.
	rescueHead = `UPDATE jobs SET
		state = CASE WHEN cancel = 1 THEN 'cancelled' WHEN crashes >= 5 THEN 'failed' ELSE 'queued' END,
		finished_at = CASE WHEN cancel = 1 OR crashes >= 5 THEN CAST($1 AS BIGINT) ELSE 0 END,
		fault = CASE WHEN cancel = 0 AND crashes >= 5 THEN '{"key":"jobs.crashed"}' ELSE fault END,
		crashes = crashes + 1, node = ''
		WHERE state = 'running' AND `
	rescueTail = ` RETURNING id, kind, owner_id, subject_id, state, crashes`

	takeSlot = `INSERT INTO job_slots (name, slot) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET slot = excluded.slot WHERE job_slots.slot < excluded.slot`

	cancelQueued  = `UPDATE jobs SET state = 'cancelled', finished_at = $2 WHERE id = $1 AND state = 'queued'`
	cancelRunning = `UPDATE jobs SET cancel = 1 WHERE id = $1 AND state = 'running'`

	retryJob = `UPDATE jobs SET state = 'queued', run_at = $2, finished_at = 0, failures = 0, crashes = 0, cancel = 0, fault = ''
		WHERE id = $1 AND state IN ('failed', 'cancelled') AND (unique_key = '' OR NOT EXISTS
			(SELECT 1 FROM jobs o WHERE o.unique_key = jobs.unique_key AND o.unique_key <> '' AND o.state IN ('queued', 'running')))`

	sweepJobs = `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at > 0 AND finished_at < $1 LIMIT 1000)`

	// eraseJobs leaves the row, for the counts, without anything that speaks of the person. What waits is cancelled: it can't run on nothing.
	eraseJobs = `UPDATE jobs SET args = '{}', phase = '', fault = '', unique_key = '', person_id = '',
		subject_id = CASE WHEN subject_id = $1 THEN '' ELSE subject_id END,
		owner_id = CASE WHEN owner_id = $1 THEN '' ELSE owner_id END,
		cancel = CASE WHEN state = 'running' THEN 1 ELSE cancel END,
		finished_at = CASE WHEN state = 'queued' THEN $2 ELSE finished_at END,
		state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
		WHERE person_id = $1 OR subject_id = $1`

	recordColumns = `id, kind, owner_id, subject_id, person_id, args, state, run_at, failures, crashes, node, phase, done, total, fault,
		created_at, started_at, finished_at`
)

// Where the two part. The clock of the beats is the database's, so that nodes need not agree on the time.
var (
	claimIDs = storage.SQL{
		SQLite: `%s`,
		// Two nodes may want the same rows: each skips what the other is taking instead of waiting, or locking in another order.
		Postgres: `(SELECT id FROM jobs WHERE state = 'queued' AND id IN %s ORDER BY id FOR UPDATE SKIP LOCKED)`,
	}
	beat = storage.SQL{
		SQLite: `INSERT INTO job_nodes (node, beat_at) VALUES ($1, CAST(unixepoch('subsec') * 1000000 AS BIGINT))
			ON CONFLICT (node) DO UPDATE SET beat_at = excluded.beat_at`,
		Postgres: `INSERT INTO job_nodes (node, beat_at) VALUES ($1, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT))
			ON CONFLICT (node) DO UPDATE SET beat_at = excluded.beat_at`,
	}
	// aliveNodes takes the microseconds after which a silent node is dead.
	aliveNodes = storage.SQL{
		SQLite:   `SELECT node FROM job_nodes WHERE beat_at > CAST(unixepoch('subsec') * 1000000 AS BIGINT) - $%d`,
		Postgres: `SELECT node FROM job_nodes WHERE beat_at > CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) - $%d`,
	}
)
