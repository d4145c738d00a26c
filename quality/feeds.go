package quality

// Feeds say what a product sends to have a built-in metric measured, for the
// reference page. Every definition has an entry.
var Feeds = map[string]string{
	"groundedness":      "`evaluation` named `groundedness`: `passed`, a label, or `value` from 0 to 1",
	"citation_fidelity": "`evaluation` named `citation_fidelity`: `passed`, a label, or `value` from 0 to 1",
	"eval_pass_rate":    "`suite` with `suite`, `run` and `case`: `passed` or a label; each suite also as `eval_pass_rate:SUITE`",
	"accuracy":          "predictions (spans with a predicted label or score) and a `label` each, by `prediction_id` or trace; the later of two labels of a prediction counts",
	"precision":         "as accuracy",
	"recall":            "as accuracy",
	"f1":                "as accuracy",
	"calibration_error": "as accuracy, predictions with a score from 0 to 1",
	"brier_score":       "as accuracy, predictions with a score from 0 to 1",

	"task_completion":         "spans; `outcome` of a task, session or trace: a label (below), or `passed`",
	"acceptance_rate":         "`feedback` named `acceptance`: a label (accepted, edited, rejected, …), `passed`, or `value` from 0 to 1",
	"override_rate":           "`feedback` named `acceptance` with the label overridden, overruled or corrected, or named `override`: yes or no; else outcomes",
	"escalation_rate":         "`outcome` escalated, or `feedback` with that label, on a task",
	"abandonment_rate":        "`outcome` abandoned, or a task that nothing follows for `abandon_after`",
	"time_saved_seconds":      "`feedback` or `business` named `time_saved`: `value` in seconds, at most 30 days",
	"error_rate":              "spans",
	"latency_p95":             "spans",
	"time_to_first_token_p95": "spans of streamed calls",

	"cost_per_successful_task": "spans, prices and outcomes",
	"cost_per_task":            "spans and prices",
	"resolution_rate":          "`business` named `resolution`: `passed` or a label; of a target that has none, the `outcome` resolved, solved, unresolved or reopened. Each target counts once, by the latest",
	"policy_violation_rate":    "`violation` on a task, session or trace; its name is the policy, `severity` critical pages",
	"activation_rate":          "`business` named `activation`, by `user_id`: `passed` or a label; else spans with a user id ([activation and retention](../users.md))",
	"retention_rate":           "`business` named `retention`, by `user_id`: `passed` or a label; else spans with a user id",
}
