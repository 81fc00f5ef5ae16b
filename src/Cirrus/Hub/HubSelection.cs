using System.Text.RegularExpressions;

namespace Cirrus.Hub;

/// <summary>
/// Which files of a repository Cirrus reads: configuration, one tokenizer, one set of weights (safetensors before .bin
/// before .pt).
/// </summary>
public static partial class HubSelection
{
    private static readonly string[] Configurations = ["config.json", "preprocessor_config.json", "open_clip_config.json"];

    private static readonly string[][] Tokenizers =
        [["vocab.json", "merges.txt"], ["tokenizer.json"], ["bpe_simple_vocab_16e6.txt.gz"], ["bpe_simple_vocab_16e6.txt"]];

    /// <summary>The best first; an index stands for its shards.</summary>
    private static readonly string[] Weights =
    [
        "model.safetensors", "model.safetensors.index.json", "open_clip_model.safetensors",
        "pytorch_model.bin", "pytorch_model.bin.index.json", "open_clip_pytorch_model.bin",
    ];

    private static readonly string[] Endings = [".safetensors", ".bin", ".pt"];

    /// <summary>Of all names in a repository those that Cirrus reads, small files first.</summary>
    public static IReadOnlyList<string> Needed(IReadOnlyList<string> names) =>
        [.. Configurations.Where(names.Contains), .. Tokenizers.FirstOrDefault(t => t.All(names.Contains)) ?? [], .. WeightsOf(names)];

    /// <summary>Names that match one of the patterns, in which * stands for any characters and ? for one, as in the hub's own tools.</summary>
    public static IReadOnlyList<string> Matching(IReadOnlyList<string> names, IReadOnlyList<string> patterns)
    {
        Regex[] wanted = [.. patterns.Select(p => new Regex("^"
            + Regex.Escape(p).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.NonBacktracking | RegexOptions.Singleline))];
        return [.. names.Where(n => wanted.Any(w => w.IsMatch(n)))];
    }

    /// <summary>One set of weights: a file, or an index and its shards; empty when there is none whole.</summary>
    public static IReadOnlyList<string> WeightsOf(IReadOnlyList<string> names)
    {
        foreach (string name in Weights.Where(names.Contains))
            if (!name.EndsWith(".index.json", StringComparison.Ordinal))
                return [name];
            else if (Shards(names, name) is { Length: > 0 } shards)
                return [name, .. shards];
        return Endings.Select(e => names.Where(n => !n.Contains('/', StringComparison.Ordinal)
            && n.EndsWith(e, StringComparison.Ordinal) && !ShardName().IsMatch(n)).ToArray())
            .FirstOrDefault(found => found.Length == 1) ?? [];
    }

    /// <summary>Names that were looked for in vain: said to be absent, they are not asked for again.</summary>
    internal static IEnumerable<string> Absent(IReadOnlyList<string> names) =>
        Configurations.Concat(Tokenizers.SelectMany(t => t)).Concat(Weights).Where(n => !names.Contains(n));

    /// <summary>The shards of an index, all of them by the number in their names, or none.</summary>
    private static string[] Shards(IReadOnlyList<string> names, string index)
    {
        string stem = index[..index.IndexOf('.', StringComparison.Ordinal)], ending = Path.GetExtension(index[..^".index.json".Length]);
        (string Name, Match Match)[] found = [.. names.Select(n => (n, ShardName().Match(n)))
            .Where(s => s.Item2.Success && s.Item2.Groups["stem"].Value == stem && s.Item2.Groups["ending"].Value == ending)
            .OrderBy(s => s.n, StringComparer.Ordinal)];
        return found.Length > 0 && found.All(s =>
            int.Parse(s.Match.Groups["of"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) == found.Length)
            ? [.. found.Select(s => s.Name)] : [];
    }

    [GeneratedRegex(@"^(?<stem>[^/]+)-\d{5}-of-(?<of>\d{5})(?<ending>\.[a-z]+)$")]
    private static partial Regex ShardName();
}
