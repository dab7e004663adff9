package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// groupLimit is how many operations one commit may carry. More gains little, and the first would wait for the last.
const groupLimit = 512

// writer is SQLite's one writer: a goroutine that takes all operations that wait (no delay is added), runs each in a savepoint, commits once, and
// acknowledges each after that commit. A client that is alone takes the writer's turn itself: two switches between goroutines can cost more than a commit.
//
// The traps that it is built around: an error such as a full disk may roll back the whole transaction, savepoints and all, and a statement after
// that would commit by itself. So statements never see a caller's cancellation; an operation is over with its first failed statement; after any
// error the writer looks whether its savepoint still stands; and if it doesn't, every operation of the group is run again alone.
type writer struct {
	db    *DB
	pool  *sql.DB // of one connection
	conn  *sql.Conn
	stmts map[string]*sql.Stmt

	mu     sync.RWMutex // held for reading while an operation enters the queue
	closed bool
	queue  chan *op
	ended  chan struct{}

	turn   sync.Mutex // held by who runs operations: all that follows, and the connection, is theirs
	inline bool       // its holder is a client
	group  []*op      // those in work

	waits  atomic.Int64 // operations that wait
	last   atomic.Int64 // size of the last group of several goroutines' operations
	groups atomic.Int64
	reruns atomic.Int64
}

// op is one operation on its way.
type op struct {
	ctx    context.Context
	fn     func(*Tx) error
	upkeep bool

	between func() error // instead of fn: something to do on the connection between two transactions

	state    atomic.Int32 // waiting → claimed by the writer, or abandoned by its caller
	finished bool         // by the holder of the turn alone
	done     chan struct{}
	err      error
	panicked *panicked
	after    []func()
}

const (
	waiting int32 = iota
	claimed
	abandoned
)

// panicked carries a panic of an operation to its caller, with the stack of where it happened.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("operation panicked: %v\n\n%s", p.value, p.stack)
}

var errGoexit = errors.New("operation ended its goroutine (runtime.Goexit, perhaps a test's Fatal)")

func newWriter(db *DB, pool *sql.DB) (*writer, error) {
	w := &writer{db: db, pool: pool, queue: make(chan *op, 2*groupLimit), ended: make(chan struct{})}
	if err := w.connect(); err != nil {
		return nil, err
	}
	go w.loop()
	return w, nil
}

func (w *writer) connect() (err error) {
	w.stmts = map[string]*sql.Stmt{}
	w.conn, err = w.pool.Conn(context.Background())
	return err
}

// do has fn run in the writer's turn and waits for its commit.
func (w *writer) do(ctx context.Context, upkeep bool, fn func(*Tx) error) error {
	return w.submit(&op{ctx: ctx, fn: fn, upkeep: upkeep, done: make(chan struct{})})
}

func (w *writer) submit(o *op) error {
	if err := w.enter(o); err != nil {
		return err
	}
	return w.outcome(o)
}

// outcome waits for o, which was accepted.
func (w *writer) outcome(o *op) error {
	select {
	case <-o.done:
	case <-o.ctx.Done():
		if o.state.CompareAndSwap(waiting, abandoned) {
			return fmt.Errorf("write gave up before its turn: %w", o.ctx.Err())
		}
		<-o.done // begun: its outcome is worth knowing
	}
	if o.panicked != nil {
		panic(o.panicked)
	}
	if o.err != nil {
		return o.err
	}
	for _, fn := range o.after {
		fn()
	}
	return nil
}

func (w *writer) enter(o *op) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	if err := o.ctx.Err(); err != nil {
		return fmt.Errorf("write gave up before its turn: %w", err)
	}
	if w.last.Load() <= 1 && w.waits.Load() == 0 && w.turn.TryLock() {
		w.byClient(o)
		return nil
	}
	w.waits.Add(1)
	select {
	case w.queue <- o:
		return nil
	case <-o.ctx.Done():
		w.waits.Add(-1)
		return fmt.Errorf("write found no place in the queue: %w", o.ctx.Err())
	}
}

// byClient runs o, which is alone, in its client's goroutine, which holds the turn.
func (w *writer) byClient(o *op) {
	defer func() { // also when the operation ends its goroutine
		clear(w.group)
		w.inline = false
		w.turn.Unlock()
	}()
	w.inline = true
	w.group = w.group[:0]
	w.add(o)
	w.alone()
}

// drain refuses new operations and waits for those accepted.
func (w *writer) drain() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	return nil
}

// close folds the log into the file and lets the connection go.
func (w *writer) close() error {
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	w.forget()
	return errors.Join(err, w.conn.Close(), w.pool.Close())
}

func (w *writer) forget() {
	for _, s := range w.stmts {
		s.Close()
	}
	clear(w.stmts)
}

// loop is the writer's goroutine.
func (w *writer) loop() {
	for first := range w.queue {
		w.turn.Lock()
		w.group = w.group[:0]
		w.take(first)
	more:
		for len(w.group) < groupLimit {
			select {
			case o, open := <-w.queue:
				if !open {
					break more
				}
				w.take(o)
			default:
				break more
			}
		}
		w.last.Store(int64(len(w.group)))
		if len(w.group) > 1 && !w.together() {
			w.reruns.Add(int64(len(w.group)))
			w.alone()
		} else if len(w.group) == 1 {
			w.alone()
		}
		clear(w.group)
		w.turn.Unlock()
	}
	close(w.ended)
}

func (w *writer) take(o *op) {
	w.waits.Add(-1)
	w.add(o)
}

// add puts o into the group, or runs it at once when it is no transaction.
func (w *writer) add(o *op) {
	if o.between == nil {
		w.group = append(w.group, o)
	} else if w.claim(o) {
		w.release(o, o.between())
	}
}

