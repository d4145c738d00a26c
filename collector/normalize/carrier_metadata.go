package normalize

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// What frameworks and people keep under metadata: sessions, users, prompts.

// readMetadata reads the metadata object of OpenInference and the like.
func readMetadata(rd *reading, _ string, v pcommon.Value) {
	for o := rd.walks.object(str(v)); o.next(); {
		k, v := o.key, o.value
		rd.metadata(k, v)
	}
}

// metadata takes what frameworks and people put under metadata.
func (rd *reading) metadata(k, raw string) {
	row := rd.row
	switch k {
	case "ls_provider":
		if row.ProviderRaw == "" || providerName(row.ProviderRaw) == "" {
			row.ProviderRaw = clip(text(raw))
		}
	case "ls_model_name":
		fill(&rd.model, raw)
	case "session_id", "sessionId", "thread_id", "conversation_id":
		fill(&row.SessionID, raw)
	case "user_id", "userId":
		fill(&row.UserID, raw)
	case "tenant", "tenant_id", "customer_id", "org", "organization":
		fill(&row.Tenant, raw)
	case "team", "team_id":
		fill(&row.Team, raw)
	case "env", "environment":
		fill(&row.Environment, raw)
	case "variant", "experiment_variant":
		fill(&row.Variant, raw)
	case "task_id", "taskId":
		fill(&row.TaskID, raw)
	case "lc_agent_name", "agent_name":
		fill(&row.AgentName, raw)
	case "prompt_version":
		fill(&row.PromptVersion, raw)
	case "prompt_name":
		fill(&row.PromptName, raw)
	case "langfusePrompt":
		fill(&row.PromptName, get(raw, "name"))
		fill(&row.PromptVersion, get(raw, "version"))
	}
}

// readPromptReference reads {"name":…,"version":…} or a list of them.
func readPromptReference(rd *reading, _ string, v pcommon.Value) {
	raw := first(unquoteJSON(str(v)))
	fill(&rd.row.PromptName, get(raw, "name"))
	fill(&rd.row.PromptVersion, get(raw, "version"))
}
