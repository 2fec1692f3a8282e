# Tab completion of llmctl for PowerShell, made by `python -m llmctl.reference`.
#
# It starts no process. Ids and profiles come from llmctl's cache, as `llmctl ... list` left them
# (see llmctl/api/id_cache.py); they are never evaluated.

$llmctlAfter = @{
    '' = @(
        , @('clustering-config', 'Which events clustering looks at.', $null)
        , @('clustering-jobs', 'What is clustered, and how.', $null)
        , @('evaluation-config', 'The provider key that evaluations use.', $null)
        , @('evaluation-reports', 'Reports about evaluations, and who gets them.', $null)
        , @('provider-keys', 'Keys of LLM providers.', $null)
        , @('evaluations', 'What judges the answers of LLMs.', $null)
        , @('models', 'What providers offer.', $null)
        , @('profiles', 'Stored keys, hosts and projects.', $null)
        , @('sandbox', 'A PostHog project on this machine, to try things on.', $null)
        , @('completion', 'Tab completion for your shell.', $null)
        , @('help', 'Help on a command or a topic.', $null)
        , @('--version', 'Show the version and exit.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config' = @(
        , @('get', 'Show the clustering configuration.', $null)
        , @('set-event-filters', 'Replace the event filters.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-config set-event-filters' = @(
        , @('--event-filters', 'The whole new list: a JSON array, @FILE or -. [] clears it.', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs' = @(
        , @('list', 'List the clustering jobs, oldest first.', $null)
        , @('get', 'Show one clustering job.', $null)
        , @('create', 'Create a clustering job.', $null)
        , @('update', 'Change the given fields of a clustering job, and no others.', $null)
        , @('delete', 'Delete a clustering job. It cannot be restored.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs list' = @(
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Pages of a long list to fetch in parallel.', '')
        , @('--rate', 'Fetch at most N pages a minute.', '')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'clustering-jobs create' = @(
        , @('--name', 'Unique in the project, 1-100 characters.', '')
        , @('--analysis-level', 'What is clustered.', 'words:trace,generation,evaluation')
        , @('--event-filters', 'Which events: a JSON array, @FILE or -.', 'at-file:')
        , @('--enabled', 'Whether it runs.', $null)
        , @('--disabled', 'Whether it runs.', $null)
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'clustering-jobs update' = @(
        , @('--name', 'Unique in the project, 1-100 characters.', '')
        , @('--analysis-level', 'What is clustered.', 'words:trace,generation,evaluation')
        , @('--event-filters', 'Which events: a JSON array, @FILE or -.', 'at-file:')
        , @('--enabled', 'Whether it runs.', $null)
        , @('--disabled', 'Whether it runs.', $null)
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'clustering-jobs delete' = @(
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:clustering-jobs')
    )
    'evaluation-config' = @(
        , @('get', 'Show the evaluation configuration and the active key.', $null)
        , @('set-active-key', 'Make a provider key the one that evaluations use. Its state must be ok.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-config get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-config set-active-key' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', 'As `llmctl provider-keys list` shows it.', 'ids:provider-keys')
    )
    'evaluation-reports' = @(
        , @('list', 'List the evaluation reports, newest first.', $null)
        , @('get', 'Show one evaluation report''s settings.', $null)
        , @('create', 'Create an evaluation report.', $null)
        , @('update', 'Change the given fields of an evaluation report, and no others.', $null)
        , @('delete', 'Delete an evaluation report. update --not-deleted restores it.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports list' = @(
        , @('--evaluation', 'As `llmctl evaluations list` shows it.', 'ids:evaluations')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Pages of a long list to fetch in parallel.', '')
        , @('--rate', 'Fetch at most N pages a minute.', '')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'evaluation-reports create' = @(
        , @('--evaluation', 'As `llmctl evaluations list` shows it.', 'ids:evaluations')
        , @('--frequency', 'By a calendar rule, or every so many results.', 'words:scheduled,every_n')
        , @('--trigger-threshold', 'With every_n: results per report, or null.', '')
        , @('--rrule', 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.', '')
        , @('--starts-at', 'Start, e.g. 2026-01-05T09:00:00+01:00; or null.', '')
        , @('--timezone-name', 'IANA time zone of the rule, e.g. Europe/Paris.', '')
        , @('--delivery-targets', 'Who gets it, all of them: a JSON array, @FILE or -; [] for nobody.', 'at-file:')
        , @('--email', 'An e-mail target; repeatable. Replaces old targets.', '')
        , @('--slack', 'A Slack target; repeatable. Replaces old targets.', '')
        , @('--report-prompt-guidance', 'What to look at: text, @FILE or -.', 'at-file:')
        , @('--max-sample-size', 'Maximum number of results read.', '')
        , @('--cooldown-minutes', 'Minimum minutes between reports.', '')
        , @('--daily-run-cap', 'Reports a day at most.', '')
        , @('--enabled', 'Whether it is delivered.', $null)
        , @('--disabled', 'Whether it is delivered.', $null)
        , @('--deleted', 'Delete softly, or restore.', $null)
        , @('--not-deleted', 'Delete softly, or restore.', $null)
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluation-reports update' = @(
        , @('--evaluation', 'As `llmctl evaluations list` shows it.', 'ids:evaluations')
        , @('--frequency', 'By a calendar rule, or every so many results.', 'words:scheduled,every_n')
        , @('--trigger-threshold', 'With every_n: results per report, or null.', '')
        , @('--rrule', 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.', '')
        , @('--starts-at', 'Start, e.g. 2026-01-05T09:00:00+01:00; or null.', '')
        , @('--timezone-name', 'IANA time zone of the rule, e.g. Europe/Paris.', '')
        , @('--delivery-targets', 'Who gets it, all of them: a JSON array, @FILE or -; [] for nobody.', 'at-file:')
        , @('--email', 'An e-mail target; repeatable. Replaces old targets.', '')
        , @('--slack', 'A Slack target; repeatable. Replaces old targets.', '')
        , @('--report-prompt-guidance', 'What to look at: text, @FILE or -.', 'at-file:')
        , @('--max-sample-size', 'Maximum number of results read.', '')
        , @('--cooldown-minutes', 'Minimum minutes between reports.', '')
        , @('--daily-run-cap', 'Reports a day at most.', '')
        , @('--enabled', 'Whether it is delivered.', $null)
        , @('--disabled', 'Whether it is delivered.', $null)
        , @('--deleted', 'Delete softly, or restore.', $null)
        , @('--not-deleted', 'Delete softly, or restore.', $null)
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'evaluation-reports delete' = @(
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:evaluation-reports')
    )
    'provider-keys' = @(
        , @('list', 'List the provider keys, newest first.', $null)
        , @('get', 'Show one provider key.', $null)
        , @('create', 'Store a provider key. The server lets the provider judge it first.', $null)
        , @('update', 'Change the given fields of a provider key, and no others.', $null)
        , @('delete', 'Delete a provider key, after showing what depends on it.', $null)
        , @('validate', 'Let the provider judge a key; nothing is stored. Exit 6: invalid, 7: it cannot say.', $null)
        , @('rotate', 'Give a provider key a new secret. Whatever dies, running it again finishes the job.', $null)
        , @('audit', 'Show age, use, state and problems of every provider key.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys list' = @(
        , @('--state', 'Only these: unknown, ok, invalid, error.', 'words-list:unknown,ok,invalid,error')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Pages of a long list to fetch in parallel.', '')
        , @('--rate', 'Fetch at most N pages a minute.', '')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys create' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--name', 'Up to 255 characters.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--azure-endpoint', 'For azure_openai: the resource''s URL.', '')
        , @('--api-version', 'For azure_openai, up to 20 characters.', '')
        , @('--set-as-active', 'Make it the key that evaluations use.', $null)
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys update' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--name', 'Up to 255 characters.', '')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--azure-endpoint', 'For azure_openai: the resource''s URL.', '')
        , @('--api-version', 'For azure_openai, up to 20 characters.', '')
        , @('--data', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('-d', 'More fields: JSON object, @FILE or - (below the options).', 'at-file:')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys delete' = @(
        , @('--replacement', 'Key that takes over everything that uses this one.', 'ids:provider-keys')
        , @('--force', 'Delete a key in use; evaluations stop.', $null)
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys validate' = @(
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--azure-endpoint', 'For azure_openai: the resource''s URL.', '')
        , @('--api-version', 'For azure_openai, up to 20 characters.', '')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'provider-keys rotate' = @(
        , @('--active', 'Rotate the key that evaluations use.', $null)
        , @('--name', 'Rotate the key of this name.', '')
        , @('--provider', 'openai, anthropic, gemini, azure_openai, openrouter...', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--strategy', 'How: see above.', 'words:in-place,replace')
        , @('--keep-old', 'replace: stop before the old key is deleted.', $null)
        , @('--finish', 'replace: do the rest of a rotation.', $null)
        , @('--rollback', 'replace: remove the new key, while the old one is there.', $null)
        , @('--abort', 'replace: the same as --rollback.', $null)
        , @('--expect-mask', 'Refuse unless the current key has this mask.', '')
        , @('--revoke-command', 'Run when the old secret is unused.', '')
        , @('--profiles', 'In each of these projects.', 'profiles-list:')
        , @('--all-profiles', 'In the project of every stored profile.', $null)
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--dry-run', 'Print the request as a curl command; change nothing.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'ids:provider-keys')
    )
    'provider-keys audit' = @(
        , @('--max-age', 'Older keys are too old: 90d, 12h, 2w.', '')
        , @('--fail', 'Exit 6 if a key in use is not ok or too old, or a needed one is missing.', $null)
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations' = @(
        , @('list', 'List the evaluations, newest first.', $null)
        , @('get', 'Show one evaluation.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations list' = @(
        , @('--search', 'In name or description.', '')
        , @('--enabled', 'Only enabled, or only disabled ones.', $null)
        , @('--disabled', 'Only enabled, or only disabled ones.', $null)
        , @('--evaluation-type', 'llm_judge, hog, sentiment, ...', 'words:llm_judge,hog,sentiment')
        , @('--order-by', 'A field; prefix it with - for descending order.', '')
        , @('--limit', 'Show at most N rows (default: all).', '')
        , @('--offset', 'Skip the first N rows.', '')
        , @('--concurrency', 'Pages of a long list to fetch in parallel.', '')
        , @('--rate', 'Fetch at most N pages a minute.', '')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'evaluations get' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
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
        , @('--provider', 'openai, anthropic, gemini, ... (the key''s)', 'words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur')
        , @('--key-id', 'As this provider key sees them.', 'ids:provider-keys')
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles' = @(
        , @('list', 'List the stored profiles, and the built-in one.', $null)
        , @('show', 'Show the settings in use, and where each comes from.', $null)
        , @('add', 'Store a key with its host and project. The server must confirm it.', $null)
        , @('use', 'Make a profile the current one. It is used when nothing else is said.', $null)
        , @('remove', 'Forget a profile and its key.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles list' = @(
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles show' = @(
        , @('--profile', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('-p', 'Stored profile; sandbox always exists.', 'profiles:')
        , @('--host', 'us, eu or a URL; with a key from the environment.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--output', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('-o', 'Default: table on a terminal, tsv in a pipe.', 'words:table,tsv,json,jsonl,csv,ids')
        , @('--columns', 'Fields to show in table, tsv and csv.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'profiles add' = @(
        , @('--host', 'us (the default), eu or a URL.', 'words:us,eu')
        , @('--project', 'Project number, or @current.', 'words:@current')
        , @('--api-key-file', 'File with the key; - is standard input.', 'file:')
        , @('--api-key-env', 'Variable with the key.', '')
        , @('--api-key-command', 'Command that prints the key.', '')
        , @('--from-posthog-cli', 'Take over what `posthog-cli login` stored.', $null)
        , @('--api-prefix', 'Fix the path: environments or projects.', 'words:environments,projects')
        , @('--keyring', 'Keep the key in the OS keyring, if there is one.', $null)
        , @('--replace', 'Replace an existing profile of that name.', $null)
        , @('--no-check', 'Store it without asking the server.', $null)
        , @('--timeout', 'Time limit for each request, retries included (30).', '')
        , @('--retries', 'Retries after the first attempt.', '')
        , @('--verbose', 'Report each request on standard error.', $null)
        , @('-v', 'Report each request on standard error.', $null)
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
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
        , @('', '', 'profiles:')
    )
    'sandbox' = @(
        , @('serve', 'Serve the sandbox over HTTP, to this machine only, until Ctrl-C.', $null)
        , @('reset', 'Put the sandbox back to how it started.', $null)
        , @('demo', 'Show what llmctl does. The demo''s own sandbox is gone afterwards.', $null)
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'sandbox serve' = @(
        , @('--port', '0 takes any free one.', '')
        , @('--throttle', 'Answer 429 above the documented rates.', $null)
        , @('--fault', 'Misbehave: ''METHOD PATH [#N]: ACTION''. May be given several times.', '')
        , @('--help', 'Show this message and exit.', $null)
        , @('-h', 'Show this message and exit.', $null)
    )
    'sandbox reset' = @(
        , @('--yes', 'Do not ask.', $null)
        , @('-y', 'Do not ask.', $null)
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
