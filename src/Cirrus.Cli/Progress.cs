using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>How far a list of things is: one line that rewrites itself on a terminal, else a line every ten seconds.</summary>
internal sealed class Progress(TextWriter error)
{
    private readonly bool _terminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shown = Stopwatch.GetTimestamp();
    private bool _open;

    public void Report(int done, int total, string what)
    {
        if (Stopwatch.GetElapsedTime(_shown).TotalSeconds < (_terminal ? 0.2 : 10) && !(_open && done == total))
            return;
        _shown = Stopwatch.GetTimestamp();
        double perSecond = done / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-3);
        TimeSpan left = TimeSpan.FromSeconds(Math.Min((total - done) / Math.Max(perSecond, 1e-3), 1e6));
        string bar = _terminal ? $"[{new string('=', (int)(20L * done / Math.Max(total, 1))),-20}] " : "";
        Write(string.Create(CultureInfo.InvariantCulture, $"{bar}{done:N0} of {total:N0} {what}  {perSecond:N0}/s  {left:h\\:mm\\:ss} left"));
    }

    /// <summary>How many have been found so far, while the end is not known.</summary>
    public void Count(int found, string what)
    {
        if (Stopwatch.GetElapsedTime(_shown).TotalSeconds < (_terminal ? 0.2 : 10))
            return;
        _shown = Stopwatch.GetTimestamp();
        Write(string.Create(CultureInfo.InvariantCulture, $"{found:N0} {what}"));
    }

    public void End()
    {
        if (_open)
            error.WriteLine();
        _open = false;
    }

    private void Write(string line)
    {
        error.Write(_terminal ? "\r\u001b[K" + line : line + Environment.NewLine);
        _open = _terminal;
    }
}
