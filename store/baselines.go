package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/series"
)

const eventPin, eventRetire = "pin", "retire"

// pinLease is how long a pin may take.
const pinLease = 2 * time.Minute

// PinBaseline stores a baseline as the next version of its name and fills in
// the version and the time. The blocks are written first: a pin that is cut
// short has pinned nothing.
func (s *Store) PinBaseline(ctx context.Context, b *baseline.Baseline) error {
	release, err := s.baselineLease(ctx, b.Name)
	if err != nil {
		return err
	}
	defer release()
	heads, err := s.Baselines(ctx, b.Name)
	if err != nil {
		return err
	}
	b.Version = 1
	for _, h := range heads {
		if h.Product != b.Product {
			return fmt.Errorf("baseline %s is of product %q, this one of %q: a name is of one product", h.ID(), h.Product, b.Product)
		}
		b.Version = max(b.Version, h.Version+1)
	}
	if b.PinnedAt, err = s.Now(ctx); err != nil {
		return err
	}
	const columns = "sha256, series, slice, start, seconds, grid, n, nulls, bad, sum, sum2, min, max, codes, counts, categories"
	const step = 20_000 // blocks of one insert
	for lo := 0; lo < len(b.Blocks); lo += step {
		part := b.Blocks[lo:min(lo+step, len(b.Blocks))]
		if err := s.fill(ctx, "baseline_block_rows", columns, len(part), func(i int, w driver.Batch) error { return appendBlock(w, b.Hash, &part[i]) }); err != nil {
			return err
		}
	}
	return s.baselineEvent(ctx, eventPin, &b.Head, b.PinnedAt, b.PinnedBy, b.Note)
}

func appendBlock(w driver.Batch, hash string, b *series.Block) error {
	from, until := b.Span()
	if from.IsZero() {
		from, until = time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC()
	}
	n := &b.Numeric
	codes, counts, categories := make([]int32, len(n.Cells)), make([]uint64, len(n.Cells)), make(map[string]uint64, len(b.Categorical.Counts))
	for i, c := range n.Cells {
		codes[i], counts[i] = int32(c.Code), uint64(c.N)
	}
	for v, k := range b.Categorical.Counts {
		categories[v] = uint64(k)
	}
	low, high := n.Min, n.Max
	if n.N == 0 {
		low, high = 0, 0
	}
	return w.Append(hash, b.Signal, b.Slice, from, uint32(until.Sub(from)/time.Second), b.Grid, uint64(n.N), uint64(n.Null), uint64(n.Bad),
		n.Sum, n.Sum2, low, high, codes, counts, categories)
}

func (s *Store) baselineEvent(ctx context.Context, event string, h *baseline.Head, at time.Time, by, note string) error {
	from, until := h.From, h.Until
	if h.Timeless() {
		from, until = time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC()
	}
	const columns = "name, version, event, at, by, note, product, source, origin, from_time, to_time, series, n, sha256, code_version, config_version"
	return s.fill(ctx, "baseline_rows", columns, 1, func(_ int, w driver.Batch) error {
		return w.Append(h.Name, uint32(h.Version), event, at, by, note, h.Product, string(h.Source), h.Origin, from, until,
			uint32(h.Series), uint64(h.Rows), h.Hash, h.Code, h.Config)
	})
}

// baselineLease makes pins of one name wait for each other.
func (s *Store) baselineLease(ctx context.Context, name string) (release func(), err error) {
	host, _ := os.Hostname()
	lease, holder := "baseline/"+name, fmt.Sprintf("%s/%d/%d", host, os.Getpid(), time.Now().UnixNano())
	ok, err := s.AcquireLease(ctx, lease, holder, pinLease)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("somebody else is pinning or retiring %s just now: try again", name)
	}
	return func() { _ = s.ReleaseLease(context.WithoutCancel(ctx), lease, holder) }, nil
}

