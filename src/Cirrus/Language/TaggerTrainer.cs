using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Language;

/// <summary>How a tagger is trained.</summary>
/// <param name="Epochs">Passes over the sentences; the best one on the development set is kept.</param>
/// <param name="Seen">Keys seen less often in training are left out.</param>
/// <param name="Rows">The most keys kept in the end: those whose weights are largest.</param>
/// <param name="Cut">Share of the sentences that lose their last full stop: captions often have none.</param>
public sealed record TaggerOptions(int Epochs = 10, int Seen = 2, int Rows = 350_000, float Cut = 0.5f, ulong Seed = 1);

/// <summary>Shares of words tagged right: all 17 tags, and whether LinCIR masks the word (noun, name, adjective, determiner).</summary>
public sealed record TaggerScore(double AllTags, double Keywords);

/// <summary>Trains a <see cref="PosTagger"/>: the averaged perceptron (Collins, EMNLP 2002), whole weights of 8 bits in the end.</summary>
/// <remarks>One thread; the same sentences and options give the same file.</remarks>
public sealed class TaggerTrainer
{
    private const int Tags = TaggerModel.Tags, Last = 127;

    private readonly TaggerOptions _options;
    private readonly Dictionary<uint, int> _rows = [];
    private readonly List<Sample> _samples = [];
    private readonly float[] _weights, _sums;
    private readonly int[] _since;                           // step up to which a weight is in its sum
    private int _step;

    private sealed record Sample(TaggerFeatures.Word[] Words, int[] Tags, int[] Fixed);

    /// <exception cref="ArgumentException">There are no sentences.</exception>
    public TaggerTrainer(IReadOnlyList<TaggedSentence> sentences, TaggerOptions options)
    {
        if (sentences.Count == 0)
            throw new ArgumentException("There are no sentences to train on.", nameof(sentences));
        _options = options;
        List<(TaggerFeatures.Word[] Words, int[] Tags)> cut = [.. sentences.Select(Prepare)];
        CountKeys(cut);
        foreach ((TaggerFeatures.Word[] words, int[] tags) in cut)
            _samples.Add(new(words, tags, FixedRows(words)));
        _weights = new float[_rows.Count * Tags];
        _sums = new float[_weights.Length];
        _since = new int[_weights.Length];
    }

