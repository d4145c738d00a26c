package alerts

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

const exampleConfig = "alertmanager.example.yml"

// amtool finds amtool, or skips the test and says how to get it.
func amtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("amtool")
	if err != nil {
		t.Skip("amtool is not installed (Debian: apt-get install prometheus-alertmanager)")
	}
	return path
}

func TestAlertmanagerExampleIsValid(t *testing.T) {
	out, err := exec.Command(amtool(t), "check-config", exampleConfig).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestAlertmanagerExampleRoutes(t *testing.T) {
	tool := amtool(t)
	for receiver, alert := range map[string][]string{
		"pager":   {"alertname=WindageDrift", "severity=page", "product=shop", "layer=drift"},
		"tickets": {"alertname=WindageUnpricedCalls", "severity=ticket", "product=shop", "layer=cost"},
		"deadman": {"alertname=Watchdog", "severity=none", "product=windage", "layer=meta"},
	} {
		args := append([]string{"config", "routes", "test", "--config.file=" + exampleConfig, "--verify.receivers=" + receiver}, alert...)
		out, err := exec.Command(tool, args...).CombinedOutput()
		require.NoError(t, err, "%v: %s", alert, out)
	}
}
