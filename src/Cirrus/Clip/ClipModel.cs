using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>A CLIP with its tokenizer and its preprocessing: everything that defines an embedding space.</summary>
/// <remarks>Immutable: one instance serves any number of threads, each with a graph of its own.</remarks>
public sealed class ClipModel : IDisposable
{
    public ClipConfig Config => throw new NotSupportedException();

    public Device Device => throw new NotSupportedException();

    public TextTower Text => throw new NotSupportedException();

    public VisionTower Vision => throw new NotSupportedException();

    public BpeTokenizer Tokenizer => throw new NotSupportedException();

    /// <summary>exp(logit_scale): about 100 in released models.</summary>
    public float LogitScale => throw new NotSupportedException();

    /// <summary>Weights by their open_clip names (conv1 as [V, 3pp], projections as [P, W] and [P, V], in_proj as [3W, W]): for training and saving.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => throw new NotSupportedException();

    /// <summary>SHA-256 of all weights and the tokenizer, 16 hex digits: the identity of the space, kept in manifests.</summary>
    public string Fingerprint => throw new NotSupportedException();

    /// <summary>Opens a Hugging Face folder, an open_clip or OpenAI file (with a vocabulary beside it).</summary>
    public static ClipModel Load(string path, Device device) => throw new NotSupportedException();

    /// <summary>A model with random weights (CLIP's initialisation), for training from scratch and for benchmarks.</summary>
    public static ClipModel Random(ClipConfig config, BpeTokenizer tokenizer, Device device, ulong seed) => throw new NotSupportedException();

    /// <summary>Writes a Hugging Face folder: config.json, model.safetensors (F16 or F32), vocab.json, merges.txt.</summary>
    public void Save(string folder, StoredType type, IReadOnlyDictionary<string, string> metadata) => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}
