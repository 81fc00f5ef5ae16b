using System.Text;

namespace Cirrus.Tests.Evaluation.Rankings;

/// <summary>A made-up CIRR: ten pictures ("dev-0" ...) and pairs 100, 101, ...: picture i becomes i+1, in the group of i to i+5.</summary>
internal sealed class SmallCirr : IDisposable
{
    public const int Pictures = 10;

    private readonly TempFolder _folder = new();

    public SmallCirr(int pairs = 3, string split = "val")
    {
        string name = split == "val" ? "dev" : split;
        (Name, Pairs) = (name, pairs);
        Write($"image_splits/split.rc2.{split}.json", "{"
            + string.Join(",", Enumerable.Range(0, Pictures).Select(i => $"\"{name}-{i}\": \"./{name}/{name}-{i}.png\"")) + "}");
        Write($"captions/cap.rc2.{split}.json", "[" + string.Join(",", Enumerable.Range(0, pairs).Select(i => $$"""
            {"pairid": {{100 + i}}, "reference": "{{name}}-{{i}}", "target_hard": "{{name}}-{{i + 1}}", "caption": "is red",
             "img_set": {"id": 1, "members": [{{string.Join(", ", Enumerable.Range(i, 6).Select(m => $"\"{name}-{m}\""))}}] } }
            """)) + "]");
    }

    public string Name { get; }

    public int Pairs { get; }

    public string Data => _folder.Path;

    public string At(string name) => _folder.At(name);

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(name))!);
        File.WriteAllText(_folder.At(name), content, new UTF8Encoding(false));
        return _folder.At(name);
    }
}
