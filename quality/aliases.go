package quality

// Aliases are other words for the built-in metrics: those of the metric layers
// as people speak of them, and the names of the signals that feed them.
var Aliases = map[string]string{
	"calibration": "calibration_error", "expected_calibration_error": "calibration_error", "ece": "calibration_error", "brier": "brier_score",
	"grounding": "groundedness", "faithfulness": "groundedness", "hallucination_rate": "groundedness",
	"citations": "citation_fidelity", "citation_accuracy": "citation_fidelity",
	"pass_rate": "eval_pass_rate", "eval_suite_pass_rate": "eval_pass_rate", "eval_suite": "eval_pass_rate", "evals": "eval_pass_rate",
	"f1_score": "f1",

	"completion": "task_completion", "completion_rate": "task_completion", "task_completion_rate": "task_completion",
	"success_rate": "task_completion", "task_success": "task_completion", "task_success_rate": "task_completion",
	"acceptance": "acceptance_rate", "accept_rate": "acceptance_rate", "override": "override_rate", "overrides": "override_rate",
	"escalation": "escalation_rate", "escalations": "escalation_rate", "abandonment": "abandonment_rate", "time_saved": "time_saved_seconds",
	"errors": "error_rate", "latency": "latency_p95", "p95_latency": "latency_p95", "ttft": "time_to_first_token_p95", "ttft_p95": "time_to_first_token_p95",

	"activation": "activation_rate", "retention": "retention_rate", "resolution": "resolution_rate", "cost": "cost_per_task",
	"cost_per_success": "cost_per_successful_task", "cost_per_resolution": "cost_per_successful_task",
	"violations": "policy_violation_rate", "violation_rate": "policy_violation_rate",
	"policy_violations": "policy_violation_rate", "policy_violation": "policy_violation_rate",
}
