using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Finds a checkpoint's configuration: sizes from the tensors' shapes, the rest from the JSON beside it.</summary>
/// <remarks>Shapes are trusted over JSON: bigG's config.json once carried a wrong projection size (methods: 1.1).</remarks>
internal static class ClipConfigReader
{
    public static ClipConfig Read(CheckpointLayout layout, string folder, string name)
    {
        long[] table = layout.Shape("token_embedding.weight"), positions = layout.Shape("positional_embedding");
        long[] conv = layout.Shape("visual.conv1.weight"), patches = layout.Shape("visual.positional_embedding");
        long[] projection = layout.Shape("visual.proj");
        if (table.Length != 2 || positions.Length != 2 || conv.Length != 4 || patches.Length != 2 || projection.Length != 2)
            throw new CirrusException("The checkpoint's embeddings have shapes of another model.",
                hint: "it may not be a CLIP with vision transformer");
        int p = Size(layout.IsHuggingFace ? projection[0] : projection[1]), patch = Size(conv[3]);
        int side = (int)Math.Round(Math.Sqrt(patches[0] - 1));
        if (((long)side * side) + 1 != patches[0])
            throw new CirrusException($"An image tower of {patches[0]} positions is not square.",
                hint: "the checkpoint is damaged or not a CLIP");
        Activation activation = BareActivation(layout.IsOpenAi, Size(table[1])), visionActivation = activation;
        (float eps, float visionEps) = (1e-5f, 1e-5f);
        int? textHeads = null, visionHeads = null;
        string file = Path.Combine(folder, layout.IsHuggingFace ? "config.json" : "open_clip_config.json");
        if (File.Exists(file))
        {
            using JsonDocument json = Parse(file);
            if (layout.IsHuggingFace)
            {
                (textHeads, activation, eps) = HuggingFacePart(json.RootElement, "text_config", 8, file);
                (visionHeads, visionActivation, visionEps) = HuggingFacePart(json.RootElement, "vision_config", 12, file);
            }
            else if (json.RootElement.Member("model_cfg", JsonValueKind.Object) is JsonElement model)
            {
                activation = model.Member("quick_gelu", JsonValueKind.True) is null ? Activation.Gelu : Activation.QuickGelu;
                visionActivation = activation;
                textHeads = Number(model, "text_cfg", "heads");
                visionHeads = Number(model, "vision_cfg", "head_width") is int width and > 0 ? Size(conv[0]) / width : null;
            }
        }
        else if (layout.IsHuggingFace)
        {
            throw new CirrusException($"'{folder}' has no config.json.",
                hint: "a Hugging Face folder needs config.json beside its weights");
        }
        int w = Size(table[1]), v = Size(conv[0]);
        (textHeads, visionHeads) = (textHeads ?? Math.Max(1, w / 64), visionHeads ?? VisionHeads(v));
        if (textHeads < 1 || visionHeads < 1 || w % textHeads != 0 || v % visionHeads != 0)
            throw new CirrusException($"Towers of width {w} and {v} do not divide into {textHeads} and {visionHeads} heads.",
                hint: $"correct the heads in '{file}'");
        int mlp = Size(layout.Shape("transformer.resblocks.0.mlp.c_fc.weight")[0]);
        int visionMlp = Size(layout.Shape("visual.transformer.resblocks.0.mlp.c_fc.weight")[0]);
        return new(name, p,
            new(w, Layers(layout, "transformer."), textHeads.Value, mlp,
                Size(table[0]), Size(positions[0]), activation, eps),
            new(v, Layers(layout, "visual.transformer."), visionHeads.Value, visionMlp,
                patch, patch * side, visionActivation, visionEps));
    }

    /// <summary>Of a file without configuration: OpenAI's sizes have QuickGELU, LAION's larger ones GELU.</summary>
    internal static Activation BareActivation(bool openAi, int textWidth) =>
        openAi || textWidth < 1024 ? Activation.QuickGelu : Activation.Gelu;

    /// <summary>Heads are not stored. 64 wide in OpenAI's towers; 80, 88 and 104 in H, g and bigG (methods: 1.1).</summary>
    internal static int VisionHeads(int width) => width is 1280 or 1408 or 1664 ? 16 : Math.Max(1, width / 64);

    /// <summary>A member of an object, where it is there and of that kind.</summary>
    internal static JsonElement? Member(this JsonElement of, string name, JsonValueKind kind) =>
        of.TryGetProperty(name, out JsonElement member) && member.ValueKind == kind ? member : null;

    private static int Layers(CheckpointLayout layout, string tower)
    {
        int layers = 0;
        while (layout.Has($"{tower}resblocks.{layers}.ln_1.weight"))
            layers++;
        return layers > 0 ? layers : throw new CirrusException($"The {tower.TrimEnd('.')} of the checkpoint has no blocks.",
            hint: "it may not be a CLIP");
    }

    /// <summary>A tower's numbers; what is not written is transformers' default, as its files leave defaults out.</summary>
    private static (int, Activation, float) HuggingFacePart(JsonElement root, string part, int usualHeads, string file)
    {
        JsonElement at = root.Member(part, JsonValueKind.Object) ?? root;
        int heads = at.Member("num_attention_heads", JsonValueKind.Number) is JsonElement h
            && h.TryGetInt32(out int n) && n > 0 ? n : usualHeads;
        float eps = at.Member("layer_norm_eps", JsonValueKind.Number) is JsonElement e
            && e.TryGetSingle(out float value) && value > 0 ? value : 1e-5f;
        Activation activation = at.Member("hidden_act", JsonValueKind.String)?.GetRawText() switch
        {
            null or "\"quick_gelu\"" => Activation.QuickGelu,
            "\"gelu\"" => Activation.Gelu,
            string other => throw new CirrusException(
                $"'{file}' asks for the activation {other}; CLIPs have quick_gelu or gelu.",
                hint: "this is another kind of model"),
        };
        return (heads, activation, eps);
    }

    private static int? Number(JsonElement model, string part, string name) =>
        model.Member(part, JsonValueKind.Object)?.Member(name, JsonValueKind.Number) is JsonElement n
            && n.TryGetInt32(out int value) ? value : null;

    private static JsonDocument Parse(string file)
    {
        try
        {
            JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new JsonException("it is no object");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file}' cannot be read: {e.Message}", hint: "download it again", e);
        }
    }

    private static int Size(long d) => d is > 0 and <= int.MaxValue ? (int)d
        : throw new CirrusException($"A weight has a side of {d}.", hint: "the checkpoint is damaged");
}
