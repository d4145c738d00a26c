package comparison

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/table"
)

const evidentlyData = "testdata/evidently/"

// What Evidently recorded of the two files is what windage finds in them.
func TestSnapshotsHoldAsEvidentlySaid(t *testing.T) {
	for _, c := range []struct {
		file, format string
		least        int // checks
		// rounded is how far Evidently rounds the values that it writes.
		rounded    float64
		unmeasured []string // metrics that windage does not compute
	}{
		{"tests-0.7.23.json", "Evidently 0.7, report", 35, 1e-9, nil},
		{"whole-0.7.23.json", "Evidently 0.7, whole snapshot", 6, 1e-9, nil},
		{"report-0.7.23.json", "Evidently 0.7, report", 5, 1e-9, nil},
		{"report-0.4.40.json", "Evidently 0.4, report", 5, 1e-9, nil},
		{"suite-0.4.40.json", "Evidently 0.4, test suite", 18, 0.006, nil},
		{"snapshot-0.4.40.json", "Evidently 0.4, snapshot", 18, 0.006, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			recorded, err := CheckSnapshot(evidentlyData+c.file, "", "", table.Format{})
			require.NoError(t, err)
			require.Equal(t, c.format, recorded.Format)
			require.GreaterOrEqual(t, len(recorded.Checks), c.least)
			now, err := CheckSnapshot(evidentlyData+c.file, evidentlyData+"current.csv", evidentlyData+"reference.csv", table.Format{})
			require.NoError(t, err)
			require.Len(t, now.Checks, len(recorded.Checks))
			for i, was := range recorded.Checks {
				is := now.Checks[i]
				t.Logf("%-60s %v %v | %v %v %s", was.Check, deref(was.Value), truth(was.Passed), deref(is.Value), truth(is.Passed), is.Reason)
				if slices.Contains(c.unmeasured, is.Metric) {
					require.Equal(t, "not measurable, because windage does not compute Evidently's "+is.Metric, is.Reason)
					continue
				}
				require.NotNil(t, is.Passed, "%s: %s", was.Check, is.Reason)
				if was.Value != nil {
					require.InDelta(t, *was.Value, *is.Value, c.rounded, was.Check)
				}
				if was.Passed != nil {
					require.Equal(t, *was.Passed, *is.Passed, was.Check)
				}
			}
			require.Positive(t, recorded.Failed, "latency, plan and the gaps differ")
			if c.unmeasured == nil {
				require.Equal(t, recorded.Failed, now.Failed)
			}
		})
	}
}

func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

func truth(v *bool) any {
	if v == nil {
		return nil
	}
	return *v
}

func TestSnapshotChecksThatCannotBeMadeSayWhy(t *testing.T) {
	rep, err := CheckSnapshot(evidentlyData+"tests-0.7.23.json", evidentlyData+"current.csv", "", table.Format{})
	require.NoError(t, err)
	for _, c := range rep.Checks {
		if c.Metric == "ValueDrift" || c.Metric == "DriftedColumnsCount" {
			require.Nil(t, c.Passed)
			require.Equal(t, "not measurable, because drift is against the reference data: name it with --reference", c.Reason)
		}
	}
	data := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(data, []byte("latency,plan,score\nfast,free,\nslow,pro,\n"), 0o600))
	rep, err = CheckSnapshot(evidentlyData+"tests-0.7.23.json", data, evidentlyData+"reference.csv", table.Format{})
	require.NoError(t, err)
	reasons := map[string]bool{}
	for _, c := range rep.Checks {
		reasons[c.Metric+" "+c.Column+": "+c.Reason] = true
	}
	require.Contains(t, reasons, "MeanValue latency: not measurable, because MeanValue of a column of kind text")
	require.Contains(t, reasons, `MeanValue tokens: not measurable, because there is no column "tokens"; the file has latency, plan, score`)
	require.Contains(t, reasons, "ValueDrift latency: not measurable, because the type changed from number to text")
}

func TestWhatIsNoSnapshotIsRefused(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"{":                             "an Evidently snapshot is JSON",
		`{"a": 1}`:                      "it is no Evidently snapshot",
		`{"metrics": [], "tests": []}`:  "nothing in it that can be checked",
		`{"metrics": {}, "tests": []}`:  "cannot unmarshal",
		`{"metric_results": {"x": []}}`: "cannot unmarshal",
		`[1]`:                           "an Evidently snapshot is JSON",
	} {
		path := filepath.Join(dir, "s.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := CheckSnapshot(path, "", "", table.Format{})
		require.ErrorContains(t, err, want, text)
		require.ErrorContains(t, err, path)
	}
	_, err := CheckSnapshot(evidentlyData+"report-0.7.23.json", "", evidentlyData+"reference.csv", table.Format{})
	require.ErrorContains(t, err, "a reference without current data")
}
