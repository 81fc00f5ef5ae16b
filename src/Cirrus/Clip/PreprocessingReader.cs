using System.Text.Json;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>How pictures become a checkpoint's input: said by the JSON beside it, else by its layout.</summary>
/// <remarks>
/// All CLIPs here share mean, deviation and bicubic resizing. A model that was trained with others is refused: its vectors would
/// look right and be wrong.
/// </remarks>
internal static class PreprocessingReader
{
    private const int Bicubic = 3;
    private const string Usual = "use a CLIP with the usual preprocessing";

    public static Preprocessing Read(bool huggingFace, string folder, int size)
    {
        string file = Path.Combine(folder, huggingFace ? "preprocessor_config.json" : "open_clip_config.json");
        if (File.Exists(file))
            try
            {
                using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
                if (huggingFace)
                    Check(json.RootElement, "image_mean", "image_std", file);
                else if (json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty("preprocess_cfg", out JsonElement open))
                    Check(open, "mean", "std", file);
            }
            catch (JsonException e)
            {
                throw new CirrusException($"'{file}' is not JSON: {e.Message}", hint: "download it again", e);
            }
        return new(huggingFace ? PreprocessingFamily.HuggingFace : PreprocessingFamily.OpenAi, size);
    }

    private static void Check(JsonElement said, string mean, string deviation, string file)
    {
        if (said.ValueKind != JsonValueKind.Object)
            return;
        Same(said, mean, Preprocessing.Mean, file);
        Same(said, deviation, Preprocessing.Deviation, file);
        Only(said, "interpolation", "bicubic", file);
        Only(said, "resize_mode", "shortest", file);
        if (said.Member("do_center_crop", JsonValueKind.False) is not null)
            throw new CirrusException($"'{file}' does not crop pictures to their middle, which is all that is known here.",
                hint: Usual);
        if (said.Member("resample", JsonValueKind.Number) is JsonElement filter && filter.GetDouble() != Bicubic)
            throw new CirrusException($"'{file}' wants the resize filter {filter}; only bicubic (3) is known.", hint: Usual);
    }

    private static void Only(JsonElement said, string name, string wanted, string file)
    {
        if (said.Member(name, JsonValueKind.String) is JsonElement value && value.GetString() != wanted)
            throw new CirrusException($"'{file}' has the {name} {value}; only {wanted} is known.", hint: Usual);
    }

    private static void Same(JsonElement said, string name, ReadOnlySpan<float> wanted, string file)
    {
        if (!said.TryGetProperty(name, out JsonElement list))
            return;
        bool same = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == wanted.Length;
        for (int i = 0; same && i < wanted.Length; i++)
            same = list[i].ValueKind == JsonValueKind.Number && Math.Abs(list[i].GetDouble() - wanted[i]) < 1e-6;
        if (!same)
            throw new CirrusException($"'{file}' has {name} {list}, not CLIP's {string.Join(", ", wanted.ToArray())}.",
                hint: Usual);
    }
}
