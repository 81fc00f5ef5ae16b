using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery import photos --from CONNECTION</c>: a gallery out of PostgreSQL into a folder.</summary>
internal static class GalleryImportCommand
{
    private static readonly Argument<string> Root = new("folder")
    {
        Description = "the folder of pictures that gets the gallery (FOLDER/.cirrus); it must not have one",
    };
    private static readonly Option<string[]> From = new("--from")
    {
        Description = DatabaseSwitches.Connections,
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    /// <summary>Rows a segment of the new gallery, about.</summary>
    private const int SegmentRows = 10_000;

    public static Command Create()
    {
        Command command = new("import", "Copy a gallery out of PostgreSQL into a folder, without encoding anything again.")
        {
            Root, From, Quiet, DatabaseSwitches.Schema,
        };
        command.SetAction(RunAsync);
        return command.WithExamples("gallery import photos --from postgres://ann@db.example/pictures",
            "gallery import photos --from postgres://db1/pictures postgres://db2/pictures");
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        string root = args.GetRequiredValue(Root), folder = Path.Combine(root, GalleryFolder.Name);
        if (GalleryFolder.IsOne(folder))
            throw new CirrusException($"'{root}' has a gallery already.", hint: "name another folder, or move its .cirrus away");
        using PostgresIndex database = await PostgresIndex.OpenAsync(DatabasePlace.Given(args.GetValue(From)),
            DatabaseSwitches.Read(args), stop: stop);
        if (await database.UnfinishedAsync(stop) is DateTime began)
            error.WriteLine($"warning: {PostgresIndex.UnfinishedText(began)}");
        int total = (int)await database.CountAsync(stop), done = 0;
        error.WriteLine($"{string.Join(", ", database.Shards)} into {folder}");
        Progress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error);
        using GalleryBuild build = GalleryBuild.Begin(folder, root, database.Space);
        List<StoredRow> segment = [];
        await foreach (IReadOnlyList<StoredRow> page in database.ReadAsync(stop))
        {
            segment.AddRange(page);
            progress.Report(done += page.Count, total, "pictures");
            if (segment.Count < SegmentRows)
                continue;
            build.Writer.Commit(new() { Added = segment });
            segment = [];
        }
        build.Writer.Commit(new() { Added = segment });
        build.Finish();
        progress.End();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} pictures"));
        return ExitCode.Done;
    }
}
