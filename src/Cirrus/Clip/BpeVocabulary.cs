using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Byte pairs: the symbols with their ids, and which pairs of them merge into which, by rank.</summary>
internal sealed class BpeVocabulary
{
    public const string WordEnd = "</w>";
    private static readonly char[] ByteSymbols = MakeByteSymbols();
    private static readonly Dictionary<char, byte> SymbolBytes = MakeSymbolBytes();

    private readonly string[] _symbols;
    private readonly Dictionary<ulong, (int Rank, int Merged)> _merges = [];
    private readonly int[] _inside = new int[256], _last = new int[256];

    /// <summary>From symbols in the order of their ids and merges in the order of their ranks.</summary>
    /// <exception cref="CirrusException">A byte or special token is missing, or a merge names an unknown symbol.</exception>
    public BpeVocabulary(string[] symbols, IReadOnlyList<(string Left, string Right)> merges, string source)
    {
        _symbols = symbols;
        Merges = merges;
        Dictionary<string, int> ids = new(symbols.Length, StringComparer.Ordinal);
        for (int i = 0; i < symbols.Length; i++)
            if (!ids.TryAdd(symbols[i], i))
                throw Bad($"'{source}' holds the symbol '{symbols[i]}' twice.");
        int Id(string symbol) => ids.TryGetValue(symbol, out int id) ? id
            : throw Bad($"The vocabulary in '{source}' has no symbol '{symbol}'.");
        for (int b = 0; b < 256; b++)
        {
            _inside[b] = Id(ByteSymbols[b].ToString());
            _last[b] = Id(ByteSymbols[b] + WordEnd);
        }
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            _merges.TryAdd(Pair(Id(left), Id(right)), (rank, Id(left + right)));
        }
        Start = Id(PreTokens.StartText);
        End = Id(PreTokens.EndText);
        Placeholder = Id("$" + WordEnd);
        Exclamation = Id("!");
    }

    public int Start { get; }

    public int End { get; }

    public int Placeholder { get; }

    public int Exclamation { get; }

    public int Count => _symbols.Length;

    public IReadOnlyList<string> Symbols => _symbols;

    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>CLIP's order: 256 byte symbols, the same at the end of a word, the merged symbols, start and end.</summary>
    public static BpeVocabulary FromMerges(IReadOnlyList<(string Left, string Right)> merges, string source)
    {
        List<string> symbols = new(merges.Count + 514);
        symbols.AddRange(SymbolOrder.Select(b => ByteSymbols[b].ToString()));
        symbols.AddRange(SymbolOrder.Select(b => ByteSymbols[b] + WordEnd));
        symbols.AddRange(merges.Select(m => m.Left + m.Right));
        symbols.Add(PreTokens.StartText);
        symbols.Add(PreTokens.EndText);
        return new BpeVocabulary([.. symbols], merges, source);
    }

    /// <summary>Bytes in the order of their symbols: the printable ones of Latin-1 first, then the others.</summary>
    public static byte[] SymbolOrder { get; } = [.. Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(b => ByteSymbols[b])];

    /// <summary>Ids of one pre-token: its bytes, the last one marked, merged until no two neighbours are in the list.</summary>
    public int[] Encode(ReadOnlySpan<char> preToken)
    {
        if (preToken.Equals(PreTokens.StartText, StringComparison.OrdinalIgnoreCase))
            return [Start];
        if (preToken.Equals(PreTokens.EndText, StringComparison.OrdinalIgnoreCase))
            return [End];
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(preToken)];
        Encoding.UTF8.GetBytes(preToken, bytes);
        int[] ids = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            ids[i] = (i == bytes.Length - 1 ? _last : _inside)[bytes[i]];
        return Merge(ids);
    }

    /// <summary>A symbol's bytes without the mark of a word's end; the mark itself when asked for is a space.</summary>
    public void AppendText(List<byte> bytes, int id)
    {
        string symbol = _symbols[id];
        bool ends = symbol.EndsWith(WordEnd, StringComparison.Ordinal);
        foreach (char c in ends ? symbol.AsSpan(0, symbol.Length - WordEnd.Length) : symbol)
            if (SymbolBytes.TryGetValue(c, out byte b))
                bytes.Add(b);
            else
                bytes.AddRange(Encoding.UTF8.GetBytes([c]));
        if (ends)
            bytes.Add((byte)' ');
    }

    /// <summary>Merges by rank, then from left to right, in n log n for n symbols: a hostile word cannot stall it.</summary>
    private int[] Merge(int[] ids)
    {
        int[] next = new int[ids.Length], previous = new int[ids.Length];
        PriorityQueue<(int Left, int Right, int At, int Behind), (int, int)> queue = new();
        void Offer(int at, int behind)
        {
            if (_merges.TryGetValue(Pair(ids[at], ids[behind]), out (int Rank, int Merged) merge))
                queue.Enqueue((ids[at], ids[behind], at, behind), (merge.Rank, at));
        }
        for (int i = 0; i < ids.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            if (i > 0)
                Offer(i - 1, i);
        }
        int left = ids.Length;
        while (queue.TryDequeue(out (int Left, int Right, int At, int Behind) pair, out _))
        {
            if (ids[pair.At] != pair.Left || ids[pair.Behind] != pair.Right || next[pair.At] != pair.Behind)
                continue;                                    // one of the two has been merged since
            ids[pair.At] = _merges[Pair(pair.Left, pair.Right)].Merged;
            ids[pair.Behind] = -1;
            left--;
            next[pair.At] = next[pair.Behind];
            if (next[pair.At] < ids.Length)
            {
                previous[next[pair.At]] = pair.At;
                Offer(pair.At, next[pair.At]);
            }
            if (previous[pair.At] >= 0)
                Offer(previous[pair.At], pair.At);
        }
        int[] result = new int[left];
        for (int i = 0, k = 0; i < ids.Length; i++)
            if (ids[i] >= 0)
                result[k++] = ids[i];
        return result;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static CirrusException Bad(string message) => new(message,
        hint: "use the bpe_simple_vocab_16e6.txt.gz, vocab.json and merges.txt, or tokenizer.json that came with the model");

    /// <summary>GPT-2's map of bytes to printable characters: themselves where they print, else U+0100 and up.</summary>
    private static char[] MakeByteSymbols()
    {
        char[] symbols = new char[256];
        int other = 0x100;
        for (int b = 0; b < 256; b++)
            symbols[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)other++;
        return symbols;
    }

    private static Dictionary<char, byte> MakeSymbolBytes()
    {
        Dictionary<char, byte> bytes = [];
        for (int b = 0; b < 256; b++)
            bytes.Add(ByteSymbols[b], (byte)b);
        return bytes;
    }
}
