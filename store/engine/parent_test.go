package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store/engine"
)

// parentEnv makes this test binary a process that holds an engine on the
// named folder until it is killed.
const parentEnv = "WINDAGE_TEST_ENGINE_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentEnv); dir != "" {
		e, err := engine.Start(context.Background(), testkit.EngineOptions(dir))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(e.PID())
		select {}
	}
	os.Exit(m.Run())
}

func TestTheEngineEndsWhenItsParentIsKilled(t *testing.T) {
	testkit.RequireLibrary(t)
	dir := t.TempDir()
	exe, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(exe)
	parent.Env = append(os.Environ(), parentEnv+"="+dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)

	_, ok, err := engine.FindRunning(dir)
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()

	// A new opener may come at once: it waits until the orphan has let go.
	e := testkit.StartEngine(t, testkit.EngineOptions(dir))
	require.True(t, e.Up())
	require.Eventually(t, func() bool { return syscall.Kill(child, 0) != nil }, 15*time.Second, 20*time.Millisecond)
}
