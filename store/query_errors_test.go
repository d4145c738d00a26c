package store_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

func TestAQueryThatTakesTooLongSaysSo(t *testing.T) {
	s := open(t)

	err := s.QueryReadOnly(t.Context(), "SELECT sleep(3)", store.Limits{Timeout: 500 * time.Millisecond},
		func([]store.Column) error { return nil }, func([]any) error { return nil })

	require.ErrorIs(t, err, store.ErrTimeout)
	require.ErrorContains(t, err, "of 500ms")
}

// A database that no windage, or an older one, has laid out.
func TestTablesThatAreNotThere(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(testkit.Engine(t)), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer s.Close()

	_, err = s.CostBy(t.Context(), []string{"model"}, time.Now().Add(-time.Hour), time.Now())
	require.ErrorContains(t, err, "windage schema apply")
	_, err = s.Incidents(t.Context(), time.Now().Add(-time.Hour))
	require.ErrorContains(t, err, "windage schema apply")
	_, err = s.Products(t.Context(), time.Now().Add(-time.Hour))
	require.ErrorContains(t, err, "windage schema apply")
}
