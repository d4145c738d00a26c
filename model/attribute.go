package model

// attributes are the names under which a span's typed fields answer: the
// standard one first, then those that people write for it.
var attributes = map[string]func(*Span) string{}

func init() {
	for _, a := range []struct {
		get   func(*Span) string
		names []string
	}{
		{func(s *Span) string { return s.ServiceName }, []string{"service.name", "service_name", "service"}},
		{func(s *Span) string { return s.ServiceVersion }, []string{"service.version", "service_version", "release"}},
		{func(s *Span) string { return s.Environment }, []string{"deployment.environment.name", "deployment.environment", "environment"}},
		{func(s *Span) string { return s.Product }, []string{"windage.product", "product"}},
		{func(s *Span) string { return string(s.Kind) }, []string{"windage.kind", "kind"}},
		{func(s *Span) string { return s.Name }, []string{"span.name", "name"}},
		{func(s *Span) string { return s.Operation }, []string{"gen_ai.operation.name", "operation"}},
		{func(s *Span) string { return s.Provider }, []string{"gen_ai.provider.name", "gen_ai.system", "provider"}},
		{func(s *Span) string { return s.RequestModel }, []string{"gen_ai.request.model", "request_model"}},
		{func(s *Span) string { return s.Model() }, []string{"gen_ai.response.model", "response_model", "model"}},
		{func(s *Span) string { return s.AgentName }, []string{"gen_ai.agent.name", "agent_name"}},
		{func(s *Span) string { return s.AgentID }, []string{"gen_ai.agent.id", "agent_id"}},
		{func(s *Span) string { return s.WorkflowName }, []string{"gen_ai.workflow.name", "workflow_name"}},
		{func(s *Span) string { return s.PromptName }, []string{"gen_ai.prompt.name", "prompt.name", "prompt_name"}},
		{func(s *Span) string { return s.PromptVersion }, []string{"prompt.version", "gen_ai.prompt.version", "prompt_version"}},
		{func(s *Span) string { return s.Variant }, []string{"variant", "windage.variant"}},
		{func(s *Span) string { return s.ExperimentID }, []string{"experiment.id", "experiment_id"}},
		{func(s *Span) string { return s.Language }, []string{"language", "windage.input.language"}},
		{func(s *Span) string { return s.Tenant }, []string{"tenant", "windage.tenant", "tenant.id"}},
		{func(s *Span) string { return s.Team }, []string{"team", "windage.team"}},
		{func(s *Span) string { return s.SessionID }, []string{"session.id", "gen_ai.conversation.id", "session_id"}},
		{func(s *Span) string { return s.UserID }, []string{"user.id", "enduser.id", "user_id"}},
		{func(s *Span) string { return s.TaskID }, []string{"task.id", "windage.task.id", "task_id"}},
		{func(s *Span) string { return s.TaskType }, []string{"task.type", "windage.task.type", "task_type"}},
		{func(s *Span) string { return s.TaskOutcome }, []string{"task.outcome", "windage.task.outcome", "outcome"}},
		{func(s *Span) string { return s.ToolName }, []string{"gen_ai.tool.name", "tool.name", "tool_name"}},
		{func(s *Span) string { return s.ServiceTier }, []string{"service_tier", "gen_ai.request.service_tier"}},
		{func(s *Span) string { return s.Region }, []string{"region", "cloud.region"}},
		{func(s *Span) string { return s.ErrorType }, []string{"error.type", "error_type"}},
		{func(s *Span) string { return s.DataSource }, []string{"gen_ai.data_source.id", "data_source_id"}},
		{func(s *Span) string { return s.Purpose }, []string{"purpose", "windage.purpose"}},
		{func(s *Span) string {
			if s.Prediction == nil {
				return ""
			}
			return s.Prediction.ModelVersion
		}, []string{"model.version", "ml.model.version", "model_version"}},
	} {
		for _, n := range a.names {
			attributes[n] = a.get
		}
	}
}

// Model is the model that answered, else the one asked for.
func (s *Span) Model() string {
	switch {
	case s.ResponseModel != "":
		return s.ResponseModel
	case s.RequestModel != "":
		return s.RequestModel
	case s.Prediction != nil:
		return s.Prediction.Model
	default:
		return ""
	}
}

// Attribute is the value of an attribute by its name, wherever the row holds
// it: a typed field, a flag ("flag.<key>"), a prediction's categorical
// feature, or the rest. It is "" where the row does not have it.
func (s *Span) Attribute(name string) string {
	if get := attributes[name]; get != nil {
		if v := get(s); v != "" {
			return v
		}
	}
	for _, a := range s.Rest {
		if a.Key == name {
			return a.Value
		}
	}
	if s.Prediction != nil {
		if v, ok := s.Prediction.Categories[name]; ok {
			return v
		}
	}
	const flag = "flag."
	if len(name) > len(flag) && name[:len(flag)] == flag {
		for _, f := range s.Flags {
			if f.Key == name[len(flag):] {
				return f.Variant
			}
		}
	}
	return ""
}
