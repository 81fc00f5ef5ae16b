using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>SEARLE-OTI: composes with pseudo-words found by optimisation for the queries' own pictures; nothing is trained.</summary>
/// <remarks>
/// A picture is inverted once: its pseudo-word is kept in memory by its feature and, when a folder is named, on disk. Inversions run
/// one at a time, in batches of the pictures that are asked for together; a batch of 32 costs far less a picture than one alone.
/// </remarks>
public sealed class SearleOtiComposer : PseudoWordComposer
{
    /// <summary>
    /// Steps for a CLIP with a small vocabulary of its own: a third of the published time for two points of mAP@10 less
    /// (docs/log.md).
    /// </summary>
    public const int MiniatureSteps = 100;

    private const int SmallVocabulary = 4096;
    private readonly KnownWords _known;
    private readonly ConceptTable _concepts;
    private readonly TextualInversion _inversion;
    private readonly string? _folder;

    /// <param name="folder">where pseudo-words are kept (see <see cref="OtiFolder"/>); null: in memory alone.</param>
    /// <exception cref="CirrusException">The folder's pseudo-words were made with another CLIP or other options.</exception>
    public SearleOtiComposer(ClipModel clip, OtiOptions options, string? folder = null, string template = DefaultTemplate)
        : base(clip, template)
    {
        _concepts = ConceptTable.Open(clip, ConceptVocabulary.Open(options.ConceptFile, clip.Tokenizer));
        _inversion = new(clip, _concepts, PhraseBook.Open(options.PhraseFile, clip.Tokenizer), options);
        (_folder, _known) = (folder, new(clip, pictures => _inversion.Invert(pictures)));
        if (folder is not null && OtiFolder.Exists(folder))
            Take(OtiFolder.Read(folder), folder);
    }

    public override string Name => "searle-oti";

    protected override bool FirstPlaceOnly => true;

    /// <summary>Pictures whose pseudo-words are known.</summary>
    public int Known => _known.Count;

    /// <param name="folder">a folder of pseudo-words to use and add to, whose options count; null: the published options.</param>
    public static SearleOtiComposer Open(ClipModel clip, string? folder)
    {
        OtiOptions? kept = folder is not null && OtiFolder.Exists(folder) ? OtiFolder.Read(folder).Manifest?.Options : null;
        return new(clip, kept ?? (clip.Tokenizer.Count <= SmallVocabulary ? new() { Steps = MiniatureSteps } : new()), folder);
    }

    public override void Dispose()
    {
        base.Dispose();
        _inversion.Dispose();
        _concepts.Dispose();
    }

    protected override Tensor Invert(Graph g, float[] pictures) =>
        g.Arena.From(_known.Of(pictures, _folder is null ? null : Keep), pictures.Length / Clip.Config.P, Clip.Config.Text.Width);

    private void Keep()
    {
        IReadOnlyList<KeyValuePair<string, float[]>> all = _known.All();
        string[] keys = [.. all.Select(k => k.Key)];
        new OtiFolder(keys, [.. all.SelectMany(k => k.Value)], Clip.Config.Text.Width, OtiFolder.ManifestOf(Clip, _inversion, keys)).Write(_folder!);
    }

    private void Take(OtiFolder kept, string folder)
    {
        if (kept.Manifest is not OtiManifest manifest || kept.W != Clip.Config.Text.Width)
            throw new CirrusException($"'{folder}' does not say with which CLIP its tokens were made.",
                hint: "a folder that cirrus wrote has an oti.json; name another one");
        OtiFolder.Require(folder, manifest, OtiFolder.ManifestOf(Clip, _inversion, []));
        for (int i = 0; i < kept.Names.Count; i++)
            _known.Add(manifest.Keys[i], kept.Words[(i * kept.W)..((i + 1) * kept.W)]);
    }
}
