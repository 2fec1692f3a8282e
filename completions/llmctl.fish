# Tab completion of llmctl for fish, made by `python -m llmctl.reference`.
#
# It starts no process. IDs and profiles come from llmctl's cache, which `llmctl ... list` writes
# (see llmctl/api/completion_cache.py); they are never evaluated.

# Options that take a value.
set -g __llmctl_valued --add-email --add-slack --analysis-level --api-key-command --api-key-env --api-key-file --api-prefix --api-version --azure-endpoint --client-cert --client-key --columns --command-timeout --concurrency --cooldown-minutes --daily-run-cap --data --delivery-targets --email --evaluation --evaluation-type --event-filters --expect-mask --fault --filter --frequency --generation --host --key-id --limit --max-age --max-sample-size --name --offset --order-by --output --port --profile --profiles --project --provider --rate --remove-target --replacement --report-prompt-guidance --retries --revoke-command --rrule --search --slack --sort --stale-after --starts-at --state --strategy --timeout --timezone-name --trigger-threshold --wait-timeout -d -o -p

# WORD...: test for this command.
function __llmctl_in
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end

# N WORD...: test for this command, with N arguments before the cursor. N+: or more.
function __llmctl_after
    set -l words (commandline -opc)
    set -l last (count $argv)
    test (count $words) -ge $last; or return 1
    if test $last -gt 1
        test "$words[2..$last]" = "$argv[2..-1]"; or return 1
    end
    set -e words[1..$last]
    set -l seen 0
    set -l is_value 0
    for word in $words
        if test $is_value = 1
            set is_value 0
        else if contains -- $word $__llmctl_valued
            set is_value 1
        else if not string match -qr -- '^-.' $word
            set seen (math $seen + 1)
        end
    end
    if string match -q -- '*+' $argv[1]
        test $seen -ge (string trim -r -c + -- $argv[1])
    else
        test $seen = $argv[1]
    end
end

# WORD...: print these words, each after what was typed up to the last comma.
function __llmctl_list
    set -l before (commandline -ct | string replace -r -- '^--[^=]*=' '' | string match -r -- '^.*,')
    for word in $argv
        printf '%s\n' "$before$word"
    end
end

# Print the names of profiles.
function __llmctl_profiles
    set -l file (__llmctl_cache)/profiles
    if test -f $file -a -r $file
        string match -r -- '^[A-Za-z0-9._-]+\t[^[:cntrl:]\x{80}-\x{9f}]*$' <$file
    end
    printf '%s\t%s\n' sandbox 'built in, on this machine'
end

# GROUP: print the names and ids that `llmctl GROUP list` last showed.
function __llmctl_ids
    set -l place (__llmctl_place)
    test -n "$place"; or return
    set -l file (__llmctl_cache)/ids/$place/$argv[1]
    if test -f $file.names -a -r $file.names
        string match -r -- '^[^[:cntrl:]\x{80}-\x{9f}]+\t[A-Za-z0-9._-]+$' <$file.names
    end
    if test -f $file -a -r $file
        string match -r -- '^[A-Za-z0-9._-]+\t[^[:cntrl:]\x{80}-\x{9f}]*$' <$file
    end
end

# Print files as @FILE.
function __llmctl_at_file
    set -l token (commandline -ct | string replace -r -- '^--[^=]*=' '' | string unescape)
    if not string match -q -- '@*' "$token"
        test -n "$token"; or printf '%s\t%s\n' @ 'JSON or text in a file'
        return
    end
    set -l start (string sub -s 2 -- "$token")
    for file in $start*
        test -d $file; and set file $file/
        printf '%s\n' @$file
    end
end

# Print the last value of an option on the line.
function __llmctl_given
    set -l previous ''
    set -l found ''
    for word in (commandline -opc)
        for name in $argv
            if test "$previous" = $name
                set found $word
            else if string match -q -- "$name=*" $word
                set found (string split -m 1 -- = $word)[2]
            else if string match -qr -- '^-[^-]' $name; and string match -qr -- "^$name." $word
                set found (string sub -s 3 -- $word)
            end
        end
        set previous $word
    end
    printf '%s\n' $found
end

