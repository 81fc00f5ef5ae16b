using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>How far a list of things is.</summary>
internal sealed class Progress(TextWriter error)
{
    private readonly StatusLine _line = new(error);
    private readonly long _started = Stopwatch.GetTimestamp();

    public void Report(int done, int total, string what)
    {
        if (!_line.IsDue && !(_line.IsOpen && done == total))
            return;
        double perSecond = done / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-3);
        TimeSpan left = TimeSpan.FromSeconds(Math.Min((total - done) / Math.Max(perSecond, 1e-3), 1e6));
        string bar = _line.ShowsBar ? $"[{new string('=', (int)(20L * done / Math.Max(total, 1))),-20}] " : "";
        _line.Write(string.Create(CultureInfo.InvariantCulture, $"{bar}{done:N0} of {total:N0} {what}  {perSecond:N0}/s  {left:h\\:mm\\:ss} left"));
    }

    /// <summary>How many have been found so far, while the end is not known.</summary>
    public void Count(int found, string what)
    {
        if (_line.IsDue)
            _line.Write(string.Create(CultureInfo.InvariantCulture, $"{found:N0} {what}"));
    }

    public void End() => _line.End();
}
