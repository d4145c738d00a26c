package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestMisspeltEnvironmentIsToldOf(t *testing.T) {
	root := &cobra.Command{Use: "windage"}
	run, sql := &cobra.Command{Use: "run"}, &cobra.Command{Use: "sql"}
	run.Flags().String("data-dir", "", "")
	run.Flags().String("otlp-http", "", "")
	sql.Flags().String("dat-dir", "", "") // a twin of another command is no slip
	root.AddCommand(run, sql)
	require.Equal(t, []string{
		"environment variable WINDAGE_DATADIR is not known and is ignored; did you mean WINDAGE_DATA_DIR?",
		"environment variable WINDAGE_OTLP_HTPP is not known and is ignored; did you mean WINDAGE_OTLP_HTTP?",
	}, misspeltEnv(run, []string{"PATH=/", "WINDAGE_OTLP_HTPP=x", "WINDAGE_DATA_DIR=x", "WINDAGE_DATADIR=x", "WINDAGE_DAT_DIR=x", "WINDAGE_BENCH_DIR=x", "WINDAGE_PRODUCTION_NAME=x"}))
}
