using System.Globalization;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>Runs of indexing with what a person sees of them.</summary>
internal sealed class IndexRun(GalleryWriter gallery, ClipModel clip, IndexOptions options, TextWriter error, bool quiet, bool verbose)
{
    private readonly HashSet<GalleryProblem> _told = [];
    private readonly HashSet<UnreadFolder> _unread = [];
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
        foreach (GalleryProblem problem in done.Unreadable.Where(_told.Add))
            error.WriteLine($"unreadable: {problem.Reason}");
        foreach (UnreadFolder folder in done.Unread.Where(_unread.Add))
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"could not be read: {folder.Path}/ (pictures of it that stay as they are known: {folder.Kept})"));
        return done;
    }

    /// <summary>Runs again whenever something has changed, until asked to stop; what goes wrong is said, and tried again.</summary>
    public int Watch(TextWriter output, CancellationToken stop)
    {
        using FolderWatch watch = new(gallery.Root, gallery.Folder, gallery.Choice.Hidden);
        error.WriteLine("watching; end with Ctrl-C");
        while (watch.Wait(stop))
        {
            if (watch.TakeTrouble() is string trouble)
                error.WriteLine(
                    $"the system's watching failed ({trouble}); everything is looked through every {FolderWatch.Rescan.TotalMinutes:0} minutes");
            try
            {
                IndexSummary done = Once(stop);
                if (done.New + done.Changed + done.Moved + done.Gone > 0)
                    Say(output, done);
                output.Flush();
                if (done.Interrupted)
                    return ExitCode.Interrupted;
            }
            catch (CirrusException e)
            {
                error.WriteLine($"error: {e.Message}\nhint: {CommandName.In(e.Hint)}");
            }
        }
        return ExitCode.Done;
    }

    public static void Say(TextWriter output, IndexSummary done) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{done.New} new, {done.Changed} changed, {done.Moved} moved, {done.Gone} gone, {done.Unchanged} unchanged, "
            + $"{done.Unreadable.Count} unreadable"));
}
