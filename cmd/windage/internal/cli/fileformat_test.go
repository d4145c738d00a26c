package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlagsOfDataFilesAreChecked(t *testing.T) {
	path := csvOf(t, "ts,x\n2026-03-02T00:00:00Z,1\n2026-03-30T00:00:00Z,2\n")
	replay := []string{"drift", "replay", path, "--time", "ts", "--reference-until", "2026-03-23"}
	compare := []string{"drift", "compare", "--reference", path, "--current", path}
	for name, c := range map[string]struct {
		command []string
		flags   string
		want    string
	}{
		"a budget of no time":         {replay, "--budget 3", `--budget is "3"; it must be pages per time, for example 1/30d`},
		"a budget below nothing":      {replay, "--budget -1/30d", "it must be pages per time"},
		"an effect below nothing":     {replay, "--min-effect -1", "--min-effect is -1"},
		"an effect without end":       {replay, "--min-effect Inf", "--min-effect is +Inf"},
		"a block that splits no day":  {replay, "--block 7m", "a day must be whole blocks"},
		"a block longer than a week":  {replay, "--block 8d", "up to 7d"},
		"an order of dates":           {replay, "--date-order ymd", "it is dmy or mdy"},
		"a format of times":           {replay, "--time-format %H", "names no day"},
		"a delimiter of two":          {compare, "--delimiter ;;", "it is one ASCII character"},
		"decimals":                    {compare, "--decimal dot", "it is point or comma"},
		"one comma for two":           {compare, "--decimal comma --delimiter ,", "where does a number end?"},
		"a share of columns":          {compare, "--preset evidently --drift-share 1.5", "--drift-share is 1.5"},
		"a share of rows":             {compare, "--missing -0.1", "--missing is -0.1"},
		"a file's format, of a store": {[]string{"drift", "replay", "--since", "60d"}, "--delimiter ;", "are about a file"},
		"of a baseline of a store":    {[]string{"baseline", "pin", "x"}, "--delimiter ;", "name it with --file"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, diag strings.Builder
			code := Run(append(append([]string{}, c.command...), strings.Fields(c.flags)...), nil, &out, &diag)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out.String())
			require.Contains(t, diag.String(), c.want)
		})
	}
}

// A file as a German spreadsheet saves it compares with the same in CSV.
func TestASpreadsheetsCSVIsRead(t *testing.T) {
	var plain, sheet strings.Builder
	plain.WriteString("amount,cat\n")
	sheet.WriteString("amount;cat\r\n")
	for i := range 200 {
		cat := string(rune('a' + i%3))
		plain.WriteString(strings.Join([]string{"1234.5", cat}, ",") + "\n" + "2.25," + cat + "\n")
		sheet.WriteString(strings.Join([]string{"1.234,5", cat}, ";") + "\r\n" + "2,25;" + cat + "\r\n")
	}
	a, b := csvOf(t, plain.String()), filepath.Join(t.TempDir(), "b.csv")
	require.NoError(t, os.WriteFile(b, []byte(sheet.String()), 0o600))
	for _, flags := range [][]string{nil, {"--delimiter", ";", "--decimal", "comma"}} {
		var out, diag strings.Builder
		if flags != nil { // they are of both files
			a = b
		}
		code := Run(append([]string{"drift", "compare", "--reference", a, "--current", b}, flags...), nil, &out, &diag)
		require.Equal(t, exitOK, code, diag.String()+out.String())
		require.Contains(t, out.String(), "0 of 2 columns drifted, 2 measured")
	}
}
