using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A line of an annotation file that is a list, with where it stands.</summary>
/// <param name="Number">from 1.</param>
internal sealed record AnnotationLine(string File, string Official, int Number, string Text)
{
    private const long MostBytes = 1L << 28;

    /// <summary>The lines of a file; empty ones at the end are left out.</summary>
    /// <param name="official">where the file comes from.</param>
    /// <exception cref="CirrusException">It is missing or too large.</exception>
    public static AnnotationLine[] Read(string path, string official)
    {
        try
        {
            if (new FileInfo(path).Length is var bytes and > MostBytes)
                throw new CirrusException($"'{path}' has {bytes >> 20} MB; such a list has at most {MostBytes >> 20}.",
                    hint: $"the official file comes from {official}");
            string[] lines = System.IO.File.ReadAllLines(path);
            int count = Array.FindLastIndex(lines, l => !string.IsNullOrWhiteSpace(l)) + 1;
            return [.. lines.Take(count).Select((l, i) => new AnnotationLine(path, official, i + 1, l))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}", hint: $"the file comes from {official}", e);
        }
    }

    /// <summary>A number as the file writes it.</summary>
    public double Parse(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
        : throw Wrong($"'{text}' is no number", "numbers there");

    /// <summary>The error for a line that is not as it should be.</summary>
    public CirrusException Wrong(string found, string wanted) => new(string.Create(CultureInfo.InvariantCulture,
        $"'{File}', line {Number}: {found}."), hint: $"the official file has {wanted}; it comes from {Official}");
}