function __llmctl_cache
    if string match -q '~/*' -- $LLMCTL_CACHE_DIR
        printf '%s\n' $HOME/(string sub -s 3 -- $LLMCTL_CACHE_DIR)
    else if test -n "$LLMCTL_CACHE_DIR"
        printf '%s\n' $LLMCTL_CACHE_DIR
    else if test -n "$XDG_CACHE_HOME"
        printf '%s\n' $XDG_CACHE_HOME/llmctl
    else if test -d $HOME/Library/Caches
        printf '%s\n' $HOME/Library/Caches/llmctl
    else
        printf '%s\n' $HOME/.cache/llmctl
    end
end

# Print the cache folder with the ids of the line's project.
function __llmctl_place
    set -l profile (__llmctl_given --profile -p)
    set -l project (__llmctl_given --project)
    if test -z "$profile$LLMCTL_API_KEY$POSTHOG_PERSONAL_API_KEY$POSTHOG_CLI_API_KEY"
        set profile $LLMCTL_PROFILE
        set -l file (__llmctl_cache)/current-profile
        if test -z "$profile" -a -f $file -a -r $file
            read profile <$file
        end
    end
    if test -n "$profile"
        string match -qr -- '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' $profile; or return
        test -n "$project"; or set project $LLMCTL_PROJECT
        test -n "$project"; and set project +(string replace -ra -- '[^A-Za-z0-9.-]' _ $project)
        printf '%s\n' "$profile$project"
        return
    end
    set project (__llmctl_first "$project" "$LLMCTL_PROJECT" "$POSTHOG_PROJECT_ID" "$POSTHOG_CLI_PROJECT_ID")
    set -l host (__llmctl_first (__llmctl_given --host) "$LLMCTL_HOST" "$POSTHOG_HOST" "$POSTHOG_CLI_HOST" us)
    contains -- $host us eu; and set host https://$host.posthog.com
    set -l names (string replace -ra -- '[^A-Za-z0-9.-]' _ (string trim -r -c / -- $host) "$project")
    printf '%s\n' +$names[1]+$names[2]
end

# Print the first of these that is not empty.
function __llmctl_first
    for text in $argv
        if test -n "$text"
            printf '%s\n' $text
            return
        end
    end
end

