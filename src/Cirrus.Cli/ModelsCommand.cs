using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cirrus.Cli.Bench;
using Cirrus.Clip;
using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus models</c>: what exists, what is here, what fits this machine; fetching and verifying.</summary>
internal static class ModelsCommand
{
    /// <summary>Memory besides the weights: activations, pictures, the program.</summary>
    private const double Room = 1.25;

    public static Command Create()
    {
        Option<bool> asJson = new("--json") { Description = "print one JSON object instead of a table" };
        Command list = new("list", "List known models: size, memory, estimated speed on this machine, licence of the weights, and whether they are here.") { asJson };
        Command command = new("models", "Models of the hub: list, fetch, verify, and where they lie.")
        {
            list.WithExamples("models list", "models list --json"), ModelsPullCommand.Create(), ModelsVerifyCommand.Create(),
            ModelsPathCommand.Create(),
        };
        foreach (Command either in new[] { list, command })
            either.SetAction(args =>
            {
                Action<TextWriter, HubSettings, double, long> write = args.GetValue(asJson) ? WriteJson : Write;
                write(args.InvocationConfiguration.Output, HubSettings.FromEnvironment(), GemmSpeed(),
                    GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
                return ExitCode.Done;
            });
        return command.WithExamples("models", "models pull vit-b-32", "models verify vit-b-32", "models path openai/clip-vit-base-patch32");
    }

    /// <param name="speed">of matrix products, in billions of operations a second.</param>
    /// <param name="memory">of this machine, in bytes.</param>
    internal static void Write(TextWriter output, HubSettings settings, double speed, long memory)
    {
        HubCache cache = new(settings.Cache, settings.Symlinks);
        List<string[]> rows = [["name", "repository", "download", "memory", "pictures/s", "licence", "here", "fits", ""]];
        foreach (KnownModel model in KnownModel.All)
        {
            HubRepository repository = HubRepository.Parse(model.Id);
            rows.Add([model.Name, model.Id, "~" + ByteText.Of(model.Bytes), "~" + ByteText.Of(model.Bytes),
                model.Size is string size ? "~" + Rate(speed / ImageTowerBench.Products(ClipSizes.Find(size))) : "-",
                model.Licence, Here(cache, repository), model.Bytes * Room <= memory ? "yes" : "no", model.Use]);
        }
        foreach (HubRepository other in Others(cache))
            rows.Add(["", other.Id, "", "", "", "", "yes", "", "fetched before"]);
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (string[] row in rows)
            output.WriteLine(string.Join("  ",
                row.Select((text, c) => c is >= 2 and <= 4 ? text.PadLeft(widths[c]) : text.PadRight(widths[c]))).TrimEnd());
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"pictures/s is estimated: the image tower's operations over the {speed:0} GFLOP/s that matrix products reach here "
                + $"now; {CommandName.Typed} bench image-tower measures it"));
        output.WriteLine($"fits: weights and a quarter more in the {ByteText.Of(memory)} of memory here; {Shipped()}");
        output.WriteLine($"cache: {cache.Folder}");
    }

    /// <inheritdoc cref="Write"/>
    internal static void WriteJson(TextWriter output, HubSettings settings, double speed, long memory)
    {
        HubCache cache = new(settings.Cache, settings.Symlinks);
        JsonText.WriteObject(output, json =>
        {
            json.WriteString("cache", cache.Folder);
            json.WriteString("shipped", ModelPlace.Shipped);
            json.WriteNumber("memory", memory);
            json.WriteNumber("gflops", Math.Round(speed));
            json.WriteStartArray("models");
            foreach (KnownModel model in KnownModel.All)
            {
                HubRepository repository = HubRepository.Parse(model.Id);
                json.WriteStartObject();
                json.WriteString("name", model.Name);
                json.WriteString("repository", model.Id);
                json.WriteNumber("parameters", model.Parameters);
                json.WriteNumber("bytes", model.Bytes);
                if (model.Size is string size)
                    json.WriteNumber("picturesPerSecond", Math.Round(speed / ImageTowerBench.Products(ClipSizes.Find(size)), 3));
                json.WriteString("licence", model.Licence);
                json.WriteString("use", model.Use);
                json.WriteString("here", Here(cache, repository));
                json.WriteString("folder", cache.FindModel(repository));
                json.WriteBoolean("fits", model.Bytes * Room <= memory);
                json.WriteEndObject();
            }
            foreach (HubRepository other in Others(cache))
            {
                json.WriteStartObject();
                json.WriteString("repository", other.Id);
                json.WriteString("here", "yes");
                json.WriteString("folder", cache.FindModel(other));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>Models that were fetched and are none of the known.</summary>
    private static IEnumerable<HubRepository> Others(HubCache cache) =>
        cache.Repositories().Where(r => !KnownModel.All.Any(m => m.Id == r.Id) && cache.FindModel(r) is not null);

    private static string Shipped() => $"{ModelPlace.Shipped} ships with cirrus and needs no download";

    private static string Here(HubCache cache, HubRepository repository) =>
        cache.FindModel(repository) is not null ? "yes" : Directory.Exists(cache.Of(repository)) ? "in part" : "no";

    private static string Rate(double rate) => rate.ToString(rate >= 9.95 ? "0" : rate >= 0.995 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>Billions of operations a second of a product as CLIP's towers have them, best of a quarter of a second.</summary>
    private static double GemmSpeed()
    {
        const int m = 400, k = 768, n = 3072;
        using Device device = Device.Open("cpu");
        using Arena inputs = new(device), arena = new(device);
        Tensor x = inputs.Zeros(m, k), w = inputs.Zeros(n, k);
        Graph g = new(arena);
        double best = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 0.25;)
        {
            g.Reset();
            long from = Stopwatch.GetTimestamp();
            g.Linear(x, w);
            best = Math.Max(best, 2e-9 * m * k * n / Stopwatch.GetElapsedTime(from).TotalSeconds);
        }
        return best;
    }
}
