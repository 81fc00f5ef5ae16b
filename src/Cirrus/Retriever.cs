using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>A found picture. Score is the cosine of query and picture, or the sum of the method's masked terms; terms are the cosines of the query's parts.</summary>
public sealed record SearchHit(int Rank, long Id, float Score, string Path, string FullPath, int Width, int Height, IReadOnlyDictionary<string, float>? Terms = null);

/// <summary>An answer: the hits, and how the query was understood.</summary>
/// <param name="Prompt">the caption that was really encoded.</param>
/// <param name="Searched">pictures that could have been found.</param>
public sealed record SearchAnswer(IReadOnlyList<SearchHit> Hits, string Method, string Prompt, int Searched, IReadOnlyList<string> Warnings);

/// <summary>The front door: a gallery, the CLIP it was made with and a method of composing. Thread-safe.</summary>
public sealed class Retriever : IDisposable
{
    /// <summary>The folder of a gallery that holds trained weights, METHOD.safetensors each.</summary>
    public const string MethodsFolder = "methods";

    private readonly Device _device;
    private readonly ClipModel _clip;
    private readonly GalleryFolder _gallery;
    private readonly ConcurrentDictionary<string, Composer> _composers = new();
    private readonly string? _weights;
    private readonly ClipEmbedder _embedder;
    private readonly PictureInput _input;
    private readonly Lazy<float[]> _mean;

    private Retriever(Device device, ClipModel clip, GalleryFolder gallery, string? weights)
    {
        (_device, _clip, _gallery, _weights) = (device, clip, gallery, weights);
        (_embedder, _input, _mean) = (new(clip), Indexer.InputOf(gallery.Space, maxMegapixels: 100), new(MeanFeature));
    }

    public GalleryFolder Gallery => _gallery;

