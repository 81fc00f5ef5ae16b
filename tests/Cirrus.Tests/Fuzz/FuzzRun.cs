using System.Diagnostics;
using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Tests.Fuzz;

/// <summary>
/// Reads damaged files, each from a number: only <see cref="CirrusException"/> with a hint may come of it, in time, and without more memory than
/// the files are worth. CIRRUS_FUZZ_CASES (cases a subject), CIRRUS_FUZZ_FIRST (the first one's number) and CIRRUS_FUZZ_SEED run more or one.
/// </summary>
internal sealed class FuzzRun : IDisposable
{
    private const int FailuresTold = 6;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly FuzzSubject _subject;
    private readonly TempFolder _folder = new();
    private readonly (string Path, byte[] Whole)[] _files;
    private readonly Dictionary<string, string> _failures = [];
    private readonly long _usual;
    private volatile int _case = -1;
    private long _began;
    private Exception? _broken;

    public FuzzRun(FuzzSubject subject)
    {
        _subject = subject;
        subject.Make(_folder.Path);
        _files = [.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(f => subject.Files.Count == 0 || subject.Files.Contains(Path.GetRelativePath(_folder.Path, f))).Select(f =>
                (f, File.ReadAllBytes(f)))];
        Assert.NotEmpty(_files);
        subject.Read(_folder.Path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        subject.Read(_folder.Path);
        _usual = GC.GetAllocatedBytesForCurrentThread() - before;
    }

    public static int Cases { get; } = Number("CIRRUS_FUZZ_CASES", 160);

    public static ulong Seed { get; } = (ulong)Number("CIRRUS_FUZZ_SEED", 1);

    private static int First { get; } = Number("CIRRUS_FUZZ_FIRST", 0);

    /// <summary>Told a case's number before it runs.</summary>
    public Action<int>? Before { get; set; }

    public int Refused { get; private set; }

    public int Run { get; private set; }

    /// <summary>Runs all cases on a thread of their own, so that one which hangs can be told.</summary>
    public void All()
    {
        Thread thread = new(Loop) { IsBackground = true, Name = _subject.Name };
        _began = Stopwatch.GetTimestamp();
        thread.Start();
        while (!thread.Join(200))
            Assert.False(Stopwatch.GetElapsedTime(Interlocked.Read(ref _began)) > Longest,
                $"{_subject.Name}, case {_case} has not ended after {Longest.TotalSeconds:0} s");
        if (_broken is not null)
            throw new InvalidOperationException($"{_subject.Name}, case {_case}: the test itself failed", _broken);
        Assert.True(_failures.Count == 0, string.Join("\n\n", _failures.Values.Take(FailuresTold)));
    }

    public void Dispose() => _folder.Dispose();

    internal static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private void Loop()
    {
        int cases = Math.Max(1, (int)(Cases * _subject.Share));
        try
        {
            for (int i = First; i < First + cases && _failures.Count < FailuresTold; i++)
            {
                _case = i;
                Before?.Invoke(i);
                Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());
                One(i);
                Run++;
            }
        }
#pragma warning disable CA1031 // told by the thread that waits
        catch (Exception e)
#pragma warning restore CA1031
        {
            _broken = e;
        }
    }

    private void One(int number)
    {
        Draws draws = new(Seed, _subject.Name, number);
        (string path, byte[] whole) = draws.Of<(string, byte[])>(_files);
        byte[] damaged = Damage.Do(Path.GetFileName(path), whole, draws);
        File.WriteAllBytes(path, damaged);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _subject.Read(_folder.Path);
        }
        catch (CirrusException e)
        {
            Refused++;
            if (string.IsNullOrWhiteSpace(e.Hint))
                Fail(number, path, "no hint", e.ToString());
        }
#pragma warning disable CA1031 // finding the others is what this is for
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(number, path, e.GetType().Name + e.StackTrace?.Split('\n')[0], e.ToString());
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, allowed = (2 * _usual) + _subject.Worth + (64L * damaged.Length);
        if (allocated > allowed)
            Fail(number, path, "memory", $"{allocated >> 20} MB were allocated; {allowed >> 20} at most");
        File.WriteAllBytes(path, whole);
        foreach ((string other, byte[] content) in _files)
            if (!File.Exists(other))
                File.WriteAllBytes(other, content);                          // writers sweep up what a damaged manifest does not name
    }

    private void Fail(int number, string path, string kind, string what) => _failures.TryAdd(kind,
        $"{_subject.Name}, case {number} (CIRRUS_FUZZ_SEED={Seed} CIRRUS_FUZZ_FIRST={number} CIRRUS_FUZZ_CASES=1), "
            + $"{Path.GetRelativePath(_folder.Path, path)} damaged: {what}");
}
