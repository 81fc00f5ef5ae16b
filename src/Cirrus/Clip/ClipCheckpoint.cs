using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>What a CLIP's files say, found without reading the weights.</summary>
/// <param name="File">the weights' file, or the index of its shards.</param>
/// <param name="Layout">whose names the weights have: "Hugging Face", "open_clip" or "OpenAI".</param>
/// <param name="TextParameters">numbers in the text tower, its projection included.</param>
/// <param name="VisionParameters">numbers in the image tower, its projection included.</param>
/// <param name="Stored">how many numbers of CLIP's are stored in each type.</param>
/// <param name="Vocabulary">the file of the tokenizer; null when there is none, and then the model does not load.</param>
/// <param name="Metadata">free text in the file: provenance.</param>
public sealed record ClipCheckpoint(string File, string Layout, ClipConfig Config, long TextParameters, long VisionParameters,
    IReadOnlyDictionary<StoredType, long> Stored, string? Vocabulary, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Numbers in both towers and the scale of the logits.</summary>
    public long Parameters => TextParameters + VisionParameters + 1;

    /// <exception cref="CirrusException">It is not there, not a CLIP, or not whole.</exception>
    public static ClipCheckpoint Inspect(string path)
    {
        string file = ClipFiles.FindWeights(path);
        using TensorFile tensors = TensorFile.Open(file);
        CheckpointLayout layout = CheckpointLayout.Of(tensors);
        ClipConfig config = ClipConfigReader.Read(layout, ClipFiles.FolderOf(file), ClipFiles.NameOf(path));
        SortedDictionary<StoredType, long> stored = [];
        long text = 0, vision = 0;
        foreach ((string weight, int[] shape, _, _) in ClipWeights.Shapes(config))
        {
            long count = shape.Aggregate(1L, (n, d) => n * d);
            (text, vision) = weight.StartsWith("visual.", StringComparison.Ordinal)
                ? (text, vision + count) : weight == "logit_scale" ? (text, vision) : (text + count, vision);
            StoredType type = layout.Check(weight, shape);
            stored[type] = stored.GetValueOrDefault(type) + count;
        }
        return new(file, layout.Name, config, text, vision, stored, ClipFiles.FindVocabulary(ClipFiles.FolderOf(file)),
            new Dictionary<string, string>(tensors.Metadata));
    }

    /// <summary>True when the path is a CLIP's folder or file, as far as the names in it tell.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            using TensorFile tensors = TensorFile.Open(ClipFiles.FindWeights(path));
            CheckpointLayout.Of(tensors);
            return true;
        }
        catch (CirrusException)
        {
            return false;
        }
    }
}
