using System.Text.Json.Nodes;
using Cirrus.Playground;

namespace Cirrus.Tests;

/// <summary>CIRR's layout with six drawn pictures and four changes.</summary>
internal static class TinyCirr
{
    public const int Pictures = 6;

    private static readonly (int Reference, int Target, string Caption)[] Pairs = [(0, 1, "is red"), (1, 2, "is larger"),
        (0, 3, "is blue"), (4, 5, "has two circles")];

    /// <param name="split">val, or test1, which keeps its targets to itself.</param>
    /// <param name="png">the file of a picture; null: a small drawing.</param>
    public static void Write(string folder, int pictures = Pictures, Func<int, byte[]>? png = null, string split = "val")
    {
        Directory.CreateDirectory(Path.Combine(folder, "cirr", "captions"));
        Directory.CreateDirectory(Path.Combine(folder, "cirr", "image_splits"));
        Directory.CreateDirectory(Path.Combine(folder, "dev"));
        JsonObject places = [];
        for (int i = 0; i < pictures; i++)
        {
            places[Name(i)] = $"./dev/{Name(i)}.png";
            File.WriteAllBytes(FileOf(folder, i), png?.Invoke(i) ?? Png.Encode(Draw(i), 32));
        }
        JsonArray pairs = [.. Pairs.Select((p, i) => new JsonObject
        {
            ["pairid"] = 100 + i,
            ["reference"] = Name(p.Reference),
            ["target_hard"] = Name(p.Target),
            ["caption"] = p.Caption,
            ["img_set"] = new JsonObject { ["id"] = 1, ["members"] = new JsonArray([.. Enumerable.Range(0, Pictures).Select(m => JsonValue.Create(Name(m)))]) },
        })];
        if (split != "val")
            foreach (JsonNode? pair in pairs)
                pair!.AsObject().Remove("target_hard");
        File.WriteAllText(Path.Combine(folder, "cirr", "image_splits", $"split.rc2.{split}.json"), places.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "cirr", "captions", $"cap.rc2.{split}.json"), pairs.ToJsonString());
    }

    public static string Name(int i) => $"dev-{i}-0-img0";

    public static string FileOf(string folder, int i) => Path.Combine(folder, "dev", $"{Name(i)}.png");

    /// <summary>A field of colour with a square, each picture in its own.</summary>
    private static byte[] Draw(int i) => [.. Enumerable.Range(0, 32 * 32).SelectMany(at => at % 32 / 8 == i % 4 && at / 256 == i / 2
        ? new byte[] { 255, (byte)(40 * i), 0 } : [(byte)(30 * i), 90, (byte)(250 - (40 * i))])];
}
