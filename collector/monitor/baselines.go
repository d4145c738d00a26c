package monitor

import (
	"context"

	"go.uber.org/zap"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/store"
)

// baselines are those that windage.yaml names, by the name it gives them.
type baselines struct {
	pinned  map[string]*baseline.Baseline
	missing map[string]string // why one cannot be used
}

// readBaselines looks whether the baselines that windage.yaml names are still
// those that are known. What was pinned or retired meanwhile makes the detector
// look again.
func (e *evaluator) readBaselines(ctx context.Context, db *store.Store) error {
	if e.baselines.pinned == nil {
		e.baselines = baselines{map[string]*baseline.Baseline{}, map[string]string{}}
	}
	for _, ref := range e.file.PinnedBaselines() {
		known := e.baselines.pinned[ref]
		b, why, err := db.NamedBaseline(ctx, ref, known)
		switch {
		case err != nil:
			return err
		case b != nil && b != known:
			e.log.Info("Drift is watched against a pinned baseline", zap.String("baseline", b.ID()), zap.String("product", b.Product), zap.String("sha256", b.Hash))
			e.baselines.pinned[ref], e.driftStale = b, true
			delete(e.baselines.missing, ref)
		case b == nil && e.baselines.missing[ref] != why:
			e.log.Warn("A baseline that windage.yaml names cannot be used; its series are compared with a rolling reference",
				zap.String("baseline", ref), zap.String("reason", why))
			e.baselines.missing[ref], e.driftStale = why, true
			delete(e.baselines.pinned, ref)
		}
	}
	return nil
}
