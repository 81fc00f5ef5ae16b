using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>The training pictures of SEARLE: features, nearest concepts, and the pseudo-words that inversion finds for them.</summary>
/// <remarks>Features and concepts are computed when they are first needed, by a run that resumes too; pseudo-words are the run's state.</remarks>
internal sealed class SearleWords : IDisposable
{
    private readonly ClipModel _clip;
    private readonly PictureSet _pictures;
    private readonly SearleOptions _options;
    private readonly ConceptVocabulary _vocabulary;
    private readonly PhraseBook _phrases;
    private readonly PhraseFeatures _phraseFeatures;
    private readonly Lazy<float[]> _features;
    private readonly Lazy<ConceptTable> _concepts;
    private readonly Lazy<TextualInversion> _inversion;
    private readonly Lazy<int[][]> _nearest;
    private readonly IReadOnlyList<string>?[] _usable;
    private readonly HashSet<int> _given = [];

    /// <exception cref="CirrusException">A file of concepts, phrases or pseudo-words cannot be read, or does not fit.</exception>
    public SearleWords(ClipModel clip, PictureSet pictures, SearleOptions options)
    {
        (_clip, _pictures, _options, _phraseFeatures) = (clip, pictures, options, new(clip));
        _vocabulary = ConceptVocabulary.Open(options.Concepts, clip.Tokenizer);
        _phrases = PhraseBook.Open(options.Phrases, clip.Tokenizer);
        _usable = new IReadOnlyList<string>[pictures.Count];
        Words = new float[checked(pictures.Count * clip.Config.Text.Width)];
        _features = new(() => pictures.Embed(clip));
        _concepts = new(() => ConceptTable.Open(clip, _vocabulary));
        _inversion = new(() => new(clip, _concepts.Value, _phrases, options.Oti));
        _nearest = new(() => _concepts.Value.Nearest(_features.Value, options.NearestConcepts));
        if (options.OtiFolder.Length > 0 && OtiFolder.Exists(options.OtiFolder))
            Take(OtiFolder.Read(options.OtiFolder));
        else if (options.OtiFolder.Length > 0)
            OtiFolder.Make(options.OtiFolder);
    }

    /// <summary>[pictures·W], zero where not yet found.</summary>
    public float[] Words { get; }

    /// <summary>Batches of inversions.</summary>
    public int Batches => (_pictures.Count + _options.OtiBatch - 1) / _options.OtiBatch;

    /// <summary>Where concepts and phrases come from, for people.</summary>
    public string Sources => $"{_vocabulary.Names.Count:N0} concepts: {_vocabulary.Source}; phrases: {_phrases.Source}"
        + (_phrases.IsMade ? " (a language model's are better: --set phrases=FILE)" : "");

    /// <summary>Inverts a batch of pictures, but for those whose pseudo-words a folder gave.</summary>
    /// <returns>pictures inverted, and the mean loss of their last step.</returns>
    public (int Pictures, float Loss) Invert(int batch)
    {
        int p = _clip.Config.P, w = _clip.Config.Text.Width, first = batch * _options.OtiBatch;
        int[] missing = [.. Enumerable.Range(first, Math.Min(_options.OtiBatch, _pictures.Count - first)).Where(i => !_given.Contains(i))];
        float loss = 0;
        if (missing.Length > 0)
        {
            OtiOptions oti = _options.Oti;
            float[] features = [.. missing.SelectMany(i => _features.Value.AsSpan(i * p, p).ToArray())];
            float[] words = _inversion.Value.Invert(features, step =>
                loss = ((oti.CosineWeight * step.CosineLoss) + (oti.PhraseWeight * step.PhraseLoss)) / (oti.CosineWeight + oti.PhraseWeight));
            for (int i = 0; i < missing.Length; i++)
                words.AsSpan(i * w, w).CopyTo(Words.AsSpan(missing[i] * w));
        }
        if (batch == Batches - 1 && _options.OtiFolder.Length > 0)
            Keep();
        return (missing.Length, loss);
    }

    /// <summary>What a step of φ reads of some pictures: a phrase is drawn for each.</summary>
    public SearleBatch Batch(ReadOnlySpan<int> pictures, Philox random)
    {
        int p = _clip.Config.P, w = _clip.Config.Text.Width, n = pictures.Length;
        float[] features = new float[n * p], words = new float[n * w];
        string[] references = new string[n];
        int[][] masked = new int[n][];
        for (int i = 0; i < n; i++)
        {
            int picture = pictures[i];
            _features.Value.AsSpan(picture * p, p).CopyTo(features.AsSpan(i * p));
            Words.AsSpan(picture * w, w).CopyTo(words.AsSpan(i * w));
            Philox own = random.Fork((ulong)i);
            ulong next = 0;
            Phrase phrase = _phrases.OfOne(_usable[picture] ??= Usable(picture), count => own.Integer(next++, count));
            (references[i], masked[i]) = (phrase.Text, _phraseFeatures.Ids(phrase.AllReplaced));
        }
        return new(features, words, masked, _phraseFeatures.Of(references));
    }

    public void Dispose()
    {
        _phraseFeatures.Dispose();
        if (_inversion.IsValueCreated)
            _inversion.Value.Dispose();
        if (_concepts.IsValueCreated)
            _concepts.Value.Dispose();
    }

    private IReadOnlyList<string> Usable(int picture) =>
        _phrases.Usable([.. _nearest.Value[picture].Select(c => _vocabulary.Names[c])], _options.NearestConcepts);

    private void Take(OtiFolder kept)
    {
        int w = _clip.Config.Text.Width;
        if (kept.W != w)
            throw new CirrusException($"The tokens in '{_options.OtiFolder}' have {kept.W} numbers; {_clip.Config.Name} needs {w}.",
                hint: "name tokens that were made with this CLIP");
        if (kept.Manifest is OtiManifest manifest && manifest.Clip != _clip.Fingerprint)
            throw new CirrusException($"The tokens in '{_options.OtiFolder}' were made with another CLIP.", hint: "name another folder");
        Dictionary<string, int> at = [];
        for (int i = 0; i < kept.Names.Count; i++)
            at[kept.Names[i]] = i;
        for (int i = 0; i < _pictures.Count; i++)
            if (at.TryGetValue(_pictures.Names[i], out int row) || at.TryGetValue(Path.GetFileName(_pictures.Names[i]), out row))
            {
                kept.Words.AsSpan(row * w, w).CopyTo(Words.AsSpan(i * w));
                _given.Add(i);
            }
    }

    private void Keep()
    {
        int p = _clip.Config.P;
        string[] keys = [.. Enumerable.Range(0, _pictures.Count).Select(i => TextualInversion.KeyOf(_features.Value.AsSpan(i * p, p)))];
        new OtiFolder(_pictures.Names, Words, _clip.Config.Text.Width, OtiFolder.ManifestOf(_clip, _inversion.Value, keys)).Write(_options.OtiFolder);
    }
}
