using System.Diagnostics;
using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>From a query to what can be searched: reads its pictures, encodes its parts and composes them.</summary>
/// <param name="root">the folder of the index's pictures; null: they are not on this machine.</param>
internal sealed class QueryComposer(ClipEncoder encoder, ComposerLane lane, VectorIndex index, string? root)
{
    /// <summary>Characters of a term in a warning.</summary>
    private const int Told = 40;

    private readonly PictureInput _input = Indexer.InputOf(index.Space, encoder.Options.MaxMegapixels);
    private readonly PictureInput _squeezed = Indexer.InputOf(index.Space, encoder.Options.MaxMegapixels, SamplingOptions.SqueezedSide);
    private double _decoding;

    public async Task<PreparedQuery> RunAsync(ComposedQuery query, CancellationToken stop)
    {
        Composer composer = lane.Composer;
        Check(query, composer);
        long start = Stopwatch.GetTimestamp();
        string[] avoided = [.. (query.Without ?? []).Where(t => t.Picture is null && composer.ReadsAvoided).Select(t => t.Words!)];
        Task<Seen[]> pictures = query.Mask is null
            ? Task.WhenAll(query.Pictures.Select(p => SeeAsync(p, InputOf(query), composer.NeedsPatches, stop))) : MaskedAsync(query, stop);
        Task<float[][]> without = Task.WhenAll((query.Without ?? []).Where(t => t.Picture is not null || !composer.ReadsAvoided)
            .Select(async t => t.Picture is { } p
                ? (await SeeAsync(p, _input, false, stop).ConfigureAwait(false)).Feature
                : await encoder.TextAsync(t.Words!, stop).ConfigureAwait(false)));
        Task<float[][]> and = Task.WhenAll((query.And ?? []).Select(t => encoder.TextAsync(t, stop)));
        Task<float[]?> words = query.Words is null ? Task.FromResult<float[]?>(null)
            : WordsAsync(query.Pictures.Count > 0 ? PicturePlace.Remove(query.Words) : query.Words, stop);
        await Task.WhenAll(pictures, without, and, words).ConfigureAwait(false);
        double encoding = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        PreparedQuery prepared = await ComposeAsync(query, pictures.Result, words.Result, and.Result, without.Result, avoided,
            stop).ConfigureAwait(false);
        return prepared with
        {
            Pictures = [.. pictures.Result.Select(p => p.Name)],
            Timings = new(_decoding, Math.Max(0, encoding - _decoding), Stopwatch.GetElapsedTime(start).TotalMilliseconds),
        };
    }

    private static void Check(ComposedQuery query, Composer composer)
    {
        if (query.Pictures.Count == 0 && string.IsNullOrWhiteSpace(query.Words) && query.And is not { Count: > 0 })
            throw new CirrusException("The query is empty.", hint: "give a picture, words, or both");
        if (query.ImageWeight is < 0 or > 1 or float.NaN)
            throw new CirrusException($"An image weight of {query.ImageWeight} is out of range.", hint: "0 is words alone, 1 is the picture alone");
        if (query.Sentence is not null && composer is not PseudoWordComposer)
            throw new CirrusException($"{composer.Name} writes no sentence that prompts, anchoring or a gap shift could change.",
                hint: $"leave these out, or take one that does: {string.Join(", ", Method.All.Where(m => m.WritesSentences).Select(m => m.Name))}");
        if ((query.Sampling is not null || query.Mask is not null) && !composer.ReadsAvoided)
            throw new CirrusException($"{composer.Name} samples nothing, and reads no mask.",
                hint: "leave these options out, or take --method compodiff");
        foreach (QueryPicture picture in query.Pictures)
            picture.Crop?.Check();
        if (query.Pictures.Any(p => !(p.Weight >= 0 && float.IsFinite(p.Weight)))
            || (query.Pictures.Count > 0 && query.Pictures.All(p => p.Weight == 0)))
            throw new CirrusException($"Pictures weigh {string.Join(", ", query.Pictures.Select(p => p.Weight))}.",
                hint: "weights are from 0, and not all 0");
        if (query.Mask is not null && query.Pictures.Count != 1)
            throw new CirrusException($"A mask belongs to one picture; the query has {query.Pictures.Count}.", hint: "give one picture with --mask");
    }