    /// <summary>Opens a gallery with the model it was made with.</summary>
    /// <param name="gallery">its folder, or any place in or below the folder of pictures.</param>
    /// <param name="model">where the CLIP is now; null: where it was when the gallery was made.</param>
    /// <param name="weights">a trained φ for the methods that need one; null: what lies in the gallery's <c>methods</c> folder.</param>
    /// <exception cref="CirrusException">There is no gallery, or the model is another one.</exception>
    public static Retriever Open(string gallery, string? model = null, string? weights = null)
    {
        string folder = GalleryFolder.Find(gallery) ?? throw new CirrusException($"There is no gallery in '{gallery}' or above it.", hint: "make one: cirrus index FOLDER");
        GalleryFolder opened = GalleryFolder.Open(folder);
        Device device = Device.Open("cpu");
        ClipModel? clip = null;
        try
        {
            clip = ClipModel.Load(model ?? opened.Space.ModelPath ?? throw new CirrusException($"The gallery '{folder}' does not say where its model {opened.Space.Model} is.",
                hint: "name it: --model PATH"), device);
            if (clip.Fingerprint != opened.Space.Fingerprint)
                throw new CirrusException($"Gallery '{folder}' holds embeddings of {opened.Space.Model} ({opened.Space.Fingerprint}), but the model is {clip.Config.Name} ({clip.Fingerprint}).",
                    hint: $"give the model it was made with, or index again: cirrus index {opened.Root} --model {model} --rebuild");
            return new(device, clip, opened, weights);
        }
        catch (CirrusException)
        {
            clip?.Dispose();
            device.Dispose();
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The method used when none is named: LinCIR where a φ is at hand, else slerp.</summary>
    public string DefaultMethod => Method.All.First(m => !m.NeedsWeights || WeightsOf(m) is not null).Name;

    /// <summary>Finds the pictures that fit a query.</summary>
    /// <param name="k">how many.</param>
    /// <param name="sentence">how methods that write the picture into a sentence write it; the gallery's mean is put in here.</param>
    /// <param name="sampling">how a method that samples does it.</param>
    /// <param name="includeQuery">false: the query's own pictures are left out.</param>
    /// <exception cref="CirrusException">A picture cannot be read, or the method has no weights.</exception>
    public SearchAnswer Search(ComposedQuery query, int k, string? method = null, bool includeQuery = false, float minScore = float.NegativeInfinity, bool explain = false,
        SentenceOptions? sentence = null, SamplingOptions? sampling = null)
    {
        Composer composer = ComposerOf(method ?? DefaultMethod);
        if (sentence is not null && composer is not PseudoWordComposer)
            throw new CirrusException($"{composer.Name} writes no sentence that prompts, anchoring or a gap shift could change.",
                hint: $"leave these out, or take one that does: {string.Join(", ", Method.All.Where(m => m.WritesSentences).Select(m => m.Name))}");
        if ((sampling is not null || query.Mask is not null) && !composer.ReadsAvoided)
            throw new CirrusException($"{composer.Name} samples nothing, and reads no mask.", hint: "leave these options out, or take --method compodiff");
        List<string> warnings = [];
        (List<float[]> pictures, float[]? mask) = query.Mask is null ? ([.. query.Pictures.Select(Feature)], null) : Masked(query);
        string[] avoided = [.. (query.Without ?? []).Where(t => t.Picture is null && composer.ReadsAvoided).Select(t => t.Words!)];
        List<float[]> without = [.. (query.Without ?? []).Where(t => t.Picture is not null || !composer.ReadsAvoided).Select(t => t.Picture is { } p ? Feature(p) : TextFeature(t.Words!))];
        string? prompt = null;
        List<(string Name, float[] Vector)> parts = [];
        float[]? vector = null;
        List<MaskedTerm>? masked = null;
        if (pictures.Count > 0 || query.Words is not null)
        {
            prompt = PromptOf(composer, query.Words, pictures.Count > 0, sentence);
            if (_clip.Tokenizer.Encode(prompt, out bool cut) is not null && cut)
                warnings.Add($"the caption was cut at {_clip.Tokenizer.Context} tokens");
            Composition asked = new(pictures, query.Words, ImageWeight: query.ImageWeight,
                Sentence: sentence is { GapShift: true } ? sentence with { GalleryMean = _mean.Value } : sentence,
                Patches: composer.NeedsPatches ? [.. query.Pictures.Select(p => Patches(composer, p))] : null, Avoided: avoided, Mask: mask, Sampling: sampling);
            masked = composer.ComposeMasked([asked])?[0].ToList();
            vector = masked is null ? composer.Compose([asked]) : null;
            if (pictures.Count > 0)
                parts.Add(("picture", Unit(pictures[0])));
            if (query.Words is not null)
                parts.Add(("words", Unit(TextFeature(query.Words.Replace("$", "", StringComparison.Ordinal)))));
        }
        foreach (string term in query.And ?? [])
        {
            float[] t = Unit(TextFeature(term));
            parts.Add(($"+ {term}", t));
            if (masked is null)
                vector = vector is null ? t : Unit([.. vector.Zip(t, (a, b) => a + b)]);
            else
                masked.Add(MaskedTerm.Plain(t));
        }
        foreach (float[] term in without)
        {
            float[] t = Unit(term);
            parts.Add(("without", t));
            if (masked is null)
                vector = Unit([.. vector!.Zip(t, (a, b) => a - (UnitVectors.AvoidShare * b))]);
            else
                masked.Add(MaskedTerm.Plain([.. t.Select(v => -UnitVectors.AvoidShare * v)]));
        }
        HashSet<string> own = includeQuery ? [] : [.. query.Pictures.Where(p => p.File is not null).Select(p => Path.GetFullPath(p.File!))];
        HashSet<long> ownIds = includeQuery ? [] : [.. query.Pictures.Where(p => p.Id is not null).Select(p => p.Id!.Value)];
        bool Counts(GalleryItem i) => !ownIds.Contains(i.Id) && (own.Count == 0 || !own.Contains(FullPath(i)));
        IReadOnlyList<GalleryHit> hits = masked is null ? _gallery.Search(vector!, k, Counts) : _gallery.Search(row => MaskedTerm.Score(masked, row), k, Counts);
        return new([.. hits.Where(h => h.Score >= minScore).Select((h, i) => new SearchHit(i + 1, h.Item.Id, h.Score, h.Item.Path, FullPath(h.Item), h.Item.Width, h.Item.Height,
            explain ? parts.GroupBy(p => p.Name).ToDictionary(p => p.Key, p => TensorPrimitives.Dot<float>(p.First().Vector, _gallery.Row(h.Item.Id)!.Value.Span)) : null))],
            composer.Name, prompt ?? "", _gallery.Count, warnings);
    }

    public void Dispose()
    {
        foreach (Composer composer in _composers.Values)
            composer.Dispose();
        _embedder.Dispose();
        _clip.Dispose();
        _device.Dispose();
        _gallery.Dispose();
    }

    private string FullPath(GalleryItem item) => Path.GetFullPath(Path.Combine(_gallery.Root, item.Path));

    private Composer ComposerOf(string name) => _composers.GetOrAdd(name, n => Method.Find(n).Open(_clip, WeightsOf(Method.Find(n))));

    /// <summary>The first sentence that is really encoded.</summary>
    private static string PromptOf(Composer composer, string? words, bool hasPicture, SentenceOptions? sentence) =>
        sentence?.Templates is { } templates && hasPicture && !string.IsNullOrWhiteSpace(words) ? PromptTemplates.Say(templates[0], words) : composer.Prompt(words, hasPicture);

    private float[] MeanFeature()
    {
        double[] sum = new double[_clip.Config.P];
        int count = 0;
        foreach (GalleryItem item in _gallery.Items)
            if (_gallery.RawFeature(item.Id) is float[] feature)
            {
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += feature[i];
                count++;
            }
        return [.. sum.Select(s => (float)(s / Math.Max(count, 1)))];
    }

    private string? WeightsOf(Method method)
    {
        if (!method.NeedsWeights)
            return null;
        string at = Path.Combine(_gallery.Folder, MethodsFolder, method.Name + ".safetensors");
        return _weights ?? (File.Exists(at) ? at : null);
    }

    private float[] Feature(QueryPicture picture)
    {
        if (picture.Id is long id)
            return _gallery.RawFeature(id) ?? throw new CirrusException($"The gallery has no picture {id}.", hint: "ids are those that --format json prints");
        return _embedder.EmbedImages([_input.Read(picture.File!)]);
    }

    /// <summary>The feature of what a mask leaves of the query's picture, and the mask.</summary>
    private (List<float[]> Pictures, float[] Mask) Masked(ComposedQuery query)
    {
        if (query.Pictures is not [{ } picture])
            throw new CirrusException($"A mask belongs to one picture; the query has {query.Pictures.Count}.", hint: "give one picture with --mask");
        (float[] pixels, float[] mask) = _input.ReadMasked(picture.File ?? FileOf(picture), query.Mask!);
        return ([_embedder.EmbedImages([pixels])], mask);
    }

    private string FileOf(QueryPicture picture) => FullPath(_gallery.Items.FirstOrDefault(i => i.Id == picture.Id)
        ?? throw new CirrusException($"The gallery has no picture {picture.Id}.", hint: "ids are those that --format json prints"));

    /// <summary>Patch states of a query's picture; one known by its id is read from its file.</summary>
    private float[] Patches(Composer composer, QueryPicture picture)
    {
        string file = picture.File ?? FullPath(_gallery.Items.First(i => i.Id == picture.Id));
        if (!File.Exists(file))
            throw new CirrusException($"Of picture {picture.Id} the gallery has only its feature: '{file}' is not there.",
                hint: $"{composer.Name} looks at pictures themselves: give a file, or another method");
        return _embedder.EmbedPatches([_input.Read(file)]);
    }

    private float[] TextFeature(string text) => _embedder.EmbedTexts([text]);

    private static float[] Unit(float[] x)
    {
        float[] unit = new float[x.Length];
        TensorPrimitives.Divide(x, MathF.Max(TensorPrimitives.Norm<float>(x), 1e-12f), unit);
        return unit;
    }
}
