using System.Collections.Concurrent;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Composes by writing the picture into the caption: a pseudo-word at every <c>$</c> of the prompt.</summary>
/// <remarks>
/// Query = norm(T(<c>a photo of $ that {caption}</c>; word of the picture)), from the picture's un-normalised feature
/// (methods: 2.8). A text with a <c>$</c> of its own is the prompt as it stands. A picture alone is <c>a photo of $</c>,
/// words alone are themselves. Several pictures, or alternative texts, give a vector each; the mean of the unit vectors is
/// normalised. But in a text with as many <c>$</c> as there are pictures, each stands for one of them, in order.
/// Beyond the papers: --image-weight blends the query with what stands alone at its ends, terms to avoid are subtracted, and
/// <see cref="SentenceOptions"/>.
/// Source: Pic2Word (Saito et al., CVPR 2023), SEARLE (Baldrati et al., ICCV 2023), LinCIR (Gu et al., CVPR 2024).
/// </remarks>
public abstract class PseudoWordComposer : Composer
{
    /// <summary>The papers' prompt (LinCIR, SEARLE).</summary>
    public const string DefaultTemplate = PromptTemplates.Papers;

    /// <summary>What --image-weight does here.</summary>
    public const string ImageWeightMeaning =
        "0.5 (or unset) is the composed sentence; towards 0 it is blended with the words alone, towards 1 with the picture alone";

    /// <summary>How much of the changed picture is added to an anchored query; docs/log.md has other shares.</summary>
    internal const float AnchorShare = 0.3f;

    private const int Chunk = 64;
    private readonly string[] _templates;
    private readonly ConcurrentBag<Graph> _graphs = [];

    /// <param name="template">a prompt with <c>$</c> and <c>{caption}</c>.</param>
    /// <exception cref="CirrusException">The template lacks a part.</exception>
    protected PseudoWordComposer(ClipModel clip, string template) =>
        (Clip, _templates) = (clip, [PromptTemplates.Check(template)]);

    protected ClipModel Clip { get; }

    /// <summary>True where of several places in a sentence only the first gets the pseudo-word.</summary>
    protected virtual bool FirstPlaceOnly => false;

    /// <summary>What several pictures in a query mean here.</summary>
    public const string PicturesMeaning = "a query for each, and of these unit vectors the mean; "
        + "in words with as many $ as there are pictures, each $ is one of them";

    /// <summary>Words of pictures: raw features [B, P] → [B, W], which may live in the graph's arena. Thread-safe.</summary>
    protected abstract Tensor Invert(Graph g, float[] pictures);

    /// <summary>
    /// The mean raw feature of what the words were learned from, [P]: where <see cref="SentenceOptions.GapShift"/>
    /// moves pictures to. Null: not known.
    /// </summary>
    protected virtual float[]? Centre => null;

    /// <exception cref="CirrusException">A network was not made for this CLIP.</exception>
    internal static void Require(ClipModel clip, PseudoWordNetwork network)
    {
        ClipConfig config = clip.Config;
        if (network.P != config.P || network.W != config.Text.Width)
            throw new CirrusException(
                $"This φ maps {network.P} numbers to {network.W}; {config.Name} needs {config.P} to {config.Text.Width}.",
                hint: "use the φ that was trained with this CLIP");
        if (network.Provenance.TryGetValue("clip_fingerprint", out string? space) && space != clip.Fingerprint)
        {
            string other = network.Provenance.GetValueOrDefault("clip", "another CLIP");
            throw new CirrusException(
                $"This φ was trained with {other} ({space}), the model here is {config.Name} ({clip.Fingerprint}).",
                hint: "use the φ that was trained with this CLIP");
        }
    }

    /// <exception cref="CirrusException">No trained file was named.</exception>
    private protected static string Needed(string? weights, string wanted, string method) => weights
        ?? throw new CirrusException($"{wanted}.", hint: $"cirrus train {method} makes one; name it with --weights");

