using System.Runtime.InteropServices;

namespace Cirrus.Clip;

/// <summary>Learns a byte-pair vocabulary from texts (Sennrich et al., ACL 2016), in the layout of CLIP's own.</summary>
/// <remarks>
/// Every byte is a symbol, inside a word and at its end, so <c>$</c> and all single characters are tokens whatever the
/// texts hold. The most frequent pair is merged first; ties go to the symbols learned first, so the same texts give
/// the same vocabulary.
/// </remarks>
public static class BpeTrainer
{
    /// <param name="texts">Captions; cleaned and split as <see cref="BpeTokenizer"/> does.</param>
    /// <param name="most">The largest vocabulary wanted, 514 or more: 512 byte symbols, start and end included.</param>
    /// <param name="frequent">
    /// Pairs seen less often are not merged. Where <paramref name="most"/> leaves room, every word seen as often becomes
    /// one token.
    /// </param>
    /// <exception cref="ArgumentException">A size below 514, or a count below 1.</exception>
    public static BpeTokenizer Learn(IEnumerable<string> texts, int most, int frequent = 2, int context = 77)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 514);
        ArgumentOutOfRangeException.ThrowIfLessThan(frequent, 1);
        return new BpeTokenizer(new Learner(texts).Run(most, frequent), context);
    }

    private sealed class Learner
    {
        private readonly List<string> _symbols;
        private readonly Dictionary<string, int> _ids;
        private readonly List<(int[] Symbols, long Count)> _words = [];
        private readonly Dictionary<(int Left, int Right), long> _counts = [];
        private readonly Dictionary<(int Left, int Right), HashSet<int>> _where = [];
        private readonly PriorityQueue<(int Left, int Right, long Count), (long, int, int)> _queue = new();

        public Learner(IEnumerable<string> texts)
        {
            BpeVocabulary bytes = BpeVocabulary.FromMerges([], "bytes");
            _symbols = [.. bytes.Symbols.Take(512)];
            _ids = _symbols.Index().ToDictionary(s => s.Item, s => s.Index, StringComparer.Ordinal);
            foreach ((string word, long count) in CountWords(texts).OrderBy(w => w.Key, StringComparer.Ordinal))
                if (bytes.Encode(word) is { Length: > 1 } symbols)
                    _words.Add((symbols, count));
            for (int w = 0; w < _words.Count; w++)
                Add(w, +1);
            foreach ((int left, int right) in _counts.Keys)
                Offer((left, right));
        }

        public BpeVocabulary Run(int most, int frequent)
        {
            List<(string, string)> merges = [];
            while (_symbols.Count + 2 < most && _queue.TryDequeue(out (int Left, int Right, long Count) best, out _))
            {
                (int, int) pair = (best.Left, best.Right);
                if (_counts[pair] != best.Count)
                    continue;                                // offered again with its present count
                if (best.Count < frequent)
                    break;
                merges.Add((_symbols[best.Left], _symbols[best.Right]));
                Merge(pair, IdOf(_symbols[best.Left] + _symbols[best.Right]));
            }
            return new BpeVocabulary([.. _symbols, PreTokens.StartText, PreTokens.EndText], merges, "the vocabulary learned");
        }

        private int IdOf(string symbol)
        {
            if (_ids.TryAdd(symbol, _symbols.Count))
                _symbols.Add(symbol);
            return _ids[symbol];
        }

        private void Merge((int Left, int Right) pair, int merged)
        {
            HashSet<(int, int)> changed = [];
            foreach (int w in _where[pair].Order().ToArray())
            {
                (int[] symbols, long count) = _words[w];
                changed.UnionWith(Add(w, -1));
                List<int> shorter = [];
                for (int i = 0; i < symbols.Length; i++)
                {
                    bool here = symbols[i] == pair.Left && i + 1 < symbols.Length && symbols[i + 1] == pair.Right;
                    shorter.Add(here ? merged : symbols[i]);
                    i += here ? 1 : 0;
                }
                _words[w] = ([.. shorter], count);
                changed.UnionWith(Add(w, +1));
            }
            foreach ((int, int) other in changed)
                Offer(other);
        }

        /// <summary>Counts the pairs of one word in (+1) or out (-1); returns them.</summary>
        private List<(int, int)> Add(int word, int sign)
        {
            (int[] symbols, long count) = _words[word];
            List<(int, int)> pairs = [];
            for (int i = 0; i + 1 < symbols.Length; i++)
            {
                (int, int) pair = (symbols[i], symbols[i + 1]);
                pairs.Add(pair);
                _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * count);
                if (!_where.TryGetValue(pair, out HashSet<int>? words))
                    _where.Add(pair, words = []);
                if (sign > 0)
                    words.Add(word);
                else
                    words.Remove(word);
            }
            return pairs;
        }

        private void Offer((int Left, int Right) pair)
        {
            if (_counts[pair] is > 0 and long count)
                _queue.Enqueue((pair.Left, pair.Right, count), (-count, pair.Left, pair.Right));
        }

        private static Dictionary<string, long> CountWords(IEnumerable<string> texts)
        {
            Dictionary<string, long> words = new(StringComparer.Ordinal);
            var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (string text in texts)
            {
                PreTokens tokens = new(TextCleaning.Clean(text, TokenizerKind.OpenAi));
                while (tokens.MoveNext())
                    if (tokens.Current is not (PreTokens.StartText or PreTokens.EndText))
                        CollectionsMarshal.GetValueRefOrAddDefault(lookup, tokens.Current, out _)++;
            }
            return words;
        }
    }
}
