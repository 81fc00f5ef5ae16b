using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>
/// The published checkpoint: a folder with config.json and pytorch_model.bin or model.safetensors, names beginning with
/// <c>model.</c>
/// </summary>
/// <remarks>It holds, beside the weights, the noise schedule's buffers and in every block the same rotary frequencies.</remarks>
public static class DenoiserFile
{
    private const string Schedule = "noise_scheduler.", Layers = "net.transformer.layers.";
    private const string Config = "config.json", Safe = "model.safetensors", Torch = "pytorch_model.bin", ModelType = "CompoDiff";
    private const int LongestSide = 1 << 16;

    /// <summary>Loads a folder or a file.</summary>
    /// <exception cref="CirrusException">There is none, it is another network's, or its parts do not fit.</exception>
    public static Denoiser Load(string path, Device device)
    {
        string file = !Directory.Exists(path) ? path
            : new[] { Safe, Torch, CompoDiffTrainer.InRun }.Select(n => Path.Combine(path, n)).FirstOrDefault(File.Exists)
            ?? throw new CirrusException($"'{path}' holds no CompoDiff.", hint: $"a CompoDiff is a folder with {Config} and {Torch} or {Safe}");
        using TensorFile tensors = TensorFile.Open(file);
        string prefix = tensors.Tensors.ContainsKey("model.net.transformer.norm.g") ? "model." : "";
        DenoiserSizes sizes = SizesOf(tensors, prefix);
        CheckConfig(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, Config), sizes);
        foreach (DenoiserWeight weight in sizes.Weights())                    // before memory is taken for any of them
            Shape(tensors, prefix + weight.Name, weight.Shape);
        float[] buffer = [];
        return new(sizes, device, ReadSchedule(tensors, prefix, sizes), ReadFrequencies(tensors, prefix, sizes), weight =>
        {
            if (buffer.Length < weight.Count)
                buffer = new float[weight.Count];
            Memory<float> values = buffer.AsMemory(0, (int)weight.Count);
            tensors.Read(prefix + weight.Name, values.Span);
            return values;
        })
        { Provenance = new Dictionary<string, string>(tensors.Metadata) };
    }

    /// <summary>True for a folder whose config.json names CompoDiff's model.</summary>
    public static bool IsPublishedFolder(string path)
    {
        string config = Path.Combine(path, Config);
        if (!File.Exists(config))
            return false;
        try
        {
            using FileStream stream = File.OpenRead(config);
            using JsonDocument json = JsonDocument.Parse(stream);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("model_type", out JsonElement type)
                && type.ValueKind == JsonValueKind.String && type.ValueEquals(ModelType);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes a folder that the released code loads.</summary>
    /// <param name="torch">pytorch_model.bin, as published, rather than model.safetensors.</param>
    public static void Save(Denoiser network, string folder, bool torch = false)
    {
        Directory.CreateDirectory(folder);
        SaveFile(network, Path.Combine(folder, torch ? Torch : Safe));
        using AtomicFile file = AtomicFile.Create(Path.Combine(folder, Config));
        using (Utf8JsonWriter json = new(file.Stream, new JsonWriterOptions { Indented = true }))
            WriteConfig(json, network.Sizes);
        file.Keep();
    }

    /// <summary>Writes one file, without a config.json: of a name ending in .bin or .pt as torch.save does, else as safetensors.</summary>
    /// <exception cref="CirrusException">The published layout cannot say what the network needs.</exception>
    public static void SaveFile(Denoiser network, string path)
    {
        bool torch = Path.GetExtension(path).ToLowerInvariant() is ".bin" or ".pt";
        if (torch && network.Provenance.TryGetValue(CompoDiffComposer.TextPositions, out string? positions) && positions != "0")
            throw new CirrusException($"This network reads {positions} positions of a text, which the published layout cannot say.",
                hint: "write it as safetensors, or train with --set text_positions=0");
        if (torch)
            TorchWriter.WriteStateDict(path, Tensors(network));
        else
            Safetensors.Write(path, Tensors(network), network.Provenance);
    }

    /// <summary>All tensors of a checkpoint by their published names.</summary>
    internal static IEnumerable<SavedTensor> Tensors(Denoiser network)
    {
        foreach (string name in NoiseSchedule.Names)
            yield return new($"model.{Schedule}{name}", StoredType.F32, [network.Schedule.Timesteps], () => network.Schedule[name]);
        foreach ((string name, Tensor weight) in network.Weights)
            yield return SavedTensor.From("model." + name, weight);
        for (int i = 0; i < network.Sizes.Depth; i++)
            yield return SavedTensor.From($"model.{Layers}{i}.0.rotary_emb.freqs", network.Frequencies);
    }

    private static DenoiserSizes SizesOf(TensorFile file, string prefix)
    {
        int depth = 0;
        while (file.Tensors.ContainsKey($"{prefix}{Layers}{depth}.0.norm.g"))
            depth++;
        int d = Shape(file, prefix + "net.transformer.norm.g", 0)[0], pixels = Shape(file, prefix + "net.to_mask_embeds.1.net.0.0.weight", 0, 0)[1];
        int side = (int)Math.Round(Math.Sqrt(pixels));
        if (depth == 0 || d % 2 != 0 || d < 4 || side * side != pixels)
            throw new CirrusException($"'{file.Path}' is no CompoDiff: {depth} blocks, features of {d}, masks of {pixels} pixels.",
                hint: "it may be another network's, or damaged");
        return new(d, depth, Shape(file, $"{prefix}{Layers}0.0.null_kv", 2, 0)[1],
            Shape(file, prefix + "net.transformer.rel_pos_bias.relative_attention_bias.weight", DenoiserSizes.Buckets, 0)[1],
            Shape(file, prefix + "net.to_text_embeds.0.weight", d, 0)[1], side,
            file.Tensors.ContainsKey(prefix + Schedule + "betas") ? Shape(file, prefix + Schedule + "betas", 0)[0]
                : DenoiserSizes.Published.Timesteps);
    }

    /// <summary>The shape of a tensor, which must be this one; a 0 stands for any length.</summary>
    private static int[] Shape(TensorFile file, string name, params ReadOnlySpan<int> wanted)
    {
        if (!file.Tensors.TryGetValue(name, out StoredTensor? tensor))
            throw new CirrusException($"'{file.Path}' is no CompoDiff: it has no {name}.", hint: "it may be another network's, or damaged");
        bool fits = tensor.Shape.Length == wanted.Length;
        for (int i = 0; fits && i < wanted.Length; i++)
            fits = tensor.Shape[i] is >= 1 and <= LongestSide && (wanted[i] == 0 || tensor.Shape[i] == wanted[i]);
        if (fits)
            return [.. tensor.Shape.Select(n => (int)n)];
        string belongs = string.Join(", ", wanted.ToArray().Select(n => n == 0 ? "any" : $"{n}"));
        throw new CirrusException($"'{file.Path}': {name} is [{string.Join(", ", tensor.Shape)}], where [{belongs}] belongs.",
            hint: "it may be another network's, or damaged");
    }

    /// <summary>The file's own buffers; made anew when it has none.</summary>
    private static NoiseSchedule ReadSchedule(TensorFile file, string prefix, DenoiserSizes sizes)
    {
        if (!file.Tensors.ContainsKey(prefix + Schedule + NoiseSchedule.Names[0]))
            return NoiseSchedule.Cosine(sizes.Timesteps);
        return new(NoiseSchedule.Names.ToDictionary(name => name, name => Read(file, prefix + Schedule + name, sizes.Timesteps)));
    }

    private static float[]? ReadFrequencies(TensorFile file, string prefix, DenoiserSizes sizes)
    {
        float[]? first = null;
        for (int i = 0; i < sizes.Depth; i++)
        {
            string name = $"{prefix}{Layers}{i}.0.rotary_emb.freqs";
            if (!file.Tensors.ContainsKey(name))
                continue;
            float[] found = Read(file, name, sizes.Frequencies);
            first ??= found;
            if (!first.SequenceEqual(found))
                throw new CirrusException($"'{file.Path}': the rotary frequencies of block {i} differ from those before.",
                    hint: "it may be another network's, or damaged");
        }
        return first;
    }

    private static float[] Read(TensorFile file, string name, int count)
    {
        Shape(file, name, count);
        float[] values = new float[count];
        file.Read(name, values);
        return values;
    }

    private static void WriteConfig(Utf8JsonWriter json, DenoiserSizes sizes)
    {
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("CompoDiffModel");
        json.WriteEndArray();
        foreach ((string name, int value) in Numbers(sizes))
            json.WriteNumber(name, value);
        json.WriteString("model_type", ModelType);
        json.WriteString("torch_dtype", "float32");
        json.WriteEndObject();
    }

    private static (string Name, int Value)[] Numbers(DenoiserSizes sizes) =>
        [("embed_dim", sizes.D), ("model_depth", sizes.Depth), ("model_dim", sizes.HeadSize), ("model_heads", sizes.Heads),
            ("timesteps", sizes.Timesteps)];

    /// <summary>A config.json beside the weights must say the same as they do.</summary>
    private static void CheckConfig(string path, DenoiserSizes sizes)
    {
        if (!File.Exists(path))
            return;
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(stream);
            foreach ((string name, int value) in Numbers(sizes))
                if (json.RootElement.TryGetProperty(name, out JsonElement said) && said.GetInt64() != value)
                    throw new CirrusException($"'{path}' says {name} {said}, the weights beside it have {value}.",
                        hint: "the two belong to different models");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new CirrusException($"'{path}' is not the config of a CompoDiff ({e.Message}).", hint: "fetch the file again", e);
        }
    }
}