    /// <summary>Trains and returns the tagger of the epoch that is best on <paramref name="development"/>, keywords first.</summary>
    /// <param name="report">Called after each epoch with its number from 1 and its score on the development set.</param>
    public PosTagger Run(IReadOnlyList<TaggedSentence> development, Action<int, TaggerScore>? report, CancellationToken stop)
    {
        PosTagger? best = null;
        (double, double) bestScore = (-1, -1);
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            foreach (int i in Shuffled(epoch))
            {
                stop.ThrowIfCancellationRequested();
                Learn(_samples[i]);
            }
            PosTagger now = new(Average());
            TaggerScore score = development.Count == 0 ? new(epoch, epoch) : Score(now, development);
            report?.Invoke(epoch, score);
            if ((score.Keywords, score.AllTags).CompareTo(bestScore) > 0)
                (best, bestScore) = (now, (score.Keywords, score.AllTags));
        }
        return best!;
    }

    public static TaggerScore Score(PosTagger tagger, IReadOnlyList<TaggedSentence> sentences)
    {
        int words = 0, right = 0, keywords = 0;
        foreach (TaggedSentence sentence in sentences)
        {
            Pos[] tags = tagger.Tag(sentence.Words);
            for (int i = 0; i < tags.Length; i++)
            {
                words++;
                right += tags[i] == sentence.Tags[i] ? 1 : 0;
                keywords += Keywords.IsKey(tags[i]) == Keywords.IsKey(sentence.Tags[i]) ? 1 : 0;
            }
        }
        return new((double)right / words, (double)keywords / words);
    }

    /// <summary>Writes a tagger as <see cref="PosTagger.Load"/> reads it, under a temporary name first.</summary>
    public static void Save(PosTagger tagger, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = path + ".part";
        using (FileStream stream = File.Create(temporary))
        {
            tagger.Model.Write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private (TaggerFeatures.Word[], int[]) Prepare(TaggedSentence sentence, int index)
    {
        int length = sentence.Words.Length;
        bool cut = length > 2 && sentence.Words[^1] is "." && new Philox(_options.Seed, 1).Uniform((ulong)index) < _options.Cut;
        length -= cut ? 1 : 0;
        TaggerFeatures.Word[] words = new TaggerFeatures.Word[length];
        for (int i = 0; i < length; i++)
            words[i] = TaggerFeatures.Read(sentence.Words[i]);
        return (words, [.. sentence.Tags.Take(length).Select(t => (int)t)]);
    }

    private void CountKeys(List<(TaggerFeatures.Word[] Words, int[] Tags)> sentences)
    {
        Dictionary<uint, int> counts = [];
        uint[] keys = new uint[TaggerFeatures.Count];
        foreach ((TaggerFeatures.Word[] words, int[] tags) in sentences)
            for (int i = 0; i < words.Length; i++)
            {
                TaggerFeatures.Fill(keys, words, i);
                TaggerFeatures.FillTagged(keys.AsSpan(TaggerFeatures.Fixed), words, i, i > 0 ? tags[i - 1] : -1, i > 1 ? tags[i - 2] : -1);
                foreach (uint key in keys)
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;
            }
        foreach ((uint key, int count) in counts)
            if (count >= _options.Seen)
                _rows.Add(key, _rows.Count);
    }

    private int[] FixedRows(TaggerFeatures.Word[] words)
    {
        int[] rows = new int[words.Length * TaggerFeatures.Fixed];
        Span<uint> keys = stackalloc uint[TaggerFeatures.Fixed];
        for (int i = 0; i < words.Length; i++)
        {
            TaggerFeatures.Fill(keys, words, i);
            for (int k = 0; k < keys.Length; k++)
                rows[(i * keys.Length) + k] = _rows.TryGetValue(keys[k], out int row) ? row : -1;
        }
        return rows;
    }

    private int[] Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _samples.Count)];
        Philox random = new(_options.Seed, (ulong)(1 + epoch));
        for (int i = order.Length - 1; i > 0; i--)
        {
            int k = random.Integer((ulong)i, i + 1);
            (order[i], order[k]) = (order[k], order[i]);
        }
        return order;
    }

    private void Learn(Sample sample)
    {
        Span<uint> keys = stackalloc uint[TaggerFeatures.Tagged];
        Span<int> rows = stackalloc int[TaggerFeatures.Count];
        Span<float> scores = stackalloc float[Tags];
        int before = -1, before2 = -1;
        for (int i = 0; i < sample.Tags.Length; i++)
        {
            sample.Fixed.AsSpan(i * TaggerFeatures.Fixed, TaggerFeatures.Fixed).CopyTo(rows);
            TaggerFeatures.FillTagged(keys, sample.Words, i, before, before2);
            for (int k = 0; k < keys.Length; k++)
                rows[TaggerFeatures.Fixed + k] = _rows.TryGetValue(keys[k], out int row) ? row : -1;
            scores.Clear();
            foreach (int row in rows)
                if (row >= 0)
                    for (int t = 0; t < Tags; t++)
                        scores[t] += _weights[(row * Tags) + t];
            int best = 0;
            for (int t = 1; t < Tags; t++)
                if (scores[t] > scores[best])
                    best = t;
            _step++;
            if (best != sample.Tags[i])
                foreach (int row in rows)
                    if (row >= 0)
                    {
                        Change((row * Tags) + sample.Tags[i], +1);
                        Change((row * Tags) + best, -1);
                    }
            (before2, before) = (before, best);              // what it will see when it tags, right or wrong
        }
    }

    private void Change(int weight, float by)
    {
        _sums[weight] += _weights[weight] * (_step - _since[weight]);
        _since[weight] = _step;
        _weights[weight] += by;
    }

    /// <summary>The mean of all weights so far, in 8 bits; the smallest rows left out.</summary>
    private TaggerModel Average()
    {
        float[] mean = new float[_weights.Length];
        for (int i = 0; i < mean.Length; i++)
            mean[i] = (_sums[i] + (_weights[i] * (_step - _since[i]))) / _step;
        float scale = Last / mean.Max(w => MathF.Abs(w));
        List<(uint Key, int Row, float Size)> kept = [];
        foreach ((uint key, int row) in _rows)
        {
            float size = 0;
            for (int t = 0; t < Tags; t++)
                size = MathF.Max(size, MathF.Abs(mean[(row * Tags) + t]));
            if (size * scale >= 0.5f)
                kept.Add((key, row, size));
        }
        kept.Sort((a, b) => b.Size != a.Size ? b.Size.CompareTo(a.Size) : a.Key.CompareTo(b.Key));
        if (kept.Count > _options.Rows)
            kept.RemoveRange(_options.Rows, kept.Count - _options.Rows);
        kept.Sort((a, b) => a.Key.CompareTo(b.Key));
        sbyte[] weights = new sbyte[kept.Count * Tags];
        for (int i = 0; i < kept.Count; i++)
            for (int t = 0; t < Tags; t++)
                weights[(i * Tags) + t] = (sbyte)MathF.Round(mean[(kept[i].Row * Tags) + t] * scale);
        return new TaggerModel([.. kept.Select(k => k.Key)], weights);
    }
}
