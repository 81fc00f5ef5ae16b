using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>Where a training stands.</summary>
internal sealed class TrainProgress(TextWriter error, int steps, string samples)
{
    private readonly StatusLine _line = new(error);
    private readonly Queue<(long At, int Count)> _recent = new();
    private float _mean = float.NaN;

    /// <summary>Speed and time left are those of the last 50 steps; the loss is a running mean.</summary>
    public void Report(int step, float loss, double rate, int count)
    {
        _mean = float.IsNaN(_mean) ? loss : (0.95f * _mean) + (0.05f * loss);
        _recent.Enqueue((Stopwatch.GetTimestamp(), count));
        if (_recent.Count > 51)
            _recent.Dequeue();
        if (step == steps || _line.IsDue)
            _line.Write(Line(step, rate));
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        _line.End();
        error.WriteLine(line);
    }

    public void End() => _line.End();

    private string Line(int step, double rate)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string line = string.Create(c, $"step {step:N0}/{steps:N0}  loss {_mean:G4}  lr {rate:0.##e-0}");
        double seconds = Stopwatch.GetElapsedTime(_recent.Peek().At, _recent.Last().At).TotalSeconds;
        if (_recent.Count < 2 || seconds == 0)
            return line;
        double perSecond = (_recent.Count - 1) / seconds;
        TimeSpan left = TimeSpan.FromSeconds(Math.Min((steps - step) / perSecond, 1e8));
        string eta = left.TotalDays >= 1
            ? $"{(int)left.TotalDays}d {left:hh\\:mm}"
            : left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", c);
        return line + string.Create(c, $"  {perSecond:G3} steps/s  {_recent.Skip(1).Sum(r => r.Count) / seconds:N0} {samples}/s  {eta} left");
    }
}