    private async Task<PreparedQuery> ComposeAsync(ComposedQuery query, Seen[] pictures, float[]? words, float[][] and,
        float[][] without, string[] avoided, CancellationToken stop)
    {
        List<string> warnings = [];
        List<QueryPart> parts = [];
        string prompt = "";
        int tokens = 0;
        float[]? vector = null;
        List<MaskedTerm>? masked = null;
        if (pictures.Length > 0 || query.Words is not null)
        {
            prompt = PromptOf(query, pictures.Length > 0);
            tokens = encoder.Clip.Tokenizer.Encode(prompt, out bool cut).Length;
            if (cut)
                warnings.Add($"the caption was cut at {encoder.Clip.Tokenizer.Context} tokens");
            Composition asked = new([.. pictures.Select(p => p.Feature)], query.Words, ImageWeight: query.ImageWeight,
                Sentence: query.Sentence is { GapShift: true } sentence ? sentence with { GalleryMean = Mean() } : query.Sentence,
                Patches: lane.Composer.NeedsPatches ? [.. pictures.Select(p => p.Patches!)] : null, Avoided: avoided,
                Mask: pictures.FirstOrDefault()?.Mask, Sampling: query.Sampling,
                Shares: query.Pictures.All(p => p.Weight == query.Pictures[0].Weight) ? null : [.. query.Pictures.Select(p => p.Weight)]);
            (vector, masked) = await lane.ComposeAsync(asked, stop).ConfigureAwait(false);
            parts.AddRange(pictures.Select((p, i) => new QueryPart(Numbered("picture", i), Unit(p.Feature))));
            if (words is not null)
                parts.Add(new("words", Unit(words)));
        }
        foreach (string term in (query.And ?? []).Concat((query.Without ?? []).Select(t => t.Words).OfType<string>()))
        {
            encoder.Clip.Tokenizer.Encode(term, out bool cut);
            if (cut)
                warnings.Add($"a term was cut at {encoder.Clip.Tokenizer.Context} tokens: {term[..Math.Min(term.Length, Told)]}...");
        }
        for (int i = 0; i < and.Length; i++)
        {
            float[] t = Unit(and[i]);
            parts.Add(new($"+ {query.And![i]}", t));
            if (masked is null)
                vector = vector is null ? t : Unit([.. vector.Zip(t, (a, b) => a + b)]);
            else
                masked.Add(MaskedTerm.Plain(t));
        }
        for (int i = 0; i < without.Length; i++)
        {
            float[] t = Unit(without[i]);
            parts.Add(new(Numbered("without", i), t));
            if (masked is null)
                vector = Unit([.. vector!.Zip(t, (a, b) => a - (UnitVectors.AvoidShare * b))]);
            else
                masked.Add(MaskedTerm.Plain([.. t.Select(v => -UnitVectors.AvoidShare * v)]));
        }
        return new(WithoutBytes(query), lane.Composer.Name)
        {
            Prompt = prompt,
            Tokens = tokens,
            Vector = vector is null ? null : (ReadOnlyMemory<float>?)vector,
            Terms = masked,
            Parts = parts,
            Warnings = warnings,
        };
    }

    /// <summary>The query as a prepared one keeps it: not with megabytes that nobody will read again.</summary>
    private static ComposedQuery WithoutBytes(ComposedQuery query) => query with
    {
        Pictures = [.. query.Pictures.Select(p => WithoutBytes(p))],
        Without = query.Without is { } without ? [.. without.Select(t => t with { Picture = t.Picture is { } p ? WithoutBytes(p) : null })] : null,
        Mask = query.Mask is { } mask ? mask with { Bytes = default } : null,
    };

    private static QueryPicture WithoutBytes(QueryPicture picture) => picture with { Bytes = default };

    /// <summary>The first sentence that is really encoded.</summary>
    private string PromptOf(ComposedQuery query, bool hasPicture) =>
        query.Sentence?.Templates is { } templates && hasPicture && !string.IsNullOrWhiteSpace(query.Words)
        ? PromptTemplates.Say(templates[0], query.Words) : lane.Composer.Prompt(query.Words, hasPicture);

    private async Task<float[]?> WordsAsync(string words, CancellationToken stop) =>
        await encoder.TextAsync(words, stop).ConfigureAwait(false);

    private PictureInput InputOf(ComposedQuery query) => query.Sampling is { SqueezeCompat: true } ? _squeezed : _input;

