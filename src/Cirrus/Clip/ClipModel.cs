using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>A CLIP with its tokenizer and its preprocessing: everything that defines an embedding space.</summary>
/// <remarks>Immutable: one instance serves any number of threads, each with a graph of its own.</remarks>
public sealed class ClipModel : IDisposable
{
    private readonly Arena _arena;
    private readonly Lazy<string> _fingerprint;

    private ClipModel(ClipConfig config, BpeTokenizer tokenizer, Preprocessing preprocessing, Arena arena,
        IReadOnlyDictionary<string, Tensor> weights,
        Func<string>? fingerprint = null)
    {
        (Config, Tokenizer, Preprocessing, _arena, Weights) = (config, tokenizer, preprocessing, arena, weights);
        _fingerprint = new(fingerprint ?? ComputeFingerprint);
        Text = new(config.Text, weights);
        Vision = new(config.Vision, weights);
    }

    /// <summary>The folder of the small CLIP that ships beside the program; it knows drawn pictures only.</summary>
    public static string ShippedFolder { get; } = Path.Combine(AppContext.BaseDirectory, "Playground", "playground-clip");

    public ClipConfig Config { get; }

    public Device Device => _arena.Device;

    public TextTower Text { get; }

    public VisionTower Vision { get; }

    public BpeTokenizer Tokenizer { get; }

    /// <summary>How pictures become its input: the transform published with its layout.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>exp(logit_scale): about 100 in released models.</summary>
    public float LogitScale => MathF.Exp(Weights["logit_scale"].ToArray()[0]);

    /// <summary>
    /// Weights by their open_clip names (conv1 as [V, 3pp], projections as [P, W] and [P, V], in_proj as [3W, W]): for
    /// training and saving.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>
    /// SHA-256 of all weights, the tokenizer, and activations that are not told by the sizes, 16 hex digits: the
    /// identity of the space, kept in manifests.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Opens a Hugging Face folder, an open_clip or OpenAI file (with a vocabulary beside it).</summary>
    /// <param name="padding">
    /// what is done to elongated pictures first; checkpoints say nothing of it, published evaluations do.
    /// </param>
    /// <param name="type">of the weights and of what the towers compute: F32, or BF16 on a device that has it. The
    /// fingerprint stays that of the file.</param>
    /// <exception cref="CirrusException">
    /// It is not there, not a CLIP, not whole, or without vocabulary; or the device has no such type.
    /// </exception>
    public static ClipModel Load(string path, Device device, Padding padding = Padding.None, ElementType type = ElementType.F32)
    {
        CheckType(type, device);
        string file = ClipFiles.FindWeights(path), folder = ClipFiles.FolderOf(file);
        using TensorFile tensors = TensorFile.Open(file);
        CheckpointLayout layout = CheckpointLayout.Of(tensors);
        ClipConfig config = ClipConfigReader.Read(layout, folder, ClipFiles.NameOf(path));
        foreach ((string name, int[] shape, _, _) in ClipWeights.Shapes(config))
            layout.Check(name, shape);                                // before memory is taken for any of them
        BpeTokenizer tokenizer = ClipFiles.LoadTokenizer(folder, config.Text);
        Preprocessing preprocessing = PreprocessingReader.Read(layout.IsHuggingFace, folder, config.Vision.ImageSize);
        Arena arena = new(device);
        Dictionary<string, Tensor> weights = [];
        float[] values = [];
        foreach ((string name, int[] shape, _, _) in ClipWeights.Shapes(config))
        {
            Tensor t = arena.New(TypeOf(name, type), shape);
            if (values.Length < t.Count)
                values = new float[t.Count];
            layout.Read(name, shape, values.AsSpan(0, (int)t.Count));
            device.Upload(t, values.AsSpan(0, (int)t.Count));
            weights.Add(name, t);
        }
        return new(config, tokenizer, preprocessing with { Padding = padding }, arena, weights,
            type == ElementType.F32 ? null : () => FingerprintOf(path));
    }