// Baselines are all versions of the baselines of a name, or with "" of all, in
// order of name and version, retired ones included.
func (s *Store) Baselines(ctx context.Context, name string) ([]baseline.Head, error) {
	var out []baseline.Head
	err := s.read(ctx, "baselines.sql", func(r driver.Rows) error {
		var h baseline.Head
		var version, nseries uint32
		var n uint64
		var event, source, by, note string
		var at, from, until time.Time
		if err := r.Scan(&h.Name, &version, &event, &at, &by, &note, &h.Product, &source, &h.Origin, &from, &until, &nseries, &n, &h.Hash, &h.Code, &h.Config); err != nil {
			return err
		}
		h.Version, h.Source, h.Series, h.Rows = int(version), baseline.Source(source), int(nseries), int64(n)
		if until.Unix() > 0 {
			h.From, h.Until = from.UTC(), until.UTC()
		}
		switch event {
		case eventPin:
			h.PinnedAt, h.PinnedBy, h.Note = at.UTC(), by, note
			out = append(out, h)
		case eventRetire:
			if k := len(out) - 1; k >= 0 && out[k].Name == h.Name && out[k].Version == h.Version {
				out[k].RetiredAt, out[k].RetiredBy, out[k].Why = at.UTC(), by, note
			}
		}
		return nil
	}, named("name", name))
	return out, err
}

// ErrNoBaseline says that a baseline is not there.
var ErrNoBaseline = errors.New("no such baseline")

// Baseline reads a version of a baseline with its blocks, or with version 0
// the newest that is not retired.
func (s *Store) Baseline(ctx context.Context, name string, version int) (*baseline.Baseline, error) {
	heads, err := s.Baselines(ctx, name)
	if err != nil {
		return nil, err
	}
	h := baseline.Pick(heads, version)
	if h == nil {
		switch {
		case len(heads) == 0:
			return nil, fmt.Errorf("%w: nothing is pinned as %s", ErrNoBaseline, name)
		case version == 0:
			return nil, fmt.Errorf("%w: every version of %s is retired", ErrNoBaseline, name)
		default:
			return nil, fmt.Errorf("%w: %s has no version %d, the newest is %d", ErrNoBaseline, name, version, heads[len(heads)-1].Version)
		}
	}
	var blocks []series.Block
	if err := s.read(ctx, "baseline_blocks.sql", func(r driver.Rows) error {
		b, err := scanBlock(r)
		if h.Timeless() {
			b.Timeless()
		}
		blocks = append(blocks, b)
		return err
	}, named("sha256", h.Hash)); err != nil {
		return nil, err
	}
	b, err := baseline.Restore(*h, blocks)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return b, nil
}

// RetireBaseline says that a version is not to be used any more; with version 0
// the newest that is not retired yet. Its blocks stay.
func (s *Store) RetireBaseline(ctx context.Context, name string, version int, by, why string) (*baseline.Head, error) {
	release, err := s.baselineLease(ctx, name)
	if err != nil {
		return nil, err
	}
	defer release()
	heads, err := s.Baselines(ctx, name)
	if err != nil {
		return nil, err
	}
	h := baseline.Pick(heads, version)
	switch {
	case h == nil && version == 0 && len(heads) > 0:
		return nil, fmt.Errorf("every version of %s is retired already", name)
	case h == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoBaseline, name)
	case h.Retired():
		return nil, fmt.Errorf("%s was retired on %s by %s already", h.ID(), h.RetiredAt.Format(time.RFC3339), h.RetiredBy)
	}
	if h.RetiredAt, err = s.Now(ctx); err != nil {
		return nil, err
	}
	h.RetiredBy, h.Why = by, why
	return h, s.baselineEvent(ctx, eventRetire, h, h.RetiredAt, by, why)
}

// NamedBaseline reads the baseline that windage.yaml names as NAME or
// NAME@VERSION, or says why it cannot be used. known is what was read before,
// which is given back when it is still that one; it may be nil.
func (s *Store) NamedBaseline(ctx context.Context, ref string, known *baseline.Baseline) (b *baseline.Baseline, why string, err error) {
	name, version, err := baseline.ParseRef(ref)
	if err != nil {
		return nil, err.Error(), nil
	}
	heads, err := s.Baselines(ctx, name)
	if err != nil {
		return nil, "", err
	}
	now := baseline.Pick(heads, version)
	switch {
	case now != nil && now.Retired():
		return nil, "baseline " + now.ID() + " is retired", nil
	case known != nil && now != nil && known.Version == now.Version && known.Hash == now.Hash:
		return known, "", nil
	}
	b, err = s.Baseline(ctx, name, version)
	var damaged *baseline.DamagedError
	if errors.Is(err, ErrNoBaseline) || errors.As(err, &damaged) {
		return nil, err.Error(), nil
	}
	return b, "", err
}
