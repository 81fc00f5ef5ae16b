using System.Reflection;
using Cirrus.Tensors;

namespace Cirrus.Tests.House;

/// <summary>The public surface stands in text files, so that every change of it is seen in a review.</summary>
public sealed class PublicApiTests
{
    /// <summary>Set to 1 to write the files anew: then look at what changed in them.</summary>
    private const string Accept = "CIRRUS_ACCEPT_API";

    [Fact]
    public void Cirrus_offers_what_is_written() => Compare(typeof(Retriever).Assembly);

    [Fact]
    public void Cirrus_Tensors_offers_what_is_written() => Compare(typeof(Device).Assembly);

    [Fact]
    public void A_member_is_a_line_a_reader_understands()
    {
        string[] lines = [.. PublicApi.Of(typeof(Device).Assembly)];
        Assert.Contains("sealed class Cirrus.Tensors.CirrusException : Exception", lines);
        Assert.Contains("    string Hint { get; }", lines);
        Assert.Contains("    new(string message, string hint, Exception? inner = default, ProblemKind kind = Other)", lines);
        Assert.Contains("    Busy = 5", lines);
    }

    private static void Compare(Assembly assembly)
    {
        string name = $"PublicApi.{assembly.GetName().Name}.txt", file = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "House", name);
        string[] now = [.. PublicApi.Of(assembly)];
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllLines(file, now);
        string[] written = File.ReadAllLines(file);
        string difference = string.Join("\n", Difference(written, now));
        Assert.True(difference.Length == 0, $"The public surface is not what {name} says (- no longer there, + new):\n{difference}\n"
            + $"Where that is meant, write the file anew and look at it: {Accept}=1 ./test -class '*PublicApiTests'");
    }

    /// <summary>Lines that are in one of the two only, each with its type.</summary>
    private static IEnumerable<string> Difference(string[] written, string[] now)
    {
        HashSet<string> before = [.. Full(written)], after = [.. Full(now)];
        return before.Except(after).Select(l => "- " + l).Concat(after.Except(before).Select(l => "+ " + l))
            .OrderBy(l => l[2..], StringComparer.Ordinal);
    }

    private static IEnumerable<string> Full(string[] lines)
    {
        string type = "";
        foreach (string line in lines)
            if (line.StartsWith(' '))
                yield return $"{type}:{line[3..]}";
            else
                yield return type = line;
    }
}
