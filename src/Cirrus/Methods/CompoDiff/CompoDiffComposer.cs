using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>
/// Composes by sampling the wanted picture's feature (Gu et al., TMLR 2024): query = norm((1 − w)·mean sample +
/// w·picture), of raw features.
/// </summary>
/// <remarks>
/// Words alone are text-to-image: no picture goes in, and none is mixed. A picture alone is itself, unless there is a mask or something to push away.
/// Several texts are one caption, as for the supervised methods. Several pictures give a vector each; the mean of the unit vectors is normalised.
/// </remarks>
public sealed class CompoDiffComposer : Composer
{
    public static string ImageWeightMeaning { get; } = string.Create(CultureInfo.InvariantCulture,
        $"the picture's own share of the query, beside what was sampled: {Mix} unless set, {MaskedMix} with a mask");

    public const string WithoutMeaning =
        "words stand in for the empty text that the samples are pushed away from; half of a picture's unit feature is taken away from the query";

    /// <summary>The folder in that of the weights that holds the words' CLIP, where it is another.</summary>
    public const string TextModel = "text_model";

    /// <summary>The fact of a file that says how many positions of a text its network was trained on; 0, or none: all.</summary>
    internal const string TextPositions = "text_positions";

    /// <summary>Facts of a file that say how its network samples where a query does not; without them, as published.</summary>
    internal const string UsualImageScale = "image_scale", UsualTextScale = "text_scale", UsualSamples = "samples", UsualKeepFirst = "keep_first";

    internal const float Mix = 0.1f, MaskedMix = 0.05f;

    private readonly ClipModel? _ownText;
    private readonly Denoiser _network;
    private readonly DdimSampler _sampler;
    private readonly PromptStates _states;
    private readonly SamplingOptions _usual;

    /// <param name="clip">of the pictures.</param>
    /// <param name="network">disposed with the composer.</param>
    /// <param name="text">of the words, disposed with the composer; null: the pictures' CLIP.</param>
    /// <exception cref="CirrusException">The network was made for others.</exception>
    public CompoDiffComposer(ClipModel clip, Denoiser network, ClipModel? text = null)
    {
        (_network, _ownText, _sampler, _states, _usual) = (network, text, new(network), new(text ?? clip, PositionsOf(network)), UsualOf(network));
        if (network.Sizes.D != clip.Config.P)
            throw new CirrusException($"This CompoDiff makes picture features of {network.Sizes.D} numbers, {clip.Config.Name} has {clip.Config.P}.",
                hint: "the released one was made for openai's ViT-L/14");
        if (network.Sizes.TextWidth != _states.Width)
            throw new CirrusException(
                $"This CompoDiff reads token states of {network.Sizes.TextWidth} numbers, {(text ?? clip).Config.Name} has {_states.Width}.",
                hint: $"put the words' CLIP into a folder '{TextModel}' beside the weights; the released CompoDiff wants "
                    + "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k");
    }

    public override string Name => "compodiff";

    public override bool ReadsAvoided => true;

    /// <summary>Opens a checkpoint's folder or file.</summary>
    public static CompoDiffComposer Open(ClipModel clip, string? weights)
    {
        string path = weights ?? throw new CirrusException("CompoDiff needs trained weights.",
            hint: "name the folder of a checkpoint (config.json and pytorch_model.bin) with --weights");
        string text = Path.Combine(Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, TextModel);
        Denoiser network = DenoiserFile.Load(path, clip.Device);
        ClipModel? words = null;
        try
        {
            words = Directory.Exists(text) ? ClipModel.Load(text, clip.Device) : null;
            return new(clip, network, words);
        }
        catch (CirrusException)
        {
            words?.Dispose();
            network.Dispose();
            throw;
        }
    }

