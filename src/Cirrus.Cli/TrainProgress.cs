using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>Where a training stands: one line that rewrites itself on a terminal, else a line every ten seconds.</summary>
internal sealed class TrainProgress(TextWriter error, int steps, string samples)
{
    private readonly bool _terminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private readonly Queue<(long At, int Count)> _recent = new();
    private long _shown = Stopwatch.GetTimestamp();
    private float _mean = float.NaN;
    private bool _open;

    /// <summary>Speed and time left are those of the last 50 steps; the loss is a running mean.</summary>
    public void Report(int step, float loss, double rate, int count)
    {
        long now = Stopwatch.GetTimestamp();
        _mean = float.IsNaN(_mean) ? loss : (0.95f * _mean) + (0.05f * loss);
        _recent.Enqueue((now, count));
        if (_recent.Count > 51)
            _recent.Dequeue();
        if (step != steps && Stopwatch.GetElapsedTime(_shown, now).TotalSeconds < (_terminal ? 0.2 : 10))
            return;
        _shown = now;
        (string clear, string end) = _terminal ? ("\r\u001b[K", "") : ("", Environment.NewLine);
        error.Write(clear + Line(step, rate) + end);
        _open = _terminal;
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        End();
        error.WriteLine(line);
    }

    public void End()
    {
        if (_open)
            error.WriteLine();
        _open = false;
    }

    private string Line(int step, double rate)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string line = string.Create(c, $"step {step:N0}/{steps:N0}  loss {_mean:G4}  lr {rate:0.##e-0}");
        double seconds = Stopwatch.GetElapsedTime(_recent.Peek().At, _recent.Last().At).TotalSeconds;
        if (_recent.Count < 2 || seconds == 0)
            return line;
        double perSecond = (_recent.Count - 1) / seconds;
        TimeSpan left = TimeSpan.FromSeconds(Math.Min((steps - step) / perSecond, 1e8));
        string eta = left.TotalDays >= 1 ? $"{(int)left.TotalDays}d {left:hh\\:mm}" : left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", c);
        return line + string.Create(c, $"  {perSecond:G3} steps/s  {_recent.Skip(1).Sum(r => r.Count) / seconds:N0} {samples}/s  {eta} left");
    }
}
