# Options that take a value.
set -g __llmctl_valued @VALUED@

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
    if test -z "$profile@KEYS@"
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
    set project (__llmctl_first "$project" @PROJECT@)
    set -l host (__llmctl_first (__llmctl_given --host) @HOST@ us)
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
