package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseStatement(t *testing.T) {
	for q, want := range map[string]statement{
		"SELECT 1":                                        {text: "SELECT 1", keyword: "SELECT"},
		" select 1 ; ":                                    {text: " select 1 ", keyword: "SELECT"},
		"SELECT ';' -- ; no end":                          {text: "SELECT ';' -- ; no end", keyword: "SELECT"},
		"SELECT 1 FORMAT CSV":                             {text: "SELECT 1 ", keyword: "SELECT"},
		"SELECT format('{}', 1) AS format":                {text: "SELECT format('{}', 1) AS format", keyword: "SELECT"},
		"/* x */ (SELECT 1)":                              {text: "/* x */ (SELECT 1)", keyword: "SELECT"},
		"INSERT INTO t VALUES":                            {text: "INSERT INTO t", keyword: "INSERT", takesData: true, target: "t"},
		"insert into `d b`.t (a, `b)c`) FORMAT Native":    {text: "insert into `d b`.t (a, `b)c`)", keyword: "INSERT", takesData: true, target: "`d b`.t", columns: "a, `b)c`"},
		"INSERT INTO TABLE d.t (a) SETTINGS x = 1 VALUES": {text: "INSERT INTO TABLE d.t (a) SETTINGS x = 1", keyword: "INSERT", takesData: true, target: "d.t", columns: "a"},
		"INSERT INTO FUNCTION null('a Int8') VALUES":      {text: "INSERT INTO FUNCTION null('a Int8')", keyword: "INSERT", takesData: true, target: "FUNCTION null('a Int8')"},
		"INSERT INTO t VALUES (1), ('it''s; fine')":       {text: "INSERT INTO t VALUES (1), ('it''s; fine')", keyword: "INSERT", target: "t"},
		"INSERT INTO t FORMAT JSONEachRow {\"a\": \"'\"}": {text: "INSERT INTO t FORMAT JSONEachRow {\"a\": \"'\"}", keyword: "INSERT", target: "t"},
		"INSERT INTO t SELECT 1":                          {text: "INSERT INTO t SELECT 1", keyword: "INSERT", target: "t"},
		"INSERT INTO t (SELECT 1)":                        {text: "INSERT INTO t (SELECT 1)", keyword: "INSERT", target: "t"},
	} {
		t.Run(q, func(t *testing.T) {
			got, err := parseStatement(q)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func FuzzParseStatement(f *testing.F) {
	for _, q := range []string{"SELECT 1; SELECT 2", "INSERT INTO FUNCTION f(", "INSERT", "INSERT INTO t (a", "'", "/*", "((", "INSERT INTO FUNCTION x.y(1) (a) VALUES ("} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		s, err := parseStatement(q)
		if err == nil && s.takesData {
			require.NotEmpty(t, s.target)
		}
	})
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{`''`: "", `'a\'b\\n\n\t\0'`: "a'b\\n\n\t\x00", `'käse'`: "käse"} {
		got, err := unquote(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, in := range []string{"", "'", "a", "'a"} {
		_, err := unquote(in)
		require.Error(t, err)
	}
}
