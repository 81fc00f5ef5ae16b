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
        Command list = new("list", "List known models: size, memory, estimated speed on this machine, licence of the weights, and whether they are here.");
        Command command = new("models", "Models of the hub: list, fetch, verify, and where they lie.")
        {
            list.WithExamples("models list"), ModelsPullCommand.Create(), ModelsVerifyCommand.Create(), ModelsPathCommand.Create(),
        };
        foreach (Command either in new[] { list, command })
            either.SetAction(args =>
            {
                Write(args.InvocationConfiguration.Output, HubSettings.FromEnvironment(), GemmSpeed(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
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
        foreach (HubRepository other in cache.Repositories().Where(r => !KnownModel.All.Any(m => m.Id == r.Id) && cache.FindModel(r) is not null))
            rows.Add(["", other.Id, "", "", "", "", "yes", "", "fetched before"]);
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (string[] row in rows)
            output.WriteLine(string.Join("  ", row.Select((text, c) => c is >= 2 and <= 4 ? text.PadLeft(widths[c]) : text.PadRight(widths[c]))).TrimEnd());
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"pictures/s is estimated: the image tower's operations over the {speed:0} GFLOP/s that matrix products reach here now; cirrus bench image-tower measures it"));
        output.WriteLine($"fits: weights and a quarter more in the {ByteText.Of(memory)} of memory here; {Shipped()}");
        output.WriteLine($"cache: {cache.Folder}");
    }

    private static string Shipped() => $"{ModelPlace.Shipped} ships with cirrus and needs no download";

    private static string Here(HubCache cache, HubRepository repository) => cache.FindModel(repository) is not null ? "yes" : Directory.Exists(cache.Of(repository)) ? "in part" : "no";

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
