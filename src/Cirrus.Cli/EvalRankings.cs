using System.CommandLine;
using System.CommandLine.Parsing;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval NAME --data DIR --rankings FILE</c>: scores what someone else ranked.</summary>
internal static class EvalRankings
{
    private static readonly Option<string?> Rankings = new("--rankings")
    {
        Description =
            "score this JSON file, {\"query id\": [candidate ids, best first]}, without any model; the scores are written to stdout as JSON",
    };

    private static readonly Option<string?> Family = new("--family")
    {
        Description = "with --rankings: the queries of this category, task or domain alone",
    };

    /// <summary>Options that say something of the benchmark or the output; all others are about methods.</summary>
    private static readonly string[] Along = ["--data", "--split", "--protocol", "--seed", "--rankings", "--family", "--json", "--quiet"];

    public static IReadOnlyList<Option> Options { get; } = [Rankings, Family];

    /// <summary>True: rankings are to be scored, so no picture will be opened.</summary>
    public static bool Asked(ParseResult args) => args.GetValue(Rankings) is not null;

    /// <summary>Scores the rankings of <c>--rankings</c>; false when there are none.</summary>
    /// <param name="json">names a file that gets the scores as well.</param>
    /// <exception cref="CirrusException">They are not what they should be.</exception>
    public static bool Run(BenchmarkData data, ParseResult args, Option<string?> json)
    {
        if (args.GetValue(Rankings) is not string path)
            return args.GetValue(Family) is null ? false : throw new CirrusException("--family belongs to --rankings.",
                hint: "results of methods are reported by family anyway");
        if (args.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(o => !o.Implicit && !Along.Contains(o.Option.Name)) is { } idle)
            throw new CirrusException($"{idle.Option.Name} means nothing to --rankings, which needs no method.",
                hint: "leave it out, or evaluate methods without --rankings");
        RankingsFile rankings = RankingsFile.Read(path, data, args.GetValue(Family));
        foreach (string note in rankings.Notes)
            args.InvocationConfiguration.Error.WriteLine(note);
        args.InvocationConfiguration.Output.Write(RankingScores.ToJson(rankings));
        if (args.GetValue(json) is string file and not "-")
            RankingScores.Save(rankings, file);
        return true;
    }
}
