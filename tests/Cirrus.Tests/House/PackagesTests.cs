using System.IO.Compression;
using System.Xml.Linq;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.House;

/// <summary>What <c>dotnet pack</c> makes can be installed from a folder, without a network, and works.</summary>
[Trait("Category", "Slow")]
public sealed class PackagesTests : IDisposable
{
    internal static readonly Dictionary<string, string> Quiet = new() { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1" };
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_tool_is_installed_from_a_folder_and_searches()
    {
        await Pack("Cirrus.Cli");
        Describes(Package("Cirrus.Cli"));
        await Dotnet("tool", "install", "Cirrus.Cli", "--tool-path", _folder.At("tools"), "--source", _folder.At("packages"), "--no-cache", "--version", Version);
        string cirrus = _folder.At(OperatingSystem.IsWindows() ? "tools/cirrus.exe" : "tools/cirrus");
        Assert.StartsWith(Version, await ProgramRun.OutputOf(cirrus, ["--version"], _folder.At("")), StringComparison.Ordinal);
        DrawPictures();
        await ProgramRun.OutputOf(cirrus, ["index", "photos", "--model", "playground"], _folder.At(""));
        string paths = await ProgramRun.OutputOf(cirrus, ["search", "photos/p0.png", "is red", "-g", "photos", "-n", "2", "--format", "paths"], _folder.At(""));
        Assert.Equal(2, paths.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_program_that_references_the_package_finds_what_ships_with_it()
    {
        await Pack("Cirrus.Tensors");
        await Pack("Cirrus");
        Describes(Package("Cirrus.Tensors"));
        Describes(Package("Cirrus"));
        string caches = (await ProgramRun.OutputOf("dotnet", ["nuget", "locals", "global-packages", "--list"], environment: Quiet)).Split(": ", 2)[1].Trim();
        Directory.CreateDirectory(_folder.At("program"));
        File.WriteAllText(_folder.At("program/Directory.Build.props"), "<Project />");
        File.WriteAllText(_folder.At("program/Directory.Packages.props"), "<Project />");
        File.WriteAllText(_folder.At("program/nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="packed" value="{_folder.At("packages")}" /><add key="here" value="{caches}" /></packageSources>
            </configuration>
            """);
        File.WriteAllText(_folder.At("program/program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
                <RestorePackagesPath>{_folder.At("restored")}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Cirrus" Version="{Version}" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(_folder.At("program/Program.cs"), """
            using Cirrus;
            using Cirrus.Clip;
            using Microsoft.Extensions.AI;

            using ClipEncoder encoder = ClipEncoder.Open(ClipModel.ShippedFolder);
            IEmbeddingGenerator<string, Embedding<float>> texts = encoder.AsEmbeddingGenerator();
            Console.WriteLine((await texts.GenerateAsync(["a red fish"]))[0].Dimensions);
            """);
        await ProgramRun.OutputOf("dotnet", ["build", "-c", "Release", "-o", _folder.At("built"), "-v", "quiet", "-p:UseSharedCompilation=false"], _folder.At("program"), Quiet);
        Assert.True(int.Parse(await ProgramRun.OutputOf("dotnet", [_folder.At("built/program.dll")]), System.Globalization.CultureInfo.InvariantCulture) > 0);
    }

    private static string Version => typeof(Retriever).Assembly.GetName().Version!.ToString(3);

    private string Package(string name) => _folder.At($"packages/{name}.{Version}.nupkg");

    private Task<string> Pack(string project) => Dotnet("pack", Path.Combine(Shared.Repository, "src", project), "-c", "Release", "--no-build", "-o", _folder.At("packages"), "-v", "quiet");

    private static Task<string> Dotnet(params string[] arguments) => ProgramRun.OutputOf("dotnet", arguments, environment: Quiet);

    /// <summary>Licence, readme and tags are what a person looks at before an installation.</summary>
    private static void Describes(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        using Stream stream = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
        string? Fact(string name) => metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        Assert.Equal("Apache-2.0", Fact("license"));
        Assert.Equal("README.md", Fact("readme"));
        Assert.Equal("icon.png", Fact("icon"));
        Assert.All(["README.md", "NOTICE", "icon.png"], name => Assert.NotNull(archive.GetEntry(name)));
        Assert.True(File.Exists(Path.ChangeExtension(package, "snupkg")));
        Assert.Contains("image-retrieval", Fact("tags"), StringComparison.Ordinal);
        Assert.True(Fact("description")?.Length > 40);
    }

    private void DrawPictures()
    {
        Directory.CreateDirectory(_folder.At("photos"));
        for (ulong i = 0; i < 4; i++)
            File.WriteAllBytes(_folder.At($"photos/p{i}.png"), Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(i, 1)), everyPair: true), new Philox(i, 2), 64), 64));
    }
}
