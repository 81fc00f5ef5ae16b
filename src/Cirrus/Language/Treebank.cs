using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Language;

/// <summary>One sentence of a treebank, its words lower-cased.</summary>
public sealed record TaggedSentence(string[] Words, Pos[] Tags);

/// <summary>Reads treebanks in CoNLL-U (universaldependencies.org/format), plain or gzipped.</summary>
public static class Treebank
{
    private const string DocumentMark = "# newdoc id = ";
    private const int LongestLine = 1 << 20;

    /// <param name="without">Documents whose name holds one of these are left out (of GUM: texts not free for every use).</param>
    /// <exception cref="CirrusException">The file is missing, or a line is not of the format.</exception>
    public static List<TaggedSentence> Read(string path, params IReadOnlyCollection<string> without)
    {
        if (!File.Exists(path))
            throw new CirrusException($"There is no treebank '{path}'.", "give files in CoNLL-U format, .conllu or .conllu.gz");
        List<TaggedSentence> sentences = [];
        List<string> words = [];
        List<Pos> tags = [];
        int number = 0;
        bool skip = false;
        try
        {
            using Stream file = File.OpenRead(path);
            using Stream content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using StreamReader reader = new(content, Encoding.UTF8);
            StringBuilder part = new();
            while (ReadLine(reader, part, path, number + 1) is { } line)
            {
                number++;
                if (line.Length == 0)
                    EndSentence();
                else if (line.StartsWith(DocumentMark, StringComparison.Ordinal))
                    skip = without.Any(part => line[DocumentMark.Length..].Contains(part, StringComparison.Ordinal));
                else if (line[0] != '#' && !skip)
                    AddWord(line);
            }
        }
        catch (InvalidDataException)
        {
            throw new CirrusException($"'{path}' is not a gzip file or is damaged.", "fetch the treebank anew");
        }
        EndSentence();
        return sentences;

        void AddWord(string line)
        {
            string[] fields = line.Split('\t');
            if (fields.Length < 4 || (fields[0].All(char.IsAsciiDigit) && !TryParse(fields[3], out _)))
                throw new CirrusException($"Line {number} of '{path}' is not CoNLL-U.",
                    "ten columns with tabs between them; the fourth is the part of speech");
            if (!fields[0].All(char.IsAsciiDigit))
                return;                                      // the surface form of several words, or an empty node
            _ = TryParse(fields[3], out Pos tag);
            words.Add(fields[1].ToLowerInvariant());
            tags.Add(tag);
        }

        void EndSentence()
        {
            if (words.Count > 0)
                sentences.Add(new([.. words], [.. tags]));
            words.Clear();
            tags.Clear();
        }
    }

    private static string? ReadLine(StreamReader reader, StringBuilder part, string path, int number)
    {
        part.Clear();
        int c = reader.Read();
        if (c < 0)
            return null;
        for (; c is >= 0 and not '\n'; c = reader.Read())
            if (part.Length < LongestLine)
                part.Append((char)c);
            else
                throw new CirrusException($"Line {number} of '{path}' is longer than {LongestLine:N0} characters.",
                    "it is not CoNLL-U, or damaged: fetch the treebank anew");
        return part.Length > 0 && part[^1] == '\r' ? part.ToString(0, part.Length - 1) : part.ToString();
    }

    private static bool TryParse(string name, out Pos tag) => Enum.TryParse(name, ignoreCase: true, out tag) && !char.IsAsciiDigit(name[0]);
}
