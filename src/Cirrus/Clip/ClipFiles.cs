using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Where the parts of a CLIP lie in a folder, and how a Hugging Face folder is written.</summary>
internal static class ClipFiles
{
    private static readonly string[] Weights =
    [
        "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin",
        "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
    ];

    private static readonly string[] Vocabularies =
        ["tokenizer.json", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"];

    /// <summary>The weights' file for a path that is a folder or the file itself.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static string FindWeights(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new CirrusException($"There is no model at '{path}'.",
                hint: "give a Hugging Face folder, an open_clip file or OpenAI's .pt");
        foreach (string name in Weights)
            if (File.Exists(Path.Combine(path, name)))
                return Path.Combine(path, name);
        string[] single = [.. Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".safetensors" or ".pt" or ".bin")
            .Order(StringComparer.Ordinal)];
        return single.Length == 1 ? single[0] : throw new CirrusException(
            $"'{path}' has {(single.Length == 0 ? "no weights" : "several files that could be the weights")}.",
            hint: $"it should hold one of {string.Join(", ", Weights)}, or give the file itself");
    }

    public static string FolderOf(string weights) => Path.GetDirectoryName(Path.GetFullPath(weights))!;

    /// <summary>
    /// What people call the model at a path: the name of its folder, or of its file without the ending; in the hub's
    /// cache, of its repository.
    /// </summary>
    public static string NameOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string[] parts = (File.Exists(full) ? Path.GetDirectoryName(full)! : full).Split(Path.DirectorySeparatorChar);
        if (parts is [.., string folder, "snapshots", _] && folder.StartsWith("models--", StringComparison.Ordinal))
            return folder[(folder.LastIndexOf("--", StringComparison.Ordinal) + 2)..];
        return File.Exists(full) ? Path.GetFileNameWithoutExtension(full) : Path.GetFileName(full);
    }

    /// <summary>The file of the tokenizer beside the weights; null when there is none.</summary>
    public static string? FindVocabulary(string folder)
    {
        string words = Path.Combine(folder, "vocab.json");
        return File.Exists(words) && File.Exists(Path.Combine(folder, "merges.txt"))
            ? words
            : Vocabularies.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The tokenizer that lies beside the weights.</summary>
    /// <exception cref="CirrusException">There is none, or it is another model's.</exception>
    public static BpeTokenizer LoadTokenizer(string folder, TextConfig text)
    {
        string file = FindVocabulary(folder) ?? throw new CirrusException($"There is no vocabulary in '{folder}'.",
            hint: "put vocab.json and merges.txt, tokenizer.json or bpe_simple_vocab_16e6.txt.gz beside the weights");
        BpeTokenizer tokenizer = BpeTokenizer.Load(file, text.Context);
        return tokenizer.Count == text.Vocabulary ? tokenizer : throw new CirrusException(
            $"The tokenizer '{file}' has {tokenizer.Count} tokens, the model {text.Vocabulary}.",
                hint: "use the vocabulary that came with the model");
    }

    /// <summary>Writes config.json, model.safetensors, vocab.json and merges.txt for Hugging Face's CLIPModel.</summary>
    public static void Save(ClipModel model, string folder, StoredType type, IReadOnlyDictionary<string, string> metadata)
    {
        Directory.CreateDirectory(folder);
        List<SavedTensor> tensors = [];
        foreach ((string weight, Tensor t) in model.Weights)
        {
            string[] names = HuggingFaceNames.Of(weight);
            int rows = t.Rows / names.Length;
            for (int i = 0; i < names.Length; i++)
                tensors.Add(SavedTensor.From(names[i], names.Length == 1 ? Stored(model, weight, t) : Third(t, i, rows), type));
        }
        Dictionary<string, string> facts = new(metadata) { ["format"] = "pt" };
        Safetensors.Write(Path.Combine(folder, "model.safetensors"), tensors, facts);
        model.Tokenizer.Save(folder);
        WriteConfig(Path.Combine(folder, "config.json"), model.Config);
    }

    /// <summary>Writes a state dict with OpenAI's names and shapes: its two projections lie the other way round.</summary>
    public static void SaveStateDict(ClipModel model, string path, string dict, int epoch) =>
        TorchWriter.Write(path, epoch, dict, model.Weights.Select(w => w.Key is "text_projection" or "visual.proj"
            ? new SavedTensor(w.Key, StoredType.F32, [w.Value.Columns, w.Value.Rows], () => Turned(w.Value))
            : SavedTensor.From(w.Key, Stored(model, w.Key, w.Value))));

    private static float[] Turned(Tensor t)
    {
        float[] values = t.ToArray(), turned = new float[t.Count];
        for (int r = 0; r < t.Rows; r++)
            for (int c = 0; c < t.Columns; c++)
                turned[(c * t.Rows) + r] = values[(r * t.Columns) + c];
        return turned;
    }

    private static Tensor Stored(ClipModel model, string weight, Tensor t) => weight switch
    {
        "visual.conv1.weight" => t.Reshape(t.Rows, 3, model.Config.Vision.Patch, model.Config.Vision.Patch),
        "logit_scale" => t.Reshape(),
        _ => t,
    };

    private static Tensor Third(Tensor t, int i, int rows) =>
        t.Shape.Length == 2 ? t.Slice(i * rows, rows) : t.Reshape(3, t.Columns / 3).Slice(i, 1).Reshape(t.Columns / 3);

    public static void WriteConfig(string path, ClipConfig c)
    {
        using FileStream stream = new(path, FileMode.Create);
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("CLIPModel");
        json.WriteEndArray();
        json.WriteString("_name_or_path", c.Name);
        json.WriteString("model_type", "clip");
        json.WriteNumber("projection_dim", c.P);
        json.WriteNumber("logit_scale_init_value", 2.6592);
        json.WriteStartObject("text_config");
        Tower(json, c.P, c.Text.Width, c.Text.Mlp, c.Text.Heads, c.Text.Layers, c.Text.Activation, c.Text.Eps);
        json.WriteNumber("vocab_size", c.Text.Vocabulary);
        json.WriteNumber("max_position_embeddings", c.Text.Context);
        json.WriteNumber("eos_token_id", c.Text.Vocabulary - 1);
        json.WriteNumber("bos_token_id", c.Text.Vocabulary - 2);
        json.WriteEndObject();
        json.WriteStartObject("vision_config");
        Tower(json, c.P, c.Vision.Width, c.Vision.Mlp, c.Vision.Heads, c.Vision.Layers, c.Vision.Activation, c.Vision.Eps);
        json.WriteNumber("patch_size", c.Vision.Patch);
        json.WriteNumber("image_size", c.Vision.ImageSize);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Tower(
        Utf8JsonWriter json, int p, int width, int mlp, int heads, int layers, Activation activation, float eps)
    {
        json.WriteNumber("hidden_size", width);
        json.WriteNumber("intermediate_size", mlp);
        json.WriteNumber("num_attention_heads", heads);
        json.WriteNumber("num_hidden_layers", layers);
        json.WriteString("hidden_act", activation == Activation.QuickGelu ? "quick_gelu" : "gelu");
        json.WriteNumber("layer_norm_eps", Math.Round(eps, 9));
        json.WriteNumber("projection_dim", p);
    }
}
