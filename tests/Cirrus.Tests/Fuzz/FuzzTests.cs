namespace Cirrus.Tests.Fuzz;

/// <summary>Files of others, damaged from numbers: read or refused, never worse. docs/numerics.md says how to run many.</summary>
public sealed class FuzzTests
{
    private static readonly FuzzSubject[] Subjects =
    [
        .. CheckpointSubjects.All, .. MethodSubjects.All, .. GallerySubjects.All, .. BenchmarkSubjects.All,
    .. TrainingSubjects.All, .. TextSubjects.All, .. FilterSubjects.All, .. HubSubjects.All,
    ];

    /// <summary>CIRRUS_FUZZ_ONLY: those whose names have this in them.</summary>
    public static TheoryData<string> Names => [.. Subjects.Select(s => s.Name).Where(n =>
        n.Contains(Environment.GetEnvironmentVariable("CIRRUS_FUZZ_ONLY") ?? "", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_damaged_is_read_or_refused(string subject)
    {
        FuzzSubject found = Subjects.Single(s => s.Name == subject);
        using FuzzRun run = new(found);
        run.All();
        TestContext.Current.TestOutputHelper?.WriteLine($"{subject}: {run.Run} cases, {run.Refused} refused");
        if (found.Refusable && run.Run >= 40)
            Assert.InRange(run.Refused, run.Run / 50, run.Run);              // that damage reaches the reader at all
    }
}