    /// <summary>A model with random weights (CLIP's initialisation), for training from scratch and for benchmarks.</summary>
    public static ClipModel Random(
        ClipConfig config, BpeTokenizer tokenizer, Device device, ulong seed, ElementType type = ElementType.F32)
    {
        CheckType(type, device);
        Arena arena = new(device);
        Dictionary<string, Tensor> weights = [];
        Philox random = new(seed, 0);
        foreach ((string name, int[] shape, float deviation, float mean) in ClipWeights.Shapes(config))
        {
            Tensor t = arena.New(TypeOf(name, type), shape);
            float[] values = new float[t.Count];
            Philox stream = random.Fork((ulong)weights.Count);
            for (int i = 0; i < values.Length; i++)
                values[i] = mean + (deviation == 0f ? 0f : deviation * stream.Normal((ulong)i));
            device.Upload(t, values);
            weights.Add(name, t);
        }
        return new(config, tokenizer, new(Size: config.Vision.ImageSize), arena, weights);
    }

    /// <summary>A model whose weights have no values: to plan with on a <see cref="PlanningDevice"/>.</summary>
    public static ClipModel Unfilled(ClipConfig config, BpeTokenizer tokenizer, PlanningDevice device, ElementType type)
    {
        Arena arena = new(device);
        Dictionary<string, Tensor> weights = [];
        foreach ((string name, int[] shape, _, _) in ClipWeights.Shapes(config))
            weights.Add(name, arena.New(TypeOf(name, type), shape));
        return new(config, tokenizer, new(Size: config.Vision.ImageSize), arena, weights);
    }

    /// <summary>The same model with weights of its own, to be fine-tuned: they may change while nobody else uses it.</summary>
    public ClipModel Copy()
    {
        Arena arena = new(Device);
        Dictionary<string, Tensor> weights = [];
        foreach ((string name, Tensor weight) in Weights)
        {
            Tensor copy = arena.New(weight.Type, weight.Shape);
            Device.Copy(copy, weight);
            weights.Add(name, copy);
        }
        return new(Config, Tokenizer, Preprocessing, arena, weights);
    }

    /// <summary>
    /// Writes {'epoch', NAME: state dict} with OpenAI's names, as fine-tuned CLIPs are published; it is read with its
    /// vocabulary beside it.
    /// </summary>
    /// <param name="dict">the key of the state dict: "CLIP".</param>
    public void SaveStateDict(string path, string dict, int epoch) => ClipFiles.SaveStateDict(this, path, dict, epoch);

    /// <summary>Writes a Hugging Face folder: config.json, model.safetensors (F16 or F32), vocab.json, merges.txt.</summary>
    public void Save(string folder, StoredType type, IReadOnlyDictionary<string, string> metadata) =>
        ClipFiles.Save(this, folder, type, metadata);

    public void Dispose() => _arena.Dispose();

    /// <summary>exp(logit_scale) would be wrong by a hundredth of itself in 8 bits.</summary>
    private static ElementType TypeOf(string name, ElementType type) => name == "logit_scale" ? ElementType.F32 : type;

    private static void CheckType(ElementType type, Device device)
    {
        if (type != ElementType.F32 && (type != ElementType.BF16 || device.IsHost))
            throw new CirrusException($"{device.Name} does not compute in {type}.",
                hint: "use bf16 with --device cuda:0, or f32");
    }

    private static string FingerprintOf(string path)
    {
        using Device device = Device.Open("cpu");
        using ClipModel whole = Load(path, device);
        return whole.Fingerprint;
    }

    private string ComputeFingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor weight) in Weights.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join(',', weight.Shape.ToArray())}\n"));
            hash.AppendData(MemoryMarshal.AsBytes<float>(weight.ToArray()));
        }
        foreach ((string left, string right) in Tokenizer.Vocabulary.Merges)
            hash.AppendData(Encoding.UTF8.GetBytes($"{left} {right}\n"));
        Activation told = ClipConfigReader.BareActivation(openAi: false, Config.Text.Width);
        if ((Config.Text.Activation, Config.Vision.Activation) != (told, told))
            hash.AppendData(Encoding.UTF8.GetBytes($"{Config.Text.Activation} {Config.Vision.Activation}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
