// Package normalizebench compares the normalize step with the contrib
// transform processor doing only a rename of the same attributes, in one run.
package normalizebench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/windage-dev/windage/collector/normalize"
)

// renames is what a person would write to bring OpenInference's names to the
// standard ones: no token algebra, no kinds, no privacy, no counting.
var renames = map[string]string{
	"llm.model_name": "gen_ai.response.model", "llm.system": "gen_ai.provider.name", "openinference.span.kind": "gen_ai.operation.name",
	"llm.token_count.prompt": "gen_ai.usage.input_tokens", "llm.token_count.completion": "gen_ai.usage.output_tokens", "llm.token_count.total": "gen_ai.usage.total_tokens",
	"llm.token_count.prompt_details.cache_read": "gen_ai.usage.cache_read.input_tokens", "llm.token_count.completion_details.reasoning": "gen_ai.usage.reasoning.output_tokens",
	"llm.token_count.prompt_details.audio": "gen_ai.usage.audio.input_tokens", "llm.token_count.completion_details.audio": "gen_ai.usage.audio.output_tokens",
	"session.id": "gen_ai.conversation.id", "llm.finish_reason": "gen_ai.response.finish_reasons",
}

func traffic(b *testing.B) ptrace.Traces {
	b.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "collector", "normalize", "testdata", "corpus", "py-openinference-openai-chat.jsonl.gz"))
	if err != nil {
		b.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		b.Fatal(err)
	}
	td := ptrace.NewTraces()
	s := bufio.NewScanner(z)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		one, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(s.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		one.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	return td
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func measure(b *testing.B, td ptrace.Traces, do func(ptrace.Traces)) {
	spans := float64(td.SpanCount())
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		own := ptrace.NewTraces()
		td.CopyTo(own)
		do(own)
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/spans, "cpu-ns/span")
	b.ReportMetric(spans, "spans/op")
}

func BenchmarkCopyOnly(b *testing.B) { measure(b, traffic(b), func(ptrace.Traces) {}) }

func BenchmarkNormalizeRead(b *testing.B) {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		b.Fatal(err)
	}
	measure(b, traffic(b), func(td ptrace.Traces) { n.Traces(td) })
}

func BenchmarkNormalizeAnnotate(b *testing.B) {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		b.Fatal(err)
	}
	measure(b, traffic(b), func(td ptrace.Traces) { n.Annotate(td) })
}

func BenchmarkTransformRename(b *testing.B) {
	var statements []any
	for from, to := range renames {
		statements = append(statements, `set(span.attributes["`+to+`"], span.attributes["`+from+`"]) where span.attributes["`+from+`"] != nil`, `delete_key(span.attributes, "`+from+`")`)
	}
	f := transformprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"trace_statements": []any{map[string]any{"statements": statements}}}).Unmarshal(cfg); err != nil {
		b.Fatal(err)
	}
	var p processor.Traces
	p, err := f.CreateTraces(context.Background(), processortest.NewNopSettings(f.Type()), cfg, consumertest.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		b.Fatal(err)
	}
	measure(b, traffic(b), func(td ptrace.Traces) {
		if err := p.ConsumeTraces(context.Background(), td); err != nil {
			b.Fatal(err)
		}
	})
}
