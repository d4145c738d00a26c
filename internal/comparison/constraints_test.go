package comparison

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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
	v, err := cons.Check(d)
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
