package model

import "time"

// Kind says what a span row is a row of.
type Kind string

// The kinds of span row.
const (
	KindModelCall  Kind = "model_call" // one request to a model that may be billed
	KindEmbedding  Kind = "embedding"  // one embedding request
	KindRerank     Kind = "rerank"     // one rerank request
	KindToolCall   Kind = "tool_call"  // one tool or MCP execution
	KindRetrieval  Kind = "retrieval"  // one vector query or retriever run
	KindTask       Kind = "task"       // a container: agent run, workflow, chain, step
	KindEvaluation Kind = "evaluation" // one judge's or code's score
	KindFeedback   Kind = "feedback"   // one human score, label or correction
	KindPrediction Kind = "prediction" // one predictive-model inference
	KindGuardrail  Kind = "guardrail"  // one guardrail decision
	KindFlag       Kind = "flag"       // one feature-flag evaluation
	KindPrompt     Kind = "prompt"     // one rendering of a prompt template
	KindSpan       Kind = "span"       // any other span: kept for the tree, never computed with
)

// IsCall reports whether rows of this kind are priced requests to a model.
func (k Kind) IsCall() bool { return k == KindModelCall || k == KindEmbedding || k == KindRerank }

// Usage is what one call consumed, in canonical form: inclusive totals, and
// subsets of them. InputTotal includes cache reads, cache writes and every
// modality; OutputTotal includes reasoning. Unknown is not zero.
type Usage struct {
	InputTotal  Int `json:"input_total"`
	OutputTotal Int `json:"output_total"`
	// TotalReported is the SDK's own total, kept to check the algebra.
	TotalReported Int `json:"total_reported,omitzero"`

	CacheRead    Int `json:"cache_read,omitzero"`
	CacheWrite   Int `json:"cache_write,omitzero"`    // all of it, whatever its lifetime
	CacheWrite5m Int `json:"cache_write_5m,omitzero"` // the part with a 5 minute lifetime
	CacheWrite1h Int `json:"cache_write_1h,omitzero"` // the part with a 1 hour lifetime

	InputText     Int `json:"input_text,omitzero"`
	InputAudio    Int `json:"input_audio,omitzero"`
	InputImage    Int `json:"input_image,omitzero"`
	InputVideo    Int `json:"input_video,omitzero"`
	InputDocument Int `json:"input_document,omitzero"`
	InputTool     Int `json:"input_tool_use,omitzero"`

	CacheReadText  Int `json:"cache_read_text,omitzero"`
	CacheReadAudio Int `json:"cache_read_audio,omitzero"`
	CacheReadImage Int `json:"cache_read_image,omitzero"`
	CacheReadVideo Int `json:"cache_read_video,omitzero"`

	Reasoning   Int `json:"reasoning,omitzero"`
	OutputText  Int `json:"output_text,omitzero"`
	OutputAudio Int `json:"output_audio,omitzero"`
	OutputImage Int `json:"output_image,omitzero"`
	OutputVideo Int `json:"output_video,omitzero"`

	PredictionAccepted Int `json:"prediction_accepted,omitzero"`
	PredictionRejected Int `json:"prediction_rejected,omitzero"`

	// Units other than tokens.
	WebSearches  Int `json:"web_searches,omitzero"`
	AudioSeconds Int `json:"audio_seconds,omitzero"`
	Images       Int `json:"images,omitzero"`
}

// UsageSource says who counted the tokens.
type UsageSource string

// The usage sources. Empty is unknown: no usage was reported.
const (
	UsageProvider  UsageSource = "provider"  // the provider's own whole count
	UsagePartial   UsageSource = "partial"   // the provider's, but not all of it
	UsageEstimated UsageSource = "estimated" // counted or invented on the client
	UsageAggregate UsageSource = "sdk_aggregate"
)

// CostStatus says whether an amount stands for the whole call.
type CostStatus string

