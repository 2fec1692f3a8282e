# Tab completion of llmctl for PowerShell, made by `python -m llmctl.reference`.
#
# It starts no process. IDs and profiles come from llmctl's cache, which `llmctl ... list` writes
# (see llmctl/api/completion_cache.py); they are never evaluated.

$llmctlAfter = @{
    '' = @(
        , @('clustering-config', 'Clustering event filters.', $null)
        , @('clustering-jobs', 'Scheduled clustering jobs.', $null)
        , @('evaluation-config', 'Active key for evaluations.', $null)
        , @('evaluation-reports', 'Reports on evaluations.', $null)
        , @('provider-keys', 'LLM provider API keys.', $null)
        , @('evaluations', 'Evaluations that score LLM output.', $null)
        , @('models', 'Models that each provider offers.', $null)
        , @('profiles', 'Stored keys, hosts and projects.', $null)
        , @('sandbox', 'A local PostHog project for trying things out.', $null)
        , @('completion', 'Tab completion.', $null)
        , @('help', 'Help on a command or a topic.', $null)
        , @('--version', 'Show the version and exit.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config' = @(
        , @('get', 'Show the clustering configuration.', $null)
        , @('set-event-filters', 'Replace the event filters for clustering. An empty array clears them.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config set-event-filters' = @(
        , @('--event-filters', 'The new filters: JSON array, @FILE or -.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs' = @(
        , @('list', 'List clustering jobs, oldest first.', $null)
        , @('get', 'Show a clustering job.', $null)
        , @('create', 'Create a clustering job.', $null)
        , @('update', 'Update the given fields of a clustering job.', $null)
        , @('delete', 'Delete a clustering job. It cannot be restored.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs list' = @(
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Read up to N pages of a long list in parallel.', '')
        , @('--rate', 'Maximum pages to read per minute.', '')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'clustering-jobs create' = @(
        , @('--name', 'Unique in the project; 1-100 characters.', '')
        , @('--analysis-level', 'Level of the data to cluster.', 'words:trace,generation,evaluation')
        , @('--event-filters', 'JSON array, @FILE or -.', 'at-file:')
        , @('--enabled', 'Enable or disable the job.', $null)
        , @('--disabled', 'Enable or disable the job.', $null)
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs update' = @(
        , @('--name', 'Unique in the project; 1-100 characters.', '')
        , @('--analysis-level', 'Level of the data to cluster.', 'words:trace,generation,evaluation')
        , @('--event-filters', 'JSON array, @FILE or -.', 'at-file:')
        , @('--enabled', 'Enable or disable the job.', $null)
        , @('--disabled', 'Enable or disable the job.', $null)
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'clustering-jobs delete' = @(
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'evaluation-config' = @(
        , @('get', 'Show the configuration and the active provider key.', $null)
        , @('set-active-key', 'Set the provider key that evaluations use. Its state must be ok.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-config get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-config set-active-key' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', 'ID from `llmctl provider-keys list`.', 'ids:provider-keys')
    )
    'evaluation-reports' = @(
        , @('list', 'List evaluation reports, newest first.', $null)
        , @('get', 'Show an evaluation report''s settings.', $null)
        , @('create', 'Create an evaluation report.', $null)
        , @('update', 'Update the given fields of an evaluation report.', $null)
        , @('delete', 'Delete an evaluation report. `update --not-deleted` restores it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports list' = @(
        , @('--evaluation', 'ID from `llmctl evaluations list`.', 'ids:evaluations')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Read up to N pages of a long list in parallel.', '')
        , @('--rate', 'Maximum pages to read per minute.', '')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'evaluation-reports create' = @(
        , @('--evaluation', 'ID from `llmctl evaluations list`.', 'ids:evaluations')
        , @('--frequency', 'On a schedule, or every N results.', 'words:scheduled,every_n')
        , @('--trigger-threshold', 'Results per report for every_n, or null.', '')
        , @('--rrule', 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.', '')
        , @('--starts-at', 'Start, e.g. 2026-01-05T09:00:00+01:00, or null.', '')
        , @('--timezone-name', 'IANA time zone of the rule, e.g. Europe/Paris.', '')
        , @('--delivery-targets', 'All recipients: JSON array, @FILE or -; [] for none.', 'at-file:')
        , @('--email', 'Email recipient; repeatable. Replaces all recipients.', '')
        , @('--slack', 'Slack recipient; repeatable. Replaces all recipients.', '')
        , @('--report-prompt-guidance', 'What to focus on: text, @FILE or -.', 'at-file:')
        , @('--max-sample-size', 'Maximum number of results to analyse.', '')
        , @('--cooldown-minutes', 'Minimum minutes between reports.', '')
        , @('--daily-run-cap', 'Maximum reports per day.', '')
        , @('--enabled', 'Enable or disable the report.', $null)
        , @('--disabled', 'Enable or disable the report.', $null)
        , @('--deleted', 'Delete or restore the report.', $null)
        , @('--not-deleted', 'Delete or restore the report.', $null)
        , @('--replace', 'Change the evaluation''s existing report.', $null)
        , @('--another', 'Create one more report (older servers).', $null)
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports update' = @(
        , @('--evaluation', 'ID from `llmctl evaluations list`.', 'ids:evaluations')
        , @('--frequency', 'On a schedule, or every N results.', 'words:scheduled,every_n')
        , @('--trigger-threshold', 'Results per report for every_n, or null.', '')
        , @('--rrule', 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.', '')
        , @('--starts-at', 'Start, e.g. 2026-01-05T09:00:00+01:00, or null.', '')
        , @('--timezone-name', 'IANA time zone of the rule, e.g. Europe/Paris.', '')
        , @('--delivery-targets', 'All recipients: JSON array, @FILE or -; [] for none.', 'at-file:')
        , @('--email', 'Email recipient; repeatable. Replaces all recipients.', '')
        , @('--slack', 'Slack recipient; repeatable. Replaces all recipients.', '')
        , @('--report-prompt-guidance', 'What to focus on: text, @FILE or -.', 'at-file:')
        , @('--max-sample-size', 'Maximum number of results to analyse.', '')
        , @('--cooldown-minutes', 'Minimum minutes between reports.', '')
        , @('--daily-run-cap', 'Maximum reports per day.', '')
        , @('--enabled', 'Enable or disable the report.', $null)
        , @('--disabled', 'Enable or disable the report.', $null)
        , @('--deleted', 'Delete or restore the report.', $null)
        , @('--not-deleted', 'Delete or restore the report.', $null)
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'evaluation-reports delete' = @(
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'provider-keys' = @(
        , @('list', 'List provider keys, newest first.', $null)
        , @('get', 'Show a provider key. Its secret is masked.', $null)
        , @('create', 'Create a provider key. The server validates it with the provider first.', $null)
        , @('update', 'Update the given fields of a provider key.', $null)
        , @('delete', 'Delete a provider key, after showing what depends on it.', $null)
        , @('validate', 'Check a key with its provider, without storing it.', $null)
        , @('rotate', 'Give a provider key a new secret. Safe to interrupt: run it again to finish.', $null)
        , @('audit', 'Check that evaluations and taggers have a working key.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys list' = @(
        , @('--state', 'Filter by state: unknown, ok, invalid, error.', 'words-list:unknown,ok,invalid,error')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Read up to N pages of a long list in parallel.', '')
        , @('--rate', 'Maximum pages to read per minute.', '')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys create' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter, ...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--name', 'Up to 255 characters.', '')
        , @('--azure-endpoint', 'Resource URL, for azure_openai.', '')
        , @('--api-version', 'Up to 20 characters, for azure_openai.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Environment variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--command-timeout', 'Time limit for each command given in an option.', '')
        , @('--set-as-active', 'Make it the active key.', $null)
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys update' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter, ...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--name', 'Up to 255 characters.', '')
        , @('--azure-endpoint', 'Resource URL, for azure_openai.', '')
        , @('--api-version', 'Up to 20 characters, for azure_openai.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Environment variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--command-timeout', 'Time limit for each command given in an option.', '')
        , @('--data', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or -. Options override them.', 'at-file:')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys delete' = @(
        , @('--replacement', 'Key that takes over from this one.', 'ids:provider-keys')
        , @('--force', 'Delete it even if in use; its evaluations stop.', $null)
        , @('--revoked', 'Its old secrets are revoked; forget them.', $null)
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys validate' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter, ...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--azure-endpoint', 'Resource URL, for azure_openai.', '')
        , @('--api-version', 'Up to 20 characters, for azure_openai.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Environment variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--command-timeout', 'Time limit for each command given in an option.', '')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys rotate' = @(
        , @('--active', 'Rotate the active key.', $null)
        , @('--name', 'Rotate the key with this name.', '')
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter, ...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--strategy', 'See above. Default: in-place.', 'words:in-place,replace')
        , @('--keep-old', 'Replace, but keep the old key until --finish.', $null)
        , @('--finish', 'Finish a replacement; delete the old key.', $null)
        , @('--rollback', 'Undo a replacement; delete the new key.', $null)
        , @('--abort', 'Same as --rollback.', $null)
        , @('--expect-mask', 'Stop unless the current key has this mask.', '')
        , @('--stale-after', 'A replacement started longer ago than this was abandoned: 24h, 7d, 2w.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Environment variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--command-timeout', 'Time limit for each command given in an option.', '')
        , @('--revoke-command', 'Command to run after the old secret is no longer used.', '')
        , @('--revoked', 'Only record that the old secrets of the key are revoked.', $null)
        , @('--wait-timeout', 'Time limit for waiting while the server limits the rate.', '')
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--profiles', 'Run in the projects of these profiles.', 'profiles-list:')
        , @('--all-profiles', 'Run in the projects of all stored profiles.', $null)
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; do not send it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys audit' = @(
        , @('--max-age', 'Report keys that are older than this, or soon will be: 90d, 12h, 2w.', '')
        , @('--fail', 'Print a line for each problem, and fail (see above).', $null)
        , @('--profiles', 'Run in the projects of these profiles.', 'profiles-list:')
        , @('--all-profiles', 'Run in the projects of all stored profiles.', $null)
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations' = @(
        , @('list', 'List evaluations, newest first.', $null)
        , @('get', 'Show an evaluation.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations list' = @(
        , @('--search', 'Search name and description.', '')
        , @('--enabled', 'List only enabled or only disabled ones.', $null)
        , @('--disabled', 'List only enabled or only disabled ones.', $null)
        , @('--evaluation-type', 'Filter by type: llm_judge, hog, sentiment, ...', 'words:llm_judge,hog,sentiment')
        , @('--order-by', 'Sort by a field; -FIELD is descending.', '')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Read up to N pages of a long list in parallel.', '')
        , @('--rate', 'Maximum pages to read per minute.', '')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations get' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluations')
    )
    'models' = @(
        , @('list', 'List the models of a provider.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'models list' = @(
        , @('--provider', 'openai, anthropic, gemini, ... Default: that of --key-id.', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--key-id', 'List the models available to this provider key.', 'ids:provider-keys')
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles' = @(
        , @('list', 'List profiles, including the built-in sandbox.', $null)
        , @('show', 'Show the settings in use and the source of each one.', $null)
        , @('add', 'Check and store a key with its host and project.', $null)
        , @('use', 'Set the current profile, used by default.', $null)
        , @('remove', 'Remove a profile and its key.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles list' = @(
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles show' = @(
        , @('--profile', 'Stored profile, or sandbox.', 'profiles:')
        , @('-p', 'Stored profile, or sandbox.', 'profiles:')
        , @('--host', 'us, eu or a URL, for a key from the environment.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Columns to show in table, tsv and csv.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'profiles:')
    )
    'profiles add' = @(
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Environment variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--command-timeout', 'Time limit for each command given in an option.', '')
        , @('--from-posthog-cli', 'Import the login stored by posthog-cli.', $null)
        , @('--api-prefix', 'Force the API path prefix: environments or projects.', 'words:environments,projects')
        , @('--client-cert', 'Client certificate (PEM) for the host.', 'file:')
        , @('--client-key', 'Its private key, if not in the same file.', 'file:')
        , @('--keyring', 'Store the key in the OS keyring, if available.', $null)
        , @('--replace', 'Overwrite an existing profile of that name.', $null)
        , @('--no-check', 'Do not check the key with the server.', $null)
        , @('--host', 'us (default), eu or a URL.', 'words:us,eu')
        , @('--project', 'Project ID, or @current.', 'words:@current')
        , @('--timeout', 'Time limit per request, including retries (default: 30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Print each request to standard error.', $null)
        , @('-v', 'Print each request to standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', '')
    )
    'profiles use' = @(
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'profiles:')
    )
    'profiles remove' = @(
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'profiles:')
    )
    'sandbox' = @(
        , @('serve', 'Serve the sandbox over HTTP on localhost until interrupted.', $null)
        , @('reset', 'Reset the sandbox to its initial state.', $null)
        , @('demo', 'Take a tour of llmctl on a temporary sandbox.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'sandbox serve' = @(
        , @('--port', 'Port; 0 picks a free one.', '')
        , @('--generation', 'Server to simulate: v1, as documented (default), or v3, the newest.', 'words:v1,v3')
        , @('--throttle', 'Enforce the documented rate limits (429).', $null)
        , @('--fault', 'Inject a fault: ''METHOD PATH [#N]: ACTION''. Repeatable.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'sandbox reset' = @(
        , @('--generation', 'Server to simulate: v1, as documented (default), or v3, the newest.', 'words:v1,v3')
        , @('--yes', 'Do not ask for confirmation.', $null)
        , @('-y', 'Do not ask for confirmation.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'sandbox demo' = @(
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'completion' = @(
        , @('--install', 'Install it for this user.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', 'bash, zsh, fish or powershell.', 'words:bash,zsh,fish,powershell')
    )
    'help' = @(
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', 'Group, command or topic.', 'words:clustering-config,clustering-jobs,evaluation-config,evaluation-reports,provider-keys,evaluations,models,profiles,sandbox,completion,help,environment,output,exit-codes,rotation,rehearsal,security,scripting')
        , @('', 'Command of the group.', '')
    )
}

# Return the first of these environment variables that is set.
function Get-LlmctlVariable([string[]] $Names) {
    foreach ($name in $Names) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($value) { return $value }
    }
    return ''
}

function Get-LlmctlCache {
    $own = $env:LLMCTL_CACHE_DIR
    if ($own -and $own.StartsWith('~/')) { return Join-Path $HOME $own.Substring(2) }
    if ($own) { return $own }
    if ($env:OS -eq 'Windows_NT') { return Join-Path $env:LOCALAPPDATA 'llmctl/Cache' }
    if ($env:XDG_CACHE_HOME) { return Join-Path $env:XDG_CACHE_HOME 'llmctl' }
    if ($IsMacOS) { return Join-Path $HOME 'Library/Caches/llmctl' }
    return Join-Path $HOME '.cache/llmctl'
}

# Return the rows of a cache file as [word, name], without those that llmctl would not write.
function Get-LlmctlRow([string] $Path) {
    $file = Join-Path (Get-LlmctlCache) $Path
    if (-not [IO.File]::Exists($file)) { return }
    foreach ($line in [IO.File]::ReadLines($file)) {
        if ($line -match '^([A-Za-z0-9._-]+)\t([^\p{C}]*)$') { , @($Matches[1], $Matches[2]) }
    }
}

# Return the cache folder with the ids of the line's project.
function Get-LlmctlPlace([hashtable] $Given) {
    $wanted = $Given['--profile']
    $project = $Given['--project']
    if (-not $wanted -and -not (Get-LlmctlVariable 'LLMCTL_API_KEY', 'POSTHOG_PERSONAL_API_KEY', 'POSTHOG_CLI_API_KEY')) {
        $wanted = $env:LLMCTL_PROFILE
        $file = Join-Path (Get-LlmctlCache) 'current-profile'
        if (-not $wanted -and [IO.File]::Exists($file)) { $wanted = [IO.File]::ReadAllText($file).Trim() }
    }
    if ($wanted) {
        if ($wanted -notmatch '^[A-Za-z0-9_-][A-Za-z0-9._-]*$') { return '' }
        if (-not $project) { $project = $env:LLMCTL_PROJECT }
        if ($project) { return $wanted + '+' + ($project -replace '[^A-Za-z0-9.-]', '_') }
        return $wanted
    }
    if (-not $project) { $project = Get-LlmctlVariable 'LLMCTL_PROJECT', 'POSTHOG_PROJECT_ID', 'POSTHOG_CLI_PROJECT_ID' }
    $origin = $Given['--host']
    if (-not $origin) { $origin = Get-LlmctlVariable 'LLMCTL_HOST', 'POSTHOG_HOST', 'POSTHOG_CLI_HOST' }
    if (-not $origin) { $origin = 'us' }
    if ($origin -in 'us', 'eu') { $origin = "https://$origin.posthog.com" }
    return '+' + ($origin.TrimEnd('/') -replace '[^A-Za-z0-9.-]', '_') + '+' + ($project -replace '[^A-Za-z0-9.-]', '_')
}

# Return the values of a kind as [word, help].
function Get-LlmctlValue([string] $Kind, [string] $Typed, [hashtable] $Given) {
    $name, $of = $Kind -split ':', 2
    switch -Wildcard ($name) {
        'words*' { foreach ($word in $of -split ',') { , @($word, $word) } }
        'profiles*' { Get-LlmctlRow 'profiles'; , @('sandbox', 'built in, on this machine') }
        'ids' {
            $place = Get-LlmctlPlace $Given
            if ($place) { Get-LlmctlRow "ids/$place/$of" }
        }
        '*file' {
            $at = if ($name -eq 'at-file') { '@' } else { '' }
            if ($at -and -not $Typed.StartsWith('@')) { return }
            $path = $Typed.Substring($at.Length)
            $folder = if ($path -match '^(.*[\\/])') { $Matches[1] } else { '' }
            $where = if ($folder) { $folder } else { '.' }
            foreach ($file in Get-ChildItem -LiteralPath $where -ErrorAction SilentlyContinue) {
                , @(($at + $folder + $file.Name), $file.Name)
            }
        }
    }
}

Register-ArgumentCompleter -Native -CommandName llmctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @(
        $commandAst.CommandElements |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
            Select-Object -Skip 1 |
            ForEach-Object { $_.ToString().Trim("'", '"') }
    )
    $command = ''
    $next = 0
    while ($next -lt $words.Count -and $llmctlAfter.ContainsKey("$command $($words[$next])".Trim())) {
        $command = "$command $($words[$next])".Trim()
        $next++
    }
    $entries = $llmctlAfter[$command]
    $options = @($entries | Where-Object { $_[0] })
    $arguments = @($entries | Where-Object { -not $_[0] })
    $given = @{}
    $seen = 0
    $awaited = $null
    foreach ($word in $words | Select-Object -Skip $next) {
        if ($awaited) {
            $given[$awaited[0]] = $word
            $awaited = $null
        } elseif ($word -match '^(--[^=]+)=(.*)$') {
            $given[$Matches[1]] = $Matches[2]
        } elseif ($word -match '^-.') {
            $awaited = $options | Where-Object { $_[0] -ceq $word -and $null -ne $_[2] } | Select-Object -First 1
        } else {
            $seen++
        }
    }
    if ($given['-p']) { $given['--profile'] = $given['-p'] }
    $before = ''
    $typed = "$wordToComplete".Trim("'", '"')
    $kind = $null
    if ($awaited) {
        $kind = $awaited[2]
    } elseif ($typed -match '^(--[^=]+=)(.*)$') {
        $before, $typed = $Matches[1], $Matches[2]
        $kind = ($options | Where-Object { "$($_[0])=" -ceq $before } | Select-Object -First 1)[2]
    } elseif (-not $typed.StartsWith('-') -and $seen -lt $arguments.Count) {
        $kind = $arguments[$seen][2]
    }
    if ($null -eq $kind) {
        $found = $options
    } else {
        if ($kind -like '*-list:*' -and $typed -match '^(.*,)(.*)$') {
            $before, $typed = ($before + $Matches[1]), $Matches[2]
        }
        $found = @(Get-LlmctlValue $kind $typed $given)
    }
    foreach ($entry in $found) {
        if (-not $entry[0].StartsWith($typed)) { continue }
        $text = $before + $entry[0]
        if ($text -match "[^A-Za-z0-9._~=:/\\-]") { $text = "'" + $text.Replace("'", "''") + "'" }
        $help = if ($entry[1]) { $entry[1] } else { $entry[0] }
        $label = if ($kind -like 'ids:*' -and $entry[1]) { "$($entry[0])  $($entry[1])" } else { $entry[0] }
        [Management.Automation.CompletionResult]::new($text, $label, 'ParameterValue', $help)
    }
}
