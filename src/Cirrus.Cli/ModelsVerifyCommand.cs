using System.CommandLine;
using Cirrus.Hub;

namespace Cirrus.Cli;

/// <summary><c>cirrus models verify NAME</c>: every file's content against the hash it is named by.</summary>
internal static class ModelsVerifyCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "a name of 'cirrus models', or org/name" };
    private static readonly Option<string> Revision = new("--revision") { Description = "a branch, a tag or a commit", DefaultValueFactory = _ => HubCache.MainBranch };

    public static Command Create()
    {
        Command command = new("verify", "Hold a fetched model's files against their hashes; no network is needed.") { Model, Revision };
        command.SetAction((args, stop) => RunAsync(HubSettings.FromEnvironment(), args.GetRequiredValue(Model), args.GetValue(Revision)!,
            args.InvocationConfiguration.Output, args.InvocationConfiguration.Error, stop));
        return command.WithExamples("models verify vit-b-32", "models verify openai/clip-vit-base-patch32 --revision main");
    }

    internal static async Task<int> RunAsync(HubSettings settings, string model, string revision, TextWriter output, TextWriter error, CancellationToken stop)
    {
        string snapshot = ModelsPathCommand.Find(settings, model, revision);
        int wrong = 0, unknown = 0, files = 0;
        await foreach (HubVerdict verdict in HubVerification.RunAsync(snapshot, stop))
        {
            files++;
            wrong += verdict.Right == false ? 1 : 0;
            unknown += verdict.Right is null ? 1 : 0;
            await output.WriteLineAsync($"{verdict.Right switch { true => "ok", false => "DAMAGED", null => "no hash" },-8} {ByteText.Of(verdict.Size),8}  {verdict.Name}");
        }
        if (wrong > 0)
            await error.WriteLineAsync($"error: {wrong} of {files} files are damaged\nhint: cirrus models pull {model} fetches them again");
        else if (unknown > 0)
            await error.WriteLineAsync($"of {unknown} of {files} files no hash is kept here; cirrus models pull {model} verifies them with the hub");
        return wrong > 0 ? ExitCode.UserError : ExitCode.Done;
    }
}
