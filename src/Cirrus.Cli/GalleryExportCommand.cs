using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Postgres;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery export photos --to CONNECTION</c>: a folder's gallery into PostgreSQL.</summary>
internal static class GalleryExportCommand
{
    private static readonly Argument<string?> Place = new("gallery")
    {
        Description = "the gallery, or its folder of pictures; else the one here or above",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string[]> To = new("--to") { Description = DatabaseSwitches.Connections, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Rows = new("--rows")
    {
        Description = "how a new gallery keeps rows: vector (f32, to the bit) or halfvec (f16, half the memory)",
        DefaultValueFactory = _ => "vector",
    };
    private static readonly Option<bool> NoIndex = new("--no-index")
    {
        Description = "a new gallery gets no HNSW index: searches are exact and read every row",
    };
    private static readonly Option<bool> Mirror = new("--mirror")
    {
        Description = "forget in the database what the folder's gallery does not have, also what moved there",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("export", "Copy a folder's gallery into PostgreSQL with pgvector: what is there already is not sent again.") { Place, To, Rows, NoIndex, Mirror, Quiet, DatabaseSwitches.Schema };
        Rows.AcceptOnlyFromAmong("vector", "halfvec");
        command.SetAction(RunAsync);
        return command.WithExamples("gallery export photos --to postgres://ann@db.example/pictures",
            "gallery export photos --to postgres://db1/pictures postgres://db2/pictures --rows halfvec",
            "gallery export photos --mirror");
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        string folder = GalleryFolder.Named(args.GetValue(Place) ?? ".");
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        PostgresOptions options = DatabaseSwitches.Read(args) with
        {
            Rows = args.GetValue(Rows) == "halfvec" ? RowType.Halfvec : RowType.Vector,
            Index = !args.GetValue(NoIndex),
        };
        using PostgresIndex database = await PostgresIndex.CreateAsync(DatabasePlace.Given(args.GetValue(To)), gallery.Space, options, stop);
        error.WriteLine($"{folder} into {string.Join(", ", database.Shards)}, rows as {database.Rows.ToString().ToLowerInvariant()}");
        GalleryItem[] items = [.. gallery.Items];
        Progress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error);
        CopySummary done = await GalleryCopy.CopyAsync(items, gallery.StoredRows(), database, args.GetValue(Mirror),
            n => progress.Report(n, items.Length, "pictures"), stop);
        progress.End();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done.Written} written, {done.Unchanged} unchanged, {done.Removed} removed"));
        return ExitCode.Done;
    }
}
