package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongUsageSaysWhatWouldBeRight(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"too few arguments":         {[]string{"prices", "show", "gpt-5"}, "usage: windage prices show PROVIDER MODEL"},
		"too many arguments":        {[]string{"explain-cost", "a", "b"}, "usage: windage explain-cost"},
		"an argument to none":       {[]string{"rules", "extra"}, "usage: windage rules"},
		"a flag that there is not":  {[]string{"prices", "list", "--fromat", "json"}, "usage: windage prices list [PROVIDER [MODEL]]"},
		"a flag without its value":  {[]string{"run", "--spec"}, "usage: windage run"},
		"a command that is none":    {[]string{"prices", "shwo", "openai"}, `unknown command "shwo" for "windage prices"; did you mean show?`},
		"a value of the wrong type": {[]string{"demo", "--seed", "many"}, "usage: windage demo"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, diagnostics bytes.Buffer
			code := Run(test.args, strings.NewReader(""), &out, &diagnostics)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out.String(), "diagnostics do not belong on standard output")
			require.Contains(t, diagnostics.String(), test.want)
		})
	}
}
