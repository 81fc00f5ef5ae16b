using System.Globalization;
using Cirrus.Clip;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary>Runs of indexing with what a person sees of them.</summary>
internal sealed class IndexRun(GalleryWriter gallery, ClipModel clip, IndexOptions options, TextWriter error, bool quiet, bool verbose)
{
    private long _saved = gallery.Version;

    /// <summary>One run: how far it is, then what could not be read.</summary>
    public IndexSummary Once(CancellationToken stop)
    {
        Progress progress = new(quiet ? TextWriter.Null : error);
        IndexSummary done = new Indexer(gallery, clip, options).Run(p =>
        {
            if (p.Counting)
                progress.Count(p.Total, "pictures found");
            else
                progress.Report(p.Done, p.Total, "pictures");
            if (verbose && gallery.Version != _saved)
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"saved {p.Saved} pictures, version {_saved = gallery.Version}"));
        }, stop);
        progress.End();
        foreach (GalleryProblem problem in done.Unreadable)
            error.WriteLine($"unreadable: {problem.Reason}");
        return done;
    }

    public static void Say(TextWriter output, IndexSummary done) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{done.New} new, {done.Changed} changed, {done.Moved} moved, {done.Gone} gone, {done.Unchanged} unchanged, {done.Unreadable.Count} unreadable"));
}
