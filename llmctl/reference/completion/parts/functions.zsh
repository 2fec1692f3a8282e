_llmctl() {
    local -a verbs specs
    local command='' word=$words[2]
    local -i depth=1
    _llmctl_after ''
    while (( depth + 1 < CURRENT )) && [[ -n ${(M)verbs:#${(b)word}:*} ]]; do
        command+=${command:+ }$word
        (( depth += 1 ))
        word=$words[depth+1]
        verbs=() specs=()
        _llmctl_after $command
    done
    if (( $#verbs && depth + 1 < CURRENT )); then
        return 1
    elif (( $#verbs )) && [[ $PREFIX != -* ]]; then
        _describe -V -t commands 'llmctl command' verbs
        return
    elif (( $#verbs )); then
        specs=(@HELP@)
        (( depth > 1 )) || specs+=(@VERSION@)
    fi
    # _arguments takes the first word for the command, so the verb goes there.
    words=("${(@)words[depth, -1]}")
    (( CURRENT -= depth - 1 ))
    _arguments -s -S : $specs
}

# [-l] WORD...: complete one of these words; with -l, several with commas between them.
_llmctl_words() {
    if [[ $1 == -l ]]; then
        shift
        compset -P '*,'
        compadd -S '' -- "$@"
    else
        compadd -- "$@"
    fi
}

# [-l]: complete names of profiles.
_llmctl_profiles() {
    emulate -L zsh
    setopt extended_glob
    local cache place
    local -a rows
    _llmctl_place
    [[ -f $cache/profiles && -r $cache/profiles ]] && rows=(${(f)"$(<$cache/profiles)"})
    rows=(${(M)rows[1, 1000]:#[A-Za-z0-9._-]##$'\t'[^[:cntrl:]]#})
    rows=(${rows//\\/\\\\}) # _describe takes one of two
    rows=(${rows/$'\t'/:} 'sandbox:built in, on this machine')
    [[ $1 == -l ]] && compset -P '*,'
    _describe -V -t profiles profile rows
}

# GROUP: complete the names and ids that `llmctl GROUP list` last showed.
_llmctl_ids() {
    emulate -L zsh
    setopt extended_glob
    local cache place
    local -a names rows
    _llmctl_place
    [[ -n $place ]] || return 1
    local file=$cache/ids/$place/$1
    [[ -f $file.names && -r $file.names ]] && names=(${(f)"$(<$file.names)"})
    names=(${(M)names[1, 1000]:#[^[:cntrl:]]##$'\t'[A-Za-z0-9._-]##})
    names=(${names//\\/\\\\})
    names=(${names//:/\\:})
    names=(${names/$'\t'/:})
    [[ -f $file && -r $file ]] && rows=(${(f)"$(<$file)"})
    rows=(${(M)rows[1, 1000]:#[A-Za-z0-9._-]##$'\t'[^[:cntrl:]]#})
    rows=(${rows//\\/\\\\}) # _describe takes one of two
    rows=(${rows/$'\t'/:})
    (( $#names + $#rows )) && _describe -V -t ids 'name or ID' names -- rows
}

_llmctl_at_file() {
    if compset -P @; then
        _files
    elif [[ -z $PREFIX ]]; then
        compadd -S '' @
    else
        _message 'JSON, text, @FILE or -'
    fi
}

# Set reply to the last value of an option on the line.
_llmctl_given() {
    local name word previous=''
    reply=''
    for word in "${(@)words[1, CURRENT - 1]}"; do
        for name; do
            if [[ $previous == $name ]]; then
                reply=${(Q)word}
            elif [[ $word == --* ]]; then
                [[ $word == $name=* ]] && reply=${(Q)word#*=}
            elif [[ $name != --* && $word == $name?* ]]; then
                reply=${(Q)word#$name}
            fi
        done
        previous=$word
    done
}

# Set cache, and place: the folder in it with the ids of the line's project.
_llmctl_place() {
    local profile project host reply
    cache=$LLMCTL_CACHE_DIR place=''
    [[ $cache == '~/'* ]] && cache=$HOME/${cache#\~/}
    if [[ -z $cache && -n $XDG_CACHE_HOME ]]; then
        cache=$XDG_CACHE_HOME/llmctl
    elif [[ -z $cache && $OSTYPE == darwin* ]]; then
        cache=$HOME/Library/Caches/llmctl
    elif [[ -z $cache ]]; then
        cache=$HOME/.cache/llmctl
    fi
    _llmctl_given --profile -p
    profile=$reply
    _llmctl_given --project
    project=$reply
    if [[ -z $profile@KEYS@ ]]; then
        profile=$LLMCTL_PROFILE
        if [[ -z $profile && -f $cache/current-profile && -r $cache/current-profile ]]; then
            IFS= read -r profile <$cache/current-profile
        fi
    fi
    if [[ -n $profile ]]; then
        [[ $profile != *[^A-Za-z0-9._-]* && $profile != .* ]] || return
        project=${project:-$LLMCTL_PROJECT}
        place=$profile${project:++${project//[^A-Za-z0-9.-]/_}}
        return
    fi
    project=${project:-@PROJECT@}
    _llmctl_given --host
    host=${reply:-@HOST@}
    [[ $host == (|us|eu) ]] && host=https://${host:-us}.posthog.com
    host=${host%/}
    place=+${host//[^A-Za-z0-9.-]/_}+${project//[^A-Za-z0-9.-]/_}
}

if [[ $funcstack[1] == _llmctl ]]; then
    _llmctl "$@"
else
    compdef _llmctl llmctl
fi
