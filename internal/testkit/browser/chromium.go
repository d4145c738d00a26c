// Package browser visits pages with a real Chromium. Tests only. It is apart
// from testkit because it compiles slowly.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Chromium is a real browser, started once for a test.
type Chromium struct{ ctx context.Context }

// Start starts a headless Chromium, or skips the test where none is installed.
func Start(t *testing.T) *Chromium {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed (Debian: apt-get install chromium)")
	}
	profile := t.TempDir()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(profile))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		// Asked to close, the browser ends its own children; killed, it leaves
		// them writing into the profile for a moment longer.
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing Chromium: %v", err)
		}
		stop()
		stopAlloc()
		require.Eventually(t, func() bool { return os.RemoveAll(profile) == nil }, 30*time.Second, 100*time.Millisecond, "removing %s", profile)
	})
	require.NoError(t, chromedp.Run(ctx), "starting %s", path)
	return &Chromium{ctx}
}

// View is how a page is looked at.
type View struct {
	Width, Height int64
	Dark          bool
	NoScript      bool
}

// Visit is what a browser saw of one page.
type Visit struct {
	Text     string   // what a person reads
	HTML     string   // the document after any script ran
	Requests []string // every URL that was asked for
	Errors   []string // console errors, exceptions, violations of the content security policy
	PNG      []byte   // the whole page
	Overflow bool     // the page is wider than the window
}

// Visit opens url in a new tab and reports what happened.
func (c *Chromium) Visit(t *testing.T, url string, v View) Visit {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	var (
		mu  sync.Mutex
		out Visit
	)
	chromedp.ListenTarget(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *network.EventRequestWillBeSent:
			out.Requests = append(out.Requests, e.Request.URL)
		case *network.EventLoadingFailed:
			out.Errors = append(out.Errors, "loading failed: "+e.ErrorText)
		case *runtime.EventExceptionThrown:
			out.Errors = append(out.Errors, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				out.Errors = append(out.Errors, fmt.Sprint(e.Args))
			}
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.LevelError || strings.Contains(e.Entry.Text, "Content Security Policy") {
				out.Errors = append(out.Errors, e.Entry.Text+" "+e.Entry.URL)
			}
		}
	})
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	var width int64
	actions := []chromedp.Action{
		network.Enable(), runtime.Enable(), cdplog.Enable(),
		chromedp.EmulateViewport(v.Width, v.Height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		emulation.SetScriptExecutionDisabled(v.NoScript),
		chromedp.Navigate(url),
		chromedp.WaitReady("body"),
	}
	if !v.NoScript {
		actions = append(actions,
			chromedp.Evaluate("document.body.innerText", &out.Text),
			chromedp.Evaluate("document.documentElement.scrollWidth", &width))
	}
	var html string
	var png []byte
	actions = append(actions, chromedp.OuterHTML("html", &html), chromedp.FullScreenshot(&png, 100))
	require.NoError(t, chromedp.Run(ctx, actions...), "visiting %s", url)
	mu.Lock()
	defer mu.Unlock()
	out.HTML, out.PNG, out.Overflow = html, png, width > v.Width
	return out
}
