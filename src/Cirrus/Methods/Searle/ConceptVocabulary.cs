using System.Security.Cryptography;
using System.Text;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Searle;

/// <summary>Names of what may be on a picture, stripped, each once.</summary>
/// <param name="Source">where they come from, for people.</param>
/// <param name="File">their file; null for words of our own.</param>
public sealed record ConceptVocabulary(IReadOnlyList<string> Names, string Source, string? File = null)
{
    private const string Column = "DisplayName";

    /// <summary>Another one for other names or another order.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Names))))[..16];

    /// <summary>The names of a file, or everyday words where none is given.</summary>
    public static ConceptVocabulary Open(string? path, BpeTokenizer tokenizer) =>
        string.IsNullOrEmpty(path) ? Of(EverydayWords.Concepts(tokenizer), "everyday words of our own") : Read(path);

    /// <summary>Reads a .csv with a column DisplayName (OpenImages' class descriptions), or a name a line; either may be gzipped.</summary>
    /// <exception cref="CirrusException">It is missing, has no such column, or no name.</exception>
    public static ConceptVocabulary Read(string path)
    {
        if (!System.IO.File.Exists(path))
            throw new CirrusException($"There is no vocabulary of concepts at '{path}'.",
                hint: "name OpenImages' class descriptions (.csv), or a text file with a name a line");
        using TextLines lines = TextLines.Open(path);
        string plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        int? column = plain.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? FindColumn(lines, path) : null;
        List<string> names = [];
        while (lines.Next())
            if (lines.Line is string line && (column is int c ? Field(line, c) : line) is string name)
                names.Add(name);
        ConceptVocabulary read = Of(names, System.IO.Path.GetFileName(path)) with { File = path };
        return read.Names.Count > 0 ? read : throw new CirrusException($"'{path}' names no concept.",
            hint: "it needs a name a line, or a .csv with the column DisplayName");
    }

    private static ConceptVocabulary Of(IEnumerable<string> names, string source) =>
        new([.. names.Select(n => n.Trim()).Where(n => n.Length > 0).Distinct(StringComparer.Ordinal)], source);

    private static int FindColumn(TextLines lines, string path)
    {
        string[] header = lines.Next() && lines.Line is string line ? DelimitedText.Csv(line) ?? [] : [];
        int at = Array.FindIndex(header, h => h.Trim().Equals(Column, StringComparison.OrdinalIgnoreCase));
        return at >= 0 ? at : throw new CirrusException($"'{path}' has no column {Column}; its header is: {string.Join(", ", header.Take(10))}",
            hint: "OpenImages' class descriptions have one; else give a text file with a name a line");
    }

    private static string? Field(string record, int column) =>
        DelimitedText.Csv(record) is string[] fields && column < fields.Length ? fields[column] : null;
}
