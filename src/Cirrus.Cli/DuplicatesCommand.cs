using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary><c>cirrus duplicates photos</c>: groups of near-equal pictures.</summary>
internal static class DuplicatesCommand
{
    private static readonly Argument<string?> Place = new("gallery")
    {
        Description = "a gallery, or a folder that has one; else the one here or above",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<float> Threshold = new Option<float>("--threshold") { Description = "cosine from which two pictures are near-equal: 1 is the same feature, lower joins more", DefaultValueFactory = _ => 0.97f }.From(-1, 1);
    private static readonly Option<string?> Filter = new("--filter")
    {
        Description = "only pictures that pass: 'path:holiday/** date>=2024 width>=1000 format:png,jpeg'",
    };
    private static readonly Option<string> Format = new("--format")
    {
        Description = "table: groups with a line between; tsv: group, id, path; paths: all but the first of each group; json",
        DefaultValueFactory = _ => "table",
    };

    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    private const int Million = 1_000_000;

    public static Command Create()
    {
        Command command = new("duplicates", "Groups of near-equal pictures of a gallery, found by comparing every pair.")
        {
            Place, Threshold, Filter, Format, Quiet,
        };
        Format.AcceptOnlyFromAmong("table", "tsv", "paths", "json");
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("duplicates photos", "duplicates photos --threshold 0.99 --format tsv",
            "duplicates --filter 'path:2024/**' --format json");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        ItemFilter? filter = args.GetValue(Filter) is string text ? ItemFilterText.Parse(text) : null;
        using GalleryFolder gallery = GalleryFolder.Open(GalleryFolder.Named(args.GetValue(Place) ?? "."));
        IReadOnlyList<IReadOnlyList<GalleryItem>> groups;
        Progress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error);
        try
        {
            groups = gallery.Duplicates(args.GetValue(Threshold), filter,
                (done, all) => progress.Report((int)(done / Million), (int)(all / Million), "million pairs"), stop);
            progress.End();
        }
        catch (OperationCanceledException)
        {
            progress.End();
            error.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }
        Write(output, args.GetValue(Format)!, gallery.Root, groups);
        error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{groups.Count:N0} groups with {groups.Sum(g => g.Count):N0} of {gallery.Count:N0} pictures"));
        return groups.Count == 0 ? ExitCode.NothingFound : ExitCode.Done;
    }

    private static void Write(TextWriter output, string format, string root, IReadOnlyList<IReadOnlyList<GalleryItem>> groups)
    {
        string Full(GalleryItem item) => Path.GetFullPath(Path.Combine(root, item.Path));
        if (format == "json")
        {
            JsonText.WriteObject(output, json => WriteGroups(json, groups, Full));
            return;
        }
        for (int g = 0; g < groups.Count; g++)
        {
            if (format == "table" && g > 0)
                output.WriteLine();
            foreach (GalleryItem item in format == "paths" ? groups[g].Skip(1) : groups[g])
                output.WriteLine(format switch
                {
                    "tsv" => string.Create(CultureInfo.InvariantCulture, $"{g + 1}\t{item.Id}\t{Full(item)}"),
                    "paths" => Full(item),
                    _ => string.Create(CultureInfo.InvariantCulture, $"{item.Width,6} x {item.Height,-6} {item.Size,11:N0}  {item.Path}"),
                });
        }
    }

    private static void WriteGroups(Utf8JsonWriter json, IReadOnlyList<IReadOnlyList<GalleryItem>> groups, Func<GalleryItem, string> full)
    {
        json.WriteStartArray("groups");
        foreach (IReadOnlyList<GalleryItem> group in groups)
        {
            json.WriteStartArray();
            foreach (GalleryItem item in group)
            {
                json.WriteStartObject();
                json.WriteNumber("id", item.Id);
                json.WriteString("path", item.Path);
                json.WriteString("fullPath", full(item));
                json.WriteNumber("width", item.Width);
                json.WriteNumber("height", item.Height);
                json.WriteNumber("size", item.Size);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
