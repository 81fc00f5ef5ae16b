using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery merge A B -o OUT</c>: one gallery of the parts that <c>index --shard</c> made.</summary>
internal static class GalleryMergeCommand
{
    private const int MostNamed = 20;

    private static readonly Argument<string[]> Parts = new("galleries") { Description = "galleries of one model", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "the merged gallery's folder, which must not be there",
        Required = true,
    };
    private static readonly Option<string?> Root = new("--root")
    {
        Description = "the folder of pictures that all paths are relative to, instead of what each gallery says",
    };

    public static Command Create()
    {
        Command command = new("merge", "Make one gallery of several; rows stay as they are to the bit, ids are given anew in the order of paths.")
        {
            Parts, Output, Root,
        };
        command.SetAction((args, stop) => Task.Run(() =>
        {
            TextWriter error = args.InvocationConfiguration.Error;
            string[] folders = [.. args.GetRequiredValue(Parts).Select(GalleryFolder.Named)];
            MergeSummary done = GalleryMerge.Run(folders, args.GetRequiredValue(Output), args.GetValue(Root), stop);
            foreach (string path in done.Doubled.Take(MostNamed))
                error.WriteLine($"in more than one gallery: {path}");
            if (done.Doubled.Count > 0)
                error.WriteLine(Text($"{done.Doubled.Count} in more than one gallery; of each the file modified last was taken"));
            args.InvocationConfiguration.Output.WriteLine(Text(
                $"{done.Pictures} pictures of {folders.Length} galleries, {done.Doubled.Count} doubled, {done.Unreadable} unreadable"));
            return ExitCode.Done;
        }, CancellationToken.None));
        return command.WithExamples("gallery merge parts/0 parts/1 parts/2 -o photos/.cirrus",
            "gallery merge holiday family -o all/.cirrus", "gallery merge parts/* -o photos/.cirrus --root photos");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
