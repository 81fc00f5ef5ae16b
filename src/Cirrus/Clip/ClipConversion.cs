using System.Text.Json;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Whose names and files a CLIP has.</summary>
public enum ClipLayout
{
    /// <summary>config.json, model.safetensors, preprocessor_config.json.</summary>
    HuggingFace,

    /// <summary>open_clip_config.json, open_clip_model.safetensors.</summary>
    OpenClip,

    /// <summary>model.pt, a state dict alone: it says neither heads nor activation, which follow from OpenAI's sizes.</summary>
    OpenAi,
}

/// <summary>Writes a CLIP in another layout: every number in the type it is stored in, and the tokenizer's files.</summary>
public static class ClipConversion
{
    /// <summary>Files of a tokenizer, also those that only Python tools read.</summary>
    private static readonly string[] Tokenizer =
        ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
            "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"];

    /// <summary>Writes <paramref name="folder"/>, loads it again, and keeps it only if it is the same model.</summary>
    /// <returns>the fingerprint of both.</returns>
    /// <exception cref="CirrusException">No CLIP, the folder exists, or the layout cannot say what the model is.</exception>
    public static string Run(string source, string folder, ClipLayout to, Device device)
    {
        if (Path.Exists(folder))
            throw new CirrusException($"'{folder}' exists already.", hint: "name a new folder, or remove that one");
        ClipConfig config;
        BpeTokenizer tokenizer;
        string fingerprint;
        using (ClipModel model = ClipModel.Load(source, device))
            (config, tokenizer, fingerprint) = (model.Config, model.Tokenizer, model.Fingerprint);
        string unfinished = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + $".{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(unfinished);
            Write(source, config, tokenizer, unfinished, to);
            using (ClipModel written = ClipModel.Load(unfinished, device))
                if (written.Config with { Name = "" } != config with { Name = "" } || written.Fingerprint != fingerprint)
                    throw new CirrusException("In this layout the model would be another: "
                        + $"{Sizes(written.Config)}, where the source has {Sizes(config)}.",
                        hint: "a bare state dict says neither heads nor activation; convert to hf or open-clip");
            Directory.Move(unfinished, folder);
            return fingerprint;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{folder}' cannot be written: {e.Message}",
                hint: "name a place that is yours, with room for the weights", e);
        }
        finally
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
        }
    }

    private static void Write(string source, ClipConfig config, BpeTokenizer tokenizer, string folder, ClipLayout to)
    {
        string file = ClipFiles.FindWeights(source), beside = ClipFiles.FolderOf(file);
        using TensorFile tensors = TensorFile.Open(file);
        CheckpointLayout layout = CheckpointLayout.Of(tensors);
        IEnumerable<SavedTensor> all = ClipWeights.Shapes(config)
            .SelectMany(w => Saved(tensors, layout, w.Name, w.Shape, config, to));
        SavedTensor[] saved = [.. all];
        Dictionary<string, string> metadata = new(tensors.Metadata)
        {
            ["format"] = "pt",
            ["converted_from"] = $"{layout.Name}: {Path.GetFileName(file)}",
        };
        if (to == ClipLayout.OpenAi)
            TorchWriter.WriteStateDict(Path.Combine(folder, "model.pt"), saved);
        else
            Safetensors.Write(Path.Combine(folder,
                to == ClipLayout.HuggingFace ? "model.safetensors" : "open_clip_model.safetensors"), saved, metadata);
        if (to == ClipLayout.HuggingFace)
            ClipFiles.WriteConfig(Path.Combine(folder, "config.json"), config);
        if (to != ClipLayout.OpenAi)
            WriteJson(Path.Combine(folder, to == ClipLayout.HuggingFace ? "preprocessor_config.json" : "open_clip_config.json"),
                json => Describe(json, config, to == ClipLayout.HuggingFace));
        foreach (string name in Tokenizer.Where(n => File.Exists(Path.Combine(beside, n))))
            File.Copy(Path.Combine(beside, name), Path.Combine(folder, name));
        if (to == ClipLayout.HuggingFace && !File.Exists(Path.Combine(folder, "vocab.json")))
            tokenizer.Save(folder);
    }

    /// <summary>One weight of ours as the layout has it: three tensors for Hugging Face's q, k and v, else one.</summary>
    private static IEnumerable<SavedTensor> Saved(TensorFile tensors, CheckpointLayout layout, string weight, int[] shape,
        ClipConfig config, ClipLayout to)
    {
        StoredType[] types = [.. layout.Names(weight).Select(n => tensors.Tensors[n].Type).Distinct()];
        StoredType type = types is [StoredType.F16 or StoredType.BF16] ? types[0] : StoredType.F32;
        int count = shape.Aggregate(1, (n, d) => checked(n * d));
        string[] names = to == ClipLayout.HuggingFace ? HuggingFaceNames.Of(weight) : [weight];
        bool turned = to != ClipLayout.HuggingFace && weight is ("text_projection" or "visual.proj");
        int[] written = weight switch
        {
            "visual.conv1.weight" => [shape[0], 3, config.Vision.Patch, config.Vision.Patch],
            "logit_scale" => [],
            _ when turned => [shape[1], shape[0]],
            _ => [shape[0] / names.Length, .. shape[1..]],
        };
        return names.Select((name, i) => new SavedTensor(name, type, written, () =>
        {
            float[] values = new float[count];
            layout.Read(weight, shape, values);
            return turned ? Turn(values, shape) : values.AsMemory(i * (count / names.Length), count / names.Length);
        }));
    }

    private static float[] Turn(float[] values, int[] shape)
    {
        float[] turned = new float[values.Length];
        for (int r = 0; r < shape[0]; r++)
            for (int c = 0; c < shape[1]; c++)
                turned[(c * shape[0]) + r] = values[(r * shape[1]) + c];
        return turned;
    }

    private static void WriteJson(string path, Action<Utf8JsonWriter> write)
    {
        using FileStream stream = new(path, FileMode.CreateNew);
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }

    private static void Describe(Utf8JsonWriter json, ClipConfig c, bool huggingFace)
    {
        if (huggingFace)
        {
            json.WriteString("image_processor_type", "CLIPImageProcessor");
            foreach (string step in new[] { "do_convert_rgb", "do_resize", "do_center_crop", "do_rescale", "do_normalize" })
                json.WriteBoolean(step, true);
            json.WriteNumber("resample", 3);
            json.WriteStartObject("size");
            json.WriteNumber("shortest_edge", c.Vision.ImageSize);
            json.WriteEndObject();
            json.WriteStartObject("crop_size");
            json.WriteNumber("height", c.Vision.ImageSize);
            json.WriteNumber("width", c.Vision.ImageSize);
            json.WriteEndObject();
            Numbers(json, "image_mean", Preprocessing.Mean);
            Numbers(json, "image_std", Preprocessing.Deviation);
            return;
        }
        json.WriteStartObject("model_cfg");
        json.WriteNumber("embed_dim", c.P);
        json.WriteBoolean("quick_gelu", c.Text.Activation == Activation.QuickGelu);
        json.WriteStartObject("vision_cfg");
        json.WriteNumber("image_size", c.Vision.ImageSize);
        json.WriteNumber("layers", c.Vision.Layers);
        json.WriteNumber("width", c.Vision.Width);
        json.WriteNumber("head_width", c.Vision.Width / c.Vision.Heads);
        json.WriteNumber("patch_size", c.Vision.Patch);
        json.WriteNumber("mlp_ratio", (double)c.Vision.Mlp / c.Vision.Width);
        json.WriteEndObject();
        json.WriteStartObject("text_cfg");
        json.WriteNumber("context_length", c.Text.Context);
        json.WriteNumber("vocab_size", c.Text.Vocabulary);
        json.WriteNumber("width", c.Text.Width);
        json.WriteNumber("heads", c.Text.Heads);
        json.WriteNumber("layers", c.Text.Layers);
        json.WriteNumber("mlp_ratio", (double)c.Text.Mlp / c.Text.Width);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("preprocess_cfg");
        Numbers(json, "mean", Preprocessing.Mean);
        Numbers(json, "std", Preprocessing.Deviation);
        json.WriteString("interpolation", "bicubic");
        json.WriteString("resize_mode", "shortest");
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static string Sizes(ClipConfig c) => $"{c.Text.Heads} and {c.Vision.Heads} heads, "
        + $"{c.Text.Activation} and {c.Vision.Activation}, norms with {c.Text.Eps} and {c.Vision.Eps}";
}
