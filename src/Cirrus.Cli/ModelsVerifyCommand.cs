using System.CommandLine;
using System.Text.Json;
using Cirrus.Hub;

namespace Cirrus.Cli;

/// <summary><c>cirrus models verify NAME</c>: every file's content against the hash it is named by.</summary>
internal static class ModelsVerifyCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "a name of 'cirrus models', or org/name" };
    private static readonly Option<string> Revision = new("--revision")
    {
        Description = "a branch, a tag or a commit",
        DefaultValueFactory = _ => HubCache.MainBranch,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object instead of lines" };

    public static Command Create()
    {
        Command command = new("verify", "Hold a fetched model's files against their hashes; no network is needed.") { Model, Revision, Json };
        command.SetAction((args, stop) => RunAsync(HubSettings.FromEnvironment(), args.GetRequiredValue(Model), args.GetValue(Revision)!,
            args.InvocationConfiguration.Output, args.InvocationConfiguration.Error, args.GetValue(Json), stop));
        return command.WithExamples("models verify vit-b-32", "models verify vit-b-32 --json",
            "models verify openai/clip-vit-base-patch32 --revision main");
    }

    internal static async Task<int> RunAsync(HubSettings settings, string model, string revision, TextWriter output,
        TextWriter error, bool json, CancellationToken stop)
    {
        string snapshot = ModelsPathCommand.Find(settings, model, revision);
        int wrong = 0, unknown = 0, files = 0;
        List<HubVerdict> all = [];
        await foreach (HubVerdict verdict in HubVerification.RunAsync(snapshot, stop))
        {
            files++;
            wrong += verdict.Right == false ? 1 : 0;
            unknown += verdict.Right is null ? 1 : 0;
            all.Add(verdict);
            if (!json)
                await output.WriteLineAsync(
                    $"{verdict.Right switch { true => "ok", false => "DAMAGED", null => "no hash" },-8} "
                        + $"{ByteText.Of(verdict.Size),8}  {verdict.Name}");
        }
        if (json)
            JsonText.WriteObject(output, writer => WriteJson(writer, snapshot, all));
        if (wrong > 0)
            await error.WriteLineAsync(
                $"error: {wrong} of {files} files are damaged\nhint: {CommandName.Typed} models pull {model} fetches them again");
        else if (unknown > 0)
            await error.WriteLineAsync(
                $"of {unknown} of {files} files no hash is kept here; {CommandName.Typed} models pull {model} verifies them with the hub");
        return wrong > 0 ? ExitCode.UserError : ExitCode.Done;
    }

    private static void WriteJson(Utf8JsonWriter json, string snapshot, List<HubVerdict> files)
    {
        json.WriteString("folder", snapshot);
        json.WriteStartArray("files");
        foreach (HubVerdict file in files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("size", file.Size);
            json.WriteString("hash", file.Right switch { true => "right", false => "wrong", null => "unknown" });
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
