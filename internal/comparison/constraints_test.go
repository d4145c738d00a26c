package comparison

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/table"
)

func TestConstraintsNameWhatIsBroken(t *testing.T) {
	dir := t.TempDir()
	c, d := filepath.Join(dir, "constraints.json"), filepath.Join(dir, "d.csv")
	require.NoError(t, os.WriteFile(c, []byte(`{"version":0.0,"features":[
		{"name":"age","inferred_type":"Integral","completeness":1.0,"num_constraints":{"is_non_negative":true}},
		{"name":"score","inferred_type":"Fractional","completeness":0.5},
		{"name":"lang","inferred_type":"String","completeness":1.0,"string_constraints":{"domains":["en","de"]}},
		{"name":"lost","inferred_type":"String","completeness":1.0}],
		"monitoring_config":{"datatype_check_threshold":1.0,"domain_content_threshold":0.9}}`), 0o600))
	require.NoError(t, os.WriteFile(d, []byte("age,score,lang,fresh\n1,0.5,en,x\n-2,,de,x\n2.5,,pt,x\n3,1,en,x\n"), 0o600))
	cons, err := ReadConstraints(c)
	require.NoError(t, err)
	v, err := cons.Check(d, table.Format{})
	require.NoError(t, err)
	var got []string
	for _, x := range v.Violations {
		got = append(got, x.Feature+" "+x.Check)
	}
	require.Equal(t, []string{"age data_type_check", "age non_negative_check", "lang domain_content_check", "lost missing_column_check", "fresh extra_column_check"}, got)

	require.NoError(t, os.WriteFile(c, []byte(`{}`), 0o600))
	_, err = ReadConstraints(c)
	require.ErrorContains(t, err, "a SageMaker constraints.json is needed")
}

// With the statistics of the baseline, distributions are compared as deequ does.
func TestDistributionsAreHeldToTheStatistics(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	constraints := write("constraints.json", `{"version":0.0,"features":[
		{"name":"same","inferred_type":"Integral"},{"name":"moved","inferred_type":"Integral"},{"name":"sketched","inferred_type":"Integral"},
		{"name":"plan","inferred_type":"String"},{"name":"off","inferred_type":"Integral","monitoring_config_overrides":{"distribution_constraints":{"perform_comparison":"Disabled"}}},
		{"name":"bare","inferred_type":"Integral"},{"name":"chi","inferred_type":"String","monitoringConfigOverrides":{"distribution_constraints":{"categorical_drift_method":"ChiSquared"}}}],
		"monitoring_config":{"distribution_constraints":{"perform_comparison":"Enabled","comparison_threshold":0.1,"comparison_method":"Simple"}}}`)
	bucket := func(lo, hi string, n string) string {
		return `{"lower_bound":` + lo + `,"upper_bound":` + hi + `,"count":` + n + `}`
	}
	half := `"numerical_statistics":{"common":{"num_present":100,"num_missing":0},"distribution":{"kll":{"buckets":[` + bucket("0", "5", "50") + `,` + bucket("5", "9", "50") + `]}}}`
	text := `"string_statistics":{"common":{"num_present":100,"num_missing":0},"distinct_count":2,"distribution":{"categorical":{"buckets":[{"value":"free","count":80},{"value":"pro","count":20}]}}}`
	statistics := write("statistics.json", `{"version":0,"features":[
		{"name":"same","inferred_type":"Integral",`+half+`},{"name":"moved","inferred_type":"Integral",`+half+`},{"name":"off","inferred_type":"Integral",`+half+`},
		{"name":"sketched","inferred_type":"Integral","numerical_statistics":{"common":{"num_present":10,"num_missing":0},"distribution":{"kll":{"sketch":{"parameters":{"c":0.64,"k":2048},"data":[[0,1],[2,3],[4]]}}}}},
		{"name":"plan","inferred_type":"String",`+text+`},{"name":"chi","inferred_type":"String",`+text+`}]}`)
	rows := "same,moved,sketched,plan,off,bare,chi\n"
	for i := range 10 {
		rows += fmt.Sprintf("%d,%d,%d,%s,99,1,free\n", i, 5+i%5, i/2, []string{"free", "pro"}[i%2])
	}
	c, err := ReadConstraints(constraints)
	require.NoError(t, err)
	c.Statistics, err = ReadStatistics(statistics)
	require.NoError(t, err)
	v, err := c.Check(write("d.csv", rows), table.Format{})
	require.NoError(t, err)
	var got []string
	for _, x := range v.Violations {
		got = append(got, x.Feature+" "+x.Check+": "+x.Description)
	}
	require.Equal(t, []string{
		"moved baseline_drift_check: its L∞ distance from the baseline is 0.5, at most 0.1 is accepted (10 values against 100)",
		// Levels stand for 1, 2 and 4 values: 0, 1 | 2, 2, 3, 3 | 4, 4, 4, 4 of 10 against 0, 0, 1, 1, 2, 2, 3, 3, 4, 4.
		"sketched baseline_drift_check: its L∞ distance from the baseline is 0.2, at most 0.1 is accepted (10 values against 10)",
		"plan baseline_drift_check: its L∞ distance from the baseline is 0.3, at most 0.1 is accepted (10 values against 100)",
	}, got)
	require.Equal(t, []string{
		"baseline_drift_check of bare: not measurable, because the statistics have no such feature",
		"baseline_drift_check of chi: not measurable, because the χ² test needs two categories of ten expected values each, and 10 values of the data are too few",
	}, v.NotChecked)

	// Robust takes off what ten rows differ by chance: 1.8·√(110/1000) = 0.6.
	c.Config.Distribution.Method = "Robust"
	v, err = c.Check(filepath.Join(dir, "d.csv"), table.Format{})
	require.NoError(t, err)
	require.Empty(t, v.Violations)
	_, err = ReadStatistics(write("s.json", "{}"))
	require.ErrorContains(t, err, "a SageMaker statistics.json is needed")
}
