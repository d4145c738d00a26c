package place

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// A call is caused by the tool whose result is the last that it could read.
func TestACallBelongsToTheToolBeforeIt(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	row := func(id byte, kind model.Kind, tool string, from, until int) *model.Span {
		return &model.Span{
			TraceID: model.TraceID{1}, SpanID: model.SpanID{id}, Kind: kind, ToolName: tool, Product: "p",
			Start: at.Add(time.Duration(from) * time.Second), Duration: time.Duration(until-from) * time.Second,
		}
	}
	rows := Placer{File: spec.Default()}.Rows([]*model.Span{
		row(1, model.KindModelCall, "", 0, 1),
		row(2, model.KindToolCall, "search", 1, 3),
		row(3, model.KindModelCall, "", 2, 5), // began while the tool still ran
		row(4, model.KindModelCall, "", 3, 5), // at the very end of the tool
		row(5, model.KindToolCall, "lookup", 5, 6),
		row(6, model.KindModelCall, "", 7, 8),
	})
	var tools []string
	for _, r := range rows {
		tools = append(tools, r.Tool)
	}
	require.Equal(t, []string{"", "", "", "search", "", "lookup"}, tools)
}
