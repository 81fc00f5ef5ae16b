using System.CommandLine;
using System.Diagnostics;
using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>search --database</c>: a folder's gallery composes the query, PostgreSQL is searched.</summary>
internal static class DatabaseSearch
{
    public static readonly Option<string[]> Database = new("--database") { Description = "search these databases in place of the folder's gallery, which composes the query: " + DatabaseSwitches.Connections, Arity = ArgumentArity.ZeroOrMore };
    public static readonly Option<bool> Exact = new("--exact") { Description = "with --database: read every row and not the index" };
    public static readonly Option<bool> Partial = new("--partial") { Description = "with --database: answer without the shards that are silent, and say which" };

    /// <summary>The options that only count with --database.</summary>
    public static readonly Option[] All = [Database, Exact, Partial, DatabaseSwitches.Schema];

    public static bool Asked(ParseResult args) => args.GetResult(Database) is { Implicit: false };

    /// <exception cref="CirrusException">The database holds vectors of another model, is silent, or the method's score has no form in it.</exception>
    public static async Task<SearchAnswer> RunAsync(Retriever retriever, ComposedQuery query, SearchOptions options, ItemFilter? filter, ParseResult args)
    {
        if (options.Cut)
            throw new CirrusException("A database does not know what chance would score.", hint: "leave out --cut auto, or give --min-score");
        bool partial = args.GetValue(Partial);
        using PostgresIndex database = await PostgresIndex.OpenAsync(DatabasePlace.Given(args.GetValue(Database)), DatabaseSwitches.Read(args) with { Exact = args.GetValue(Exact) }, partial);
        database.Require(retriever.Gallery.Space);
        PreparedQuery prepared = await retriever.ComposeAsync(query);
        ReadOnlyMemory<float> vector = prepared.Vector
            ?? throw new CirrusException($"{prepared.Method} scores pictures by several masked terms, which a database does not know.", hint: "search the folder's gallery, or take another method");
        long start = Stopwatch.GetTimestamp();
        // ids of the folder may be others in the database: the query's own pictures are told by path and by content
        HashSet<string> own = [.. query.Pictures.Select(p => p.Id is long id ? retriever.Gallery.Items.FirstOrDefault(i => i.Id == id)?.Path : Inside(retriever.Gallery.Root, p.File)).OfType<string>()];
        HashSet<string> contents = [.. prepared.Pictures.Select(p => p.Hash?[..32]).OfType<string>()];
        IndexAnswer found = (await database.SearchAsync(vector, options.IncludeQuery ? options.Top : options.Top + own.Count + contents.Count, filter, partial))[0];
        GalleryHit[] hits = [.. found.Hits.Where(h => h.Score >= options.MinScore && (options.IncludeQuery || !(own.Contains(h.Item.Path) || contents.Contains(h.Item.Hash)))).Take(options.Top)];
        string[] silent = [.. found.SilentShards.Select(s => $"no answer from {s}; what it holds is not among these")];
        return new([.. hits.Select((h, i) => new SearchHit(i + 1, h.Item.Id, h.Score, h.Item.Path, Path.GetFullPath(Path.Combine(retriever.Gallery.Root, h.Item.Path)), h.Item.Width, h.Item.Height))],
            prepared.Method, prepared.Prompt, (int)Math.Min(found.Searched, int.MaxValue), [.. prepared.Warnings, .. silent])
        {
            Matched = (int)Math.Min(found.Matched, int.MaxValue),
            Timings = prepared.Timings with { Search = Stopwatch.GetElapsedTime(start).TotalMilliseconds },
        };
    }

    /// <summary>A file's path as a gallery of that folder has it; null when it lies elsewhere.</summary>
    private static string? Inside(string root, string? file)
    {
        if (file is null)
            return null;
        string path = Path.GetRelativePath(root, Path.GetFullPath(file)).Replace('\\', '/');
        return path.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(path) ? null : path;
    }
}
