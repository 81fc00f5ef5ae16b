namespace Cirrus.Language;

/// <summary>Gives each word of a lower-cased text its universal part of speech; greedy from left to right. Thread-safe.</summary>
/// <remarks>
/// An averaged perceptron (Collins, EMNLP 2002) over words, their ends, their neighbours and the two tags before; figures in
/// docs/numerics.md. Trained on lower-cased text, since LinCIR asks for keywords of lower-cased captions (methods: 12, trap 19).
/// </remarks>
public sealed class PosTagger
{
    private static readonly Lazy<PosTagger> Shipped = new(() =>
    {
        using Stream stream = typeof(PosTagger).Assembly.GetManifestResourceStream("tagger.bin")!;
        return new PosTagger(TaggerModel.Read(stream, "the tagger of this library"));
    });

    private readonly TaggerModel _model;

    internal PosTagger(TaggerModel model) => _model = model;

    internal TaggerModel Model => _model;

    /// <summary>The one shipped: trained on the English Web Treebank and GUM (see NOTICE).</summary>
    public static PosTagger Default => Shipped.Value;

    /// <summary>Reads a tagger made by <c>cirrus train tagger</c>.</summary>
    /// <exception cref="Tensors.CirrusException">Not a tagger file, one of another version, or a damaged one.</exception>
    public static PosTagger Load(string path)
    {
        if (!File.Exists(path))
            throw new Tensors.CirrusException($"There is no tagger '{path}'.", "train one: cirrus train tagger --treebanks FILE... -o FILE");
        using FileStream stream = File.OpenRead(path);
        return new PosTagger(TaggerModel.Read(stream, path));
    }

    /// <summary>One tag for each word; the words are one sentence or caption.</summary>
    /// <param name="lowerWords">Lower-cased, as <see cref="WordSplitter"/> divides text, without white space.</param>
    public Pos[] Tag(IReadOnlyList<string> lowerWords)
    {
        Pos[] tags = new Pos[lowerWords.Count];
        TaggerFeatures.Word[] words = new TaggerFeatures.Word[lowerWords.Count];
        for (int i = 0; i < words.Length; i++)
            words[i] = TaggerFeatures.Read(lowerWords[i]);
        Span<uint> keys = stackalloc uint[TaggerFeatures.Count];
        Span<int> scores = stackalloc int[TaggerModel.Tags];
        int before = -1, before2 = -1;
        for (int i = 0; i < words.Length; i++)
        {
            TaggerFeatures.Fill(keys, words, i);
            TaggerFeatures.FillTagged(keys[TaggerFeatures.Fixed..], words, i, before, before2);
            scores.Clear();
            _model.AddTo(scores, keys);
            int best = 0;
            for (int t = 1; t < TaggerModel.Tags; t++)
                if (scores[t] > scores[best])
                    best = t;
            tags[i] = (Pos)best;
            (before2, before) = (before, best);
        }
        return tags;
    }
}
