using System.Text.RegularExpressions;

namespace Cirrus.Tests.House;

/// <summary>The rooms of the house and who may enter which (architecture: 2), held against every using and every full name.</summary>
public sealed partial class RoomTests
{
    private static readonly Dictionary<string, string[]> May = new()
    {
        ["Imaging"] = [],
        ["Language"] = [],
        ["Clip"] = ["Imaging"],
        ["Training"] = [],
        ["Gallery"] = [],
        ["Hub"] = [],
        ["Methods"] = ["Clip", "Language", "Training"],
        ["Evaluation"] = ["Methods", "Clip", "Gallery"],
        [""] = ["Methods", "Clip", "Gallery", "Imaging", "Evaluation"],
    };

    [Fact]
    public void Every_room_uses_only_the_rooms_it_may()
    {
        string root = Path.Combine(Shared.Repository, "src", "Cirrus");
        List<string> wrong = [];
        int files = 0;
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(root, file);
            string room = relative.Contains(Path.DirectorySeparatorChar) ? relative[..relative.IndexOf(Path.DirectorySeparatorChar)] : "";
            if (room is "bin" or "obj" or "Playground")
                continue;
            files++;
            Assert.True(May.ContainsKey(room), $"{relative}: there is no room '{room}'");
            foreach (Match m in RoomName().Matches(File.ReadAllText(file)))
                if (m.Groups[1].Value is var used && used != room && used != "Tensors" && !May[room].Contains(used))
                    wrong.Add($"{relative}: {room} may not use {used}");
        }
        Assert.True(files > 0);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Tensors_know_nothing_of_the_rest()
    {
        string root = Path.Combine(Shared.Repository, "src", "Cirrus.Tensors");
        Assert.Empty(Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => RoomName().Matches(File.ReadAllText(f)).Any(m => m.Groups[1].Value != "Tensors")));
    }

    [Fact]
    public void The_database_package_knows_galleries_only()
    {
        string root = Path.Combine(Shared.Repository, "src", "Cirrus.Postgres");
        Assert.Empty(Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => RoomName().Matches(File.ReadAllText(f)).Any(m => m.Groups[1].Value is not ("Tensors" or "Gallery" or "Postgres"))));
    }

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.Empty(new[] { "src", "tests", "bench" }.Select(d => Path.Combine(Shared.Repository, d)).Where(Directory.Exists)
            .SelectMany(d => Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(f => File.ReadLines(f).Count() > 500));

    [GeneratedRegex(@"\bCirrus\.(Tensors|Imaging|Clip|Language|Methods|Training|Evaluation|Gallery|Hub|Playground|Postgres|Cli)\b")]
    private static partial Regex RoomName();
}