// The cost statuses.
const (
	CostPriced   CostStatus = "priced"
	CostPartial  CostStatus = "partial" // some component could not be priced: a lower bound
	CostUnpriced CostStatus = "unpriced"
	CostFree     CostStatus = "free"
)

// Cost is the price of one call with its provenance. USD is meaningful only
// where Status is not unpriced: an unknown price is never zero.
type Cost struct {
	USD     Money      `json:"usd"`
	Status  CostStatus `json:"status"`
	Reason  string     `json:"reason,omitempty"` // a reason code where not wholly priced, else what was assumed
	Matched string     `json:"matched_model,omitempty"`
	Row     string     `json:"price_row,omitempty"`    // key of the price row used
	Table   string     `json:"table_sha256,omitempty"` // hash of the price table used
	// The amount by component; they add up to USD.
	Input, Output, CacheRead, CacheWrite, Other Money
	// What the same book says of the call done otherwise, in pico-USD like
	// Money, unknown where it cannot tell: CacheSaved is what cached reads
	// saved less what writing them cost; Requested is what the model asked for
	// would have cost, where another model answered (cost/rollup.Compare).
	CacheSaved, Requested Int
}

// Link is a span link.
type Link struct {
	TraceID TraceID `json:"trace_id"`
	SpanID  SpanID  `json:"span_id"`
}

// Flag is a feature-flag evaluation seen on a span.
type Flag struct {
	Key     string `json:"key"`
	Variant string `json:"variant,omitempty"`
}

// Document is one retrieved document. Content is never kept here.
type Document struct {
	ID    string  `json:"id,omitempty"`
	Score float64 `json:"score"`
	// Scored is false where the retriever gave no score.
	Scored bool `json:"-"`
}

// Attr is one attribute that no typed field holds.
type Attr struct{ Key, Value string }