    public override string Prompt(string? text, bool hasPicture) => string.IsNullOrWhiteSpace(text)
        ? hasPicture ? PromptTemplates.Alone : ""
        : hasPicture ? PromptTemplates.Say(_templates[0], text) : text;

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        Sentences sentences = new();
        List<(List<Part> Composed, List<int> Words)> parts = [];
        foreach (Composition query in queries)
            parts.Add(Plan(query, sentences));
        List<float[]> features = Encode(sentences);
        float[] result = new float[queries.Count * Clip.Config.P];
        for (int q = 0; q < queries.Count; q++)
        {
            Composition query = queries[q];
            (List<Part> composed, List<int> words) = parts[q];
            float[] vector = UnitVectors.Mean(composed.Select(part => VectorOf(part, features)),
                [.. composed.Select(part => part.Share)]);
            if (query.ImageWeight is float w && query.Pictures.Count > 0 && words.Count > 0)
                vector = UnitVectors.Weigh(vector, w, words.Select(i => features[i]), query.Pictures, query.Shares);
            UnitVectors.Without(vector, query.Without).CopyTo(result.AsSpan(q * Clip.Config.P));
        }
        return result;
    }

    public override void Dispose()
    {
        while (_graphs.TryTake(out Graph? graph))
            graph.Arena.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// The mean of the sentences; anchored: norm(s + 0.3·(picture + s − a)), s and a the means with and without the change.
    /// </summary>
    private static float[] VectorOf(Part part, List<float[]> features)
    {
        float[] said = UnitVectors.Mean(part.Said.Select(i => features[i]));
        if (part.Alone.Length == 0)
            return said;
        float[] alone = UnitVectors.Mean(part.Alone.Select(i => features[i])), picture = UnitVectors.Mean(part.Pictures);
        float[] vector = new float[said.Length];
        for (int i = 0; i < vector.Length; i++)
            vector[i] = said[i] + (AnchorShare * (picture[i] + said[i] - alone[i]));
        return vector;
    }

    /// <summary>Notes a query's sentences: those composed, and its words alone where the image weight asks for them.</summary>
    private (List<Part> Composed, List<int> Words) Plan(Composition query, Sentences sentences)
    {
        string?[] given = [query.Text, .. query.Alternatives ?? []];
        string[] texts = [.. given.OfType<string>().Where(t => !string.IsNullOrWhiteSpace(t))];
        if (texts.Length == 0 && query.Pictures.Count == 0)
            throw new ArgumentException("A query needs a picture or words.");
        foreach (float[] picture in query.Pictures)
            if (picture.Length != Clip.Config.P)
                throw new ArgumentException($"A picture's feature has {picture.Length} numbers, not {Clip.Config.P}.");
        List<Part> composed = [];
        List<int> words = [];
        foreach (string? text in texts.DefaultIfEmpty())
        {
            if (query.Pictures.Count > 1 && text is not null && PicturePlace.In(text) == query.Pictures.Count)
                composed.Add(Say(query, text, [.. query.Pictures], 1, sentences));
            else
                for (int i = 0; i < query.Pictures.Count; i++)
                    composed.Add(Say(query, text, [query.Pictures[i]], query.Shares?[i] ?? 1, sentences));
            if (query.Pictures.Count == 0)
                composed.Add(new([sentences.Add(text!, [])], [], [], 1));
            else if (text is not null && query.ImageWeight is not null)
                words.Add(sentences.Add(PicturePlace.Remove(text), []));
        }
        return (composed, words);
    }

    /// <summary>Notes the sentences of a text with a picture, or with several in its places.</summary>
    private Part Say(Composition query, string? text, float[][] pictures, float share, Sentences sentences)
    {
        IReadOnlyList<string> templates = query.Sentence?.Templates ?? _templates;
        float[][] shifted = query.Sentence is { GapShift: true } how
            ? [.. pictures.Select(picture => Shift(picture, how.GalleryMean))] : pictures;
        string[] without = [.. templates.Select(PromptTemplates.WithoutCaption).Distinct()];
        string[] said = text is null ? without : [.. templates.Select(t => PromptTemplates.Say(t, text)).Distinct()];
        string[] alone = query.Sentence is { Anchored: true } && text is not null ? without : [];
        return new([.. said.Select(t => sentences.Add(t, shifted))],
            [.. alone.SelectMany(t => shifted, (t, s) => sentences.Add(t, [s]))], pictures, share);
    }

    /// <summary>picture − mean of the gallery + <see cref="Centre"/>.</summary>
    private float[] Shift(float[] picture, float[]? from)
    {
        if (from?.Length != Clip.Config.P)
            throw new ArgumentException($"A gap shift needs the gallery's mean feature, of {Clip.Config.P} numbers.");
        float[] to = Centre ?? throw new CirrusException(
            $"{Name} does not know the mean of what it learned from, so there is no gap to shift over.",
            hint: "leave out --gap-shift; cirrus train lincir keeps the mean of its captions");
        float[] shifted = new float[picture.Length];
        for (int i = 0; i < shifted.Length; i++)
            shifted[i] = picture[i] - from[i] + to[i];
        return shifted;
    }

    private List<float[]> Encode(Sentences sentences)
    {
        float[]?[] features = [.. Enumerable.Range(0, sentences.Count).Select(i => Recent?.Find(KeyOf(sentences, i)))];
        bool[] known = [.. features.Select(f => f is not null)];
        if (known.All(k => k))
            return [.. features.Select(f => f!)];
        Graph g = _graphs.TryTake(out Graph? idle) ? idle : new Graph(new Arena(Clip.Device));
        foreach (IGrouping<int, int> group in sentences.ByPictures(i => !known[i]))
            foreach (int[] chunk in group.Chunk(Chunk))
            {
                TokenBatch tokens = TokenBatch.From([.. chunk.Select(i => Clip.Tokenizer.Encode(sentences.Text(i)))]);
                float[] pictures = [.. chunk.SelectMany(i => sentences.Pictures(i).SelectMany(picture => picture))];
                Tensor? pseudo = group.Key > 0 ? Invert(g, pictures) : null;
                float[] rows = Clip.Text.Forward(g, tokens, pseudo, Clip.Tokenizer.Placeholder, FirstPlaceOnly).ToArray();
                g.Reset();
                for (int i = 0; i < chunk.Length; i++)
                    features[chunk[i]] = rows[(i * Clip.Config.P)..((i + 1) * Clip.Config.P)];
            }
        _graphs.Add(g);
        for (int i = 0; i < features.Length && Recent is not null; i++)
            if (!known[i])
                Recent.Keep(KeyOf(sentences, i), features[i]!);
        return [.. features.Select(f => f!)];
    }

    private static (string, string) KeyOf(Sentences sentences, int i) =>
        RecentFeatures.Key(sentences.Text(i), sentences.Pictures(i));

    /// <summary>
    /// A picture, or several together, with a text: the numbers of its sentences, and of those that leave the text out.
    /// </summary>
    private sealed record Part(int[] Said, int[] Alone, float[][] Pictures, float Share);

    private sealed class Sentences
    {
        private readonly List<(string Text, float[][] Pictures)> _all = [];

        public int Count => _all.Count;

        public int Add(string text, float[][] pictures)
        {
            _all.Add((text, pictures));
            return _all.Count - 1;
        }

        public string Text(int i) => _all[i].Text;

        public float[][] Pictures(int i) => _all[i].Pictures;

        /// <summary>The numbers of those wanted, apart by how many pictures they have.</summary>
        public IEnumerable<IGrouping<int, int>> ByPictures(Predicate<int> wanted) =>
            Enumerable.Range(0, _all.Count).Where(i => wanted(i)).GroupBy(i => _all[i].Pictures.Length);
    }
}
