using System.Diagnostics;
using System.Globalization;

namespace Cirrus.Tests.Fuzz;

/// <summary>Damaged pictures in a process of their own: native code may end it, and that is a finding, not the end of the tests.</summary>
public sealed class FuzzedPicturesTests
{
    private const string Child = "CIRRUS_FUZZ_CHILD";
    private const long MostMemory = 700L << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    [Fact]
    public void A_damaged_picture_is_decoded_or_refused_and_the_process_lives()
    {
        if (Environment.GetEnvironmentVariable(Child) is string progress)
            Decode(progress);
        else
            Watch();
    }

    private static void Decode(string progress)
    {
        using FileStream at = new(progress, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        foreach (FuzzSubject subject in PictureSubjects.All.Where(PictureSubjects.CanBeMade))
        {
            using FuzzRun run = new(subject);
            run.Before = number =>
            {
                at.Position = 0;
                at.Write(System.Text.Encoding.UTF8.GetBytes($"{subject.Name} {number,9}\n".PadLeft(30)));
            };
            run.All();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{subject.Name}: {run.Run} cases, {run.Refused} refused, at most {PeakMemory() >> 20} MB"));
            Assert.InRange(PeakMemory(), 0, MostMemory);
            Assert.InRange(run.Refused, run.Run / 20, run.Run);
        }
    }

    private static void Watch()
    {
        using TempFolder folder = new();
        string progress = folder.At("at"), last = "";
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Cirrus.Tests"), ["-noColor", "-class", typeof(FuzzedPicturesTests).FullName!]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Child] = progress;
        using Process process = Process.Start(start)!;
        List<string> said = [];
        process.OutputDataReceived += (_, line) => Say(said, line.Data);
        process.ErrorDataReceived += (_, line) => Say(said, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        long moved = Stopwatch.GetTimestamp();
        while (!process.WaitForExit(250))
        {
            string now = Read(progress);
            if (now != last)
                (last, moved) = (now, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(moved) > Longest)
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"decoding hangs: {last}");
            }
        }
        process.WaitForExit();
        string all = string.Join('\n', said);
        TestContext.Current.TestOutputHelper?.WriteLine(all);
        Assert.True(process.ExitCode == 0, $"the process ended with {process.ExitCode} at {Read(progress)}:\n{all}");
    }

    private static void Say(List<string> said, string? line)
    {
        lock (said)
            if (line is not null)
                said.Add(line);
    }

    private static string Read(string path)
    {
        if (!File.Exists(path))
            return "";
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Trim();
    }

    /// <summary>The most memory that this process ever had, in bytes; 0 where the system does not say.</summary>
    private static long PeakMemory() => !File.Exists("/proc/self/status")
        ? 0 : File.ReadLines("/proc/self/status").Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(l => long.Parse(l.AsSpan(6, l.Length - 9), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture) << 10).FirstOrDefault();
}
