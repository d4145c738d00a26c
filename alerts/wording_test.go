package alerts

// words are what one firing alert says.
type words struct{ summary, description string }

// wording is what each alert must say in each test, with its numbers: by
// alert, test, time and severity.
var wording = map[string]words{
	"Watchdog, always fires, 1m, none": {
		"The pager path works",
		"Always firing (1). Route it to a dead man's switch that pages when it stops to arrive.",
	},
	"Watchdog, always fires, 2h, none": {
		"The pager path works",
		"Always firing (1). Route it to a dead man's switch that pages when it stops to arrive.",
	},
	"WindageBudgetBurn, a day's budget has its own factors, 200m, page": {
		"Budget shop-budget: spending at 7.0 times the plan",
		"Budget shop-budget of shop burns at 7.0 times what it plans. Spent in the last hour: 29.16 USD; in this period 40.00 of 100.00 USD (40%). At the rate of the last hour it lasts 2h 3m 27s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, a day's budget has its own factors, 205m, page": {
		"Budget shop-budget: spending at 7.9 times the budget's pace",
		"Budget shop-budget of shop burns at 7.9 times the pace that would use it up exactly. Spent in the last hour: 33.00 USD; in this period 40.00 of 100.00 USD (40%). At the rate of the last hour it lasts 1h 49m 5s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, a month's budget at twenty times its pace pages, 200m, page": {
		"Budget shop-budget: spending at 20.0 times the budget's pace",
		"Budget shop-budget of shop burns at 20.0 times the pace that would use it up exactly. Spent in the last hour: 83.33 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 21h 36m 0s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, a month's budget at twenty times the plan pages, 170m, page": {
		"Budget shop-budget: spending at 20.0 times the plan",
		"Budget shop-budget of shop burns at 20.0 times what it plans. Spent in the last hour: 69.94 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 1d 1h 44m 16s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, four times the pace over a day opens a ticket, 47h, ticket": {
		"Budget shop-budget: spending at 3.9 times the budget's pace",
		"Budget shop-budget of shop burns at 3.9 times the pace that would use it up exactly. Spent in the last hour: 16.67 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 4d 11h 59m 59s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, seven times the pace over six hours pages, 7h, page": {
		"Budget shop-budget: spending at 7.0 times the budget's pace",
		"Budget shop-budget of shop burns at 7.0 times the pace that would use it up exactly. Spent in the last hour: 29.17 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 2d 13h 42m 51s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, six times the plan over six hours pages, 7h, page": {
		"Budget shop-budget: spending at 7.0 times the plan",
		"Budget shop-budget of shop burns at 7.0 times what it plans. Spent in the last hour: 29.16 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 2d 13h 43m 42s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, the store is down and spend goes on: the budget is still known, 115m, page": {
		"Budget shop-budget: spending at 27.6 times the budget's pace",
		"Budget shop-budget of shop burns at 27.6 times the pace that would use it up exactly. Spent in the last hour: 114.83 USD; in this period unknown of 3000.00 USD (unknown). At the rate of the last hour it lasts unknown. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, twenty times the pace pages though one trace in ten is seen, 200m, page": {
		"Budget shop-budget: spending at 20.0 times the budget's pace",
		"Budget shop-budget of shop burns at 20.0 times the pace that would use it up exactly. Spent in the last hour: 83.33 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 21h 35m 59s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetBurn, three times the plan over a day opens a ticket, 44h, ticket": {
		"Budget shop-budget: spending at 4.0 times the plan",
		"Budget shop-budget of shop burns at 4.0 times what it plans. Spent in the last hour: 16.67 USD; in this period 1200.00 of 3000.00 USD (40%). At the rate of the last hour it lasts 4d 11h 59m 59s. Costliest model of the last hour: acme/large.",
	},
	"WindageBudgetCapForecast, even the lower end of the forecast is above the cap, 150m, ticket": {
		"Budget shop-budget: forecast 158% of the cap",
		"Budget shop-budget of shop is forecast to end at 158% of the amount that must never be exceeded: 6320.00 USD (80 % interval 5100.00 to 7400.00) against the cap of 4000.00 USD. Even the lower end is above it.",
	},
	"WindageBudgetCapReached, the cap is reached, 1h, page": {
		"Budget shop-budget: the cap is reached (100.3%)",
		"Budget shop-budget of shop has spent 100.3% of its cap: 3510.00 of 3500.00 USD, and the period lasts another 3d 0h 0m 0s. Windage observes; it cuts nothing off.",
	},
	"WindageBudgetCommitmentUnused, a commitment will not be used up, 23h, ticket": {
		"Budget shop-budget: forecast 45% of the commitment",
		"Budget shop-budget of shop is forecast to use 45% of what is billed in any case: 900.00 USD (80 % interval 700.00 to 1200.00) against the commitment of 2000.00 USD. The difference is paid for nothing.",
	},
	"WindageBudgetExhausted, all spent, 1h, ticket": {
		"Budget shop-budget: 103.5% spent",
		"Budget shop-budget of shop is spent (103.5%): 3105.00 of 3000.00 USD, and the period lasts another 3d 0h 0m 0s.",
	},
	"WindageBudgetForecastExceeded, even the lower end of the forecast is over budget, 150m, ticket": {
		"Budget shop-budget: forecast 210.7% of the budget",
		"Budget shop-budget of shop is forecast to end at 210.7% of its amount: 6320.00 USD (80 % interval 5100.00 to 7400.00) against the budget of 3000.00 USD. Even the lower end is over budget.",
	},
	"WindageBudgetIncident, opens and closes, 40m, page": {
		"shop: money goes otherwise than budget output_tokens plans",
		"output_tokens of shop departs from its plan (burn against the shape of the budget, or a cap within the hour); open for 10m 0s.",
	},
	"WindageBudgetIncident, a spent budget that stands for what pages, 30m, page": {
		"shop: money goes otherwise than budget shop-budget/exhausted plans",
		"shop-budget/exhausted of shop departs from its plan (burn against the shape of the budget, or a cap within the hour); open for 30m 0s.",
	},
	"WindageBusinessMissing, the layer was never measured, 27h, ticket": {
		"shop: the business layer is not measured",
		"shop has online data (newest 0s old) and no business data at all. A regression that shows only in the business layer goes unnoticed.",
	},
	"WindageBusinessObjectiveBreached, blocker, 100m, page": {
		"shop: cost_per_successful_task misses its objective",
		"The business metric cost_per_successful_task of shop is 0.31 USD (95 % interval 0.27 to 0.36, n = 400); the objective is 0.12. The whole interval lies on the wrong side.",
	},
	"WindageBusinessObjectiveBreached, blocker, 1h, page": {
		"shop: cost_per_successful_task misses its objective",
		"The business metric cost_per_successful_task of shop is 0.31 USD (95 % interval 0.27 to 0.36, n = 400); the objective is 0.12. The whole interval lies on the wrong side.",
	},
	"WindageBusinessObjectiveBreached, warning, 80m, ticket": {
		"shop: cost_per_successful_task misses its objective",
		"The business metric cost_per_successful_task of shop is 0.31 USD (95 % interval 0.27 to 0.36, n = 400); the objective is 0.12. The whole interval lies on the wrong side.",
	},
	"WindageBusinessSilent, the layer falls silent, 4350m, ticket": {
		"shop: no business data for 3d 0h 30m 0s",
		"The newest business data of shop is 3d 0h 30m 0s old; it is expected at least every 3d. Until it flows again, a regression in this layer cannot be seen.",
	},
	"WindageCacheBreak, opens and closes, 40m, ticket": {
		"shop: the prompt cache stopped hitting (output_tokens)",
		"output_tokens of shop reads far less from the prompt cache than its baseline, so the same tokens cost more; open for 10m 0s.",
	},
	"WindageCallErrors, half of all calls fail, 170m, page": {
		"shop: 41.94% of model calls fail",
		"41.94% of the model calls of shop failed in the last hour (and above 25% in the last 5 minutes), of 3.6k calls. Users of the product see errors or fallbacks.",
	},
	"WindageCallErrors, half of all calls fail, 170m, ticket": {
		"shop: 41.94% of model calls fail",
		"41.94% of the model calls of shop failed in the last hour, of 3.6k calls.",
	},
	"WindageCostPerSuccessfulTaskUp, a successful task costs twice that of last week, 212h, ticket": {
		"shop: a successful task costs 1.7 times that of last week",
		"One successful task of shop costs 0.1667 USD over the last day (failed attempts included), 1.67 times that of the same day last week, over 240 successful tasks.",
	},
	"WindageCostShift, opens and closes, 40m, page": {
		"shop: the same work costs more (output_tokens)",
		"output_tokens of shop costs more than its baseline, a task or the same tokens; open for 10m 0s.",
	},
	"WindageDataQuality, opens and closes, 40m, page": {
		"shop: output_tokens is broken input",
		"output_tokens of shop has missing, malformed or never seen values far above its baseline; open for 10m 0s.",
	},
	"WindageDeadLetter, rows go to the dead-letter file, 35m, ticket": {
		"Rows went to the dead-letter file: bad_type",
		"7 rows that the store can never take went to the dead-letter file in the last 15 minutes, reason bad_type. They are kept, not counted.",
	},
	"WindageDetectorNoisy, the detector pages too often on history, 100m, ticket": {
		"shop: the detector pages too often on its own history",
		"Replayed over the history of shop, the drift detector would have paged falsely 4.0 times in 30 days (upper end of the 95 % interval 7.2); the budget is 1. Its pages are not to be trusted until the baseline is renewed.",
	},
	"WindageDown, no data at all, 11m, page": {
		"No windage process is scraped",
		"Prometheus has seen no windage process for 10 minutes (absent = 1). Traces may be lost and nothing is judged.",
	},
	"WindageDown, nobody is scraped, 50m, page": {
		"No windage process is scraped",
		"Prometheus has seen no windage process for 10 minutes (absent = 1). Traces may be lost and nothing is judged.",
	},
	"WindageDrift, opens and closes, 40m, page": {
		"shop: output_tokens drifts",
		"output_tokens of shop left its baseline; open for 10m 0s. Effect 0.41 (lower end of the 95 % interval 0.33, n = 5230), evidence 1840 against a threshold of 720.",
	},
	"WindagePerformance, opens and closes, 40m, page": {
		"shop: predictions got worse (output_tokens)",
		"output_tokens of shop fell below its reference: estimated from the scores, or realised on late labels of equal age; open for 10m 0s.",
	},
	"WindageCalibration, opens and closes, 40m, ticket": {
		"shop: predicted probabilities no longer come true",
		"output_tokens of shop lies beyond what chance gives as many labels, and beyond what it was; open for 10m 0s.",
	},
	"WindageJudgeDrift, opens and closes, 40m, ticket": {
		"shop: the judge moved (output_tokens)",
		"output_tokens of shop no longer gives the verdicts on anchors that it gave: its scores say something of the judge; open for 10m 0s.",
	},
	"WindageJudgeChange, opens and closes, 40m, ticket": {
		"shop: output_tokens moved with its judge",
		"output_tokens of shop moved when another judge took over: no news of the product until both are compared; open for 10m 0s.",
	},
	"WindageEngineDown, the engine is down, 50m, page": {
		"The embedded engine of a is down",
		"The embedded ClickHouse engine of a does not run (up = 0) after 6 restarts. Spans wait in the disk queue.",
	},
	"WindageEngineRestarting, the engine restarts again and again, 1h, ticket": {
		"The embedded engine of a restarts again and again",
		"The embedded engine of a was restarted 6 times in the last hour: out of memory, a damaged part, or a bug.",
	},
	"WindageDrift, a ticket escalates under its name, 20m, ticket": {
		"shop: prompt_version drifts",
		"prompt_version of shop left its baseline; open for 20m 0s.",
	},
	"WindageDrift, a ticket escalates under its name, 1h, page": {
		"shop: prompt_version drifts",
		"prompt_version of shop left its baseline; open for 1h 0m 0s. What explains it best by now: cost_shift of cost_per_successful_task.",
	},
	"WindageIncident, a breach that another finding explains, 30m, page": {
		"shop: breach incident on task_success_rate",
		"task_success_rate of shop has an open incident of kind breach; open for 30m 0s. What explains it best by now: cost_shift of cost_per_successful_task.",
	},
	"WindageIncident, opens and closes, 40m, page": {
		"shop: a_kind_of_tomorrow incident on output_tokens",
		"output_tokens of shop has an open incident of kind a_kind_of_tomorrow; open for 10m 0s.",
	},
	"WindageInsertsFailing, inserts fail, 1h, ticket": {
		"Inserts into spans fail (permanent)",
		"15 inserts into spans failed in the last 15 minutes (permanent). Transient ones are retried from the disk queue; permanent ones go to the dead-letter file.",
	},
	"WindageLabelOverflow, a label overflows, 40m, ticket": {
		"Label model of windage_calls_total has too many values",
		"900 observations of windage_calls_total in the last 15 minutes lost their model to __other__ because the cap of values is reached.",
	},
	"WindageModelChange, opens and closes, 40m, ticket": {
		"shop: the served model changed unasked",
		"output_tokens of shop shows that the provider serves another model than before, without a change on our side; open for 10m 0s.",
	},
	"WindageMonitorSlow, slots are missed, 119m, ticket": {
		"The evaluation loop misses slots",
		"The evaluation loop skipped 12 slots in the last hour because the one before overran; findings come late. Minutes waiting: 41.",
	},
	"WindageMonitorStalled, the loop stops, 55m, page": {
		"The evaluation loop stalled 26m 0s ago",
		"The evaluation loop last finished a slot 26m 0s ago. Until it runs again drift, objectives and budgets are not judged: the absence of alerts means nothing.",
	},
	"WindageNoSuccessfulTask, nothing succeeds any more, 280m, page": {
		"shop: no task succeeds any more",
		"shop closed 30 tasks as failed, escalated or overridden in the last hour and none as a success; in the last day before, tasks did succeed.",
	},
	"WindageNotUnderstood, a dialect is not understood, 80m, ticket": {
		"Spans that look like model traffic are not understood",
		"75 spans in the last 15 minutes look like model traffic and match no dialect (no_dialect). Their tokens and cost are missing from every figure.",
	},
	"WindageOfflineMissing, the layer was never measured, 27h, ticket": {
		"shop: the offline layer is not measured",
		"shop has online data (newest 0s old) and no offline data at all. A regression that shows only in the offline layer goes unnoticed.",
	},
	"WindageOfflineObjectiveBreached, blocker, 100m, page": {
		"shop: groundedness misses its objective",
		"The offline metric groundedness of shop is 0.87 (95 % interval 0.85 to 0.89, n = 1200); the objective is 0.92. The whole interval lies on the wrong side.",
	},
	"WindageOfflineObjectiveBreached, blocker, 1h, page": {
		"shop: groundedness misses its objective",
		"The offline metric groundedness of shop is 0.87 (95 % interval 0.85 to 0.89, n = 1200); the objective is 0.92. The whole interval lies on the wrong side.",
	},
	"WindageOfflineObjectiveBreached, warning, 80m, ticket": {
		"shop: groundedness misses its objective",
		"The offline metric groundedness of shop is 0.87 (95 % interval 0.85 to 0.89, n = 1200); the objective is 0.92. The whole interval lies on the wrong side.",
	},
	"WindageOfflineOnlineDivergence, opens and closes, 40m, page": {
		"shop: offline and online disagree (output_tokens)",
		"output_tokens of shop moved against the other layer: the eval set says better, users or the business say worse; open for 10m 0s.",
	},
	"WindageOfflineSilent, the layer falls silent, 2190m, ticket": {
		"shop: no offline data for 1d 12h 30m 0s",
		"The newest offline data of shop is 1d 12h 30m 0s old; it is expected at least every 36h. Until it flows again, a regression in this layer cannot be seen.",
	},
	"WindageOnlineMissing, the layer was never measured, 27h, ticket": {
		"shop: the online layer is not measured",
		"shop has offline data (newest 0s old) and no online data at all. A regression that shows only in the online layer goes unnoticed.",
	},
	"WindageOnlineObjectiveBreached, blocker, 100m, page": {
		"shop: time_to_first_token misses its objective",
		"The online metric time_to_first_token of shop is 3.5 s (95 % interval 3.2 to 3.9, n = 900); the objective is 2. The whole interval lies on the wrong side.",
	},
	"WindageOnlineObjectiveBreached, blocker, 1h, page": {
		"shop: time_to_first_token misses its objective",
		"The online metric time_to_first_token of shop is 3.5 s (95 % interval 3.2 to 3.9, n = 900); the objective is 2. The whole interval lies on the wrong side.",
	},
	"WindageOnlineObjectiveBreached, warning, 80m, ticket": {
		"shop: time_to_first_token misses its objective",
		"The online metric time_to_first_token of shop is 3.5 s (95 % interval 3.2 to 3.9, n = 900); the objective is 2. The whole interval lies on the wrong side.",
	},
	"WindageOnlineSilent, the layer falls silent, 1470m, ticket": {
		"shop: no online data for 1d 0h 30m 0s",
		"The newest online data of shop is 1d 0h 30m 0s old; it is expected at least every 1d. Until it flows again, a regression in this layer cannot be seen.",
	},
	"WindagePolicyViolation, opens and closes, 40m, page": {
		"shop: policy violation output_tokens",
		"output_tokens of shop was violated; a violation of this severity counts whatever the volume; open for 10m 0s.",
	},
	"WindagePriceTableReloadFailed, prices cannot be reloaded, 40m, ticket": {
		"The price table prices.yaml cannot be read",
		"2 reloads of the price table prices.yaml failed in the last 15 minutes; the old one stays in use.",
	},
	"WindagePriceTableStale, prices grow old, 200m, ticket": {
		"The prices in use are 60d 1h 20m 0s old",
		"The price table builtin is 60d 1h 20m 0s old. New models are unpriced and changed prices are wrong.",
	},
	"WindageReportedCostDiffers, an SDK reports another cost than we compute, 34h, ticket": {
		"shop: acme reports another cost than we compute",
		"Over the last day our cost of the calls of shop that carried a cost of their own (acme) differs from the reported one by 8.333%. Either the price table or the reporter is wrong.",
	},
	"WindageRowsDropped, rows are dropped, 35m, ticket": {
		"Rows are dropped: too_large",
		"5 rows were dropped in the last 15 minutes, reason too_large. Numbers over this time are too low.",
	},
	"WindageRunawayTasks, four tasks run away at once: the counter is born with them, 35m, page": {
		"shop: tasks run away (4)",
		"Tasks of shop that run away, caught in the last 10 minutes or earlier and still running: 4 (too many calls, too dear, the same tool over and over, retries, or a context that only grows; most often: loop). Spent in the last hour: 7.00 USD. The incident on the status page names session, trace, tokens and money.",
	},
	"WindageRunawayTasks, four tasks run away at once: the counter is born with them, 35m, ticket": {
		"shop: tasks run away (4)",
		"Tasks of shop that run away, caught in the last 10 minutes or earlier and still running: 4 (too many calls, too dear, the same tool over and over, retries, or a context that only grows; most often: loop). Spent in the last hour: 7.00 USD. The incident on the status page names session, trace, tokens and money.",
	},
	"WindageRunawayTasks, one dear task that still runs, 35m, page": {
		"shop: tasks run away (1)",
		"Tasks of shop that run away, caught in the last 10 minutes or earlier and still running: 1 (too many calls, too dear, the same tool over and over, retries, or a context that only grows; most often: context_growth). Spent in the last hour: unknown. The incident on the status page names session, trace, tokens and money.",
	},
	"WindageRunawayTasks, one task that runs away opens a ticket, 35m, ticket": {
		"shop: tasks run away (1)",
		"Tasks of shop that run away, caught in the last 10 minutes or earlier and still running: 1 (too many calls, too dear, the same tool over and over, retries, or a context that only grows; most often: loop). Spent in the last hour: unknown. The incident on the status page names session, trace, tokens and money.",
	},
	"WindageSpendAboveLastWeek, five times the spend of last week, 184h, ticket": {
		"shop: spend is 3.7 times that of last week",
		"In the last 6 hours shop spent 22.00 USD, 3.7 times the same 6 hours a week ago.",
	},
	"WindageStoreDown, the store is away, 55m, page": {
		"ClickHouse does not answer a",
		"The store of a did not answer for 10 minutes (up = 0). Spans wait in the disk queue; live counters go on, drift and objectives do not. Inserts that failed in the last 15 minutes: 30.",
	},
	"WindageTelemetryStopped, busy last week, silent now, 181h, page": {
		"shop: no model calls, 60 a week ago",
		"shop made no model call in the last 30 minutes; in the same half hour a week ago it made 60. Either the product is down or its telemetry no longer arrives.",
	},
	"WindageTwoEvaluators, two hold the lease, 45m, ticket": {
		"2 evaluators believe they hold the lease",
		"2 processes evaluate at once. Verdicts stay correct (results are idempotent), but work is done twice and incidents may flap.",
	},
	"WindageUnpricedCalls, a tenth of the calls has no price, 100m, ticket": {
		"shop: 6.833% of calls have no price",
		"6.833% of the calls of shop in the last hour (246 calls) could not be priced. Their cost is unknown, not zero: every cost figure of this product is a lower bound. Most frequent reason: acme, unknown_model.",
	},
	"WindageUsageMissing, usage is missing, 80m, ticket": {
		"Calls arrive without token usage",
		"150 calls of dialect otel in the last 15 minutes carry no usage (stream_aborted); they cannot be priced.",
	},
	"WindageVolume, opens and closes, 40m, page": {
		"shop: traffic of output_tokens stopped or multiplied",
		"output_tokens of shop carries a volume that its own history does not explain; open for 10m 0s.",
	},
}