    private async Task<Seen> SeeAsync(QueryPicture picture, PictureInput input, bool patches, CancellationToken stop)
    {
        float[]? stored = picture is { Id: long id, Crop: null } && input == _input ? await RawFeatureAsync(id, stop).ConfigureAwait(false) : null;
        if (stored is not null && !patches)
            return new(stored, new(picture.Id, null));
        (string name, ReadOnlyMemory<byte> bytes) = await ContentAsync(picture, stop).ConfigureAwait(false);
        (float[]? states, double decoding) = patches
            ? await encoder.PatchesAsync(input, name, bytes, picture.Crop, stop).ConfigureAwait(false) : (null, 0);
        Note(decoding);
        if (stored is not null)
            return new(stored, new(picture.Id, null)) { Patches = states };
        (float[] feature, string hash, decoding) = await encoder.PictureAsync(input, name, bytes, picture.Crop, stop).ConfigureAwait(false);
        Note(decoding);
        return new(feature, new(picture.Id, hash)) { Patches = states };
    }

    /// <summary>The feature of what a mask leaves of the query's picture, and the mask.</summary>
    private async Task<Seen[]> MaskedAsync(ComposedQuery query, CancellationToken stop)
    {
        QueryPicture picture = query.Pictures[0];
        (string name, ReadOnlyMemory<byte> bytes) = await ContentAsync(picture, stop).ConfigureAwait(false);
        (float[] feature, float[] mask, double decoding) = await encoder.MaskedAsync(InputOf(query), name, bytes, picture.Crop,
            query.Mask!, stop).ConfigureAwait(false);
        Note(decoding);
        return [new(feature, new(picture.Id, ClipEncoder.HashOf(bytes.Span))) { Mask = mask }];
    }

    /// <summary>A stored picture's feature as the tower gave it, [P]: unit row times norm.</summary>
    private async Task<float[]> RawFeatureAsync(long id, CancellationToken stop)
    {
        StoredRow row = (await index.RowsAsync([id], stop).ConfigureAwait(false))[0] ?? throw Unknown(id);
        float[] raw = new float[row.Unit.Length];
        TensorPrimitives.Multiply(row.Unit.Span, row.Norm, raw);
        return raw;
    }

    private float[] Mean() => index is FolderIndex folder ? folder.Look(g => g.Mean)
        : throw new CirrusException("The gap shift wants the mean of all pictures, which only a folder's gallery knows.",
            hint: "leave it out, or search the folder");

    private async Task<(string Name, ReadOnlyMemory<byte> Bytes)> ContentAsync(QueryPicture picture, CancellationToken stop)
    {
        if (!picture.Bytes.IsEmpty)
            return ("the picture", picture.Bytes);
        string file = picture.File ?? await FileOfAsync(picture, stop).ConfigureAwait(false);
        return (file, PictureInput.ReadBytes(new(file)));
    }

    private async Task<string> FileOfAsync(QueryPicture picture, CancellationToken stop)
    {
        long id = picture.Id ?? throw new ArgumentException("A picture of a query has neither file, id nor bytes.");
        GalleryItem item = await index.FindAsync(id, stop).ConfigureAwait(false) ?? throw Unknown(id);
        string? file = root is null ? null : PictureFiles.Inside(root, item.Path);
        return File.Exists(file)
            ? file
            : throw new CirrusException($"Of picture {id} the gallery has only its feature: '{file ?? item.Path}' is not there.",
            hint: $"{lane.Composer.Name} looks at pictures themselves: give a file, or another method", kind: ProblemKind.NotFound);
    }

    /// <summary>Pictures are decoded side by side: the longest counts.</summary>
    private void Note(double decoding) => InterlockedMax(ref _decoding, decoding);

    private static void InterlockedMax(ref double most, double value)
    {
        for (double seen = Volatile.Read(ref most); value > seen;)
        {
            double before = Interlocked.CompareExchange(ref most, value, seen);
            if (before.Equals(seen))
                return;
            seen = before;
        }
    }

    private static CirrusException Unknown(long id) =>
        new($"The gallery has no picture {id}.", hint: "ids are those that --format json prints", kind: ProblemKind.NotFound);

    private static string Numbered(string name, int i) => i == 0 ? name : $"{name} {i + 1}";

    private static float[] Unit(float[] x)
    {
        float[] unit = new float[x.Length];
        TensorPrimitives.Divide(x, MathF.Max(TensorPrimitives.Norm<float>(x), 1e-12f), unit);
        return unit;
    }

    private sealed record Seen(float[] Feature, PreparedPicture Name)
    {
        public float[]? Patches { get; init; }

        public float[]? Mask { get; init; }
    }
}