// Span is the canonical row of one span, whatever dialect it came in.
// Field names in JSON are those that `windage inspect` prints.
type Span struct {
	Kind         Kind    `json:"kind"`
	TraceID      TraceID `json:"trace_id"`
	SpanID       SpanID  `json:"span_id"`
	ParentSpanID SpanID  `json:"parent_span_id,omitzero"`
	Links        []Link  `json:"links,omitempty"`

	Name      string        `json:"name"`
	OTelKind  string        `json:"otel_span_kind,omitempty"` // internal, server, client, producer, consumer
	Start     time.Time     `json:"start"`
	Duration  time.Duration `json:"duration_ns"`
	Status    string        `json:"status,omitempty"` // ok, error, or "" for unset
	ErrorType string        `json:"error_type,omitempty"`
	// HTTPStatus is the provider's, where the span carries it.
	HTTPStatus Int `json:"http_status,omitzero"`

	Dialect        string `json:"dialect,omitempty"`
	DialectVersion string `json:"dialect_version,omitempty"`
	ScopeName      string `json:"scope_name,omitempty"`
	ScopeVersion   string `json:"scope_version,omitempty"`
	SchemaURL      string `json:"schema_url,omitempty"`
	Operation      string `json:"operation,omitempty"`     // canonical: chat, embeddings, execute_tool, invoke_agent, …
	OperationRaw   string `json:"operation_raw,omitempty"` // as the SDK spelt it
	IsContainer    bool   `json:"is_container,omitempty"`
	IsAggregate    bool   `json:"is_aggregate,omitempty"`

	Provider         string   `json:"provider,omitempty"`
	ProviderRaw      string   `json:"provider_raw,omitempty"`
	RequestModel     string   `json:"request_model,omitempty"`
	ResponseModel    string   `json:"response_model,omitempty"`
	PricedModel      string   `json:"priced_model,omitempty"`
	BaseURL          string   `json:"base_url,omitempty"`
	Region           string   `json:"region,omitempty"`
	APIFlavor        string   `json:"api_flavor,omitempty"` // chat, responses, messages, converse, …
	ServiceTier      string   `json:"service_tier,omitempty"`
	Batch            bool     `json:"batch,omitempty"`
	Fingerprint      string   `json:"system_fingerprint,omitempty"`
	ResponseID       string   `json:"response_id,omitempty"`
	RequestID        string   `json:"request_id,omitempty"`
	ToolCallID       string   `json:"tool_call_id,omitempty"`
	ProviderCallID   string   `json:"provider_call_id,omitempty"`
	FinishReasons    []string `json:"finish_reasons,omitempty"`
	Streaming        Bool     `json:"streaming,omitzero"`
	TTFT             Int      `json:"ttft_ns,omitzero"` // time to first token, nanoseconds
	Attempt          Int      `json:"attempt,omitzero"`
	RetryOf          string   `json:"retry_of,omitempty"`
	Temperature      *float64 `json:"temperature,omitempty"`
	MaxTokens        Int      `json:"max_tokens,omitzero"`
	ReasoningEffort  string   `json:"reasoning_effort,omitempty"`
	UserAgentOfModel string   `json:"-"`

	Usage
	CacheSemantics     string      `json:"cache_semantics,omitempty"` // inclusive, exclusive, read_only_inclusive, unknown
	CacheSemanticsRule string      `json:"cache_semantics_rule,omitempty"`
	UsageSource        UsageSource `json:"usage_source,omitempty"`
	UsageMissingReason string      `json:"usage_missing_reason,omitempty"`
	UsageInconsistent  string      `json:"usage_inconsistent,omitempty"` // what did not add up

	// Cost is nil until the row was priced.
	Cost               *Cost  `json:"-"`
	CostCounted        bool   `json:"cost_counted"`
	CostSuppressedBy   string `json:"cost_suppressed_by,omitempty"` // span id of the row that is counted, or of the tool call that stands, instead; of a call that counts, the container that holds its cost
	CostSuppressedRule string `json:"cost_suppressed_rule,omitempty"`
	ReportedCost       *Money `json:"reported_cost,omitempty"` // an SDK's or gateway's own figure; never added
	ReportedCostSource string `json:"reported_cost_source,omitempty"`
	// Weight is how many real spans this one stands for (1/sampling probability); 0 means 1.
	Weight float64 `json:"weight,omitempty"`
	// Purpose is empty for product traffic, else evaluation, shadow, canary.
	Purpose string `json:"purpose,omitempty"`

	ServiceName      string     `json:"service_name,omitempty"`
	ServiceVersion   string     `json:"service_version,omitempty"`
	Environment      string     `json:"environment,omitempty"`
	Product          string     `json:"product,omitempty"`
	SessionID        string     `json:"session_id,omitempty"`
	UserID           string     `json:"user_id,omitempty"` // hashed before it is stored
	Tenant           string     `json:"tenant,omitempty"`
	Team             string     `json:"team,omitempty"`
	TaskID           string     `json:"task_id,omitempty"`
	TaskType         string     `json:"task_type,omitempty"`
	TaskOutcome      string     `json:"task_outcome,omitempty"`
	AgentName        string     `json:"agent_name,omitempty"`
	AgentID          string     `json:"agent_id,omitempty"`
	WorkflowName     string     `json:"workflow_name,omitempty"`
	PromptName       string     `json:"prompt_name,omitempty"`
	PromptVersion    string     `json:"prompt_version,omitempty"`
	Variant          string     `json:"variant,omitempty"`
	Flags            []Flag     `json:"flags,omitempty"`
	ExperimentID     string     `json:"experiment_id,omitempty"`
	Tags             []string   `json:"tags,omitempty"`
	ToolName         string     `json:"tool_name,omitempty"`
	ToolType         string     `json:"tool_type,omitempty"`
	ToolArgsHash     uint64     `json:"-"` // never the arguments themselves
	MCPMethod        string     `json:"mcp_method,omitempty"`
	DataSource       string     `json:"data_source_id,omitempty"`
	TopK             Int        `json:"top_k,omitzero"`
	Documents        []Document `json:"documents,omitempty"`
	Dimensions       Int        `json:"dimensions,omitzero"`
	GuardrailName    string     `json:"guardrail_name,omitempty"`
	GuardrailVerdict string     `json:"guardrail_verdict,omitempty"`

	// Taken from the content before it is dropped. Lengths in characters.
	InputChars, OutputChars Int    `json:"-"`
	Language                string `json:"language,omitempty"` // BCP 47, of the input; "" unknown
	InputHash, OutputHash   uint64 `json:"-"`

	// Predictive rows.
	Prediction *Prediction `json:"prediction,omitempty"`

	// Evals found on the span or its events, each a Signal about this span.
	Signals []Signal `json:"-"`

	// Content is nil unless content capture is on.
	Content *Content `json:"-"`

	// DroppedAttributes is how many attributes the span had that are not in this
	// row: those that the SDK says it dropped (its limit is 128 by default), and
	// those beyond what is read of one span. Unknown where there are none.
	DroppedAttributes Int `json:"dropped_attributes_count,omitzero"`

	// Rest holds the attributes that no field above took, in order of key.
	Rest []Attr `json:"-"`

	// ReceivedAt is set by the store.
	ReceivedAt time.Time `json:"-"`
}