// emptyLog folds the log into the file and cuts it to nothing, between two groups. false says that a read still needs it: nothing waits for that.
func (w *writer) emptyLog(ctx context.Context) (emptied bool, err error) {
	o := &op{ctx: ctx, done: make(chan struct{})}
	o.between = func() error {
		if err := w.script(`PRAGMA busy_timeout = 0`); err != nil {
			return mapError(err)
		}
		var busy, pages, done int
		err := w.conn.QueryRowContext(context.Background(), `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done)
		emptied = err == nil && busy == 0
		if errors.Is(mapError(err), ErrLocked) {
			err = nil
		}
		return mapError(errors.Join(err, w.script(fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyMillis))))
	}
	err = w.submit(o)
	return emptied, err
}

// together runs the group in one transaction and acknowledges it. false says that the transaction was lost, and nothing of it is stored; the
// operations that are not finished are to be run again.
func (w *writer) together() bool {
	if err := w.begin(); err != nil {
		w.finishAll(err)
		return true
	}
	for _, o := range w.group {
		if !w.claim(o) {
			continue
		}
		if w.command("SAVEPOINT op") != nil {
			w.rollback()
			return false
		}
		if err := w.call(o); err != nil {
			if w.command("ROLLBACK TO op") != nil {
				w.rollback()
				return false
			}
			w.release(o, err)
		}
		if w.command("RELEASE op") != nil {
			w.rollback()
			return false
		}
	}
	if w.command("COMMIT") != nil {
		w.rollback()
		return false
	}
	w.groups.Add(1)
	w.finishAll(nil)
	return true
}

// alone runs each operation of the group that is not finished in a transaction of its own.
func (w *writer) alone() {
	for _, o := range w.group {
		if o.finished || !w.claim(o) {
			continue
		}
		err := w.begin()
		if err == nil {
			if err = w.call(o); err == nil {
				err = mapError(w.command("COMMIT"))
			}
			if err != nil {
				w.rollback()
			} else {
				w.groups.Add(1)
			}
		}
		w.release(o, err)
	}
}

// claim takes o for the writer, unless its caller gave up.
func (w *writer) claim(o *op) bool {
	if o.finished {
		return false
	}
	if o.state.Load() == claimed {
		return true
	}
	if err := o.ctx.Err(); err != nil && o.state.CompareAndSwap(waiting, abandoned) {
		w.release(o, fmt.Errorf("write gave up before its turn: %w", err))
		return false
	}
	if !o.state.CompareAndSwap(waiting, claimed) {
		o.finished = true // its caller is gone
		return false
	}
	return true
}

// release acknowledges o.
func (w *writer) release(o *op, err error) {
	if o.finished {
		return
	}
	o.finished = true
	if p, ok := errors.AsType[*panicked](err); ok {
		o.panicked = p
	}
	o.err = err
	w.db.ops.Add(1)
	close(o.done)
}

func (w *writer) finishAll(err error) {
	for _, o := range w.group {
		w.release(o, err)
	}
}

// call runs o's function and returns its error or that of a statement that it chose not to look at.
func (w *writer) call(o *op) (err error) {
	tx := &Tx{db: w.db, run: w, write: true, upkeep: o.upkeep}
	returned := false
	defer func() {
		if returned {
			return
		}
		tx.over.Store(true)
		if v := recover(); v != nil {
			tx.closeRows()
			err = &panicked{v, debug.Stack()}
			return
		}
		// Neither returned nor panicked: the function ended this goroutine. If it is the writer's, another takes over, with the turn and the rest of the
		// group.
		tx.closeRows()
		w.rollback()
		w.release(o, errGoexit)
		if !w.inline {
			go func() {
				w.alone()
				w.turn.Unlock()
				w.loop()
			}()
		}
	}()
	err = o.fn(tx)
	returned = true
	tx.closeRows()
	tx.over.Store(true)
	if err == nil {
		err = tx.failed
	}
	o.after = tx.after
	return err
}

// begin opens the transaction, through a new connection when the old one is unusable.
func (w *writer) begin() error {
	err := w.command("BEGIN IMMEDIATE")
	if err == nil || errors.Is(mapError(err), ErrLocked) {
		return mapError(err)
	}
	w.rollback()
	if err = w.command("BEGIN IMMEDIATE"); err == nil {
		return nil
	}
	w.db.log.Error("the writer's connection is replaced", "error", err)
	w.forget()
	_ = w.conn.Close()
	w.pool.SetMaxIdleConns(0) // closes it
	w.pool.SetMaxIdleConns(1)
	if e := w.connect(); e != nil {
		return mapError(e)
	}
	return mapError(w.command("BEGIN IMMEDIATE"))
}

// rollback ends a transaction that may already be gone.
func (w *writer) rollback() { _ = w.command("ROLLBACK") }

func (w *writer) command(q string) error {
	s, err := w.prepare(q)
	if err == nil {
		_, err = s.ExecContext(context.Background())
	}
	return err
}

// prepare returns the connection's statement for text. Statements are few (texts of the program), but lists of parameters come in many lengths.
func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if s := w.stmts[text]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if len(w.stmts) >= cachedTexts/4 {
		w.forget() // none is in use here: a transaction has one statement at a time
	}
	w.stmts[text] = s
	return s, nil
}

// query and exec make the writer the runner of its transactions. The caller's context is left aside on purpose: see the type's comment.
func (w *writer) query(_ context.Context, text string, args []any) (*sql.Rows, error) {
	s, err := w.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

func (w *writer) exec(_ context.Context, text string, args []any) (sql.Result, error) {
	s, err := w.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

// script runs several statements, for migrations.
func (w *writer) script(text string) error {
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}
