using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>What stands beside the published files, so that tokens are not taken for those of another CLIP or of other options.</summary>
/// <param name="Version">of this file: 1.</param>
/// <param name="Clip">the CLIP's fingerprint.</param>
/// <param name="Concepts">the vocabulary's fingerprint.</param>
/// <param name="Phrases">the phrases' fingerprint.</param>
/// <param name="Keys">of each picture's feature, in the order of the names.</param>
public sealed record OtiManifest(int Version, string Clip, OtiOptions Options, string Concepts, string Phrases, IReadOnlyList<string> Keys);

/// <summary>
/// Pseudo-words on disk, as the released code keeps them: image_names.pkl, ema_oti_pseudo_tokens.pt (a bare tensor [n,
/// W]); and oti.json.
/// </summary>
/// <remarks>
/// Each file is replaced as a whole; oti.json comes last and names as many keys as there are tokens, so a crash between
/// two files is seen.
/// </remarks>
public sealed record OtiFolder(IReadOnlyList<string> Names, float[] Words, int W, OtiManifest? Manifest)
{
    private const string NamesFile = "image_names.pkl", WordsFile = "ema_oti_pseudo_tokens.pt", ManifestFile = "oti.json", BareTensor = "tensor";

    /// <summary>True when there are tokens in a folder.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, WordsFile));

    /// <summary>Reads a folder, a published one too, which has no oti.json.</summary>
    /// <exception cref="CirrusException">A file is missing or damaged, or they do not fit each other.</exception>
    public static OtiFolder Read(string folder)
    {
        IReadOnlyList<string> names = PickledTexts.Read(Path.Combine(folder, NamesFile));
        using TensorFile file = TensorFile.Open(Path.Combine(folder, WordsFile));
        if (!file.Tensors.TryGetValue(BareTensor, out StoredTensor? stored) || stored.Shape.Length != 2 || stored.Shape[0] != names.Count)
            throw new CirrusException($"'{file.Path}' holds no tokens of {names.Count:N0} pictures.",
                hint: $"it must be one tensor [n, W] beside the {NamesFile} of its n pictures");
        float[] words = new float[stored.Count];
        file.Read(BareTensor, words);
        OtiManifest? manifest = ReadManifest(Path.Combine(folder, ManifestFile));
        if (manifest is not null && manifest.Keys.Count != names.Count)
            throw new CirrusException(
                $"'{folder}' names {manifest.Keys.Count:N0} keys for {names.Count:N0} pictures: a write was cut short.",
                    hint: "remove the folder; its tokens are made again");
        return new(names, words, (int)stored.Shape[1], manifest);
    }

    /// <summary>Writes the folder's files, each by rename.</summary>
    /// <exception cref="CirrusException">The folder cannot be made, or a file not be written.</exception>
    public void Write(string folder)
    {
        Make(folder);
        PickledTexts.Write(Path.Combine(folder, NamesFile), Names);
        TorchWriter.Write(Path.Combine(folder, WordsFile), new(BareTensor, StoredType.F32, [Names.Count, W], () => Words));
        if (Manifest is null)
            return;
        using AtomicFile file = AtomicFile.Create(Path.Combine(folder, ManifestFile));
        JsonSerializer.Serialize(file.Stream, Manifest, SearleJson.Default.OtiManifest);
        file.Keep();
    }

    /// <summary>Makes a folder that is not there yet: before hours are spent on what it is to hold.</summary>
    /// <exception cref="CirrusException">It cannot be made.</exception>
    internal static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{folder}' cannot be made: {e.Message}", hint: "name a place that is yours", e);
        }
    }

    /// <summary>Tells what the tokens of an inversion are bound to.</summary>
    public static OtiManifest ManifestOf(ClipModel clip, TextualInversion inversion, IReadOnlyList<string> keys) =>
        new(1, clip.Fingerprint, inversion.Options, inversion.Concepts.Vocabulary.Fingerprint, inversion.Phrases.Fingerprint, keys);

    /// <exception cref="CirrusException">It was made with another CLIP, other options, concepts or phrases.</exception>
    public static void Require(string folder, OtiManifest found, OtiManifest wanted)
    {
        OtiOptions same = wanted.Options with
        {
            Batch = found.Options.Batch,
            ConceptFile = found.Options.ConceptFile,
            PhraseFile = found.Options.PhraseFile,
        };
        string? other = found.Clip != wanted.Clip ? "another CLIP" : found.Options != same ? "other options"
            : found.Concepts != wanted.Concepts ? "other concepts" : found.Phrases != wanted.Phrases ? "other phrases" : null;
        if (other is not null)
            throw new CirrusException($"The pseudo-words in '{folder}' were made with {other}.", hint: "name another folder, or remove this one");
    }

    private static OtiManifest? ReadManifest(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllBytes(path),
                SearleJson.Default.OtiManifest) is { Version: 1, Keys: not null, Options: not null } manifest)
                return manifest;
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}' is damaged: {e.Message}", hint: "remove the folder; its tokens are made again", e);
        }
        throw new CirrusException($"'{path}' is not of version 1.", hint: "use the version of cirrus that wrote it");
    }
}
