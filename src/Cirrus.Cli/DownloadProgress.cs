using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>How far a download is.</summary>
internal sealed class DownloadProgress(TextWriter error, long total)
{
    private const int Width = 24;

    private readonly StatusLine _line = new(error);
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _first = -1;

    public void Report(long done, string file)
    {
        if (_first < 0)
            _first = done;                                            // what was here before says nothing of the speed
        if (_line.IsDue)
            _line.Write(Line(done, total, file, (done - _first) / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-3), _line.ShowsBar));
    }

    public void End() => _line.End();

    internal static string Line(long done, long total, string file, double speed, bool bar)
    {
        double share = total > 0 ? Math.Min(1, (double)done / total) : 0;
        int full = (int)(share * Width);
        TimeSpan left = TimeSpan.FromSeconds(Math.Min(Math.Max(0, total - done) / Math.Max(speed, 1), 1e6));
        return string.Create(CultureInfo.InvariantCulture,
            $"{(bar ? $"[{new string('#', full)}{new string('.', Width - full)}] " : "")}{100 * share:0}%  {ByteText.Of(done)} "
                + $"of {ByteText.Of(total)}  {ByteText.Of(speed)}/s  {left:h\\:mm\\:ss} left  {file}");
    }
}
