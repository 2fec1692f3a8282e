# Tab completion of llmctl for bash 4 and newer, made by `python -m llmctl.reference`.
#
# It starts no process. IDs and profiles come from llmctl's cache, which `llmctl ... list` writes
# (see llmctl/api/completion_cache.py); they are never evaluated.

((BASH_VERSINFO[0] >= 4)) || return 0

# Complete the word at the cursor. The functions below use its local variables.
_llmctl() {
    local IFS=$' \t\n' words=() verbs='' options='' arguments='' before='' quote='' typed=''
    local profile='' host='' project='' awaited='' literal='' i word name value
    local -i next=1 seen=0 last
    COMPREPLY=()
    _llmctl_words
    last=${#words[@]}-1
    typed=${words[last]}
    _llmctl_after ''
    word=${words[next]}
    name=''
    while [[ -n $verbs && $next -lt $last && " $verbs " == *" $word "* ]]; do
        name+=${name:+ }$word
        next+=1
        word=${words[next]}
        verbs='' options='' arguments=''
        _llmctl_after "$name"
    done
    options=" $options "
    _llmctl_scan
    _llmctl_choose
    # Readline replaces only $2, which may be the end of the word: it breaks words at = and others.
    local kept=${words[last]%"$2"}
    [[ -z $kept || ${#COMPREPLY[@]} -eq 0 ]] || COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

# The words up to the cursor. Bash breaks them at = : @ too; join those without a space between.
_llmctl_words() {
    local line=${COMP_LINE:0:COMP_POINT} i word
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i -eq 0 || $line == [[:space:]]* ]]; then
            line=${line#"${line%%[![:space:]]*}"}
            words+=('')
        fi
        word=${line:0:${#COMP_WORDS[i]}}
        line=${line:${#word}}
        words[${#words[@]} - 1]+=$word
    done
}

# Read the words before the cursor: option values, arguments, and the option that needs a value.
_llmctl_scan() {
    for ((i = next; i < last; i++)); do
        word=${words[i]} name='' value=''
        if [[ -n $literal || $word != -?* ]]; then
            seen+=1
        elif [[ $word == -- ]]; then
            literal=1
        elif [[ $word == --*=* ]]; then
            name=${word%%=*} value=${word#*=}
        elif [[ $options == *" $word="* ]]; then
            name=$word value=${words[i + 1]}
            ((++i < last)) || awaited=$name
        elif [[ $word == -[!-]?* ]]; then
            name=${word:0:2} value=${word:2}
        fi
        value=${value//[\"\'\\]/}
        case $name in
        -p | --profile) profile=$value ;;
        --host) host=$value ;;
        --project) project=$value ;;
        esac
    done
}

_llmctl_choose() {
    if [[ -n $awaited ]]; then
        _llmctl_option "$awaited"
    elif [[ -n $literal || $typed != -* ]]; then
        if [[ -n $verbs ]]; then
            [[ $next -lt $last ]] || _llmctl_reply $verbs
            return
        fi
        set -- $arguments
        [[ $arguments != *'*' ]] || seen=$((seen < $# ? seen : $# - 1)) # the last one may be repeated
        shift $((seen < $# ? seen : $#))
        if [[ -n $1 ]]; then
            _llmctl_value "${1%'*'}"
        elif [[ -z $literal$typed ]]; then
            _llmctl_names
        fi
    elif [[ $typed == --*=* ]]; then
        before=${typed%%=*}= typed=${typed#*=}
        _llmctl_option "${before%=}"
    elif [[ $typed == -[!-]?* ]]; then
        before=${typed:0:2} typed=${typed:2}
        _llmctl_option "$before"
    else
        _llmctl_names
    fi
}

# Complete the names of options.
_llmctl_names() {
    local names=()
    for word in $options; do
        names+=("${word%%=*}")
    done
    _llmctl_reply "${names[@]}"
}

# Complete the value of the option $1.
_llmctl_option() {
    [[ $options == *" $1="* ]] || return
    word=${options#*" $1="}
    _llmctl_value "${word%% *}"
}

# Complete a value of the kind $1, such as `words:us,eu` or `ids:evaluations`.
_llmctl_value() {
    local kind=${1%%:*} of=${1#*:}
    if [[ $typed == [\"\']* ]]; then
        quote=${typed:0:1}
        before+=$quote typed=${typed:1}
    fi
    if [[ $kind == *-list ]]; then
        before+=${typed%"${typed##*,}"} typed=${typed##*,}
    fi
    case $kind in
    words | words-list) _llmctl_reply ${of//,/ } ;;
    profiles | profiles-list) _llmctl_profiles ;;
    ids)
        _llmctl_ids "$of"
        _llmctl_names_of "$of"
        ;;
    at-file) _llmctl_at_file ;;
    file) compopt -o default ;;
    esac
}

# Offer the given words that begin with what was typed.
_llmctl_reply() {
    for word; do
        [[ $word != "$typed"* ]] || COMPREPLY+=("$before$word")
    done
}

_llmctl_profiles() {
    local place cache rows=() found=(sandbox) LC_ALL=C
    _llmctl_place
    if [[ -f $cache/profiles && -r $cache/profiles ]]; then
        mapfile -t -n 1000 rows <"$cache/profiles"
    fi
    for word in "${rows[@]%%$'\t'*}"; do
        [[ -z $word || $word == sandbox || $word == *[!A-Za-z0-9._-]* ]] || found+=("$word")
    done
    _llmctl_reply "${found[@]}"
}

# Offer the ids of the group $1, with their names if only a few are shown and none is inserted.
_llmctl_ids() {
    local place cache rows=() kept=() IFS=$'\n' LC_ALL=C  # patterns mean ASCII, and are fast
    _llmctl_place
    local file=$cache/ids/$place/$1
    [[ -n $place && -f $file && -r $file ]] || return
    mapfile -t -n 1000 rows <"$file"
    if [[ -n $typed ]]; then
        for word in "${rows[@]}"; do
            [[ $word != "$typed"* ]] || kept+=("$word")
        done
        rows=("${kept[@]}")
    fi
    compopt -o nosort 2>/dev/null
    if ((${#rows[@]} > 100)); then
        kept=("${rows[@]%%$'\t'*}")
        if [[ ${kept[*]} != *[!A-Za-z0-9._$'\n'-]* ]]; then
            COMPREPLY=("${kept[@]/#/$before}")
            return
        fi
    fi
    _llmctl_rows
}

# Print the ids in rows, one per line. Skip rows that llmctl would not write.
_llmctl_rows() {
    local names=()
    for word in "${rows[@]}"; do
        name=${word%%$'\t'*} value=${word#*$'\t'}
        [[ -n $name && $name != *[!A-Za-z0-9._-]* && $word == *$'\t'* ]] || continue
        [[ $value != *[[:cntrl:]]* && $value != *$'\xc2'[$'\x80'-$'\x9f']* ]] || continue
        COMPREPLY+=("$before$name")
        names+=("$before$name${value:+  ($value)}")
    done
    # 37 and 42 insert the matches in turn, or all at once.
    if ((${#names[@]} > 1 && ${#names[@]} <= 100 && COMP_TYPE != 37 && COMP_TYPE != 42)); then
        COMPREPLY=("${names[@]}")
    fi
}

# Offer the names of the group $1, before the ids.
_llmctl_names_of() {
    local place cache rows=() found=() quoted=()
    _llmctl_place
    local file=$cache/ids/$place/$1.names
    [[ -n $place && -f $file && -r $file ]] || return
    mapfile -t -n 1000 rows <"$file"
    [[ -n $quote ]] || typed=${typed//\\/}
    _llmctl_matching
    for word in "${found[@]}"; do
        ! _llmctl_quoted || quoted+=("$before$word")
    done
    COMPREPLY=("${quoted[@]}" "${COMPREPLY[@]}")
}

# Set found to the names in rows that begin as typed. Skip rows that llmctl would not write.
_llmctl_matching() {
    local LC_ALL=C
    for word in "${rows[@]}"; do
        [[ $word == "$typed"* ]] || continue
        name=${word%%$'\t'*} value=${word#*$'\t'}
        [[ -n $value && $value != *[!A-Za-z0-9._-]* && $word == *$'\t'* ]] || continue
        [[ -n $name && $name != *[[:cntrl:]]* && $name != *$'\xc2'[$'\x80'-$'\x9f']* ]] || continue
        found+=("$name")
    done
}

# Quote word as it was typed; fail if it would not begin as it was typed.
_llmctl_quoted() {
    if [[ -z $quote ]]; then
        printf -v word %q "$word"
        [[ $word != \$\'* ]]
    else
        [[ $word != *[[:cntrl:]\"\'\\\$\`\!]* ]]
    fi
}

# Set cache, and place: the folder in it with the ids of the line's project.
_llmctl_place() {
    cache=${LLMCTL_CACHE_DIR:-} place=''
    [[ $cache != '~/'* ]] || cache=${HOME:-}/${cache:2}
    if [[ -z $cache && -n ${XDG_CACHE_HOME:-} ]]; then
        cache=$XDG_CACHE_HOME/llmctl
    elif [[ -z $cache && $OSTYPE == darwin* ]]; then
        cache=${HOME:-}/Library/Caches/llmctl
    elif [[ -z $cache ]]; then
        cache=${HOME:-}/.cache/llmctl
    fi
    if [[ -z $profile${LLMCTL_API_KEY:-}${POSTHOG_PERSONAL_API_KEY:-}${POSTHOG_CLI_API_KEY:-} ]]; then
        profile=${LLMCTL_PROFILE:-}
        if [[ -z $profile && -f $cache/current-profile && -r $cache/current-profile ]]; then
            IFS= read -r profile <"$cache/current-profile"
        fi
    fi
    if [[ -n $profile ]]; then
        [[ $profile != *[!A-Za-z0-9._-]* && $profile != .* ]] || return
        project=${project:-${LLMCTL_PROJECT:-}}
        place=$profile${project:++${project//[!A-Za-z0-9.-]/_}}
        return
    fi
    project=${project:-${LLMCTL_PROJECT:-${POSTHOG_PROJECT_ID:-${POSTHOG_CLI_PROJECT_ID:-}}}}
    host=${host:-${LLMCTL_HOST:-${POSTHOG_HOST:-${POSTHOG_CLI_HOST:-}}}}
    case $host in
    '' | us | eu) host=https://${host:-us}.posthog.com ;;
    esac
    host=${host%/}
    place=+${host//[!A-Za-z0-9.-]/_}+${project//[!A-Za-z0-9.-]/_}
}

# Complete @FILE.
_llmctl_at_file() {
    local path=${typed#@} failglob=''
    if [[ $typed != @* ]]; then
        [[ -n $typed ]] || COMPREPLY=("$before@")
        compopt -o nospace
        return
    fi
    [[ -n $quote ]] || path=${path//\\/}
    if shopt -q failglob; then
        failglob=1
        shopt -u failglob
    fi
    for word in "$path"*; do
        [[ -e $word || -L $word ]] || continue
        [[ ! -d $word ]] || word+=/
        ! _llmctl_quoted || COMPREPLY+=("$before@$word")
    done
    [[ -z $failglob ]] || shopt -s failglob
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != */ ]] || compopt -o nospace
}

complete -F _llmctl llmctl

# The words that may follow $1: verbs, or options and arguments. An option that takes a
# value is NAME=KIND, an argument KIND, or KIND* if it may be repeated.
_llmctl_after() {
    case $1 in
    '')
        verbs='clustering-config clustering-jobs evaluation-config evaluation-reports provider-keys evaluations models integrations export diff apply schema profiles sandbox api doctor completion help'
        options='--version --help -h'
        ;;
    'clustering-config')
        verbs='get set-event-filters edit'
        options='--help -h'
        ;;
    'clustering-config get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'clustering-config set-event-filters')
        options='--event-filters=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'clustering-config edit')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'clustering-jobs')
        verbs='list get create update delete edit'
        options='--help -h'
        ;;
    'clustering-jobs list')
        options='--filter=words:id,name,analysis_level,enabled,event_filters,created_at,updated_at --sort=words:id,name,analysis_level,enabled,event_filters,created_at,updated_at --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        ;;
    'clustering-jobs get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:clustering-jobs*'
        ;;
    'clustering-jobs create')
        options='--name= --analysis-level=words:trace,generation,evaluation --event-filters=at-file --enabled --disabled --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'clustering-jobs update')
        options='--name= --analysis-level=words:trace,generation,evaluation --event-filters=at-file --enabled --disabled --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:clustering-jobs*'
        ;;
    'clustering-jobs delete')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:clustering-jobs*'
        ;;
    'clustering-jobs edit')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:clustering-jobs'
        ;;
    'evaluation-config')
        verbs='get set-active-key'
        options='--help -h'
        ;;
    'evaluation-config get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluation-config set-active-key')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys'
        ;;
    'evaluation-reports')
        verbs='list get create update delete edit runs show-run generate gate'
        options='--help -h'
        ;;
    'evaluation-reports list')
        options='--evaluation=ids:evaluations --filter=words:id,evaluation,frequency,trigger_threshold,delivery_targets,enabled,next_delivery_date,rrule,starts_at,timezone_name,max_sample_size,deleted,last_delivered_at,generated_report_count,last_generated_at,report_prompt_guidance,cooldown_minutes,daily_run_cap,created_by,created_at --sort=words:id,evaluation,frequency,trigger_threshold,delivery_targets,enabled,next_delivery_date,rrule,starts_at,timezone_name,max_sample_size,deleted,last_delivered_at,generated_report_count,last_generated_at,report_prompt_guidance,cooldown_minutes,daily_run_cap,created_by,created_at --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluation-reports get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports*'
        ;;
    'evaluation-reports create')
        options='--evaluation=ids:evaluations --frequency=words:scheduled,every_n --trigger-threshold= --rrule= --starts-at= --timezone-name= --delivery-targets=at-file --email= --slack=ids:integrations --report-prompt-guidance=at-file --max-sample-size= --cooldown-minutes= --daily-run-cap= --enabled --disabled --deleted --not-deleted --replace --another --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluation-reports update')
        options='--evaluation=ids:evaluations --frequency=words:scheduled,every_n --trigger-threshold= --rrule= --starts-at= --timezone-name= --delivery-targets=at-file --email= --slack=ids:integrations --report-prompt-guidance=at-file --max-sample-size= --cooldown-minutes= --daily-run-cap= --enabled --disabled --deleted --not-deleted --add-email= --add-slack=ids:integrations --remove-target= --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports*'
        ;;
    'evaluation-reports delete')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports*'
        ;;
    'evaluation-reports edit')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports'
        ;;
    'evaluation-reports runs')
        options='--filter=words:id,period_start,period_end,delivery_status,results,pass_rate,change,report,content,metadata,delivery_errors,created_at --sort=words:id,period_start,period_end,delivery_status,results,pass_rate,change,report,content,metadata,delivery_errors,created_at --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports'
        ;;
    'evaluation-reports show-run')
        options='--markdown --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports words:latest'
        ;;
    'evaluation-reports generate')
        options='--wait --wait-timeout= --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports'
        ;;
    'evaluation-reports gate')
        options='--min-pass-rate= --max-drop= --min-results= --max-age= --generate --evaluation=ids:evaluations --wait-timeout= --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluation-reports*'
        ;;
    'provider-keys')
        verbs='list get create update delete validate rotate audit'
        options='--help -h'
        ;;
    'provider-keys list')
        options='--state=words-list:unknown,ok,invalid,error --filter=words:id,name,provider,state,api_key_masked,last_used_at,error_message,azure_endpoint_display,api_version_display,base_url_display,created_at,created_by --sort=words:id,name,provider,state,api_key_masked,last_used_at,error_message,azure_endpoint_display,api_version_display,base_url_display,created_at,created_by --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        ;;
    'provider-keys get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys*'
        ;;
    'provider-keys create')
        options='--provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --name= --azure-endpoint= --api-version= --base-url= --set=at-file --api-key-file=file --api-key-env= --api-key-command= --command-timeout= --set-as-active --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'provider-keys update')
        options='--provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --name= --azure-endpoint= --api-version= --base-url= --set=at-file --api-key-file=file --api-key-env= --api-key-command= --command-timeout= --data=at-file -d=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys*'
        ;;
    'provider-keys delete')
        options='--replacement=ids:provider-keys --force --revoked --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys*'
        ;;
    'provider-keys validate')
        options='--provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --azure-endpoint= --api-version= --base-url= --set=at-file --api-key-file=file --api-key-env= --api-key-command= --command-timeout= --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys'
        ;;
    'provider-keys rotate')
        options='--active --name= --provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --strategy=words:in-place,replace --keep-old --finish --rollback --abort --expect-mask= --stale-after= --api-key-file=file --api-key-env= --api-key-command= --command-timeout= --revoke-command= --revoked --recover --wait-timeout= --yes -y --profiles=profiles-list --all-profiles --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:provider-keys'
        ;;
    'provider-keys audit')
        options='--max-age= --fail --profiles=profiles-list --all-profiles --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluations')
        verbs='list get create update delete enable disable recover test-hog'
        options='--help -h'
        ;;
    'evaluations list')
        options='--search= --enabled --disabled --evaluation-type=words:llm_judge,hog,sentiment --directory-id= --order-by= --filter=words:id,name,evaluation_type,target,enabled,status,description,evaluation_config,output_type,output_config,conditions,target_config,model_configuration,directory_id,status_reason,status_reason_detail,created_at,updated_at,created_by,deleted,user_access_level --sort=words:id,name,evaluation_type,target,enabled,status,description,evaluation_config,output_type,output_config,conditions,target_config,model_configuration,directory_id,status_reason,status_reason_detail,created_at,updated_at,created_by,deleted,user_access_level --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluations get')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations create')
        options='--name= --description= --evaluation-type=words:llm_judge,hog,sentiment --prompt=at-file --source=at-file --evaluation-config=at-file --output-type=words:boolean,sentiment,numeric,categorical --output-config=at-file --provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --model= --provider-key=ids:provider-keys --model-configuration=at-file --target=words:generation,trace,session --target-config=at-file --conditions=at-file --directory-id= --enabled --disabled --deleted --not-deleted --data=at-file -d=at-file --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'evaluations update')
        options='--name= --description= --evaluation-type=words:llm_judge,hog,sentiment --prompt=at-file --source=at-file --evaluation-config=at-file --output-type=words:boolean,sentiment,numeric,categorical --output-config=at-file --provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --model= --provider-key=ids:provider-keys --model-configuration=at-file --target=words:generation,trace,session --target-config=at-file --conditions=at-file --directory-id= --enabled --disabled --deleted --not-deleted --data=at-file -d=at-file --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations delete')
        options='--yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations enable')
        options='--all --search= --reports --filter=words:id,name,evaluation_type,target,enabled,status,description,evaluation_config,output_type,output_config,conditions,target_config,model_configuration,directory_id,status_reason,status_reason_detail,created_at,updated_at,created_by,deleted,user_access_level --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations disable')
        options='--all --search= --filter=words:id,name,evaluation_type,target,enabled,status,description,evaluation_config,output_type,output_config,conditions,target_config,model_configuration,directory_id,status_reason,status_reason_detail,created_at,updated_at,created_by,deleted,user_access_level --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations recover')
        options='--reports --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='ids:evaluations*'
        ;;
    'evaluations test-hog')
        options='--sample-count= --allows-na --no-allows-na --output-type=words:boolean,sentiment,numeric,categorical --output-config=at-file --target=words:generation,trace,session --target-config=at-file --conditions=at-file --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='file'
        ;;
    'models')
        verbs='list'
        options='--help -h'
        ;;
    'models list')
        options='--provider=words:openai,anthropic,gemini,openrouter,fireworks,azure_openai,together_ai,minimax,zeabur --key-id=ids:provider-keys --filter=words:id,provider,posthog_available --sort=words:id,provider,posthog_available --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'integrations')
        verbs='list'
        options='--help -h'
        ;;
    'integrations list')
        options='--filter=words:id,display_name,kind,created_at,config,errors,created_by --sort=words:id,display_name,kind,created_at,config,errors,created_by --limit= --offset= --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --concurrency= --rate= --timeout= --retries= --verbose -v --help -h'
        ;;
    'export')
        options='--only=words-list:provider-keys,evaluation-config,evaluations,evaluation-reports,clustering-config,clustering-jobs --file=file -f=file --force --profile=profiles -p=profiles --output=words:json -o=words:json --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'diff')
        options='--file=file -f=file --only=words-list:provider-keys,evaluation-config,evaluations,evaluation-reports,clustering-config,clustering-jobs --var= --prune --drop-unsupported --markdown --profiles=profiles-list --all-profiles --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'apply')
        options='--file=file -f=file --only=words-list:provider-keys,evaluation-config,evaluations,evaluation-reports,clustering-config,clustering-jobs --var= --prune --drop-unsupported --force --command-timeout= --yes -y --profiles=profiles-list --all-profiles --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'schema')
        options='--help -h'
        ;;
    'profiles')
        verbs='list show add use remove'
        options='--help -h'
        ;;
    'profiles list')
        options='--filter=words:name,host,project,key,current --sort=words:name,host,project,key,current --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --help -h'
        ;;
    'profiles show')
        options='--profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --help -h'
        arguments='profiles'
        ;;
    'profiles add')
        options='--api-key-file=file --api-key-env= --api-key-command= --command-timeout= --from-posthog-cli --api-prefix=words:environments,projects --client-cert=file --client-key=file --keyring --replace --no-check --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='-'
        ;;
    'profiles use')
        options='--help -h'
        arguments='profiles'
        ;;
    'profiles remove')
        options='--yes -y --help -h'
        arguments='profiles'
        ;;
    'sandbox')
        verbs='serve reset demo'
        options='--help -h'
        ;;
    'sandbox serve')
        options='--port= --generation=words:v1,v3 --throttle --fault= --help -h'
        ;;
    'sandbox reset')
        options='--generation=words:v1,v3 --yes -y --help -h'
        ;;
    'sandbox demo')
        options='--help -h'
        ;;
    'api')
        options='--field= -f= --paginate --include -i --data=at-file -d=at-file --yes -y --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --dry-run --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        arguments='words:GET,POST,PUT,PATCH,DELETE words:llm_analytics/clustering_config/,llm_analytics/clustering_jobs/,llm_analytics/evaluation_config/,evaluations/,evaluation_directories/,llm_analytics/evaluation_reports/,integrations/,llm_analytics/models/,llm_analytics/provider_keys/,llm_analytics/provider_key_validations/,taggers/,/api/projects/,/api/users/@me/'
        ;;
    'doctor')
        options='--require=words:llm_analytics:read,llm_analytics:write,ai_observability_clusters:read,ai_observability_clusters:write,evaluation:read,evaluation:write,llm_provider_key:read,llm_provider_key:write,integration:read,integration:write,project:read,project:write,user:read,user:write --profiles=profiles-list --all-profiles --profile=profiles -p=profiles --output=words:table,tsv,json,jsonl,csv,ids -o=words:table,tsv,json,jsonl,csv,ids --columns= --host=words:us,eu --project=words:@current --timeout= --retries= --verbose -v --help -h'
        ;;
    'completion')
        options='--install --help -h'
        arguments='words:bash,zsh,fish,powershell'
        ;;
    'help')
        options='--help -h'
        arguments='words:clustering-config,clustering-jobs,evaluation-config,evaluation-reports,provider-keys,evaluations,models,integrations,export,diff,apply,schema,profiles,sandbox,api,doctor,completion,help,environment,options,output,exit-codes,rotation,rehearsal,security,scripting,as-code -'
        ;;
    esac
}
