using System.Collections.Concurrent;
using System.Text;

namespace Cirrus.Clip;

/// <summary>Which published tokenizer's cleaning, padding and special tokens are followed (methods: 1.5).</summary>
public enum TokenizerKind
{
    /// <summary>openai/CLIP and open_clip: ftfy, html.unescape twice, whitespace folded, lower-case.</summary>
    OpenAi,

    /// <summary>Hugging Face's slow CLIPTokenizer with ftfy: no html.unescape.</summary>
    HuggingFace,

    /// <summary>
    /// SDXL's tokenizer_2 with the added token <c>[$]</c> (49408 or vocabulary size): "!" is cut out as id 0. LinCIR
    /// trains with it.
    /// </summary>
    Sdxl,
}

/// <summary>CLIP's byte-pair tokenizer (methods: 1.5). Thread-safe.</summary>
public sealed class BpeTokenizer
{
    /// <summary>The token LinCIR adds to SDXL's tokenizer.</summary>
    public const string Mask = "[$]";

    private const int MostCached = 1 << 16, LongestCached = 64;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private int _cached;

    internal BpeTokenizer(BpeVocabulary vocabulary, int context = 77)
    {
        if (context < 2)
            throw new ArgumentException($"A context of {context} has no room for start and end token.", nameof(context));
        Vocabulary = vocabulary;
        Context = context;
        _lookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Ids of the two special tokens; 49406 and 49407 in CLIP's own vocabulary.</summary>
    public int Start => Vocabulary.Start;

    public int End => Vocabulary.End;

    /// <summary>The id of <c>$</c> as a word of its own: 259 in CLIP's own vocabulary.</summary>
    public int Placeholder => Vocabulary.Placeholder;

    public int Count => Vocabulary.Count;

    public int Context { get; }

    internal BpeVocabulary Vocabulary { get; }

    /// <summary>From bpe_simple_vocab_16e6.txt(.gz), a folder with vocab.json + merges.txt, or tokenizer.json.</summary>
    /// <exception cref="Tensors.CirrusException">No vocabulary is there, or it is damaged.</exception>
    public static BpeTokenizer Load(string path, int context = 77) => new(BpeFiles.Load(path), context);

    /// <summary>From merges in rank order ("a b&lt;/w&gt;"): 512 byte symbols, the merges, start and end.</summary>
    /// <exception cref="Tensors.CirrusException">A merge is not two symbols, or names one that is not there.</exception>
    public static BpeTokenizer FromMerges(IEnumerable<string> merges, int context = 77)
    {
        const string Source = "the merges given";
        return new(BpeVocabulary.FromMerges(BpeFiles.ParseMerges(merges, int.MaxValue, Source), Source), context);
    }

    /// <summary>Writes vocab.json and merges.txt, which <see cref="Load"/> and Hugging Face's CLIPTokenizer read.</summary>
    public void Save(string folder) => BpeFiles.Save(Vocabulary, folder);

    /// <summary>Ids with start and end token, at most <see cref="Context"/>: of too long a text the end is cut.</summary>
    /// <param name="truncated">true when the text was cut.</param>
    public int[] Encode(string text, out bool truncated, TokenizerKind kind = TokenizerKind.OpenAi)
    {
        List<int> ids = [Start];
        Append(ids, text, kind);
        ids.Add(End);
        truncated = ids.Count > Context;
        if (truncated)
        {
            ids.RemoveRange(Context, ids.Count - Context);
            ids[^1] = End;
        }
        return [.. ids];
    }

    /// <summary>The same for those who need not know whether it was cut.</summary>
    public int[] Encode(string text, TokenizerKind kind = TokenizerKind.OpenAi) => Encode(text, out _, kind);

    /// <summary>Ids without start and end token, not cut.</summary>
    public int[] EncodePlain(string text, TokenizerKind kind = TokenizerKind.OpenAi)
    {
        List<int> ids = [];
        Append(ids, text, kind);
        return [.. ids];
    }

    /// <summary>What Hugging Face's decode gives for ids without specials (methods: 2.4 step A.4, clean-up included).</summary>
    /// <exception cref="ArgumentException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)Count)
                throw new ArgumentException($"The id {id} is not in the vocabulary of {Count}.", nameof(ids));
            Vocabulary.AppendText(bytes, id);
        }
        StringBuilder text = new(Encoding.UTF8.GetString([.. bytes]).Trim());
        foreach ((string found, string tidy) in Tidying)
            text.Replace(found, tidy);
        return text.ToString();
    }

    private static readonly (string, string)[] Tidying =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    private void Append(List<int> ids, string text, TokenizerKind kind)
    {
        if (kind == TokenizerKind.OpenAi)
        {
            AppendPiece(ids, text, kind);
            return;
        }
        int done = 0;                                // special tokens are cut out of the text as it came, before cleaning
        for (int i = 0; i < text.Length; i++)
        {
            if (SpecialAt(text, i, kind, out int length) is not int special)
                continue;
            AppendPiece(ids, text[done..i], kind);
            ids.Add(special);
            i += length - 1;
            done = i + 1;
        }
        AppendPiece(ids, done == 0 ? text : text[done..], kind);
    }

    private int? SpecialAt(string text, int at, TokenizerKind kind, out int length)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        (length, int? id) = rest[0] switch
        {
            '<' when rest.StartsWith(PreTokens.StartText) => (PreTokens.StartText.Length, Start),
            '<' when rest.StartsWith(PreTokens.EndText) => (PreTokens.EndText.Length, End),
            '!' when kind == TokenizerKind.Sdxl => (1, Vocabulary.Exclamation),
            '[' when kind == TokenizerKind.Sdxl && rest.StartsWith(Mask) => (Mask.Length, Count),
            _ => (0, (int?)null),
        };
        return id;
    }

    private void AppendPiece(List<int> ids, string text, TokenizerKind kind)
    {
        if (text.Length > 0)
            AppendCleaned(ids, TextCleaning.Clean(text, kind));
    }

    internal void AppendCleaned(List<int> ids, string cleaned)
    {
        PreTokens tokens = new(cleaned);
        while (tokens.MoveNext())
            ids.AddRange(IdsOf(tokens.Current));
    }

    private int[] IdsOf(ReadOnlySpan<char> preToken)
    {
        if (_lookup.TryGetValue(preToken, out int[]? ids))
            return ids;
        ids = Vocabulary.Encode(preToken);
        if (preToken.Length <= LongestCached && Volatile.Read(ref _cached) < MostCached && _lookup.TryAdd(preToken, ids))
            Interlocked.Increment(ref _cached);
        return ids;
    }
}
