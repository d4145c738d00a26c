package cost

import (
	"math/bits"
	"strings"
	"sync/atomic"
)

// The reason codes of a call that could not be priced, or only in part.
// They are a contract: metrics carry them as a label and people search for
// them. docs/reference/cost-reasons.md is generated from Reasons.
const (
	ReasonUnknownProvider  = "unknown_provider"
	ReasonUnknownModel     = "unknown_model"
	ReasonAmbiguousModel   = "ambiguous_model"
	ReasonNoModel          = "no_model"
	ReasonNoUsage          = "no_usage"
	ReasonInContainer      = "in_container"
	ReasonPartialUsage     = "partial_usage"
	ReasonNegativeUsage    = "negative_usage"
	ReasonImpossibleUsage  = "impossible_usage"
	ReasonContradictory    = "contradictory_usage"
	ReasonMissingParent    = "missing_parent"
	ReasonMissingJoin      = "missing_join"
	ReasonUnpricedUnit     = "unpriced_unit"
	ReasonUnsupportedOp    = "unsupported_operation"
	ReasonBeforeFirstPrice = "before_first_price"
	ReasonNoPrice          = "no_price"
	ReasonNoFXRate         = "no_fx_rate"
	ReasonOutOfRange       = "out_of_range"
	ReasonLocalCache       = "local_cache"
	ReasonFreeByTable      = "free_by_table"
	ReasonZeroRate         = "zero_rate"
	ReasonBadInput         = "bad_input"
	ReasonAmbiguousTier    = "tier_ambiguous"
)

// ReasonDoc documents one reason code or assumption.
type ReasonDoc struct {
	Code    string
	Kind    string // unpriced, partial, free or assumed
	Meaning string // what happened
	Fix     string // what the reader can do
}

