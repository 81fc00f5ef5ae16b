using Cirrus.Language;

namespace Cirrus.Methods.CompoDiff;

/// <summary>The nouns of a corpus of captions: what <see cref="KeywordTriplets"/> puts for one another.</summary>
public static class KeywordTerms
{
    private const int CaptionsAtOnce = 4096;

    /// <summary>Runs of one to three nouns, lower-cased, that occur often enough; the most frequent first.</summary>
    /// <param name="least">how often.</param>
    /// <remarks>A word that is mostly something else is none by itself: "white" is a noun in "black and white" alone.</remarks>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> captions, int least, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(captions);
        Dictionary<string, int> counts = [], nouns = [], others = [];
        for (int start = 0; start < captions.Count; start += CaptionsAtOnce)
        {
            int first = start;
            Tagged[] some = new Tagged[Math.Min(CaptionsAtOnce, captions.Count - start)];
            Parallel.For(0, some.Length, new ParallelOptions { CancellationToken = stop }, i =>
                some[i] = Tagged.Of(captions[first + i].ToLowerInvariant()));
            foreach (Tagged caption in some)
            {
                foreach (string term in caption.Terms())
                    Count(counts, term);
                for (int i = 0; i < caption.Words.Length; i++)
                    Count(caption.Tags[i] == Pos.Noun ? nouns : others, caption.Words[i]);
            }
        }
        return [.. counts.Where(c => c.Value >= least && others.GetValueOrDefault(c.Key) <= nouns.GetValueOrDefault(c.Key))
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key)];

        static void Count(Dictionary<string, int> counts, string word) => counts[word] = counts.GetValueOrDefault(word) + 1;
    }

    /// <summary>A lower-cased caption, where its words begin, and what they are.</summary>
    private sealed record Tagged(string Caption, int[] Starts, string[] Words, Pos[] Tags)
    {
        public static Tagged Of(string caption)
        {
            (int Start, int Length)[] spans = [.. WordSplitter.Split(caption).Where(w => !char.IsWhiteSpace(caption[w.Start]))];
            string[] words = [.. spans.Select(w => caption.Substring(w.Start, w.Length))];
            return new(caption, [.. spans.Select(w => w.Start)], words, PosTagger.Default.Tag(words));
        }

        /// <summary>Runs of nouns with a single space between them; a longer one is no term, nor is one that has other signs than letters.</summary>
        public IEnumerable<string> Terms()
        {
            for (int from = 0; from < Words.Length;)
            {
                int to = from;
                while (to < Words.Length && Tags[to] == Pos.Noun && (to == from || Starts[to] == Starts[to - 1] + Words[to - 1].Length + 1))
                    to++;
                if (to > from && to - from <= KeywordTriplets.MostWords
                    && Caption[Starts[from]..(Starts[to - 1] + Words[to - 1].Length)] is { Length: > 1 } term
                    && term.All(c => char.IsLetter(c) || c == ' '))
                    yield return term;
                from = Math.Max(to, from + 1);
            }
        }
    }
}
