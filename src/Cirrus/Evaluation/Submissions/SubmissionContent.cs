using Cirrus.Evaluation.Rankings;

namespace Cirrus.Evaluation.Submissions;

/// <summary>A submission as it stands in its file.</summary>
/// <param name="Bytes">the file's size.</param>
/// <param name="Texts">names at the top whose values are no lists: "version", "metric", and what does not belong there.</param>
/// <param name="Lists">queries in the file's order.</param>
internal sealed record SubmissionContent(long Bytes, IReadOnlyList<KeyValuePair<string, string>> Texts,
    IReadOnlyList<KeyValuePair<string, ListedId[]>> Lists)
{
    /// <exception cref="Tensors.CirrusException">It is no JSON object.</exception>
    public static SubmissionContent Read(string path, ReadOnlyMemory<byte> json)
    {
        List<KeyValuePair<string, string>> texts = [];
        List<KeyValuePair<string, ListedId[]>> lists = [];
        ListReader.Read(path, json.Span, listed =>
        {
            string name = listed.Family is null ? listed.Name : $"{listed.Family}/{listed.Name}";
            if (listed.Other is string other)
                texts.Add(new(name, other));
            else
                lists.Add(new(name, [.. listed.Ids]));
        });
        return new(json.Length, texts, lists);
    }

    public string? Text(string name) => Texts.FirstOrDefault(t => t.Key == name).Value;

    /// <summary>Names that stand there more than once.</summary>
    public IEnumerable<string> Repeated() => Texts.Select(t => t.Key).Concat(Lists.Select(l => l.Key))
        .GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key);
}
