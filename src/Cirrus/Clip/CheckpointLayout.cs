using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>How a file names CLIP's weights (methods: 1.7). Inside Cirrus they have open_clip's names.</summary>
internal sealed class CheckpointLayout
{
    private readonly TensorFile _file;
    private readonly string _prefix;

    private CheckpointLayout(TensorFile file, string prefix, bool huggingFace) => (_file, _prefix, IsHuggingFace) = (file, prefix, huggingFace);

    public bool IsHuggingFace { get; }

    /// <summary>OpenAI's archives carry three scalars that no other file has.</summary>
    public bool IsOpenAi => _file.Tensors.ContainsKey(_prefix + "input_resolution");

    public string Name => IsHuggingFace ? "Hugging Face" : IsOpenAi ? "OpenAI" : "open_clip";

    /// <exception cref="CirrusException">The file holds no CLIP.</exception>
    public static CheckpointLayout Of(TensorFile file)
    {
        foreach ((string mark, bool huggingFace) in new[] { ("vision_model.embeddings.class_embedding", true), ("visual.class_embedding", false) })
            foreach (string name in file.Tensors.Keys)
                if (name == mark || name.EndsWith("." + mark, StringComparison.Ordinal))
                    return new(file, name[..^mark.Length], huggingFace);
        throw new CirrusException($"'{file.Path}' holds no CLIP: no class embedding of an image tower in any known layout.",
            hint: $"give a Hugging Face folder, an open_clip file or OpenAI's .pt; cirrus info {file.Path} lists what this one has");
    }

    /// <summary>The names in the file of one weight of ours: three for Hugging Face's q, k and v, else one.</summary>
    public string[] Names(string weight) => [.. (IsHuggingFace ? HuggingFaceNames.Of(weight) : [weight]).Select(n => _prefix + n)];

    /// <summary>A weight's shape, projections and convolution as they lie in the file.</summary>
    public long[] Shape(string weight)
    {
        string name = Names(weight)[0];
        return _file.Tensors.TryGetValue(name, out StoredTensor? t) ? t.Shape
            : throw new CirrusException($"'{_file.Path}' is not a whole CLIP: {name} is missing.", hint: "download it again");
    }

    public bool Has(string weight) => Names(weight).All(_file.Tensors.ContainsKey);

    /// <summary>Reads one weight into [R, C] as Cirrus keeps it; open_clip's projections are stored transposed.</summary>
    /// <exception cref="CirrusException">A tensor is missing or has another shape than the configuration says.</exception>
    public void Read(string weight, int[] shape, Span<float> values)
    {
        string[] names = Names(weight);
        int part = values.Length / names.Length;
        bool transposed = !IsHuggingFace && (weight is "text_projection" or "visual.proj");
        for (int i = 0; i < names.Length; i++)
        {
            if (!_file.Tensors.TryGetValue(names[i], out StoredTensor? stored))
                throw new CirrusException($"'{_file.Path}' is not a whole CLIP: {names[i]} is missing.", hint: "download it again");
            long[] wanted = [.. shape.Select(d => (long)d)];
            if (names.Length > 1)
                wanted[0] /= names.Length;
            if (transposed)
                Array.Reverse(wanted);
            bool fits = stored.Count == part && (stored.Shape.SequenceEqual(wanted)
                || (weight is "logit_scale" && stored.Count == 1)
                || (weight is "visual.conv1.weight" && stored.Shape.Length == 4 && stored.Shape[0] == wanted[0]));
            if (!fits)
                throw new CirrusException($"'{_file.Path}': {names[i]} is [{string.Join(", ", stored.Shape)}], its configuration asks for [{string.Join(", ", wanted)}].",
                    hint: "the configuration belongs to another model, or the file is damaged");
            Span<float> to = values.Slice(i * part, part);
            if (!transposed)
            {
                _file.Read(names[i], to);
                continue;
            }
            float[] turned = new float[part];
            _file.Read(names[i], turned);
            for (int r = 0; r < shape[0]; r++)
                for (int c = 0; c < shape[1]; c++)
                    to[(r * shape[1]) + c] = turned[(c * shape[0]) + r];
        }
    }
}