complete -c llmctl -f
complete -c llmctl -n '__llmctl_after 0' -l version -d 'Show the version and exit.'
complete -c llmctl -n '__llmctl_after 0' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0' -a clustering-config -d 'Clustering event filters.'
complete -c llmctl -n '__llmctl_after 0 clustering-config' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 clustering-config' -a get -d 'Show the clustering configuration.'
complete -c llmctl -n '__llmctl_after 0 clustering-config' -a set-event-filters -d 'Replace the event filters for clustering. An empty array clears them.'
complete -c llmctl -n '__llmctl_after 0 clustering-config' -a edit -d 'Edit the event filters in your editor, as TOML.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-config get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-config get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-config get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l event-filters -x -a '(__llmctl_at_file)' -d 'The new filters: JSON array, @FILE or -.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-config set-event-filters' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-config edit' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0' -a clustering-jobs -d 'Scheduled clustering jobs.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a list -d 'List clustering jobs, oldest first.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a get -d 'Show clustering jobs.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a create -d 'Create a clustering job.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a update -d 'Update the given fields of clustering jobs.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a delete -d 'Delete clustering jobs. They cannot be restored.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs' -a edit -d 'Edit a clustering job in your editor, as TOML.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l filter -x -a 'id name analysis_level enabled event_filters created_at updated_at' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l sort -x -a 'id name analysis_level enabled event_filters created_at updated_at' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l limit -x -d 'Show at most N rows (default: all).'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l offset -x -d 'Skip the first N rows.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l concurrency -x -d 'Read up to N pages of a long list in parallel (default: 8).'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l rate -x -d 'Maximum pages to read per minute (default: 480).'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ clustering-jobs get' -k -a '(__llmctl_ids clustering-jobs)'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l name -x -d 'Unique in the project; 1-100 characters.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l analysis-level -x -a 'trace generation evaluation' -d 'trace, generation or evaluation.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l event-filters -x -a '(__llmctl_at_file)' -d 'JSON array, @FILE or -.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l enabled -d 'Enable or disable the job.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l disabled -d 'Enable or disable the job.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs create' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l event-filters -x -a '(__llmctl_at_file)' -d 'JSON array, @FILE or -.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l name -x -d 'Unique in the project; 1-100 characters.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l analysis-level -x -a 'trace generation evaluation' -d 'trace, generation or evaluation.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l enabled -d 'Enable or disable the job.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l disabled -d 'Enable or disable the job.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs update' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ clustering-jobs update' -k -a '(__llmctl_ids clustering-jobs)'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs delete' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ clustering-jobs delete' -k -a '(__llmctl_ids clustering-jobs)'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in clustering-jobs edit' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 clustering-jobs edit' -k -a '(__llmctl_ids clustering-jobs)'
complete -c llmctl -n '__llmctl_after 0' -a evaluation-config -d 'Active key for evaluations.'
complete -c llmctl -n '__llmctl_after 0 evaluation-config' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 evaluation-config' -a get -d 'Show the configuration and the active provider key.'
complete -c llmctl -n '__llmctl_after 0 evaluation-config' -a set-active-key -d 'Set the provider key that evaluations use. Its state must be ok.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-config get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-config set-active-key' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 evaluation-config set-active-key' -k -a '(__llmctl_ids provider-keys)'
complete -c llmctl -n '__llmctl_after 0' -a evaluation-reports -d 'Reports on evaluations.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a list -d 'List evaluation reports, newest first.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a get -d 'Show the settings of evaluation reports.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a create -d 'Create an evaluation report.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a update -d 'Update the given fields of evaluation reports.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a delete -d 'Delete evaluation reports. They have the names of their evaluations.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports' -a edit -d 'Edit an evaluation report\'s settings in your editor, as TOML.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l evaluation -x -a '(__llmctl_ids evaluations)' -d 'Evaluation of the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l filter -x -a 'id evaluation frequency trigger_threshold delivery_targets enabled next_delivery_date rrule starts_at timezone_name max_sample_size deleted last_delivered_at generated_report_count last_generated_at report_prompt_guidance cooldown_minutes daily_run_cap created_by created_at' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l sort -x -a 'id evaluation frequency trigger_threshold delivery_targets enabled next_delivery_date rrule starts_at timezone_name max_sample_size deleted last_delivered_at generated_report_count last_generated_at report_prompt_guidance cooldown_minutes daily_run_cap created_by created_at' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l limit -x -d 'Show at most N rows (default: all).'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l offset -x -d 'Skip the first N rows.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l concurrency -x -d 'Read up to N pages of a long list in parallel (default: 8).'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l rate -x -d 'Maximum pages to read per minute (default: 480).'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ evaluation-reports get' -k -a '(__llmctl_ids evaluation-reports)'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l evaluation -x -a '(__llmctl_ids evaluations)' -d 'Evaluation of the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l frequency -x -a 'scheduled every_n' -d 'On a schedule, or every N results.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l trigger-threshold -x -d 'Results per report for every_n, or null.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l rrule -x -d 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l starts-at -x -d 'Start, e.g. 2026-01-05T09:00:00+01:00, or null.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l timezone-name -x -d 'IANA time zone of the rule, e.g. Europe/Paris.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l delivery-targets -x -a '(__llmctl_at_file)' -d 'All recipients: JSON array, @FILE or -; [] for none.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l email -x -d 'Email recipient; repeatable. Replaces all recipients.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l slack -x -d 'Slack recipient; repeatable. Replaces all recipients.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l report-prompt-guidance -x -a '(__llmctl_at_file)' -d 'What to focus on: text, @FILE or -.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l max-sample-size -x -d 'Maximum number of results to analyse.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l cooldown-minutes -x -d 'Minimum minutes between reports.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l daily-run-cap -x -d 'Maximum reports per day.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l enabled -d 'Enable or disable the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l disabled -d 'Enable or disable the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l deleted -d 'Delete or restore the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l not-deleted -d 'Delete or restore the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l replace -d 'Change the evaluation\'s existing report.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l another -d 'Create one more report (older servers).'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports create' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l delivery-targets -x -a '(__llmctl_at_file)' -d 'All recipients: JSON array, @FILE or -; [] for none.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l report-prompt-guidance -x -a '(__llmctl_at_file)' -d 'What to focus on: text, @FILE or -.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l evaluation -x -a '(__llmctl_ids evaluations)' -d 'Evaluation of the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l frequency -x -a 'scheduled every_n' -d 'On a schedule, or every N results.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l trigger-threshold -x -d 'Results per report for every_n, or null.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l rrule -x -d 'Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l starts-at -x -d 'Start, e.g. 2026-01-05T09:00:00+01:00, or null.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l timezone-name -x -d 'IANA time zone of the rule, e.g. Europe/Paris.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l email -x -d 'Email recipient; repeatable. Replaces all recipients.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l slack -x -d 'Slack recipient; repeatable. Replaces all recipients.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l max-sample-size -x -d 'Maximum number of results to analyse.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l cooldown-minutes -x -d 'Minimum minutes between reports.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l daily-run-cap -x -d 'Maximum reports per day.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l enabled -d 'Enable or disable the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l disabled -d 'Enable or disable the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l deleted -d 'Delete or restore the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l not-deleted -d 'Delete or restore the report.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l add-email -x -d 'Add an email recipient; repeatable.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l add-slack -x -d 'Add a Slack recipient; repeatable.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l remove-target -x -d 'Remove a recipient: an address, INTEGRATION_ID:CHANNEL or a channel; repeatable.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports update' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ evaluation-reports update' -k -a '(__llmctl_ids evaluation-reports)'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports delete' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ evaluation-reports delete' -k -a '(__llmctl_ids evaluation-reports)'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluation-reports edit' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 evaluation-reports edit' -k -a '(__llmctl_ids evaluation-reports)'
complete -c llmctl -n '__llmctl_after 0' -a provider-keys -d 'LLM provider API keys.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a list -d 'List provider keys, newest first.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a get -d 'Show provider keys. Their secrets are masked.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a create -d 'Create a provider key. The server validates it with the provider first.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a update -d 'Update the given fields of provider keys.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a delete -d 'Delete provider keys, after showing what depends on them. They cannot be restored.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a validate -d 'Check a key with its provider, without storing it.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a rotate -d 'Give a provider key a new secret. Safe to interrupt: run it again to finish.'
complete -c llmctl -n '__llmctl_after 0 provider-keys' -a audit -d 'Check that evaluations and taggers have a working key.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l state -x -a '(__llmctl_list unknown ok invalid error)' -d 'Filter by state: unknown, ok, invalid, error.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l filter -x -a 'id name provider state api_key_masked last_used_at error_message azure_endpoint_display api_version_display created_at created_by' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l sort -x -a 'id name provider state api_key_masked last_used_at error_message azure_endpoint_display api_version_display created_at created_by' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l limit -x -d 'Show at most N rows (default: all).'
complete -c llmctl -n '__llmctl_in provider-keys list' -l offset -x -d 'Skip the first N rows.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l concurrency -x -d 'Read up to N pages of a long list in parallel (default: 8).'
complete -c llmctl -n '__llmctl_in provider-keys list' -l rate -x -d 'Maximum pages to read per minute (default: 480).'
complete -c llmctl -n '__llmctl_in provider-keys list' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys list' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys list' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ provider-keys get' -k -a '(__llmctl_ids provider-keys)'
complete -c llmctl -n '__llmctl_in provider-keys create' -l provider -x -a 'openai anthropic gemini openrouter fireworks azure_openai together_ai minimax zeabur' -d 'openai, anthropic, gemini, azure_openai, openrouter, ...'
complete -c llmctl -n '__llmctl_in provider-keys create' -l name -x -d 'Up to 255 characters.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l azure-endpoint -x -d 'Resource URL, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l api-version -x -d 'Up to 20 characters, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l api-key-file -r -F -d 'File with the key; - is standard input.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l api-key-env -x -d 'Environment variable with the key.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l api-key-command -x -d 'Command that prints the key.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l command-timeout -x -d 'Time limit for each command given in an option.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l set-as-active -d 'Make it the active key.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys create' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys create' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys create' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l api-key-file -r -F -d 'File with the key; - is standard input.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l api-key-env -x -d 'Environment variable with the key.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l api-key-command -x -d 'Command that prints the key.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l command-timeout -x -d 'Time limit for each command given in an option.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l provider -x -a 'openai anthropic gemini openrouter fireworks azure_openai together_ai minimax zeabur' -d 'openai, anthropic, gemini, azure_openai, openrouter, ...'
complete -c llmctl -n '__llmctl_in provider-keys update' -l name -x -d 'Up to 255 characters.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l azure-endpoint -x -d 'Resource URL, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l api-version -x -d 'Up to 20 characters, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l data -s d -x -a '(__llmctl_at_file)' -d 'More fields: JSON object, @FILE or -; options win.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys update' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys update' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys update' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ provider-keys update' -k -a '(__llmctl_ids provider-keys)'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l replacement -x -a '(__llmctl_ids provider-keys)' -d 'Key that takes over from this one.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l force -d 'Delete it even if in use; its evaluations stop.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l revoked -d 'Its old secrets are revoked; forget them.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys delete' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ provider-keys delete' -k -a '(__llmctl_ids provider-keys)'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l provider -x -a 'openai anthropic gemini openrouter fireworks azure_openai together_ai minimax zeabur' -d 'openai, anthropic, gemini, azure_openai, openrouter, ...'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l azure-endpoint -x -d 'Resource URL, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l api-version -x -d 'Up to 20 characters, for azure_openai.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l api-key-file -r -F -d 'File with the key; - is standard input.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l api-key-env -x -d 'Environment variable with the key.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l api-key-command -x -d 'Command that prints the key.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l command-timeout -x -d 'Time limit for each command given in an option.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys validate' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l active -d 'Rotate the active key.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l name -x -d 'Rotate the key with this name.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l provider -x -a 'openai anthropic gemini openrouter fireworks azure_openai together_ai minimax zeabur' -d 'openai, anthropic, gemini, azure_openai, openrouter, ...'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l strategy -x -a 'in-place replace' -d 'See above. Default: in-place.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l keep-old -d 'Replace, but keep the old key until --finish.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l finish -d 'Finish a replacement; delete the old key.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l rollback -d 'Undo a replacement; delete the new key.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l abort -d 'Same as --rollback.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l expect-mask -x -d 'Stop unless the current key has this mask.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l stale-after -x -d 'A replacement started longer ago than this was abandoned: 24h, 7d, 2w.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l api-key-file -r -F -d 'File with the key; - is standard input.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l api-key-env -x -d 'Environment variable with the key.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l api-key-command -x -d 'Command that prints the key.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l command-timeout -x -d 'Time limit for each command given in an option.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l revoke-command -x -d 'Command to run after the old secret is no longer used.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l revoked -d 'Only record that the old secrets of the key are revoked.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l wait-timeout -x -d 'Time limit for waiting while the server limits the rate.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l profiles -x -a '(__llmctl_list (__llmctl_profiles))' -d 'Run in the projects of these profiles.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l all-profiles -d 'Run in the projects of all stored profiles.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l dry-run -d 'Print the request as a curl command; do not send it.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys rotate' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 provider-keys rotate' -k -a '(__llmctl_ids provider-keys)'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l max-age -x -d 'Report keys that are older than this, or soon will be: 90d, 12h, 2w.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l fail -d 'Print a line for each problem, and fail (see above).'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l profiles -x -a '(__llmctl_list (__llmctl_profiles))' -d 'Run in the projects of these profiles.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l all-profiles -d 'Run in the projects of all stored profiles.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in provider-keys audit' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0' -a evaluations -d 'Evaluations that score LLM output.'
complete -c llmctl -n '__llmctl_after 0 evaluations' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 evaluations' -a list -d 'List evaluations, newest first.'
complete -c llmctl -n '__llmctl_after 0 evaluations' -a get -d 'Show evaluations.'
complete -c llmctl -n '__llmctl_in evaluations list' -l search -x -d 'Search name and description.'
complete -c llmctl -n '__llmctl_in evaluations list' -l enabled -d 'List only enabled or only disabled ones.'
complete -c llmctl -n '__llmctl_in evaluations list' -l disabled -d 'List only enabled or only disabled ones.'
complete -c llmctl -n '__llmctl_in evaluations list' -l evaluation-type -x -a 'llm_judge hog sentiment' -d 'Filter by type: llm_judge, hog, sentiment, ...'
complete -c llmctl -n '__llmctl_in evaluations list' -l order-by -x -d 'Sort on the server; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in evaluations list' -l filter -x -a 'id name evaluation_type target enabled status description evaluation_config output_type output_config conditions target_config model_configuration directory_id status_reason status_reason_detail created_at updated_at created_by deleted user_access_level' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in evaluations list' -l sort -x -a 'id name evaluation_type target enabled status description evaluation_config output_type output_config conditions target_config model_configuration directory_id status_reason status_reason_detail created_at updated_at created_by deleted user_access_level' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in evaluations list' -l limit -x -d 'Show at most N rows (default: all).'
complete -c llmctl -n '__llmctl_in evaluations list' -l offset -x -d 'Skip the first N rows.'
complete -c llmctl -n '__llmctl_in evaluations list' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluations list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluations list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluations list' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluations list' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluations list' -l concurrency -x -d 'Read up to N pages of a long list in parallel (default: 8).'
complete -c llmctl -n '__llmctl_in evaluations list' -l rate -x -d 'Maximum pages to read per minute (default: 480).'
complete -c llmctl -n '__llmctl_in evaluations list' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluations list' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluations list' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluations list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in evaluations get' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in evaluations get' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in evaluations get' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in evaluations get' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in evaluations get' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in evaluations get' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in evaluations get' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in evaluations get' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in evaluations get' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0+ evaluations get' -k -a '(__llmctl_ids evaluations)'
complete -c llmctl -n '__llmctl_after 0' -a models -d 'Models that each provider offers.'
complete -c llmctl -n '__llmctl_after 0 models' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 models' -a list -d 'List the models of a provider.'
complete -c llmctl -n '__llmctl_in models list' -l provider -x -a 'openai anthropic gemini openrouter fireworks azure_openai together_ai minimax zeabur' -d 'openai, anthropic, ...; default: the key\'s provider.'
complete -c llmctl -n '__llmctl_in models list' -l key-id -x -a '(__llmctl_ids provider-keys)' -d 'List the models available to this provider key.'
complete -c llmctl -n '__llmctl_in models list' -l filter -x -a 'id provider posthog_available' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in models list' -l sort -x -a 'id provider posthog_available' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in models list' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in models list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in models list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in models list' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in models list' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in models list' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in models list' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in models list' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in models list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0' -a profiles -d 'Stored keys, hosts and projects.'
complete -c llmctl -n '__llmctl_after 0 profiles' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 profiles' -a list -d 'List profiles, including the built-in sandbox.'
complete -c llmctl -n '__llmctl_after 0 profiles' -a show -d 'Show the settings in use and the source of each one.'
complete -c llmctl -n '__llmctl_after 0 profiles' -a add -d 'Check and store a key with its host and project.'
complete -c llmctl -n '__llmctl_after 0 profiles' -a use -d 'Set the current profile, used by default.'
complete -c llmctl -n '__llmctl_after 0 profiles' -a remove -d 'Remove a profile and its key.'
complete -c llmctl -n '__llmctl_in profiles list' -l filter -x -a 'name host project key current' -d 'Only these rows; * matches any text; repeatable.'
complete -c llmctl -n '__llmctl_in profiles list' -l sort -x -a 'name host project key current' -d 'Sort by a field; -FIELD is descending.'
complete -c llmctl -n '__llmctl_in profiles list' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in profiles list' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in profiles list' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in profiles show' -l profile -s p -x -a '(__llmctl_profiles)' -d 'Stored profile, or sandbox.'
complete -c llmctl -n '__llmctl_in profiles show' -l output -s o -x -a 'table tsv json jsonl csv ids' -d 'table, tsv (in pipes), json, jsonl, csv or ids.'
complete -c llmctl -n '__llmctl_in profiles show' -l columns -x -d 'Columns to show in table, tsv and csv.'
complete -c llmctl -n '__llmctl_in profiles show' -l host -x -a 'us eu' -d 'us, eu or a URL, for a key from the environment.'
complete -c llmctl -n '__llmctl_in profiles show' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in profiles show' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 profiles show' -k -a '(__llmctl_profiles)'
complete -c llmctl -n '__llmctl_in profiles add' -l api-key-file -r -F -d 'File with the key; - is standard input.'
complete -c llmctl -n '__llmctl_in profiles add' -l api-key-env -x -d 'Environment variable with the key.'
complete -c llmctl -n '__llmctl_in profiles add' -l api-key-command -x -d 'Command that prints the key.'
complete -c llmctl -n '__llmctl_in profiles add' -l command-timeout -x -d 'Time limit for each command given in an option.'
complete -c llmctl -n '__llmctl_in profiles add' -l from-posthog-cli -d 'Import the login stored by posthog-cli.'
complete -c llmctl -n '__llmctl_in profiles add' -l api-prefix -x -a 'environments projects' -d 'Force the API path prefix: environments or projects.'
complete -c llmctl -n '__llmctl_in profiles add' -l client-cert -r -F -d 'Client certificate (PEM) for the host.'
complete -c llmctl -n '__llmctl_in profiles add' -l client-key -r -F -d 'Its private key, if not in the same file.'
complete -c llmctl -n '__llmctl_in profiles add' -l keyring -d 'Store the key in the OS keyring, if available.'
complete -c llmctl -n '__llmctl_in profiles add' -l replace -d 'Overwrite an existing profile of that name.'
complete -c llmctl -n '__llmctl_in profiles add' -l no-check -d 'Do not check the key with the server.'
complete -c llmctl -n '__llmctl_in profiles add' -l host -x -a 'us eu' -d 'us (default), eu or a URL.'
complete -c llmctl -n '__llmctl_in profiles add' -l project -x -a '@current' -d 'Project ID, or @current.'
complete -c llmctl -n '__llmctl_in profiles add' -l timeout -x -d 'Time limit per request, including retries (default: 30).'
complete -c llmctl -n '__llmctl_in profiles add' -l retries -x -d 'Retries after the first attempt (default: 2).'
complete -c llmctl -n '__llmctl_in profiles add' -l verbose -s v -d 'Print each request to standard error.'
complete -c llmctl -n '__llmctl_in profiles add' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in profiles use' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 profiles use' -k -a '(__llmctl_profiles)'
complete -c llmctl -n '__llmctl_in profiles remove' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in profiles remove' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 profiles remove' -k -a '(__llmctl_profiles)'
complete -c llmctl -n '__llmctl_after 0' -a sandbox -d 'A local PostHog project for trying things out.'
complete -c llmctl -n '__llmctl_after 0 sandbox' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 sandbox' -a serve -d 'Serve the sandbox over HTTP on localhost until interrupted.'
complete -c llmctl -n '__llmctl_after 0 sandbox' -a reset -d 'Reset the sandbox to its initial state.'
complete -c llmctl -n '__llmctl_after 0 sandbox' -a demo -d 'Take a tour of llmctl on a temporary sandbox.'
complete -c llmctl -n '__llmctl_in sandbox serve' -l port -x -d 'Port; 0 picks a free one.'
complete -c llmctl -n '__llmctl_in sandbox serve' -l generation -x -a 'v1 v3' -d 'Server to simulate: v1, as documented (default), or v3, the newest.'
complete -c llmctl -n '__llmctl_in sandbox serve' -l throttle -d 'Enforce the documented rate limits (429).'
complete -c llmctl -n '__llmctl_in sandbox serve' -l fault -x -d 'Inject a fault: \'METHOD PATH [#N]: ACTION\'. Repeatable.'
complete -c llmctl -n '__llmctl_in sandbox serve' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in sandbox reset' -l generation -x -a 'v1 v3' -d 'Server to simulate: v1, as documented (default), or v3, the newest.'
complete -c llmctl -n '__llmctl_in sandbox reset' -l yes -s y -d 'Do not ask for confirmation.'
complete -c llmctl -n '__llmctl_in sandbox reset' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_in sandbox demo' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0' -a completion -d 'Tab completion.'
complete -c llmctl -n '__llmctl_in completion' -l install -d 'Install it for this user.'
complete -c llmctl -n '__llmctl_in completion' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 completion' -k -a 'bash zsh fish powershell'
complete -c llmctl -n '__llmctl_after 0' -a help -d 'Help on a command or a topic.'
complete -c llmctl -n '__llmctl_in help' -l help -s h -d 'Show this message and exit.'
complete -c llmctl -n '__llmctl_after 0 help' -k -a 'clustering-config clustering-jobs evaluation-config evaluation-reports provider-keys evaluations models profiles sandbox completion help environment options output exit-codes rotation rehearsal security scripting'