// End is when the span ended.
func (s *Span) End() time.Time { return s.Start.Add(s.Duration) }

// The reasons of UsageMissingReason for counts that were told and cannot be.
const (
	UsageNegative   = "negative_count"   // below zero
	UsageImpossible = "impossible_count" // no whole number, or beyond what is exact
)

// UsageRefused reports whether a count that the row should hold was told and
// cannot be: what it cost is then unknown, even where the rest is known.
func (s *Span) UsageRefused() bool {
	return s.UsageMissingReason == UsageNegative || s.UsageMissingReason == UsageImpossible
}

// HasUsage reports whether any of the row's totals is known.
func (s *Span) HasUsage() bool { return s.InputTotal.Known || s.OutputTotal.Known }

// MayCount reports whether the row's cost may be counted: a call's, and that
// of a container which says what its calls used, where none of them was told
// of. Such rows are priced; which of them count is settled among all rows
// (cost/count).
func (s *Span) MayCount() bool {
	return s.Kind.IsCall() || s.Kind == KindTask && s.UsageSource != "" && s.HasUsage() && s.RequestModel+s.ResponseModel != ""
}

// Repeats reports whether the row tells once more of a tool run that another
// row tells of (cost/count says which, and by which rule): it is a span of the
// trace, and no tool call of its own.
func (s *Span) Repeats() bool { return s.Kind == KindToolCall && s.CostSuppressedRule != "" }

// InContainer reports whether the call counts while its cost is that of the
// container around it, which alone tells what its calls used
// (CostSuppressedBy): its own usage and price are not missing.
func (s *Span) InContainer() bool { return s.CostCounted && s.CostSuppressedRule != "" }

// SettledKind is the kind the row stands for once it was settled which rows
// tell of one thing: a repeated tool call is a span like any other.
func (s *Span) SettledKind() Kind {
	if s.Repeats() {
		return KindSpan
	}
	return s.Kind
}

// Failed reports whether the span shows an error.
func (s *Span) Failed() bool { return s.Status == "error" || s.ErrorType != "" }

// Content is what people and models said: kept in its own table, and only
// where the user asked for it.
type Content struct {
	System, Input, Output, Tools string // JSON as captured
}

// Prediction is one inference of a predictive model.
type Prediction struct {
	ID           string             `json:"prediction_id,omitempty"`
	Model        string             `json:"model_name,omitempty"`
	ModelVersion string             `json:"model_version,omitempty"`
	Numbers      map[string]float64 `json:"numbers,omitempty"`    // numeric features
	Categories   map[string]string  `json:"categories,omitempty"` // categorical features
	Score        *float64           `json:"score,omitempty"`      // of the positive class, or of Label where Classes is set
	Label        string             `json:"label,omitempty"`      // predicted
	// Classes is how many classes had a score, of which Score is that of Label;
	// unknown where Score is of the positive class.
	Classes Int `json:"classes,omitzero"`
}
