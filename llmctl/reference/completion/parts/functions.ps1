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

# Return the rows of a cache file as [word, help], without those that llmctl would not write.
function Get-LlmctlRow([string] $Path, [string] $Pattern = '^([A-Za-z0-9._-]+)\t([^\p{C}]*)$') {
    $file = Join-Path (Get-LlmctlCache) $Path
    if (-not [IO.File]::Exists($file)) { return }
    foreach ($line in [IO.File]::ReadLines($file)) {
        if ($line -match $Pattern) { , @($Matches[1], $Matches[2]) }
    }
}

# Return the cache folder with the ids of the line's project.
function Get-LlmctlPlace([hashtable] $Given) {
    $wanted = $Given['--profile']
    $project = $Given['--project']
    if (-not $wanted -and -not (Get-LlmctlVariable @KEYS@)) {
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
    if (-not $project) { $project = Get-LlmctlVariable @PROJECT@ }
    $origin = $Given['--host']
    if (-not $origin) { $origin = Get-LlmctlVariable @HOST@ }
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
            if ($place) {
                Get-LlmctlRow "ids/$place/$of.names" '^([^\p{C}]+)\t([A-Za-z0-9._-]+)$'
                Get-LlmctlRow "ids/$place/$of"
            }
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
    } elseif (-not $typed.StartsWith('-') -and $arguments -and ($seen -lt $arguments.Count -or $arguments[-1][2].EndsWith('*'))) {
        $kind = $arguments[[Math]::Min($seen, $arguments.Count - 1)][2].TrimEnd('*')
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
        if ($text -match "[^A-Za-z0-9._~=:/\\-]") {
            # Typographic quotes end a string, too; each is doubled.
            $text = "'" + ($text -replace "(['\u2018\u2019\u201a\u201b])", '$1$1') + "'"
        }
        $help = if ($entry[1]) { $entry[1] } else { $entry[0] }
        $label = if ($kind -like 'ids:*' -and $entry[1]) { "$($entry[0])  $($entry[1])" } else { $entry[0] }
        [Management.Automation.CompletionResult]::new($text, $label, 'ParameterValue', $help)
    }
}
