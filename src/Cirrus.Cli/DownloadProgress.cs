using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>How far a download is: a bar that rewrites itself on a terminal, else a plain line every ten seconds.</summary>
internal sealed class DownloadProgress(TextWriter error, long total)
{
    private const int Width = 24;

    private readonly bool _terminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shown = Stopwatch.GetTimestamp(), _first = -1;
    private bool _open;

    public void Report(long done, string file)
    {
        if (_first < 0)
            _first = done;                                            // what was here before says nothing of the speed
        if (Stopwatch.GetElapsedTime(_shown).TotalSeconds < (_terminal ? 0.2 : 10))
            return;
        _shown = Stopwatch.GetTimestamp();
        string line = Line(done, total, file, (done - _first) / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-3), _terminal);
        error.Write(_terminal ? "\r\u001b[K" + line : line + Environment.NewLine);
        _open = _terminal;
    }

    public void End()
    {
        if (_open)
            error.WriteLine();
        _open = false;
    }

    internal static string Line(long done, long total, string file, double speed, bool bar)
    {
        double share = total > 0 ? Math.Min(1, (double)done / total) : 0;
        int full = (int)(share * Width);
        TimeSpan left = TimeSpan.FromSeconds(Math.Min(Math.Max(0, total - done) / Math.Max(speed, 1), 1e6));
        return string.Create(CultureInfo.InvariantCulture,
            $"{(bar ? $"[{new string('#', full)}{new string('.', Width - full)}] " : "")}{100 * share:0}%  {ByteText.Of(done)} of {ByteText.Of(total)}  {ByteText.Of(speed)}/s  {left:h\\:mm\\:ss} left  {file}");
    }
}
