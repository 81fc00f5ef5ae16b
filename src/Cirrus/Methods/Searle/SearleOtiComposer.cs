using System.Collections.Concurrent;
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
    /// <summary>Steps for a CLIP with a vocabulary of its own, of a few hundred words: more change its rankings no more.</summary>
    public const int MiniatureSteps = 100;

    private const int SmallVocabulary = 4096;
    private readonly ConcurrentDictionary<string, float[]> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
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
        _folder = folder;
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

    protected override Tensor Invert(Graph g, float[] pictures)
    {
        int p = Clip.Config.P, w = Clip.Config.Text.Width, n = pictures.Length / p;
        string[] keys = [.. Enumerable.Range(0, n).Select(i => TextualInversion.KeyOf(pictures.AsSpan(i * p, p)))];
        if (keys.Any(k => !_known.ContainsKey(k)))
            lock (_lock)
                InvertUnknown(pictures, keys);
        float[] words = new float[n * w];
        for (int i = 0; i < n; i++)
            _known[keys[i]].CopyTo(words, i * w);
        return g.Arena.From(words, n, w);
    }

    private void InvertUnknown(float[] pictures, string[] keys)
    {
        int p = Clip.Config.P, w = Clip.Config.Text.Width;
        int[] unknown = [.. Enumerable.Range(0, keys.Length).Where(i => !_known.ContainsKey(keys[i])).DistinctBy(i => keys[i])];
        if (unknown.Length == 0)
            return;
        float[] words = _inversion.Invert([.. unknown.SelectMany(i => pictures.AsSpan(i * p, p).ToArray())]);
        for (int i = 0; i < unknown.Length; i++)
            _known.TryAdd(keys[unknown[i]], words[(i * w)..((i + 1) * w)]);
        if (_folder is not null)
            Keep(_folder);
    }

    private void Keep(string folder)
    {
        string[] keys = [.. _known.Keys.Order(StringComparer.Ordinal)];
        new OtiFolder(keys, [.. keys.SelectMany(k => _known[k])], Clip.Config.Text.Width, OtiFolder.ManifestOf(Clip, _inversion, keys)).Write(folder);
    }

    private void Take(OtiFolder kept, string folder)
    {
        if (kept.Manifest is not OtiManifest manifest || kept.W != Clip.Config.Text.Width)
            throw new CirrusException($"'{folder}' does not say with which CLIP its tokens were made.", hint: "a folder that cirrus wrote has an oti.json; name another one");
        OtiFolder.Require(folder, manifest, OtiFolder.ManifestOf(Clip, _inversion, []));
        for (int i = 0; i < kept.Names.Count; i++)
            _known.TryAdd(manifest.Keys[i], kept.Words[(i * kept.W)..((i + 1) * kept.W)]);
    }
}