    public override string Prompt(string? text, bool hasPicture) => hasPicture ? PicturePlace.Remove(text ?? "") : text ?? "";

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        int d = _network.Sizes.D;
        List<float[]>[] found = [.. queries.Select(_ => new List<float[]>())];
        List<Wanted> wanted = [];
        for (int q = 0; q < queries.Count; q++)
        {
            Composition query = queries[q];
            string text = TextOf(query);
            if (query.Pictures.FirstOrDefault(p => p.Length != d) is float[] odd)
                throw new ArgumentException($"A picture's feature has {odd.Length} numbers, not {d}.");
            if (query.Pictures.Count == 0 && text.Length == 0)
                throw new ArgumentException("A query needs a picture or words.");
            if (text.Length == 0 && query.Avoided is not { Count: > 0 } && query.Mask is null)
                found[q].AddRange(query.Pictures);
            else
            {
                SamplingOptions sampling = query.Sampling?.Or(_usual) ?? _usual;
                wanted.AddRange(query.Pictures.Count == 0
                    ? [new(q, query, sampling, text, null)]
                    : query.Pictures.Select(p => new Wanted(q, query, sampling, text, p)));
            }
        }
        foreach (IGrouping<SamplingOptions, Wanted> alike in wanted.GroupBy(w => w.Sampling))
        {
            Wanted[] all = [.. alike];
            float[]?[] samples = [.. all.Select(w => Recent?.Find(KeyOf(w)))];
            Wanted[] some = [.. all.Where((_, i) => samples[i] is null)];
            float[][] drawn = some.Length == 0 ? [] : [.. _sampler.Sample(Queries(some, alike.Key.Check()), alike.Key).Chunk(d)];
            for (int i = 0, made = 0; i < all.Length; i++)
            {
                if (samples[i] is null)
                    Recent?.Keep(KeyOf(all[i]), drawn[made]);
                found[all[i].Place].Add(Mixed(samples[i] ?? drawn[made++], all[i]));
            }
        }
        return [.. queries.SelectMany((query, q) =>
            UnitVectors.Without(UnitVectors.Mean(found[q], found[q].Count > 1 ? query.Shares : null), query.Without))];
    }

    public override void Dispose()
    {
        _network.Dispose();
        _ownText?.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private SamplingQueries Queries(Wanted[] some, SamplingOptions options)
    {
        Dictionary<PaddedText, int> texts = [];
        int Of(string text, int seen)
        {
            PaddedText padded = new(text, seen);
            if (!texts.TryGetValue(padded, out int at))
                texts.Add(padded, at = texts.Count);
            return at;
        }
        int[] textOf = new int[some.Length], againstOf = new int[some.Length];
        for (int i = 0; i < some.Length; i++)
        {
            string avoided = string.Join(", ", some[i].Query.Avoided ?? []);
            int length = _states.Length(some[i].Text);
            textOf[i] = Of(some[i].Text, length);
            againstOf[i] = Of(avoided, options.NegativeMaskCompat && avoided.Length > 0 ? length : _states.Length(avoided));
        }
        return new(_states.Of([.. texts.Keys], options.PadId), textOf, againstOf, [.. some.Select(w => w.Picture)],
            [.. some.Select(w => w.Query.Mask is float[] mask ? EditMask.Shrink(mask, _network.Sizes.MaskSide) : null)]);
    }

    /// <summary>All that a sample depends on; not the image weight, which only mixes it.</summary>
    private static (string, string) KeyOf(Wanted wanted)
    {
        string words = $"{wanted.Text}\n{string.Join(", ", wanted.Query.Avoided ?? [])}\n{wanted.Sampling}";
        return RecentFeatures.Key(words, new[] { wanted.Picture ?? [], wanted.Query.Mask ?? [] });
    }

    /// <summary>(1 − w)·sample + w·picture, as long as they are.</summary>
    private static float[] Mixed(float[] sample, Wanted wanted)
    {
        if (wanted.Picture is not float[] picture)
            return sample;
        float share = wanted.Query.ImageWeight ?? (wanted.Query.Mask is null ? Mix : MaskedMix);
        return [.. sample.Zip(picture, (s, p) => ((1 - share) * s) + (share * p))];
    }

    private static int PositionsOf(Denoiser network) => !network.Provenance.TryGetValue(TextPositions, out string? said) ? 0
        : int.TryParse(said, out int positions) && positions is 0 or >= 2 ? positions
        : throw new CirrusException($"The weights say {TextPositions} {said}.", hint: "the file is damaged, or not of this program");

    private static SamplingOptions UsualOf(Denoiser network)
    {
        float? Said(string fact) => !network.Provenance.TryGetValue(fact, out string? said) ? null
            : float.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number
            : throw new CirrusException($"The weights say {fact} {said}.", hint: "the file is damaged, or not of this program");
        SamplingOptions own = new()
        {
            ImageScale = Said(UsualImageScale),
            TextScale = Said(UsualTextScale),
            Samples = (int?)Said(UsualSamples),
            KeepFirst = Said(UsualKeepFirst),
        };
        return own.Check().Or(SamplingOptions.Published);
    }

    private string TextOf(Composition query)
    {
        IEnumerable<string> said = new[] { query.Text }.Concat(query.Alternatives ?? []).Select(t => Prompt(t, query.Pictures.Count > 0));
        string[] texts = [.. said.Where(t => !string.IsNullOrWhiteSpace(t))];
        return texts.Length == 0 ? "" : TripletCaptions.Joined(texts);
    }

    /// <summary>A sample to be taken for the query at a place.</summary>
    private sealed record Wanted(int Place, Composition Query, SamplingOptions Sampling, string Text, float[]? Picture);
}
