package count

import "github.com/windage-dev/windage/model"

// Merge settles rows, then completes each row that stands with what the rows
// suppressed in its favour know and it does not: a response id, the dated
// model, the session, the time to first token. Counts are never merged, but
// running totals are taken apart.
func Merge(rows []*model.Span) {
	s := settle(rows)
	s.apportion()
	for root := range s.nodes {
		members := s.nodes[root].members
		if s.nodes[root].parent != root || len(members) < 2 {
			continue
		}
		var to *model.Span
		for _, i := range members {
			if stands(s.nodes[i].row) {
				to = s.nodes[i].row
			}
		}
		if to == nil {
			continue
		}
		for _, i := range sorted(members) {
			if from := s.nodes[i].row; from != to {
				complete(to, from)
			}
		}
	}
}

func complete(to, from *model.Span) {
	if from.ResponseModel != "" && (to.RequestModel == "" || sameModel(baseModel(to.RequestModel), baseModel(from.ResponseModel))) &&
		(to.ResponseModel == "" || baseModel(to.ResponseModel) == undated(baseModel(from.ResponseModel))) {
		to.ResponseModel = from.ResponseModel // the dated name is the exact one
	}
	for _, f := range [...]struct{ to, from *string }{
		{&to.RequestModel, &from.RequestModel}, {&to.ResponseModel, &from.ResponseModel}, {&to.PricedModel, &from.PricedModel}, {&to.Provider, &from.Provider},
		{&to.ResponseID, &from.ResponseID}, {&to.RequestID, &from.RequestID}, {&to.ToolCallID, &from.ToolCallID}, {&to.ToolName, &from.ToolName}, {&to.ServiceTier, &from.ServiceTier}, {&to.Region, &from.Region},
		{&to.SessionID, &from.SessionID}, {&to.UserID, &from.UserID}, {&to.Tenant, &from.Tenant}, {&to.Team, &from.Team}, {&to.TaskID, &from.TaskID},
		{&to.PromptName, &from.PromptName}, {&to.PromptVersion, &from.PromptVersion}, {&to.Variant, &from.Variant}, {&to.AgentName, &from.AgentName},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if len(to.FinishReasons) == 0 {
		to.FinishReasons = from.FinishReasons
	}
	if len(to.Tags) == 0 {
		to.Tags = from.Tags
	}
	if from.Streaming == model.True || to.Streaming == model.Unknown {
		to.Streaming = from.Streaming
	}
	if !to.TTFT.Known {
		to.TTFT = from.TTFT
	}
	if to.ReportedCost == nil {
		to.ReportedCost, to.ReportedCostSource = from.ReportedCost, from.ReportedCostSource
	}
}
