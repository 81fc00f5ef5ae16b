using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Vocabularies on disk: OpenAI's merge list, Hugging Face's vocab.json with merges.txt, and tokenizer.json.</summary>
internal static class BpeFiles
{
    private const int MostBytes = 64 << 20, MostSymbols = 1 << 20;

    /// <summary>How many merges of OpenAI's list CLIP uses; the list goes on behind them.</summary>
    private const int ClipMerges = 48894;

    private static readonly string[] Names =
        ["vocab.json", "tokenizer.json", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"];

    /// <exception cref="CirrusException">No vocabulary is there, or it is not one.</exception>
    public static BpeVocabulary Load(string path)
    {
        if (Directory.Exists(path))
        {
            string? found = Names.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists);
            return found is not null ? Load(found) : throw new CirrusException($"There is no tokenizer in '{path}'.",
                hint: "put vocab.json and merges.txt, tokenizer.json or bpe_simple_vocab_16e6.txt.gz there");
        }
        try
        {
            return OfFile(path);
        }
        catch (InvalidOperationException e)
        {
            throw NotAVocabulary(path, $"a text in it is broken: {e.Message}");
        }
    }

    /// <exception cref="InvalidOperationException">A text in its JSON is no Unicode, or it is not an object.</exception>
    private static BpeVocabulary OfFile(string path)
    {
        string file = Path.GetFileName(path);
        if (file.EndsWith("tokenizer.json", StringComparison.OrdinalIgnoreCase))
            return FromTokenizerJson(path);
        if (!file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return BpeVocabulary.FromMerges(MergeLines(path, ClipMerges), path);
        using JsonDocument json = Parse(path);
        string merges = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "merges.txt");
        return new BpeVocabulary(SymbolsById(json.RootElement, default, path), MergeLines(merges, MostSymbols), path);
    }

    /// <summary>Writes vocab.json and merges.txt as Hugging Face's tokenizers read them.</summary>
    public static void Save(BpeVocabulary vocabulary, string folder)
    {
        Directory.CreateDirectory(folder);
        using (FileStream stream = File.Create(Path.Combine(folder, "vocab.json")))
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            for (int id = 0; id < vocabulary.Count; id++)
                json.WriteNumber(vocabulary.Symbols[id], id);
            json.WriteEndObject();
        }
        File.WriteAllLines(Path.Combine(folder, "merges.txt"),
            vocabulary.Merges.Select(m => $"{m.Left} {m.Right}").Prepend("#version: 0.2"), new UTF8Encoding(false));
    }

    /// <summary>"left right" in each line; a first line that names a version is none of them.</summary>
    public static List<(string Left, string Right)> ParseMerges(IEnumerable<string> lines, int most, string source)
    {
        List<(string, string)> merges = [];
        bool first = true;
        foreach (string line in lines)
        {
            bool header = first && line.Contains("#version", StringComparison.Ordinal);
            first = false;
            if (header || line.Length == 0)
                continue;
            if (merges.Count == most)
                break;
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
                throw NotAVocabulary(source, $"merge {merges.Count + 1} is not two symbols with a space between them");
            merges.Add((line[..space], line[(space + 1)..]));
        }
        return merges;
    }

    private static List<(string Left, string Right)> MergeLines(string path, int most)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ReadAll(path));
        }
        catch (DecoderFallbackException)
        {
            throw NotAVocabulary(path, "it is not UTF-8");
        }
        return ParseMerges(text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r')), most, path);
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            using Stream file = File.OpenRead(path);
            bool packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
            using Stream stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
            using MemoryStream content = new();
            byte[] part = new byte[1 << 16];
            for (int n = stream.Read(part); n > 0; n = stream.Read(part))
            {
                content.Write(part, 0, n);
                if (content.Length > MostBytes)
                    throw NotAVocabulary(path, $"it is larger than {MostBytes >> 20} MiB");
            }
            return content.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CirrusException($"There is no file '{path}'.", "give the vocabulary that came with the model");
        }
        catch (InvalidDataException e)
        {
            throw NotAVocabulary(path, e.Message);
        }
    }

    private static BpeVocabulary FromTokenizerJson(string path)
    {
        using JsonDocument json = Parse(path);
        if (!json.RootElement.TryGetProperty("model"u8, out JsonElement model) || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab"u8, out JsonElement vocab)
            || !model.TryGetProperty("merges"u8, out JsonElement merges) || merges.ValueKind != JsonValueKind.Array)
            throw NotAVocabulary(path, "there is no byte-pair model in it");
        json.RootElement.TryGetProperty("added_tokens"u8, out JsonElement added);
        return new BpeVocabulary(SymbolsById(vocab, added, path),
            ParseMerges(merges.EnumerateArray().Select(m => MergeOf(m, path)), MostSymbols, path), path);
    }

    private static string MergeOf(JsonElement merge, string path) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!,
        JsonValueKind.Array when merge.GetArrayLength() == 2 && merge[0].ValueKind == JsonValueKind.String
        && merge[1].ValueKind == JsonValueKind.String
            => $"{merge[0].GetString()} {merge[1].GetString()}",
        _ => throw NotAVocabulary(path, "a merge is neither a text nor a pair of texts"),
    };

    /// <summary>Symbols in the order of their ids, which have to be 0 .. n-1.</summary>
    private static string[] SymbolsById(JsonElement vocab, JsonElement added, string path)
    {
        if (vocab.ValueKind != JsonValueKind.Object)
            throw NotAVocabulary(path, "it is not a list of symbols with their ids");
        Dictionary<int, string> symbols = [];
        void Add(string symbol, JsonElement id)
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int number) || number is < 0 or >= MostSymbols)
                throw NotAVocabulary(path, $"the id of '{symbol}' is not a number from 0 to {MostSymbols - 1}");
            if (!symbols.TryAdd(number, symbol) && symbols[number] != symbol)
                throw NotAVocabulary(path, $"'{symbol}' and '{symbols[number]}' have the same id {number}");
        }
        foreach (JsonProperty entry in vocab.EnumerateObject())
            Add(entry.Name, entry.Value);
        if (added.ValueKind == JsonValueKind.Array)
            foreach (JsonElement token in added.EnumerateArray())
                if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content"u8, out JsonElement content)
                    && content.ValueKind == JsonValueKind.String && token.TryGetProperty("id"u8, out JsonElement id))
                    Add(content.GetString()!, id);
        string[] result = new string[symbols.Count];
        for (int i = 0; i < result.Length; i++)
            result[i] = symbols.TryGetValue(i, out string? symbol) ? symbol
                : throw NotAVocabulary(path, $"no symbol has the id {i}");
        return result;
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(ReadAll(path));
        }
        catch (JsonException e)
        {
            throw NotAVocabulary(path, e.Message);
        }
    }

    private static CirrusException NotAVocabulary(string path, string why) =>
        new($"'{path}' is not a byte-pair vocabulary: {why}.", "use the file that came with the model, as it came");
}
