using System.CommandLine;
using System.Globalization;
using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus models pull NAME</c>: fetches a model into the hub's cache, going on where an earlier pull ended.</summary>
internal static class ModelsPullCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "a name of 'cirrus models', or org/name" };
    private static readonly Option<string> Revision = new("--revision")
    {
        Description = "a branch, a tag or a commit",
        DefaultValueFactory = _ => HubCache.MainBranch,
    };

    private static readonly Option<string[]> Include = new("--include")
    {
        Description = "names of the files to fetch, * stands for anything; without it those that Cirrus reads: configuration, tokenizer, weights",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> Offline = new("--offline") { Description = "ask nothing of the network: only look whether it is here" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("pull", "Fetch a model into the hub's cache, which Python tools share; print its folder. What was broken off is gone on with.") { Model, Revision, Include, Offline, Quiet };
        command.SetAction((args, stop) =>
        {
            HubSettings settings = HubSettings.FromEnvironment();
            return RunAsync(args.GetValue(Offline) ? settings with { Offline = true } : settings, args.GetRequiredValue(Model),
                args.GetValue(Revision)!, args.GetValue(Include) ?? [],
                args.InvocationConfiguration.Output, args.InvocationConfiguration.Error, args.GetValue(Quiet), stop);
        });
        return command.WithExamples("models pull vit-b-32", "models pull openai/clip-vit-large-patch14 --revision main",
            "models pull org/name --include '*.safetensors' config.json");
    }

    internal static async Task<int> RunAsync(HubSettings settings, string model, string revision, string[] include,
        TextWriter output, TextWriter error, bool quiet, CancellationToken stop)
    {
        HubRepository repository = ModelPlace.Repository(model);
        HubCache cache = new(settings.Cache, settings.Symlinks);
        if (settings.Offline)
        {
            await output.WriteLineAsync(cache.FindModel(repository, revision)
                ?? throw new CirrusException($"'{model}' is not here, and the network is switched off (HF_HUB_OFFLINE or --offline).",
                    hint: $"when it is on: cirrus models pull {model}"));
            return ExitCode.Done;
        }
        using HubClient client = new(settings);
        HubPull pull = new(settings, error.WriteLine);
        DownloadProgress? progress = null;
        try
        {
            HubPlan plan = await pull.PlanAsync(client, repository, revision, include, stop);
            await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{repository}: {ByteText.Of(plan.Size)} in {plan.Files.Count} files, {ByteText.Of(plan.Missing)} of it to "
                    + $"fetch; licence of the weights: {Licence(repository, settings)}; to {cache.Of(repository)}"));
            if (!quiet)
                progress = new(error, plan.Size);
            HubPulled pulled = await pull.RunAsync(client, plan, (done, file) => progress?.Report(done, file), stop);
            progress?.End();
            await error.WriteLineAsync(pulled.Verified == pulled.Files ? $"all {pulled.Files} files are here, verified by their hashes"
                : $"all {pulled.Files} files are here, {pulled.Verified} verified by their hashes; of the others the server gives none");
            await output.WriteLineAsync(pulled.Snapshot);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            progress?.End();
            await error.WriteLineAsync($"interrupted; what came is kept\nhint: {CommandName.Typed} models pull {model} goes on where it ended");
            return ExitCode.Interrupted;
        }
        catch (CirrusException)
        {
            progress?.End();
            throw;
        }
    }

    private static string Licence(HubRepository repository, HubSettings settings) =>
        KnownModel.Find(repository.Id)?.Licence ?? $"see {settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}";
}
