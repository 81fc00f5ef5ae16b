using System.Diagnostics;

namespace Cirrus.Cli;

/// <summary>How far something is: one line that rewrites itself on a terminal, else a line every ten seconds.</summary>
internal sealed class StatusLine(TextWriter error)
{
    private long _shown = Stopwatch.GetTimestamp();
    private bool _open;

    public bool IsTerminal { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>Whether there is room for more than the numbers.</summary>
    public bool ShowsBar => IsTerminal && Console.WindowWidth >= 80;

    /// <summary>Whether it is time to write again.</summary>
    public bool IsDue => Stopwatch.GetElapsedTime(_shown).TotalSeconds >= (IsTerminal ? 0.2 : 10);

    /// <summary>Whether a line stands on the terminal that is not the last.</summary>
    public bool IsOpen => _open;

    public void Write(string line)
    {
        _shown = Stopwatch.GetTimestamp();
        error.Write(IsTerminal ? "\r\u001b[K" + Fit(line, Console.WindowWidth) : line + Environment.NewLine);
        _open = IsTerminal;
    }

    public void End()
    {
        if (_open)
            error.WriteLine();
        _open = false;
    }

    /// <summary>A line that wrapped could not be rewritten; the end goes first, then the terminal's last column is free.</summary>
    internal static string Fit(string line, int width) => width > 1 && line.Length >= width ? line[..(width - 1)] : line;
}
