package tabular_test

import (
	"bytes"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/tabular"
)

func TestFormats(t *testing.T) {
	n := int64(7)
	usd := decimal.RequireFromString("12345678901234.000000000001")
	columns := []string{"s", "n", "usd", "none", "list", "map", "at", "bad", "id", "big"}
	row := []any{
		"a \"b\",\tc\nd", &n, &usd, (*int64)(nil), []string{"x", "y"}, map[string]float64{"k": 0.1},
		time.Date(2026, 11, 24, 1, 2, 3, 4000, time.UTC), math.NaN(), [4]byte{0xde, 0xad, 0xbe, 0xef}, big.NewInt(5),
	}
	for format, want := range map[string]string{
		"json":  `[` + "\n" + `{"s":"a \"b\",\tc\nd","n":7,"usd":12345678901234.000000000001,"none":null,"list":["x","y"],"map":{"k":0.1},"at":"2026-11-24T01:02:03.000004Z","bad":null,"id":"deadbeef","big":5}` + "\n]\n",
		"jsonl": `{"s":"a \"b\",\tc\nd","n":7,"usd":12345678901234.000000000001,"none":null,"list":["x","y"],"map":{"k":0.1},"at":"2026-11-24T01:02:03.000004Z","bad":null,"id":"deadbeef","big":5}` + "\n",
		"csv":   "s,n,usd,none,list,map,at,bad,id,big\n\"a \"\"b\"\",\tc\nd\",7,12345678901234.000000000001,,\"[\"\"x\"\",\"\"y\"\"]\",\"{\"\"k\"\":0.1}\",2026-11-24T01:02:03.000004Z,,deadbeef,5\n",
		"tsv":   "s\tn\tusd\tnone\tlist\tmap\tat\tbad\tid\tbig\na \"b\",\\tc\\nd\t7\t12345678901234.000000000001\t\\N\t[\"x\",\"y\"]\t{\"k\":0.1}\t2026-11-24T01:02:03.000004Z\t\tdeadbeef\t5\n",
		"table": "s             n  usd                          none  list       map        at                           bad   id        big\n" +
			"-             -  ---                          ----  ----       ---        --                           ---   --        ---\n" +
			"a \"b\",\\tc\\nd  7  12345678901234.000000000001  NULL  [\"x\",\"y\"]  {\"k\":0.1}  2026-11-24T01:02:03.000004Z  NULL  deadbeef  5\n(1 row)\n",
	} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			w, err := tabular.New(format, &out)
			require.NoError(t, err)
			require.NoError(t, w.Columns(columns))
			require.NoError(t, w.Row(row))
			require.NoError(t, w.Close())
			require.Equal(t, want, out.String())
			require.NotEmpty(t, tabular.ContentType(format))
		})
	}
}

func TestNoRows(t *testing.T) {
	for format, want := range map[string]string{
		"json": "[\n]\n", "jsonl": "", "csv": "a,b\n", "tsv": "a\tb\n", "table": "a  b\n-  -\n(0 rows)\n",
	} {
		var out bytes.Buffer
		w, err := tabular.New(format, &out)
		require.NoError(t, err)
		require.NoError(t, w.Columns([]string{"a", "b"}))
		require.NoError(t, w.Close())
		require.Equal(t, want, out.String(), format)
	}
	_, err := tabular.New("xml", nil)
	require.ErrorContains(t, err, "choose one of table, json, jsonl, csv, tsv")
}
