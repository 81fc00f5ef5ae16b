using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>What was read from one file of captions, and what could not be.</summary>
/// <param name="Captions">lines (records) that gave a caption.</param>
/// <param name="Bad">lines that did not, by reason: with how many, and the numbers of the first few.</param>
public sealed record CaptionFileReport(string Path, int Captions, IReadOnlyList<BadLines> Bad)
{
    /// <summary>"captions.tsv.gz: 28,686 captions; 2 lines left out: 1 empty (line 7), 1 not UTF-8 (line 9)"</summary>
    public override string ToString()
    {
        string read = $"{System.IO.Path.GetFileName(Path)}: {Captions:N0} captions";
        return Bad.Count == 0 ? read : $"{read}; {Bad.Sum(b => b.Count):N0} lines left out: {string.Join(", ", Bad)}";
    }
}

/// <summary>Reads captions from .txt, .tsv, .csv and .jsonl files, each also with .gz.</summary>
/// <remarks>
/// A text file has one caption a line. A .tsv has a header line and no quoting; a .csv has a header line and RFC 4180
/// quotes; a .jsonl has an object (or a string) a line. Nothing is filtered but what cannot be read, and that is reported.
/// </remarks>
public static class CaptionFiles
{
    private static readonly string[] Known = ["caption", "text", "prompt"];

    /// <summary>Reads the files in order into one corpus.</summary>
    /// <param name="column">the column's name, any case; null: the first of caption, text, prompt that the header has.</param>
    /// <exception cref="CirrusException">A file is missing, of an unknown kind, or has no such column.</exception>
    public static (CaptionCorpus Captions, IReadOnlyList<CaptionFileReport> Reports) Read(IReadOnlyList<string> paths, string? column = null)
    {
        CaptionCorpus corpus = new();
        List<CaptionFileReport> reports = [];
        foreach (string path in paths)
            reports.Add(ReadFile(path, column, corpus));
        return (corpus, reports);
    }

    private static CaptionFileReport ReadFile(string path, string? column, CaptionCorpus corpus)
    {
        if (!File.Exists(path))
            throw new CirrusException($"There is no file of captions at '{path}'.", hint: "give .txt, .tsv, .csv or .jsonl files, or these with .gz");
        int before = corpus.Count;
        LineTally tally = new();
        using (TextLines lines = TextLines.Open(path))
        {
            string kind = Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path);
            Action<TextLines, CaptionCorpus, LineTally> read = kind.ToUpperInvariant() switch
            {
                ".TXT" => ReadText,
                ".TSV" => (l, c, t) => ReadTable(l, c, t, path, column, csv: false),
                ".CSV" => (l, c, t) => ReadTable(l, c, t, path, column, csv: true),
                ".JSONL" or ".NDJSON" => (l, c, t) => ReadJson(l, c, t, column),
                _ => throw new CirrusException($"'{path}' is not a file of captions: its name ends in '{kind}'.",
                    hint: "captions come as .txt, .tsv, .csv or .jsonl, or these with .gz"),
            };
            read(lines, corpus, tally);
        }
        return new(path, corpus.Count - before, tally.Result());
    }

    private static void ReadText(TextLines lines, CaptionCorpus corpus, LineTally tally)
    {
        while (lines.Next())
            Add(corpus, tally, lines, lines.Line);
    }

    private static void ReadTable(TextLines lines, CaptionCorpus corpus, LineTally tally, string path, string? column, bool csv)
    {
        if (!lines.Next() || lines.Line is not string head)
            throw new CirrusException($"'{path}' has no header line.", hint: "the first line of a .tsv or .csv file names its columns");
        string[] names = csv ? DelimitedText.Csv(head) ?? [] : head.Split('\t');
        int at = Column(names, column, path);
        while (lines.Next())
        {
            int number = lines.Number;
            string? line = lines.Line;
            while (csv && line is not null && DelimitedText.IsOpen(line) && line.Length < DelimitedText.Longest && lines.Next())
                line = lines.Line is string more ? $"{line}\n{more}" : null;
            string[]? fields = line is null ? null : csv ? DelimitedText.Csv(line) : line.Split('\t');
            if (line is null)
                tally.Bad(lines.Reason, number, lines.Number);
            else if (line.Length == 0)
                tally.Bad("empty", number);
            else if (fields is null)
                tally.Bad("in an open quote", number, lines.Number);
            else if (fields.Length != names.Length)
                tally.Bad($"without {names.Length} fields", number);
            else if (string.IsNullOrWhiteSpace(fields[at]))
                tally.Bad("empty", number);
            else
                corpus.Add(fields[at]);
        }
    }

    private static int Column(string[] names, string? column, string path)
    {
        foreach (string wanted in column is null ? Known : [column])
            if (Array.FindIndex(names, n => n.Trim().Equals(wanted, StringComparison.OrdinalIgnoreCase)) is int at and >= 0)
                return at;
        string found = string.Join(", ", names.Take(20).Select(n => n.Length > 40 ? n[..40] + "..." : n));
        throw new CirrusException($"'{path}' has no column {(column is null ? string.Join(" or ", Known) : $"'{column}'")}; its header is: {found}",
            hint: "name the column of captions: --column NAME");
    }

    private static void ReadJson(TextLines lines, CaptionCorpus corpus, LineTally tally, string? column)
    {
        while (lines.Next())
        {
            if (string.IsNullOrWhiteSpace(lines.Line))
                Add(corpus, tally, lines, lines.Line);
            else if (!TryJson(lines.Line, column, out string? caption))
                tally.Bad("not JSON", lines.Number);
            else if (caption is null)
                tally.Bad($"without {(column is null ? string.Join("/", Known) : $"'{column}'")}", lines.Number);
            else
                Add(corpus, tally, lines, caption);
        }
    }

    private static bool TryJson(string line, string? column, out string? caption)
    {
        caption = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.String)
                caption = root.GetString();
            else if (root.ValueKind == JsonValueKind.Object)
                foreach (string name in column is null ? Known : [column])
                    if (caption is null && root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String)
                        caption = value.GetString();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)    // a lone surrogate written as \uD800
        {
            return false;
        }
    }

    private static void Add(CaptionCorpus corpus, LineTally tally, TextLines lines, string? caption)
    {
        if (caption is null)
            tally.Bad(lines.Reason, lines.Number);
        else if (string.IsNullOrWhiteSpace(caption))
            tally.Bad("empty", lines.Number);
        else
            corpus.Add(caption);
    }
}
