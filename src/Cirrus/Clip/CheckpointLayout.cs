using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>How a file names CLIP's weights (methods: 1.7). Inside Cirrus they have open_clip's names.</summary>
internal sealed class CheckpointLayout
{
    private readonly TensorFile _file;
    private readonly string _prefix;

    private CheckpointLayout(TensorFile file, string prefix, bool huggingFace) =>
        (_file, _prefix, IsHuggingFace) = (file, prefix, huggingFace);

    public bool IsHuggingFace { get; }

    /// <summary>OpenAI's archives carry three scalars that no other file has.</summary>
    public bool IsOpenAi => _file.Tensors.ContainsKey(_prefix + "input_resolution");

    public string Name => IsHuggingFace ? "Hugging Face" : IsOpenAi ? "OpenAI" : "open_clip";

    /// <exception cref="CirrusException">The file holds no CLIP.</exception>
    public static CheckpointLayout Of(TensorFile file)
    {
        (string, bool)[] marks = [("vision_model.embeddings.class_embedding", true), ("visual.class_embedding", false)];
        foreach ((string mark, bool huggingFace) in marks)
            foreach (string name in file.Tensors.Keys)
                if (name == mark || name.EndsWith("." + mark, StringComparison.Ordinal))
                    return new(file, name[..^mark.Length], huggingFace);
        throw new CirrusException($"'{file.Path}' holds no CLIP: no class embedding of an image tower in any known layout.",
            hint: "give a Hugging Face folder, an open_clip file or OpenAI's .pt; "
                + $"cirrus info {file.Path} lists what this one has");
    }

    /// <summary>The names in the file of one weight of ours: three for Hugging Face's q, k and v, else one.</summary>
    public string[] Names(string weight) =>
        [.. (IsHuggingFace ? HuggingFaceNames.Of(weight) : [weight]).Select(n => _prefix + n)];

    /// <summary>A weight's shape, projections and convolution as they lie in the file.</summary>
    public long[] Shape(string weight) => Find(Names(weight)[0]).Shape;

    /// <summary>The type a weight is stored in; of q, k and v, that of q.</summary>
    /// <exception cref="CirrusException">A tensor is missing or has another shape than the configuration says.</exception>
    public StoredType Check(string weight, int[] shape)
    {
        string[] names = Names(weight);
        long[] wanted = [.. shape.Select(d => (long)d)];
        if (names.Length > 1)
            wanted[0] /= names.Length;
        if (IsTransposed(weight))
            Array.Reverse(wanted);
        foreach (string name in names)
        {
            long[] stored = Find(name).Shape;
            bool fits = stored.SequenceEqual(wanted)
                || (weight is "logit_scale" && stored.Length == 0)
                || (weight is "visual.conv1.weight" && stored is [long v, 3, long side, long other]
                    && v == wanted[0] && side == other && 3 * side * side == wanted[1]);
            if (!fits)
                throw new CirrusException($"'{_file.Path}': {name} is [{string.Join(", ", stored)}], "
                    + $"the rest of the model asks for [{string.Join(", ", wanted)}].",
                    hint: "the configuration belongs to another model, or the file is damaged");
        }
        return Find(names[0]).Type;
    }

    public bool Has(string weight) => Names(weight).All(_file.Tensors.ContainsKey);

    /// <summary>Reads one weight, checked before, as [R, C]; open_clip's projections are stored transposed.</summary>
    public void Read(string weight, int[] shape, Span<float> values)
    {
        string[] names = Names(weight);
        int part = values.Length / names.Length;
        if (!IsTransposed(weight))
        {
            for (int i = 0; i < names.Length; i++)
                _file.Read(names[i], values.Slice(i * part, part));
            return;
        }
        float[] turned = new float[part];
        _file.Read(names[0], turned);
        for (int r = 0; r < shape[0]; r++)
            for (int c = 0; c < shape[1]; c++)
                values[(r * shape[1]) + c] = turned[(c * shape[0]) + r];
    }

    private bool IsTransposed(string weight) => !IsHuggingFace && (weight is "text_projection" or "visual.proj");

    private StoredTensor Find(string name) => _file.Tensors.TryGetValue(name, out StoredTensor? t) ? t
        : throw new CirrusException($"'{_file.Path}' is not a whole CLIP: {name} is missing.",
            hint: "fetch the file again; both towers are needed");
}