// Reasons lists every code a cost may carry.
var Reasons = []ReasonDoc{
	{ReasonUnknownProvider, "unpriced", "The provider name matches no provider of the price book, and neither the address nor the model name gives it away.", "Add the provider in a price file of your own, or an alias."},
	{ReasonUnknownModel, "unpriced", "The provider is known, the model is not.", "`windage prices missing` shows the nearest known names; add a row or an alias."},
	{ReasonAmbiguousModel, "unpriced", "The name fits several models with different prices.", "Add an alias that says which."},
	{ReasonNoModel, "unpriced", "The call names no model.", "Set gen_ai.request.model in the instrumentation."},
	{ReasonNoUsage, "unpriced", "The call carries no usage: its tokens are unknown, not zero.", "For streams ask the provider for usage (OpenAI: stream_options.include_usage)."},
	{ReasonInContainer, "unpriced", "The call carries no usage, and the agent run around it says what its calls used together: the amount is on that row, and nothing is missing. Not counted as unpriced.", ""},
	{ReasonPartialUsage, "partial", "One direction of the usage is unknown; the rest is priced. A lower bound.", "As for no_usage."},
	{ReasonNegativeUsage, "unpriced", "A token count is below zero.", "Report it to the instrumentation."},
	{ReasonImpossibleUsage, "unpriced", "A token count is no whole number, or above 2^53.", "Report it to the instrumentation."},
	{ReasonContradictory, "unpriced", "Parts add up to more than their whole.", "Look at the cache convention of the instrumentation (inclusive or exclusive)."},
	{ReasonMissingParent, "unpriced", "A part is known and its whole is not.", "Report the whole too: cached input needs input."},
	{ReasonMissingJoin, "unpriced", "Two overlapping parts are priced and their overlap is unknown (cached and audio input without cached audio).", "Report the overlap."},
	{ReasonUnpricedUnit, "partial", "Something was used for which the row has no rate; the rest is priced. A lower bound.", "Add the rate in a price file of your own."},
	{ReasonUnsupportedOp, "unpriced", "The row does not price this operation.", "Add a row for the operation."},
	{ReasonBeforeFirstPrice, "unpriced", "The call is older than the oldest price of the model.", "Add an older row."},
	{ReasonNoPrice, "unpriced", "The model is known but has no row for this call (gap in dates, or no row for its tier or region).", "Add the missing row."},
	{ReasonNoFXRate, "unpriced", "The row is in another currency and the file has no exchange rate for the call's day.", "Add a dated rate under fx:."},
	{ReasonOutOfRange, "unpriced", "The amount does not fit: above 9.2 million USD for one call.", "Check the counts and the rate's unit."},
	{ReasonLocalCache, "free", "The answer came from a cache of the application's own; the provider saw nothing.", ""},
	{ReasonZeroRate, "free", "Everything that was used has a rate of 0, by its price row, by the rates that came with the call or by a contract term.", "If that is not meant, correct the rate."},
	{ReasonFreeByTable, "free", "The table says that the model is free.", "If it is not, add a row of your own."},
	{ReasonBadInput, "unpriced", "The line could not be read; error says why.", "Correct the line."},

	{"parent_rate", "assumed", "A part has no rate of its own and was charged at its whole's rate.", ""},
	{"base_for_tier", "assumed", "The service tier, or the batch API, has no price at the time of the call; the standard price was used.", "Add a variant for the tier, or for `processing: batch`."},
	{ReasonAmbiguousTier, "assumed", "Total input exceeds the model's context window: it is the sum of several turns, and none of them may have crossed the price threshold that the sum crosses.", ""},
	{"request_model", "assumed", "The response named no known model; the requested one was priced.", ""},
	{"provider_inferred", "assumed", "The provider was told from the address or the model name.", ""},
	{"date_stripped", "assumed", "The dated model name is unknown; the undated one was priced.", ""},
	{"routing_variant", "assumed", "A suffix that only chooses how a gateway routes (:nitro, :floor) was dropped.", ""},
	{"undated", "assumed", "The row has no dates: today's price was used whatever the call's date.", ""},
	{"fallback_provider", "assumed", "The provider has no row for this model; the maker's list price was used.", ""},
	{"convention_assumed", "assumed", "The instrumentation does not say whether input includes cached tokens.", ""},
	{"estimated_usage", "assumed", "The tokens were counted on the client.", ""},
	{"fx", "assumed", "Converted at the dated exchange rate of the price file.", ""},
	{"adjusted", "assumed", "A contract term of the price file was applied.", ""},
	{"sources_differ", "assumed", "The published tables disagree on this row; it follows the first.", ""},
}

// assumption is a bit for each thing that was assumed on the way to an amount.
type assumption uint16

const (
	assumedParentRate assumption = 1 << iota
	assumedBaseForTier
	assumedTierAmbiguous
	assumedRequestModel
	assumedProvider
	assumedDateStripped
	assumedUndated
	assumedFallbackProvider
	assumedConvention
	assumedUsage
	assumedFX
	assumedAdjusted
	assumedSourcesDiffer
	assumedRouting
	numAssumptions = iota
)

var assumptionNames = [numAssumptions]string{
	"parent_rate", "base_for_tier", ReasonAmbiguousTier, "request_model", "provider_inferred", "date_stripped",
	"undated", "fallback_provider", "convention_assumed", "estimated_usage", "fx", "adjusted", "sources_differ", "routing_variant",
}

// assumptionTexts caches the text of each combination met, so that pricing
// allocates nothing.
var assumptionTexts [1 << numAssumptions]atomic.Pointer[string]

func (a assumption) String() string {
	if a == 0 {
		return ""
	}
	if a&(a-1) == 0 {
		return assumptionNames[bits.TrailingZeros16(uint16(a))]
	}
	if p := assumptionTexts[a].Load(); p != nil {
		return *p
	}
	var parts []string
	for i, n := range assumptionNames {
		if a&(1<<i) != 0 {
			parts = append(parts, n)
		}
	}
	s := strings.Join(parts, ",")
	assumptionTexts[a].Store(&s)
	return s
}
