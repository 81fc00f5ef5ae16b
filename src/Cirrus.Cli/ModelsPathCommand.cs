using System.CommandLine;
using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus models path NAME</c>: the folder of a fetched model.</summary>
internal static class ModelsPathCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "a name of 'cirrus models', or org/name" };
    private static readonly Option<string> Revision = new("--revision")
    {
        Description = "a branch, a tag or a commit",
        DefaultValueFactory = _ => HubCache.MainBranch,
    };

    public static Command Create()
    {
        Command command = new("path", "Print the folder of a fetched model.") { Model, Revision };
        command.SetAction(args =>
        {
            args.InvocationConfiguration.Output
                .WriteLine(Find(HubSettings.FromEnvironment(), args.GetRequiredValue(Model), args.GetValue(Revision)!));
            return ExitCode.Done;
        });
        return command.WithExamples("models path vit-b-32", "models path openai/clip-vit-base-patch32 --revision main");
    }

    /// <exception cref="CirrusException">It was not fetched.</exception>
    internal static string Find(HubSettings settings, string model, string revision) =>
        new HubCache(settings.Cache, settings.Symlinks).FindSnapshot(ModelPlace.Repository(model), revision)
            ?? throw (revision == HubCache.MainBranch ? ModelPlace.Absent(model, settings)
                : new CirrusException($"The revision '{revision}' of '{model}' is not here.",
                    hint: $"fetch it: cirrus models pull {model} --revision {revision}"));
}
